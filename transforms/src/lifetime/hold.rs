//! Acquire and hold: a body that only acquires, for the code behind the loop.

use super::Site;
use super::carry::{Carry, Happening, Load, short};
use super::cleanup::Released;
use super::intent;
use super::setup;
use super::shape::Shape;
use super::types::{Callee, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Outcome, Trait};
use crate::scope::BindingId;
use crate::verdict::{Class, Reason};

impl Site<'_, '_, '_> {
    /// Intentions that the shape of the loop shows.
    pub(super) fn shapes(&mut self, released: &[Released]) {
        if self.found.iter().any(|one| one.reason.class() == Class::Keep) {
            return;
        }
        let shape = Shape { case: self.case, src: self.src, carry: &self.carry, occupies: true };
        if shape.only_registers() {
            if self.after.works() {
                let message =
                    "the body only registers deferred calls, for what is used after the loop".to_owned();
                self.find(Reason::AcquireAndHold, self.case.defer, message);
            }
            return;
        }
        let proved = self.found.is_empty();
        let by_source = self.is_by_source(released);
        if by_source {
            let leading = self.leads_back(released);
            self.found.extend(leading);
        }
        let occupying = self.is_occupying(released);
        let only_holds = || {
            let occupies = occupying || self.cleanup.occupies || self.has_what_occupies(released);
            Shape { occupies, ..shape }.only_holds()
        };
        if (!proved || by_source || occupying) && !self.cleanup.eager && only_holds() {
            let held = self.held(released, by_source);
            self.found.extend(held);
            if (by_source || occupying)
                && self.found.is_empty()
                && (self.after.works() || !self.is_passed_on(released))
            {
                let message = "the iteration acquires it and makes no use of it; it may count by being there"
                    .to_owned();
                self.find(Reason::OnlyHeld, self.case.defer, message);
            }
        }
        if let Some(opened) = self.idle(released) {
            let message = format!(
                "`{}` is opened and nothing is done with it; it may count by being there",
                self.name(opened)
            );
            self.find(Reason::OnlyHeld, self.case.defer, message);
        }
        if let Some(call) = self.registered() {
            let what = short(self.src.tree.text_of(call));
            let message =
                format!("what `{what}` sets up works until it is released; it may count by being there");
            self.find(Reason::OnlyHeld, call, message);
        }
        if !self.found.iter().any(|one| one.reason.class() == Class::Keep) {
            self.found.extend(setup::only_set_up(self.case, self.src));
        }
    }

    /// Whether the body works with what a released variable says, or what comes with it: an address, a name.
    fn is_passed_on(&self, released: &[Released]) -> bool {
        let tree = self.src.tree;
        let passes_on = |&at: &NodeId| {
            let around = || tree.ancestors(at).take_while(|&up| up > self.case.body());
            let said = around().take_while(|&up| matches!(tree.kind(up), Kind::Selector | Kind::Call)).last();
            let said = said.unwrap_or(at);
            let calls = around().filter(|&up| up < said && tree.kind(up) == Kind::Call);
            let mut calls = calls
                .filter(|&call| tree.child(call, Field::Arguments).is_some_and(|list| tree.within(at, list)));
            self.src.type_of(said) == Type::Plain
                && !around().any(|up| tree.kind(up) == Kind::Defer)
                && calls.next().is_some_and(|call| match self.src.callee(call) {
                    // What only computes or prints tells of the resource, and does nothing with it.
                    Callee::Fact(fact) => !fact.is_plain() && !fact.is(Trait::Retains),
                    Callee::Builtin | Callee::Conversion => false,
                    // Whoever is there longer may go on with it in a later iteration.
                    _ => self.src.receiver_of(call).is_none_or(|on| match self.src.root_variable(on) {
                        Some(on) => self.is_local(on),
                        None => self.src.import_path(on).is_some(),
                    }),
                })
        };
        let variables = released.iter().map(|one| one.variable).chain(self.beside(released));
        let mut mentions = variables.flat_map(|variable| &self.src.scopes.get(variable).mentions);
        mentions.any(passes_on)
    }

    /// The data that the makers of released variables give beside them.
    fn beside(&self, released: &[Released]) -> Vec<BindingId> {
        let statements = released.iter().filter_map(|one| {
            let (_, variables) = self.src.targets_around(self.src.scopes.get(one.variable).at)?;
            variables.contains(&one.variable).then_some(variables)
        });
        let mut all: Vec<BindingId> = statements.flatten().collect();
        all.retain(|&other| {
            self.src.type_of_variable(other) == Type::Plain && !super::is_error_name(self.name(other))
        });
        all
    }

    /// A released variable that the iteration gives a value of the table's, and does nothing else with. To make a file
    /// or a folder is something done.
    fn idle(&self, released: &[Released]) -> Option<BindingId> {
        let tree = self.src.tree;
        let [one] = released else { return None };
        let on = self.case.call().and_then(|call| self.src.function_of(call));
        let is_method = on.is_some_and(|on| tree.kind(on) == Kind::Selector);
        if !self.found.is_empty() || one.text || self.cleanup.eager || !is_method {
            return None;
        }
        let mentions = &self.src.scopes.get(one.variable).mentions;
        let mut others = mentions.iter().filter(|&&at| !tree.within(at, self.case.defer));
        let (&made, None) = (others.next()?, others.next()) else { return None };
        let (values, ..) = self.src.values_given(made)?;
        let [call] = values[..] else { return None };
        let makes = || {
            ["Create", "Make", "Mkdir", "Temp", "OpenFile"]
                .iter()
                .any(|&word| self.src.called_name(call).contains(word))
        };
        let is_told = tree.kind(call) == Kind::Call && matches!(self.src.callee(call), Callee::Fact(_));
        let siblings = tree.parent(made).map_or_else(Vec::new, |targets| tree.operands(targets));
        let alone = siblings.iter().all(|&target| {
            target == made || tree.text_of(target) == "_" || super::is_error_name(tree.text_of(target))
        });
        (is_told && alone && !makes()).then_some(one.variable)
    }

    /// A call that sets up what works by itself, while the iteration neither takes anything of it nor ends it.
    fn registered(&self) -> Option<NodeId> {
        let registers =
            |&call: &NodeId| matches!(self.src.callee(call), Callee::Fact(fact) if fact.is(Trait::Registers));
        let held = self.carry.carriers.keys().flat_map(|&holder| self.src.scopes.get(holder).mentions.iter());
        let made = held.filter_map(|&at| self.src.values_given(at)).flat_map(|(values, ..)| values);
        let made = made.filter(|&value| {
            self.src.tree.kind(value) == Kind::Call && self.src.tree.within(value, self.case.iteration)
        });
        let mut calls: Vec<NodeId> = self.carry.uses.iter().copied().chain(made).filter(registers).collect();
        calls.sort_unstable();
        calls.into_iter().find(|&call| !self.is_taken(call) && !self.is_ended(call))
    }

    /// Whether a variable that the call's result is given to is asked for something that it got.
    fn is_taken(&self, call: NodeId) -> bool {
        let Some((_, given)) = self.src.targets_around(call) else { return false };
        self.carry.uses.iter().any(|&used| {
            let is_more =
                matches!(self.src.callee(used), Callee::Fact(fact) if fact.result(0) != Outcome::Plain);
            let on = self.src.function_of(used).and_then(|function| self.src.root_variable(function));
            used != call && is_more && on.is_some_and(|on| given.contains(&on))
        })
    }

    /// Whether a statement of the iteration's own, which no jump leaves out, does behind the call what the defer does.
    pub(super) fn is_ended(&self, call: NodeId) -> bool {
        let tree = self.src.tree;
        let Some(release) = self.case.call() else { return false };
        let ends = |&statement: &NodeId| {
            tree.kind(statement) == Kind::ExpressionStatement
                && statement > call
                && tree.text_of(statement) == tree.text_of(release)
        };
        let skips = |id: NodeId| matches!(tree.kind(id), Kind::Continue | Kind::Goto);
        let ended = tree.statements(self.case.body()).into_iter().find(ends);
        ended.is_some_and(|end| !tree.subtree(self.case.body()).take_while(|&id| id < end).any(skips))
    }

    /// Whether what is known of a resource comes from reading its source, not from the table: nobody has said what
    /// its being there means, unless it is of a type that is there to be read, whoever made it.
    fn is_by_source(&self, released: &[Released]) -> bool {
        let is_read = |one: &&Released| {
            let of = self.src.type_of_variable(one.variable);
            matches!(of, Type::Known("net/http.Response" | "database/sql.Rows"))
        };
        released.iter().filter(|one| !is_read(one)).any(|one| {
            let mentions = &self.src.scopes.get(one.variable).mentions;
            let given = mentions.iter().filter_map(|&at| self.src.values_given(at));
            given.into_iter().any(|(values, ..)| {
                values.iter().any(|&value| {
                    let value = self.src.tree.unparenthesized(value);
                    self.src.tree.kind(value) == Kind::Call
                        && matches!(self.src.callee(value), Callee::Declared(_) | Callee::Literal(_))
                })
            })
        })
    }

    /// Plain data by which the resource can be reached, and which outlives the iteration: an address, a name, a number.
    fn leads_back(&self, released: &[Released]) -> Option<Happening> {
        let tree = self.src.tree;
        let beside = self.beside(released);
        let names = tree.subtree(self.case.body()).filter(|&id| {
            let name = match tree.kind(id) {
                Kind::Identifier => {
                    let variable = self.src.scopes.meaning(id).filter(|variable| beside.contains(variable));
                    return variable.is_some_and(|variable| {
                        self.src.scopes.get(variable).at != id && is_name_of_address(self.name(variable))
                    });
                }
                Kind::Call => self.src.called_name(id),
                Kind::Selector => tree.child(id, Field::Selected).map_or("", |name| tree.text_of(name)),
                _ => return false,
            };
            let root = self.src.root_variable(id);
            root.is_some_and(|root| self.carry.carriers.contains_key(&root)) && is_name_of_address(name)
        });
        names.into_iter().find_map(|at| {
            let mut carry = Carry::new(self.src, self.case.iteration, vec![self.case.defer]);
            carry.climb(at, Load { text: true, ..Load::SURE });
            carry.run();
            carry.happenings.iter().find(|one| one.reason.class() == Class::Keep)?;
            let message =
                format!("`{}` may lead back to it, and outlives the iteration", short(tree.text_of(at)));
            Some(Happening { reason: Reason::UnknownResultLeaves, message, at })
        })
    }

    /// Something that counts by being there: a listener, a connection, a server that the body makes no use of.
    pub(super) fn is_occupying(&self, released: &[Released]) -> bool {
        released.iter().any(|one| self.src.is_occupying(self.src.type_of_variable(one.variable)))
    }

    /// Whether a part of what is released counts by being there, or may.
    fn has_what_occupies(&self, released: &[Released]) -> bool {
        released.iter().any(|one| {
            let of = self.src.type_of_variable(one.variable);
            self.src.any_part(of, |part, _| part == Type::Unknown || self.src.is_occupying(part))
                != Some(false)
        })
    }

    /// What later code goes on with after a body that only acquires.
    fn held(&self, released: &[Released], by_source: bool) -> Option<Happening> {
        if self.found.is_empty() && !by_source {
            return self.after.works().then(|| Happening {
                reason: Reason::AcquireAndHold,
                message: "the iteration only opens it, and the code after the loop runs while it is open"
                    .to_owned(),
                at: self.case.defer,
            });
        }
        let made = self.made(released);
        let local = released.iter().any(|one| self.is_local(one.variable));
        let result = self
            .left_behind()
            .or_else(|| self.traced(&made))
            .or_else(|| self.held_by(&made, local))
            .or_else(|| self.untouched(&made));
        let (message, at) = result?;
        Some(Happening { reason: Reason::AcquireAndHold, message, at })
    }

    /// Nothing in the body does anything with it, and the code after the loop does something.
    fn untouched(&self, made: &[NodeId]) -> Option<(String, NodeId)> {
        let used = !self.carry.uses.is_empty()
            || self.carry.happenings.iter().any(|one| one.reason == Reason::UnknownUse);
        (!made.is_empty() && !used && self.after.works()).then(|| {
            (
                "the body only acquires it, and the code after the loop runs while it is there".to_owned(),
                self.case.defer,
            )
        })
    }

    /// The expressions that made what is released, where they are unknown.
    fn made(&self, released: &[Released]) -> Vec<NodeId> {
        let mut made = Vec::new();
        for one in released.iter().filter(|one| self.is_local(one.variable)) {
            let at = self.src.scopes.get(one.variable).at;
            let known = !one.text
                && self.unknown_origin(one.variable, false, 6).is_none()
                && !self.is_by_source(&[*one]);
            if !known && let Some((values, _, _)) = self.src.values_given(at) {
                made.extend(values);
            }
        }
        made
    }

    /// A result of the resource that is stored outside and looked at later.
    fn left_behind(&self) -> Option<(String, NodeId)> {
        let leaving = self.found.iter().filter(|one| one.reason == Reason::UnknownResultLeaves);
        leaving.into_iter().find_map(|leaves| {
            let root = self.src.root_variable(leaves.at)?;
            let at = self.after.mention(root)?;
            let name = self.src.scopes.get(root).name;
            Some((format!("the body only acquires, and what comes of it is in `{name}`, which is used after the loop"), at))
        })
    }

    /// Plain data that leads back to the resource: an identifier, a port.
    fn traced(&self, made: &[NodeId]) -> Option<(String, NodeId)> {
        let traces = self.carry.traces.iter().filter(|_| !made.is_empty());
        traces.into_iter().find_map(|&(binding, place)| {
            let at = self.after.mention(binding)?;
            let text = short(self.src.tree.text_of(place));
            Some((format!("the body only acquires, and `{text}` leads back to it after the loop"), at))
        })
    }

    /// The object or the collection that it was acquired on.
    fn held_by(&self, made: &[NodeId], local: bool) -> Option<(String, NodeId)> {
        if made.is_empty() && !local {
            return None;
        }
        for expression in made.iter().copied().chain(self.case.call()) {
            if let Some(at) = self.handed_to_c(expression) {
                return Some((
                    "the body only hands it to C, and C is called again after the loop".to_owned(),
                    at,
                ));
            }
            if let Some((binding, at)) = intent::held_by(self.case, self.src, expression) {
                let name = self.src.scopes.get(binding).name;
                return Some((
                    format!("the body only acquires and checks, and `{name}` is used after the loop"),
                    at,
                ));
            }
        }
        let (binding, at) = intent::ranged_again(self.case, self.src).filter(|_| !made.is_empty())?;
        let name = self.src.scopes.get(binding).name;
        Some((
            format!("the body only acquires and checks, and `{name}` is gone through again after the loop"),
            at,
        ))
    }

    /// Memory for C that C has got, and a later call into C.
    fn handed_to_c(&self, expression: NodeId) -> Option<NodeId> {
        let tree = self.src.tree;
        let of_c = |&id: &NodeId| tree.kind(id) == Kind::Selector && tree.text_of(id).starts_with("C.");
        let handed = tree.subtree(expression).any(|id| of_c(&id)) && !self.carry.happenings.is_empty();
        if handed { self.after.nodes().find(of_c) } else { None }
    }
}

/// A method or field whose text or number names the thing it belongs to.
pub(super) fn is_name_of_address(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "addr",
        "url",
        "uri",
        "endpoint",
        "host",
        "port",
        "path",
        "name",
        "dir",
        "file",
        "socket",
        "dsn",
        "key",
        "token",
        "handle",
        "descriptor",
    ]
    .iter()
    .any(|&part| name.contains(part))
        || name.ends_with("id")
        || name.ends_with("fd")
}
