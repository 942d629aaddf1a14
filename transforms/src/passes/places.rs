//! Where the call of a defer has to be made when it is a plain statement: at one place of its own statement list, and in
//! front of every exit before that.

use crate::facts::File;
use crate::lifetime::{Ask, Called};
use crate::locate::deferred_call;
use crate::origin::Origin;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::Refusal;
use crate::region::{Exit, Group, Target, is_tail, leaving};
use crate::resources::{Fact, Trait};
use crate::scope::BindingId;
use crate::span::Span;
use crate::verdict::Reason;

/// Where one deferred call goes.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) defer: NodeId,
    pub(crate) call: NodeId,
    /// The statements that run while it is pending, of the defer's own list.
    pub(crate) pending: Vec<NodeId>,
    pub(crate) until: Until,
    /// The exits from these statements that need the call in front.
    pub(crate) exits: Vec<Exit>,
    /// The statement of the list that makes the call itself.
    pub(crate) made: Option<NodeId>,
    /// The variables that hold the resource, where all that happens to it is known.
    pub(crate) holders: Option<Vec<BindingId>>,
}

/// The place of the call in the defer's own list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Where the defer stands.
    Here,
    /// Behind this statement.
    Behind(NodeId),
    /// Nowhere: control does not come there, or the call is made already.
    Nowhere,
}

impl Placed {
    /// From the defer to the end of what runs while its call is pending.
    pub(crate) fn span(&self, file: &File<'_, '_>) -> Span {
        let last = self.pending.last().copied().unwrap_or(self.defer);
        Span::new(file.tree.start(self.defer), file.tree.end(last))
    }

    /// What runs after the defer while its call is pending.
    pub(crate) fn between(&self, file: &File<'_, '_>) -> Span {
        let end = file.tree.end(self.defer);
        Span::new(end, self.span(file).end.max(end))
    }

    /// How many times the call is written.
    pub(crate) fn copies(&self) -> usize {
        self.exits.len() + usize::from(self.until != Until::Nowhere)
    }
}

/// Which exits get the call in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// All.
    ByAny,
    /// All but `return`.
    ByJump,
}

/// The places of all calls of the group, in source order of the defers.
pub(crate) fn place(file: &File<'_, '_>, group: &Group, leaves: Leaves) -> Result<Vec<Placed>, Refusal> {
    let mut placed: Vec<Placed> = Vec::new();
    for &defer in group.defers.iter().rev() {
        let next = Placer { file, ask: Ask::of(file), group, leaves, defer, later: &placed }.place()?;
        placed.push(next);
    }
    placed.reverse();
    Ok(placed)
}

struct Placer<'p, 'a, 't> {
    file: &'p File<'a, 't>,
    ask: Ask<'a, 't>,
    group: &'p Group,
    leaves: Leaves,
    defer: NodeId,
    /// The defers behind this one, which are released before it.
    later: &'p [Placed],
}

