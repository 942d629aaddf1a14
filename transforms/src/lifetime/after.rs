//! What stands behind the loop: the code that runs after an iteration, outer rounds included.

use super::asked::{Asked, LONGEST};
use super::types::{Callee, Source};
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Access, BindingId, access};

/// How deep the functions called there are read.
const FOLLOWED: usize = 3;

/// The rest of the function, seen from one iteration.
#[derive(Clone, Copy)]
pub(super) struct After<'a, 't> {
    src: Source<'a, 't>,
    iteration: NodeId,
    outermost: NodeId,
    function: NodeId,
}

impl<'a, 't> After<'a, 't> {
    pub(super) fn of(case: &Case<'a, 't>, src: Source<'a, 't>) -> Self {
        After::around(src, case.iteration, case.function)
    }

    /// What stands behind the iterations of a loop of a function.
    pub(super) fn around(src: Source<'a, 't>, iteration: NodeId, function: NodeId) -> Self {
        let loops = src.nest.outermost(iteration);
        let outermost = if src.nest.comes_back_to(iteration) { function } else { loops };
        After { src, iteration, outermost, function }
    }

    /// Every node of the function that runs after the iteration.
    pub(super) fn nodes(self) -> impl Iterator<Item = NodeId> + use<'a, 't> {
        let tree = self.src.tree;
        let before = self.outermost.0..self.iteration.0;
        before.chain(tree.last(self.iteration)..tree.last(self.function)).map(NodeId)
    }

    /// Where the variable's value is first looked at after the iteration.
    pub(super) fn mention(self, binding: BindingId) -> Option<NodeId> {
        self.mentions(binding).next()
    }

    /// Where the variable's value is looked at after the iteration.
    pub(super) fn mentions(self, binding: BindingId) -> impl Iterator<Item = NodeId> + use<'a, 't> {
        let tree = self.src.tree;
        let mentions = &self.src.scopes.get(binding).mentions;
        let declared = self.src.scopes.get(binding).at;
        let rounds = self.src.nest.loops_around(self.iteration).filter(|&at| !tree.within(declared, at));
        let from =
            if self.outermost == self.function { declared } else { rounds.last().unwrap_or(self.iteration) };
        let from = mentions.partition_point(|&at| at < from);
        mentions[from..].iter().copied().filter(move |&at| {
            at != declared
                && !tree.within(at, self.iteration)
                && tree.within(at, self.function)
                && access(tree, at) != Access::Write
        })
    }

    /// The first place there that asks for something.
    pub(super) fn asking(self, what: Asked) -> Option<NodeId> {
        let tree = self.src.tree;
        let all = self.src.asking(self.function, what);
        let behind = |at: &&NodeId| {
            (self.outermost..self.iteration).contains(*at) || at.0 >= tree.last(self.iteration)
        };
        all.iter().find(behind).copied()
    }

    /// Whether anything is called there that does more than report or compute.
    pub(super) fn works(self) -> bool {
        self.nodes().any(|id| self.src.is_work(id, FOLLOWED))
    }

    /// Whether anything is called there that may look at a state of the program, or of a package: reports do, where the
    /// state is that of a package, as it may say where they go.
    pub(super) fn may_look(self, of_package: bool) -> bool {
        self.nodes().any(|id| {
            self.src.calls_other_than(
                id,
                |callee| matches!(callee, Callee::Fact(fact) if !of_package && fact.is(Trait::Logs)),
            )
        })
    }
}

impl Source<'_, '_> {
    /// Whether a node is a call of something that the language does not have, and that is not `harmless`.
    fn calls_other_than(&self, id: NodeId, harmless: impl Fn(Callee<'_>) -> bool) -> bool {
        let tree = self.tree;
        tree.kind(id) == Kind::Call
            && match self.callee(id) {
                Callee::Builtin | Callee::Conversion => false,
                // What a literal that stands there does is among the nodes.
                Callee::Literal(literal) => !tree.within(literal, id),
                callee => !harmless(callee),
            }
    }

    /// Whether a node is a call that does more than report or compute; functions are read for `depth` steps.
    fn is_work(&self, id: NodeId, depth: usize) -> bool {
        self.calls_other_than(id, |callee| match callee {
            Callee::Fact(fact) => fact.is(Trait::Logs) || fact.is(Trait::Looks),
            Callee::Declared(functions) => functions
                .iter()
                .all(|place| self.at(place).is_some_and(|(src, function)| src.only_reports(function, depth))),
            _ => false,
        })
    }

    /// Whether a function has no receiver, touches nothing but what it declares and is given, and calls only what is no work.
    fn only_reports(&self, function: NodeId, depth: usize) -> bool {
        let tree = self.tree;
        let Some(body) = tree.child(function, Field::Body).filter(|_| depth > 0) else { return false };
        tree.child(function, Field::Receiver).is_none()
            && tree.last(body) - body.0 < LONGEST
            && tree.subtree(body).all(|id| match tree.kind(id) {
                Kind::Call => !self.is_work(id, depth - 1),
                Kind::Go
                | Kind::Defer
                | Kind::Send
                | Kind::Select
                | Kind::Assignment
                | Kind::FunctionLiteral => false,
                Kind::Unary => !tree.has_token(id, "<-"),
                Kind::Identifier => tree.is_callee(id) || !self.is_package_variable(id),
                _ => true,
            })
    }
}
