//! The other end of a connection, where it may be in the same program, and the pool that it is taken of: the code behind the loop
//! may count who is there.

use super::Site;
use super::carry::Happening;
use super::cleanup::Released;
use super::intent::is_object;
use super::locks::outer_sources;
use super::types::{Callee, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Access, BindingId, Declares, access};
use crate::verdict::Reason;

/// Words in the names of methods that say how many are there.
const COUNTS: &[&str] = &["Stat", "Len", "Size", "Count", "Num", "Total", "Active", "InUse", "Idle", "Open"];

/// How far an address is traced back to what has it.
const STEPS: usize = 4;

impl Site<'_, '_, '_> {
    /// What a connection was made to, where that is of this program and looked at while the connection would be there.
    pub(super) fn met(&self, released: &[Released]) -> Option<Happening> {
        let counts = self.cleanup.occupies || released.iter().any(|one| self.is_unread(one.variable));
        if !counts || self.case.call().is_some_and(|call| self.is_ended(call)) {
            return None;
        }
        let mut mentions = released.iter().flat_map(|one| {
            self.src.scopes.get(one.variable).mentions.iter().map(move |&at| (one.variable, at))
        });
        mentions.find_map(|(variable, at)| {
            let (value, _) = self.src.source_given(at)?;
            let value = self.src.tree.unparenthesized(value);
            let arguments = self.src.arguments(value).into_iter();
            let mut ends = arguments.flat_map(|argument| self.ends(argument, STEPS));
            let found = ends.find_map(|end| Some((end, self.is_looked_at(end, value)?)));
            let (end, at) = found.or_else(|| self.counted(value))?;
            let (end, name) = (self.name(end), self.name(variable));
            let message = format!("`{end}` may be the other end of `{name}`, which may count by being there");
            Some(Happening { reason: Reason::OnlyHeld, message, at })
        })
    }

    /// A response whose body nobody reads: whoever answers may be at it still.
    fn is_unread(&self, variable: BindingId) -> bool {
        let tree = self.src.tree;
        let mut mentions = self.src.scopes.get(variable).mentions.iter();
        self.src.type_of_variable(variable) == Type::Known("net/http.Response")
            && mentions.all(|&at| {
                let field = tree.parent(at).filter(|&up| tree.kind(up) == Kind::Selector);
                let name = field.and_then(|field| tree.child(field, Field::Selected));
                access(tree, at) != Access::Read
                    || tree.within(at, self.case.defer)
                    || name.is_some_and(|name| tree.text_of(name) != "Body")
                    || field.is_none() && tree.parent(at).is_some_and(|up| tree.kind(up) == Kind::Binary)
            })
    }

    /// What something was had from that is asked behind the loop how many of them there are.
    fn counted(&self, value: NodeId) -> Option<(BindingId, NodeId)> {
        let tree = self.src.tree;
        let from =
            self.src.root_variable(self.src.receiver_of(value)?).filter(|&from| !self.is_local(from))?;
        let counts = |&at: &NodeId| {
            let call = tree.parent(at).and_then(|method| tree.parent(method));
            call.is_some_and(|call| {
                tree.kind(call) == Kind::Call
                    && COUNTS.iter().any(|&word| self.src.called_name(call).contains(word))
            })
        };
        self.after.mentions(from).find(counts).map(|at| (from, at))
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
            }
        }
        found
    }

    /// Whether a variable may be something that works in this program: in a test, whatever is no plain data; else what the
    /// function itself has made, and listeners and servers that the table knows.
    fn is_of_this_program(&self, binding: BindingId) -> bool {
        let variable = self.src.scopes.get(binding);
        let of = self.src.type_of_variable(binding);
        let made = || {
            variable.declares == Declares::Variable
                && self.src.source_given(variable.at).is_some_and(|(value, _)| {
                    self.src.tree.kind(self.src.tree.unparenthesized(value)) == Kind::Call
                })
        };
        match of {
            Type::Known(name) => self.src.resources.is_occupying(name),
            _ => !self.src.holds_nothing(of) && (self.is_in_test() || made()),
        }
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

    /// Where something is looked at besides the call that connects to it: behind the loop, or in the iteration.
    fn is_looked_at(&self, end: BindingId, connects: NodeId) -> Option<NodeId> {
        let tree = self.src.tree;
        let inside = self.src.scopes.get(end).mentions.iter().copied();
        let inside = inside.filter(|&at| tree.within(at, self.case.iteration) && !tree.within(at, connects));
        // How long the loop goes on.
        let header = |at: NodeId| !tree.within(at, self.case.body()) && self.is_measured(at);
        let inside = inside.filter(|&at| !header(at));
        let mut looked = self.after.mentions(end).chain(inside);
        let told = looked.find(|&at| !self.is_known_to_be_harmless(at));
        told.or_else(|| self.after.nodes().find(|&id| self.is_shared(id)))
            .or_else(|| (self.is_in_test() && self.after.works()).then_some(connects))
    }

    /// Whether a node is a variable that others may have changed: one of the package, or one that a function literal has
    /// captured, or whose address was taken.
    fn is_shared(&self, id: NodeId) -> bool {
        let tree = self.src.tree;
        if tree.kind(id) != Kind::Identifier || tree.is_callee(id) {
            return false;
        }
        let Some(binding) = self.src.scopes.meaning(id).filter(|&binding| self.src.is_variable(binding))
        else {
            return false;
        };
        let variable = self.src.scopes.get(binding);
        !super::is_error_name(variable.name)
            && (variable.function.is_none() || self.src.is_seen_elsewhere(binding))
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
        calls.filter(|&up| tree.kind(up) == Kind::Call).any(known)
    }
}
