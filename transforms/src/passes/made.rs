//! Releases that the iteration makes itself, beside the deferred one: a second release without an effect is not written.

use crate::file::File;
use crate::lifetime::{Ask, Called};
use crate::parse::{Field, Kind, NodeId};
use crate::passes::Refusal;
use crate::region::Group;
use crate::resources::Trait;
use crate::span::Span;
use crate::steady::Steady;
use crate::verdict::Reason;

/// Knows which statements make a deferred call themselves.
pub(super) struct Made<'p, 'a, 't> {
    file: &'p File<'a, 't>,
    ask: Ask<'a, 't>,
    group: &'p Group,
    call: NodeId,
}

impl<'p, 'a, 't> Made<'p, 'a, 't> {
    /// Nothing where no statement of `behind`, those that follow the defer, makes the call or what comes to the same.
    /// Refused where one does, and it is not known that a second call has no effect.
    pub(super) fn find(
        file: &'p File<'a, 't>,
        group: &'p Group,
        call: NodeId,
        behind: &[NodeId],
    ) -> Result<Option<Self>, Refusal> {
        let tree = file.tree;
        let made = Made { file, ask: file.ask(), group, call };
        let inner = tree.subtree(call).filter(|&id| tree.kind(id) == Kind::Call);
        for of in inner.filter(|&of| of == call || made.is_release(of)) {
            let Some(again) = made.alike(of, behind) else { continue };
            if of == call && !made.is_steady(behind) {
                // The same words mean something else by then.
                return Ok(None);
            }
            return if of == call && made.is_harmless_twice() {
                Ok(Some(made))
            } else {
                Err(Refusal { reason: Reason::ReleasedTwice, at: tree.span(again) })
            };
        }
        let is_transaction =
            matches!(made.ask.called(call), Called::Known { owner, .. } if owner == "database/sql.Tx");
        Ok(is_transaction.then_some(made))
    }

    /// A call like another one, in some statements and their function literals.
    fn alike(&self, of: NodeId, behind: &[NodeId]) -> Option<NodeId> {
        let tree = self.file.tree;
        let calls = behind.iter().flat_map(|&statement| tree.subtree(statement));
        let mut calls = calls.filter(|&id| tree.kind(id) == Kind::Call && !self.is_deferred(id));
        calls.find(|&id| self.is_same(of, id))
    }

    /// Whether the call means the same in the statements behind the defer.
    fn is_steady(&self, behind: &[NodeId]) -> bool {
        let tree = self.file.tree;
        let start = tree.end(self.call);
        let between = Span::new(start, behind.last().map_or(start, |&last| tree.end(last)));
        Steady::new(self.file, self.group.function, self.group.iteration, between).is_callee(self.call)
    }

    /// Whether the second of two releases has no effect: it ends the same life, writes nothing, and lets nobody in.
    fn is_harmless_twice(&self) -> bool {
        match self.ask.called(self.call) {
            Called::Known { owner, fact, .. } => {
                fact.is(Trait::Release)
                    && !fact.is(Trait::Flushes)
                    && !matches!(owner.as_str(), "sync.Mutex" | "sync.RWMutex")
            }
            _ => false,
        }
    }

    /// Whether a statement makes the very call, and not only what comes to the same.
    pub(super) fn is_call(&self, statement: NodeId) -> bool {
        let tree = self.file.tree;
        let mut calls = tree.own_subtree(statement).filter(|&id| tree.kind(id) == Kind::Call);
        calls.any(|id| self.is_same(self.call, id))
    }

    fn is_deferred(&self, call: NodeId) -> bool {
        let tree = self.file.tree;
        self.group.defers.iter().any(|&defer| tree.within(call, defer))
    }

    /// Whether a call inside the deferred function ends the life of something, as far as that is known.
    fn is_release(&self, call: NodeId) -> bool {
        match self.ask.called(call) {
            Called::Known { fact, .. } => fact.is(Trait::Release),
            Called::Unknown => {
                let tree = self.file.tree;
                let callee = tree.child(call, Field::Function);
                let name = callee.and_then(|callee| tree.child(callee, Field::Selected));
                name.is_some_and(|name| RELEASES.contains(&tree.text_of(name)))
            }
            _ => false,
        }
    }

    /// Whether two calls are calls of the same method of the same variable, with the same arguments.
    fn is_same(&self, call: NodeId, other: NodeId) -> bool {
        let tree = self.file.tree;
        let callee =
            |call: NodeId| tree.child(call, Field::Function).map(|callee| tree.unparenthesized(callee));
        let (Some(one), Some(two)) = (callee(call), callee(other)) else { return false };
        let root = |id| self.ask.root(id);
        tree.text_of(call) == tree.text_of(other) && root(one).is_some() && root(one) == root(two)
    }

    /// The statement of the list that makes the call on every way through it, as a count of those before it.
    pub(super) fn place(&self, behind: &[NodeId]) -> Option<usize> {
        behind.iter().position(|&statement| self.makes(statement))
    }

    /// Whether an exit comes after the call: some statement before it in its own list, or around it, makes it.
    pub(super) fn is_before(&self, exit: NodeId, pending: &[NodeId]) -> bool {
        let tree = self.file.tree;
        if self.makes(exit) {
            return true;
        }
        let mut at = exit;
        while !pending.contains(&at) {
            let Some(parent) = tree.parent(at) else { return false };
            let is_list = tree.kind(parent) == Kind::StatementList;
            let mut before = tree.named(parent).take_while(|&id| id < at);
            if is_list && before.any(|statement| self.makes(statement)) {
                return true;
            }
            // The header of an `if` runs before its branches.
            if tree.kind(parent) == Kind::If
                && tree.child(parent, Field::Initializer).is_some_and(|init| init != at && self.makes(init))
            {
                return true;
            }
            at = parent;
        }
        false
    }

    /// Whether a statement makes the call before it does anything that could leave it.
    fn makes(&self, statement: NodeId) -> bool {
        let tree = self.file.tree;
        let is_it = |id: NodeId| {
            let id = tree.unparenthesized(id);
            tree.kind(id) == Kind::Call && (self.is_same(self.call, id) || self.commits(id))
        };
        let listed =
            |list: Option<NodeId>| list.is_some_and(|list| tree.operands(list).into_iter().any(is_it));
        match tree.kind(statement) {
            Kind::ExpressionStatement => tree.named(statement).any(is_it),
            Kind::ShortVar | Kind::Assignment => listed(tree.child(statement, Field::Right)),
            Kind::Return => listed(tree.child_of_kind(statement, Kind::ExpressionList)),
            Kind::If => tree.child(statement, Field::Initializer).is_some_and(|init| self.makes(init)),
            _ => false,
        }
    }

    /// A transaction that was committed is not rolled back any more.
    fn commits(&self, call: NodeId) -> bool {
        let tree = self.file.tree;
        let receiver = |call: NodeId| {
            let callee = tree.child(call, Field::Function)?;
            tree.child(callee, Field::Operand).and_then(|operand| self.ask.root(operand))
        };
        let known = |call: NodeId, wanted: &str| {
            matches!(self.ask.called(call), Called::Known { owner, name, .. }
                if owner == "database/sql.Tx" && name == wanted)
        };
        known(self.call, "Rollback")
            && known(call, "Commit")
            && receiver(call).is_some()
            && receiver(call) == receiver(self.call)
    }
}

/// Names of methods that end a life, whatever the type.
const RELEASES: &[&str] =
    &["Close", "Stop", "Shutdown", "Release", "Destroy", "Unlock", "RUnlock", "Cancel", "Free"];
