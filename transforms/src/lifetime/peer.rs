//! The other end of a connection, where it may be in the same program, and the pool that it is taken of: the code behind the loop
//! may count who is there.

use super::Site;
use super::asked::{Asked, FOLLOWED};
use super::carry::Happening;
use super::cleanup::Released;
use super::intent::is_object;
use super::locks::outer_sources;
use super::types::{Callee, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Access, BindingId, Declares, access, is_changed};
use crate::verdict::Reason;

/// So many values that a connection is made of are looked at, and so many mentions of what something may be made with.
const MOST: usize = 32;

/// How far an address is traced back to what has it.
const STEPS: usize = 4;

impl Site<'_, '_, '_> {
    /// What a connection was made to, where that is of this program and looked at while the connection would be there.
    pub(super) fn met(&self, released: &[Released]) -> Option<Happening> {
        let counts = self.cleanup.occupies
            || released.iter().any(|one| self.is_unread(one.variable) || self.is_connected(one.variable));
        if !counts || self.case.call().is_some_and(|call| self.is_ended(call)) {
            return None;
        }
        let mut mentions = released.iter().flat_map(|one| {
            self.src.scopes.get(one.variable).mentions.iter().map(move |&at| (one.variable, at))
        });
        mentions.find_map(|(variable, at)| {
            let (value, _) = self.src.source_given(at)?;
            let value = self.src.tree.unparenthesized(value);
            if let Some(at) = self.dialled(value) {
                let message =
                    format!("something is connected to while `{}` may be what answers", self.name(variable));
                return Some(Happening { reason: Reason::OnlyHeld, message, at });
            }
            // What a type of the table is connected to is not itself.
            let on = self.src.receiver_of(value);
            let on = on.filter(|&on| {
                !matches!(self.src.type_of(on), Type::Known(_)) || self.src.called_name(value) == "Accept"
            });
            let operands = self.src.arguments(value).into_iter().chain(on);
            let mut ends = operands.flat_map(|operand| self.ends(operand, STEPS));
            let leading = self.leading_to(value);
            let of = on.and_then(|on| self.src.tree.child(on, Field::Selected));
            let of = of.map(|name| self.src.tree.text_of(name));
            let found = ends.find_map(|end| Some((end, self.is_looked_at(end, value, &leading, of)?)));
            let (end, at) = found.or_else(|| self.counted(value, &leading))?;
            let (end, name) = (self.name(end), self.name(variable));
            let message = format!("`{end}` may be the other end of `{name}`, which may count by being there");
            Some(Happening { reason: Reason::OnlyHeld, message, at })
        })
    }

    /// Whether a variable has what connects, under an interface or not: its maker says so, or the functions that it is made of.
    fn is_connected(&self, variable: BindingId) -> bool {
        let made = self.src.source_given(self.src.scopes.get(variable).at);
        made.is_some_and(|(value, _)| self.src.connects(value, FOLLOWED))
    }

    /// A response whose body is not read to its end: whoever answers may be at it still, if it says so that it has begun.
    fn is_unread(&self, variable: BindingId) -> bool {
        let mut mentions = self.src.scopes.get(variable).mentions.iter();
        self.src.type_of_variable(variable) == Type::Known("net/http.Response")
            && self.src.mentions("Flush")
            && !mentions.any(|&at| self.src.reads_all(at, FOLLOWED))
    }

    /// A connection that is made behind the loop, where a call listens at an address that the program gives it.
    fn dialled(&self, value: NodeId) -> Option<NodeId> {
        let listens =
            self.src.tree.kind(value) == Kind::Call && self.src.called_name(value).contains("Listen");
        let arguments = if listens { self.src.arguments(value) } else { Vec::new() };
        let (&address, _) = arguments.split_last()?;
        let anywhere = self.src.tree.text_of(address).contains(":0\"");
        if anywhere { None } else { self.after.asking(Asked::Connection) }
    }

    /// What something was had from that is asked besides how many of them there are, by itself or by a function that gets it.
    fn counted(&self, value: NodeId, leading: &[NodeId]) -> Option<(BindingId, NodeId)> {
        let on = self.src.receiver_of(value)?;
        outer_sources(self.case, self.src, on).into_iter().find_map(|from| {
            let mut asked = self.besides(from, leading);
            asked.find(|&at| self.src.counts(at, FOLLOWED)).map(|at| (from, at))
        })
    }

    /// The variables from outside the iteration that an address may lead to, or that it is where nobody says what it leads to.
    fn ends(&self, address: NodeId, steps: usize) -> Vec<BindingId> {
        let mut found = Vec::new();
        for binding in outer_sources(self.case, self.src, address) {
            let is_plain = self.src.type_of_variable(binding) == Type::Plain;
            if is_object(self.src, binding) && self.is_of_this_program(binding) {
                found.push(binding);
            } else if steps > 0 && (is_plain || is_object(self.src, binding)) {
                let mentions = &self.src.scopes.get(binding).mentions;
                let writes = mentions.iter().filter(|&&at| access(self.src.tree, at) != Access::Read);
                for (value, _) in writes.filter_map(|&at| self.src.source_given(at)) {
                    let ends = self.ends(value, steps - 1);
                    if ends.is_empty() && is_plain && self.is_started_by(value) {
                        found.push(binding);
                    }
                    found.extend(ends);
                }
                if is_plain {
                    found.extend(self.made_with(binding));
                }
            }
        }
        for constant in self.src.constants(address) {
            found.extend(self.made_with(constant));
        }
        for end in found.clone() {
            found.extend(self.made_with(end));
            found.extend(self.parts_of_end(end));
        }
        found
    }

    /// The objects that something was made of before the loop: a handler of its server.
    fn parts_of_end(&self, whole: BindingId) -> Vec<BindingId> {
        let Some((value, _)) = self.src.source_given(self.src.scopes.get(whole).at) else {
            return Vec::new();
        };
        let mut parts = outer_sources(self.case, self.src, value);
        parts.retain(|&part| is_object(self.src, part));
        parts
    }

    /// What works in this program, and was made before the loop of something: a server of its listener or its address.
    fn made_with(&self, part: BindingId) -> Vec<BindingId> {
        let tree = self.src.tree;
        let mentions = self.src.scopes.get(part).mentions.iter();
        let before = mentions.filter(|&&at| at < self.case.iteration).take(MOST);
        let mut made = Vec::new();
        for &at in before {
            let Some((targets, variables)) = self.src.targets_around(at) else { continue };
            let list = tree.parent(targets).and_then(|statement| tree.parent(statement));
            // What another loop has made is gone.
            let is_around = list.is_some_and(|list| tree.within(self.case.iteration, list));
            if is_around && !tree.within(at, targets) {
                made.extend(variables.into_iter().filter(|&made| {
                    made != part && is_object(self.src, made) && self.is_of_this_program(made)
                }));
            }
        }
        made
    }

    /// Whether a variable may be something that works in this program: in a test, whatever is no plain data; else what the
    /// function itself has made, and listeners and servers that the table knows.
    fn is_of_this_program(&self, binding: BindingId) -> bool {
        let variable = self.src.scopes.get(binding);
        let of = self.src.type_of_variable(binding);
        let made = || {
            variable.declares == Declares::Variable
                && self.src.source_given(variable.at).is_some_and(|(value, _)| {
                    let value = self.src.tree.unparenthesized(value);
                    matches!(self.src.tree.kind(value), Kind::Call | Kind::Unary | Kind::CompositeLiteral)
                })
        };
        match of {
            Type::Known(_) => self.src.is_occupying(of),
            _ if self.src.is_bytes_and_data(of) || self.is_table(binding) => false,
            _ if self.src.is_list(of) && self.is_empty_before_loop(binding) => false,
            _ => self.is_in_test() || made() || self.src.has_part(of, |part| self.src.is_occupying(part)),
        }
    }

    /// Whether nothing is put into a list before the loop.
    fn is_empty_before_loop(&self, binding: BindingId) -> bool {
        let (src, tree) = (self.src, self.src.tree);
        let variable = src.scopes.get(binding);
        let is_empty = match src.source_given(variable.at) {
            Some((value, _)) => match tree.kind(value) {
                Kind::Call => {
                    matches!(src.callee(value), Callee::Builtin) && src.called_name(value) == "make"
                }
                Kind::CompositeLiteral => tree.elements(value).is_empty(),
                kind => kind == Kind::Nil,
            },
            None => tree.parent(variable.at).is_some_and(|up| tree.kind(up) == Kind::VarSpec),
        };
        is_empty && variable.mentions.iter().all(|&at| at == variable.at || at > self.case.iteration)
    }

    /// Whether a variable is a list that is written down, of data and of functions that touch nothing but what they get: a
    /// table of cases works by itself no more than its text does.
    fn is_table(&self, binding: BindingId) -> bool {
        let (src, tree) = (self.src, self.src.tree);
        let Some(table) = src.table_of(binding).filter(|&value| tree.kind(value) == Kind::CompositeLiteral)
        else {
            return false;
        };
        let is_list = src.has_rows_of_its_own(table);
        let is_own = |id: NodeId, other: BindingId| {
            let at = src.scopes.get(other).at;
            tree.within(at, table) || src.type_of_variable(other) == Type::Plain && !is_changed(tree, id)
        };
        let is_inside = |id: NodeId| {
            tree.ancestors(id).take_while(|&up| up > table).any(|up| tree.kind(up) == Kind::FunctionLiteral)
        };
        let is_calm = |id: NodeId| match tree.kind(id) {
            // A function by name may wait for others as well.
            Kind::Identifier
                if src.type_of(id) == Type::Function && !tree.is_callee(id) && !is_inside(id) =>
            {
                false
            }
            Kind::Identifier => src
                .scopes
                .meaning(id)
                .filter(|&other| src.is_variable(other))
                .is_none_or(|other| is_own(id, other)),
            Kind::Call => {
                let of = src.type_of(id);
                is_inside(id)
                    || matches!(src.callee(id), Callee::Builtin | Callee::Conversion)
                    || matches!(src.callee(id), Callee::Fact(_)) && !src.is_occupying(of)
            }
            Kind::Go => false,
            _ => true,
        };
        is_list && tree.subtree(table).all(is_calm)
    }

    /// Whether the site stands in a test or in what helps one.
    fn is_in_test(&self) -> bool {
        self.src.tree.text.contains("\"testing\"")
    }

    /// Whether a call in a test may start something that its result leads to.
    fn is_started_by(&self, value: NodeId) -> bool {
        let value = self.src.tree.unparenthesized(value);
        self.is_in_test()
            && self.src.tree.kind(value) == Kind::Call
            && !matches!(self.src.callee(value), Callee::Fact(_) | Callee::Builtin | Callee::Conversion)
    }

    /// Where something is looked at besides the call that connects to it: behind the loop, or in the iteration. What it is
    /// connected to is in its field of the name `of`, where there is one.
    fn is_looked_at(
        &self,
        end: BindingId,
        connects: NodeId,
        leading: &[NodeId],
        of: Option<&str>,
    ) -> Option<NodeId> {
        let tree = self.src.tree;
        let is_beside = |at| of.is_some_and(|field| self.src.is_of_other_fields(at, field));
        let told = self.besides(end, leading).find(|&at| !self.is_known_to_be_harmless(at) && !is_beside(at));
        let inside = tree.subtree(self.case.body()).filter(|&id| !tree.within(id, connects));
        told.or_else(|| self.after.asking(Asked::State))
            .or_else(|| inside.into_iter().find(|&id| self.is_counted_by_others(id)))
            .or_else(|| (self.is_in_test() && self.after.works()).then_some(connects))
    }

    /// A call that connects, and what the iteration makes for it: a request, an address.
    fn leading_to(&self, connects: NodeId) -> Vec<NodeId> {
        let tree = self.src.tree;
        let mut all = vec![connects];
        let mut next = 0;
        while let Some(&part) = all.get(next).filter(|_| next < MOST) {
            next += 1;
            let names = tree.subtree(part).filter(|&id| tree.kind(id) == Kind::Identifier);
            let local = names.filter_map(|id| self.src.scopes.meaning(id)).filter(|&of| self.is_local(of));
            let made = local.filter_map(|of| self.src.values_given(self.src.scopes.get(of).at));
            let made: Vec<NodeId> = made.flat_map(|(values, ..)| values).collect();
            all.extend(made.into_iter().filter(|value| !all.contains(value)).collect::<Vec<_>>());
        }
        all
    }

    /// Where something is mentioned besides what leads to the connection: behind the loop, or in the iteration.
    fn besides(&self, of: BindingId, leading: &[NodeId]) -> impl Iterator<Item = NodeId> {
        let tree = self.src.tree;
        let inside = self.src.scopes.get(of).mentions.iter().copied();
        let inside = inside.filter(move |&at| {
            tree.within(at, self.case.iteration) && !leading.iter().any(|&part| tree.within(at, part))
        });
        // How long the loop goes on.
        let header = |at: NodeId| !tree.within(at, self.case.body()) && self.is_measured(at);
        self.after.mentions(of).chain(inside.filter(move |&at| !header(at)))
    }

    /// Whether a node is a variable from outside the iteration that a function made before it may count with.
    fn is_counted_by_others(&self, id: NodeId) -> bool {
        let tree = self.src.tree;
        self.src.looked_up(id).is_some_and(|binding| {
            let variable = self.src.scopes.get(binding);
            let before = || {
                let mut mentions = variable.mentions.iter().take_while(|&&at| at < self.case.iteration);
                mentions.any(|&at| self.src.nest.function(at) != variable.function && self.may_change(at))
            };
            !tree.within(variable.at, self.case.iteration)
                && match self.src.type_of_variable(binding) {
                    Type::Known(of) => of.starts_with("sync/atomic."),
                    of => of == Type::Plain && variable.function.is_some() && before(),
                }
        })
    }

    /// Whether a mention may give a variable another value: by itself, by its address or by a method.
    fn may_change(&self, at: NodeId) -> bool {
        let tree = self.src.tree;
        let calls = || {
            let method = tree.parent(at).filter(|&up| tree.kind(up) == Kind::Selector);
            method.is_some_and(|method| tree.is_callee(method))
        };
        is_changed(tree, at) || calls()
    }

    /// Whether a mention stands in what `len` or `cap` gets.
    fn is_measured(&self, at: NodeId) -> bool {
        let mut calls = self.src.tree.ancestors(at).filter(|&up| self.src.tree.kind(up) == Kind::Call);
        calls.next().is_some_and(|call| matches!(self.src.callee(call), Callee::Builtin))
    }

    /// Whether a mention only reports, ends what it means, or stands in what another known call gets.
    fn is_known_to_be_harmless(&self, at: NodeId) -> bool {
        let tree = self.src.tree;
        let calls = tree.ancestors(at).take_while(|&up| tree.kind(up) != Kind::StatementList);
        let known = |id: NodeId| {
            matches!(self.src.callee(id), Callee::Fact(fact) if fact.is(Trait::Logs)
            || fact.is(Trait::Release)
            || tree.child(id, Field::Arguments).is_some_and(|list| tree.within(at, list)))
        };
        let mut calls = calls.filter(|&up| tree.kind(up) == Kind::Call);
        calls.next().is_some_and(known) || calls.any(|up| self.src.called_name(up) == "Errorf")
    }
}
