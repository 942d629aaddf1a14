//! Where the call of a defer has to be made when it is a plain statement: at one place of its own statement list, and in
//! front of every exit before that.

use crate::file::File;
use crate::lifetime::{Ask, Called};
use crate::origin::Origin;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::Refusal;
use crate::passes::made::Made;
use crate::region::{Exit, Group, Target, is_tail, leaving};
use crate::resources::Trait;
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
    /// The statement of the list that makes the call itself, or what comes to the same.
    pub(crate) made: Option<(NodeId, Makes)>,
    /// The variables that hold the resource, where all that happens to it is known.
    pub(crate) holders: Option<Vec<BindingId>>,
}

/// How a statement makes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Makes {
    /// It is written out.
    TheCall,
    /// Another one after which it has no effect any more.
    TheSame,
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

/// More defers of one iteration are not written out: each is looked at beside all that follows.
const MOST: usize = 12;

/// The places of all calls of the group, in source order of the defers.
pub(crate) fn place(file: &File<'_, '_>, group: &Group, leaves: Leaves) -> Result<Vec<Placed>, Refusal> {
    if let Some(&next) = group.defers.get(MOST) {
        return Err(Refusal { reason: Reason::ManyCopies, at: file.tree.span(next) });
    }
    let mut placed: Vec<Placed> = Vec::new();
    for &defer in group.defers.iter().rev() {
        let next = Placer { file, ask: file.ask(), group, leaves, defer, later: &placed }.place()?;
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
        let (Some(owner), Some(call)) = (owner, tree.deferred_call(defer)) else {
            return self.refuse(Reason::ConditionalDefer, defer);
        };
        let aside = |id: NodeId| tree.kind(id) == Kind::Comment && !tree.within(id, call);
        if tree.subtree(defer).any(aside) {
            return self.refuse(Reason::CallNotMovable, defer);
        }
        let list = tree.statements(owner);
        let behind: Vec<NodeId> = list.into_iter().filter(|&statement| statement > defer).collect();
        let made = Made::find(self.file, self.group, call, &behind)?;
        let holders = self.ask.holders(self.group.function, self.group.iteration, defer);
        let used = holders.as_ref().and_then(|holders| self.last_use(holders, &behind));
        let used = used.filter(|&count| !self.is_looked_at(&behind[count..]));
        let made_at = made.as_ref().and_then(|made| made.place(&behind));
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
        let makes = |statement| match &made {
            Some(made) if made.is_call(statement) => Makes::TheCall,
            _ => Makes::TheSame,
        };
        let made_by = made_at.map(|at| (behind[at], makes(behind[at])));
        let mut exits = leaving(self.file, self.group, &pending);
        exits.retain(|exit| self.leaves == Leaves::ByAny || exit.to != Target::Return);
        exits.retain(|exit| !self.is_dead(exit.at));
        if let Some(made) = &made {
            exits.retain(|exit| !made.is_before(exit.at, &pending));
        }
        for exit in &exits {
            self.iterators(exit.at, &pending)?;
        }
        Ok(Placed { defer, call, pending, until, exits, made: made_by, holders })
    }

    /// Whether a statement before it in its own list lets no control through.
    fn is_dead(&self, exit: NodeId) -> bool {
        let tree = self.file.tree;
        tree.parent(exit).filter(|&list| tree.kind(list) == Kind::StatementList).is_some_and(|list| {
            let mut before = tree.named(list).take_while(|&id| id < exit);
            before.any(|id| tree.kind(id) != Kind::Comment && !self.file.flow.completes(id))
        })
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

    /// Whether some statements may look, by the name of a file, at what the call writes in the end.
    fn is_looked_at(&self, statements: &[NodeId]) -> bool {
        let tree = self.file.tree;
        let calls = |id: NodeId| tree.subtree(id).filter(|&id| tree.kind(id) == Kind::Call);
        let flushes =
            |call| matches!(self.ask.called(call), Called::Known { fact, .. } if fact.is(Trait::Flushes));
        let looks = |call| match self.ask.called(call) {
            Called::Builtin(_) | Called::Conversion => false,
            Called::Known { owner, fact, .. } => fact.is(Trait::Names) || opens_files(&owner),
            Called::Body(_) | Called::Unknown => true,
        };
        calls(self.defer).into_iter().any(flushes)
            && statements.iter().any(|&statement| calls(statement).into_iter().any(looks))
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
}

/// Whether the functions of a package, or the methods of a type, open files by their names, or have a program do so.
fn opens_files(owner: &str) -> bool {
    ["os", "os.File", "os.Root", "os/exec", "os/exec.Cmd", "io/fs", "io/ioutil", "syscall"].contains(&owner)
}