impl Placer<'_, '_, '_> {
    fn refuse<T>(&self, reason: Reason, at: NodeId) -> Result<T, Refusal> {
        Err(Refusal { reason, at: self.file.tree.span(at) })
    }

    fn place(&self) -> Result<Placed, Refusal> {
        let tree = self.file.tree;
        let defer = self.defer;
        let list = tree.parent(defer).filter(|&list| tree.kind(list) == Kind::StatementList);
        let owner = list.and_then(|list| tree.parent(list));
        let (Some(owner), Some(call)) = (owner, deferred_call(tree, defer)) else {
            return self.refuse(Reason::ConditionalDefer, defer);
        };
        let list = tree.statements(owner);
        let behind: Vec<NodeId> = list.into_iter().filter(|&statement| statement > defer).collect();
        let made = self.made_already(call, &behind)?;
        let holders = self.ask.holders(self.group.function, self.group.iteration, defer);
        let used = holders.as_ref().and_then(|holders| self.last_use(holders, &behind));
        let made_at = made.and_then(|made| self.made_at(&made, &behind));
        let (count, until) = if let Some(at) = made_at {
            (at, Until::Nowhere)
        } else if let Some(count) = used {
            (count, self.behind(&behind[..count]))
        } else if is_tail(self.file, &self.alone(), owner) {
            (behind.len(), self.behind(&behind))
        } else {
            return self.refuse(Reason::ConditionalDefer, defer);
        };
        let pending = behind[..count].to_vec();
        let mut exits = leaving(self.file, self.group, &pending);
        exits.retain(|exit| self.leaves == Leaves::ByAny || exit.to != Target::Return);
        if let Some(made) = made {
            exits.retain(|exit| !self.is_made_before(&made, exit.at, &pending));
        }
        for exit in &exits {
            self.iterators(exit.at, &pending)?;
        }
        let made = made_at.map(|at| behind[at]);
        Ok(Placed { defer, call, pending, until, exits, made, holders })
    }

    /// An exit that leaves a range over a function lets that function end first; deferred calls come after it.
    fn iterators(&self, exit: NodeId, pending: &[NodeId]) -> Result<(), Refusal> {
        let tree = self.file.tree;
        let origin = Origin::new(self.file, Vec::new());
        let target = self.file.flow.target(exit);
        let inside = |id: NodeId| pending.iter().any(|&statement| tree.within(id, statement));
        for around in tree.ancestors(exit).take_while(|&id| inside(id) && Some(id) != target) {
            let clause =
                tree.child_of_kind(around, Kind::RangeClause).filter(|_| tree.kind(around) == Kind::For);
            let over = clause.and_then(|clause| tree.child(clause, Field::Right));
            if over.is_some_and(|over| !origin.is_plain_range(over)) {
                return self.refuse(Reason::LeavesIterator, exit);
            }
        }
        Ok(())
    }

    /// The group of this defer alone.
    fn alone(&self) -> Group {
        Group { defers: vec![self.defer], ..self.group.clone() }
    }

    fn behind(&self, statements: &[NodeId]) -> Until {
        match statements.last() {
            None => Until::Here,
            Some(&last) if self.file.flow.completes(last) => Until::Behind(last),
            Some(_) => Until::Nowhere,
        }
    }

    /// How many of the statements behind the defer use what it releases. Nothing where that cannot be told from them.
    fn last_use(&self, holders: &[BindingId], behind: &[NodeId]) -> Option<usize> {
        let tree = self.file.tree;
        let place = |at: NodeId| behind.iter().position(|&statement| tree.within(at, statement));
        let mentions = holders.iter().flat_map(|&holder| &self.file.scopes.get(holder).mentions);
        let mut count = 0;
        for &mention in mentions.filter(|&&at| at > self.defer && tree.within(at, self.group.iteration)) {
            if tree.within(mention, self.defer) {
                continue;
            }
            let until = match self.later.iter().find(|placed| tree.within(mention, placed.defer)) {
                // The other call is made before this one, wherever that is.
                Some(placed) => placed.pending.last().copied().unwrap_or(placed.defer),
                None => mention,
            };
            count = count.max(place(until)? + 1);
        }
        Some(count)
    }

    /// What calls that are written out already release the resource, where a second release has no effect.
    fn made_already(&self, call: NodeId, behind: &[NodeId]) -> Result<Option<Made>, Refusal> {
        let tree = self.file.tree;
        let alike = |of: NodeId| {
            let calls = behind.iter().flat_map(|&statement| tree.subtree(statement));
            let mut calls = calls.filter(|&id| tree.kind(id) == Kind::Call && !self.is_deferred(id));
            calls.find(|&id| self.is_same(of, id))
        };
        let inner = tree.subtree(call).filter(|&id| tree.kind(id) == Kind::Call);
        for of in inner.filter(|&of| of == call || self.is_release(of)) {
            let Some(again) = alike(of) else { continue };
            return match self.ask.called(of) {
                Called::Known { owner, fact, .. } if of == call && is_harmless_twice(&owner, fact) => {
                    Ok(Some(Made { call }))
                }
                _ => self.refuse(Reason::ReleasedTwice, again),
            };
        }
        let commits =
            matches!(self.ask.called(call), Called::Known { owner, .. } if owner == "database/sql.Tx");
        Ok(commits.then_some(Made { call }))
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
    fn made_at(&self, made: &Made, behind: &[NodeId]) -> Option<usize> {
        behind.iter().position(|&statement| self.makes(made, statement))
    }

    /// Whether an exit comes after the call: some statement before it in its own list, or around it, makes it.
    fn is_made_before(&self, made: &Made, exit: NodeId, pending: &[NodeId]) -> bool {
        let tree = self.file.tree;
        if self.makes(made, exit) {
            return true;
        }
        let mut at = exit;
        while !pending.contains(&at) {
            let Some(parent) = tree.parent(at) else { return false };
            let is_list = tree.kind(parent) == Kind::StatementList;
            let mut before = tree.named(parent).take_while(|&id| id < at);
            if is_list && before.any(|statement| self.makes(made, statement)) {
                return true;
            }
            // The header of an `if` runs before its branches.
            if tree.kind(parent) == Kind::If
                && tree
                    .child(parent, Field::Initializer)
                    .is_some_and(|init| init != at && self.makes(made, init))
            {
                return true;
            }
            at = parent;
        }
        false
    }

    /// Whether a statement makes the call before it does anything that could leave it.
    fn makes(&self, made: &Made, statement: NodeId) -> bool {
        let tree = self.file.tree;
        let is_it = |id: NodeId| {
            let id = tree.unparenthesized(id);
            tree.kind(id) == Kind::Call && (self.is_same(made.call, id) || self.commits(made, id))
        };
        let listed =
            |list: Option<NodeId>| list.is_some_and(|list| tree.operands(list).into_iter().any(is_it));
        match tree.kind(statement) {
            Kind::ExpressionStatement => tree.named(statement).any(is_it),
            Kind::ShortVar | Kind::Assignment => listed(tree.child(statement, Field::Right)),
            Kind::Return => listed(tree.child_of_kind(statement, Kind::ExpressionList)),
            Kind::If => tree.child(statement, Field::Initializer).is_some_and(|init| self.makes(made, init)),
            _ => false,
        }
    }

    /// A transaction that was committed is not rolled back any more.
    fn commits(&self, made: &Made, call: NodeId) -> bool {
        let tree = self.file.tree;
        let receiver = |call: NodeId| {
            let callee = tree.child(call, Field::Function)?;
            tree.child(callee, Field::Operand).and_then(|operand| self.ask.root(operand))
        };
        let known = |call: NodeId, wanted: &str| {
            matches!(self.ask.called(call), Called::Known { owner, name, .. }
                if owner == "database/sql.Tx" && name == wanted)
        };
        known(made.call, "Rollback")
            && known(call, "Commit")
            && receiver(call).is_some()
            && receiver(call) == receiver(made.call)
    }
}

/// A deferred call that may be made twice without a second effect.
#[derive(Clone, Copy)]
struct Made {
    call: NodeId,
}

/// Whether the second of two releases has no effect: it ends a life and writes nothing.
fn is_harmless_twice(owner: &str, fact: &Fact) -> bool {
    fact.is(Trait::Release) && !fact.is(Trait::Flushes) && !matches!(owner, "sync.Mutex" | "sync.RWMutex")
}

/// Names of methods that end a life, whatever the type.
const RELEASES: &[&str] =
    &["Close", "Stop", "Shutdown", "Release", "Destroy", "Unlock", "RUnlock", "Cancel", "Free"];
