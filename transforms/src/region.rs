//! Which part of an iteration a rewrite wraps, and which control transfers leave it.
//!
//! A region is the end of a statement list that stands in tail position: behind it the iteration does nothing more.
//! So the end of the region is the end of the iteration, whichever list it is taken from.

use crate::file::File;
use crate::hash::Set;
use crate::nilness::package_call;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::scope::{Access, BindingId, access};
use crate::span::Span;

/// The defers of one iteration: they move together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// The innermost function declaration or literal around them.
    pub(crate) function: NodeId,
    /// The `for` statement whose body is their iteration.
    pub(crate) iteration: NodeId,
    /// In source order, at least one.
    pub(crate) defers: Vec<NodeId>,
}

/// The statements from `first` to the end of a list in tail position.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    /// The block or clause that holds the list.
    pub(crate) owner: NodeId,
    /// All statements of the list.
    pub(crate) list: Vec<NodeId>,
    /// Index of the region's first statement in `list`.
    pub(crate) first: usize,
    /// What leaves it, in source order.
    pub(crate) exits: Vec<Exit>,
}

/// A control transfer out of the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit {
    pub(crate) at: NodeId,
    pub(crate) to: Target,
}

/// Where an exit leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// To the end of the iteration.
    Next,
    /// Out of the function.
    Return,
    /// Behind this statement, which holds the iteration's loop or is it.
    Break(NodeId),
    /// To the head of this loop around the iteration's loop.
    Continue(NodeId),
}

/// Why a region cannot be taken. Only a `goto` stands in the way of a whole body.
enum Obstacle {
    /// A `goto` enters or leaves it.
    Goto(NodeId),
    /// A `fallthrough` leaves it.
    Fallthrough,
    /// A `:=` in it takes over a variable that is declared before it in the same list.
    Redeclared(NodeId),
}

impl Region {
    /// The statements of the region.
    pub(crate) fn statements(&self) -> &[NodeId] {
        &self.list[self.first..]
    }

    /// From the first byte of its first statement to the last byte of its last one.
    pub(crate) fn span(&self, tree: &Tree<'_>) -> Span {
        let statements = self.statements();
        Span::new(tree.start(statements[0]), tree.end(statements[statements.len() - 1]))
    }

    /// Whether the node stands in the region.
    pub(crate) fn holds(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        self.span(tree).contains(tree.span(node))
    }
}

/// How many nested lists are tried for a region, so that deep nesting costs no more than its length.
const MOST_LISTS: usize = 8;

/// The regions that a rewrite of the group may wrap, and a `goto` that stands in the way of the largest.
pub(crate) fn candidates(file: &File<'_, '_>, group: &Group) -> (Vec<Region>, Option<NodeId>) {
    let mut regions = Vec::new();
    let mut goto = None;
    let mut lists = tail_lists(file, group);
    // The outermost list always counts; of those inside, the innermost few are what a reader would choose from.
    if lists.len() > MOST_LISTS {
        lists.drain(1..lists.len() - MOST_LISTS);
    }
    for (owner, list) in lists.into_iter().rev() {
        for first in starts(file, group, &list) {
            match sound(file, group, owner, &list, first) {
                Ok(region) => {
                    if regions
                        .iter()
                        .all(|known: &Region| (known.owner, known.first) != (owner, region.first))
                    {
                        regions.push(region);
                    }
                }
                Err(Obstacle::Goto(at)) => goto = Some(at),
                Err(_) => {}
            }
        }
    }
    (regions, goto)
}

/// The statement lists in tail position that hold all defers of the group, outermost first.
fn tail_lists(file: &File<'_, '_>, group: &Group) -> Vec<(NodeId, Vec<NodeId>)> {
    let tree = file.tree;
    let mut lists = Vec::new();
    let mut owner = tree.child(group.iteration, Field::Body);
    while let Some(at) = owner {
        let list = tree.statements(at);
        let Some(&tail) = list.last() else { break };
        lists.push((at, list));
        let holds_all = group.defers.iter().all(|&defer| tree.within(defer, tail) && defer != tail);
        owner = if holds_all { inner_list(file, group, tail) } else { None };
    }
    lists
}

/// Whether behind a statement list that holds all defers of the group the iteration does nothing more.
pub(crate) fn is_tail(file: &File<'_, '_>, group: &Group, owner: NodeId) -> bool {
    tail_lists(file, group).iter().any(|(tail, list)| {
        let falls = |&last: &NodeId| file.tree.kind(last) == Kind::Fallthrough;
        *tail == owner && !list.last().is_some_and(falls)
    })
}

/// Every control transfer out of some statements of one list, in source order.
pub(crate) fn leaving(file: &File<'_, '_>, group: &Group, statements: &[NodeId]) -> Vec<Exit> {
    let tree = file.tree;
    let inside = |id: NodeId| statements.iter().any(|&statement| tree.within(id, statement));
    let own = statements.iter().flat_map(|&statement| tree.own_subtree(statement));
    own.filter_map(|at| {
        let to = match tree.kind(at) {
            Kind::Return => Target::Return,
            Kind::Break | Kind::Continue => {
                let target = file.flow.target(at).filter(|&target| !inside(target))?;
                bound(file, group, at, target)
            }
            _ => return None,
        };
        Some(Exit { at, to })
    })
    .collect()
}

/// The list inside the last statement of a list that holds all defers of the group.
fn inner_list(file: &File<'_, '_>, group: &Group, statement: NodeId) -> Option<NodeId> {
    let tree = file.tree;
    let holds = |&id: &NodeId| group.defers.iter().all(|&defer| tree.within(defer, id));
    let mut statement = statement;
    loop {
        match tree.kind(statement) {
            Kind::Block => return Some(statement),
            Kind::ExpressionSwitch | Kind::TypeSwitch | Kind::Select => {
                return file.flow.clauses(statement).find(holds);
            }
            Kind::If => {
                let branches = [Field::Consequence, Field::Alternative];
                let branch = branches.iter().filter_map(|&field| tree.child(statement, field)).find(holds)?;
                statement = branch;
            }
            Kind::Labeled => statement = file.flow.statement_of(statement)?,
            _ => return None,
        }
    }
}

/// Indices at which a region may begin: the statement of the first defer, the acquisition, the whole list.
fn starts(file: &File<'_, '_>, group: &Group, list: &[NodeId]) -> Vec<usize> {
    let tree = file.tree;
    let at = |node: NodeId| list.iter().position(|&statement| tree.within(node, statement));
    let Some(from_defer) = at(group.defers[0]) else { return Vec::new() };
    let acquisition = acquisition(file, group, list, from_defer);
    let mut starts = vec![acquisition, from_defer, 0];
    let only_defers = list[from_defer..].iter().all(|&statement| tree.kind(statement) == Kind::Defer);
    if only_defers && acquisition < from_defer {
        starts.remove(1);
    }
    starts
}

/// The first of the statements that acquire what the group releases.
fn acquisition(file: &File<'_, '_>, group: &Group, list: &[NodeId], from_defer: usize) -> usize {
    let before = &list[..from_defer];
    group.defers.iter().map(|&defer| acquired_at(file, before, defer)).min().unwrap_or(from_defer)
}

/// The index of the statement that declares the latest of the names that a defer mentions; where all come from
/// outside, of the last one that mentions the very receiver, or else one of the names; else the list's length.
fn acquired_at(file: &File<'_, '_>, before: &[NodeId], defer: NodeId) -> usize {
    let tree = file.tree;
    let mentioned: Set<BindingId> =
        tree.subtree(defer).filter_map(|name| file.scopes.meaning(name)).collect();
    let declares = |&statement: &NodeId| {
        mentioned.iter().any(|&binding| tree.within(file.scopes.get(binding).at, statement))
    };
    let mentions = |&statement: &NodeId| {
        tree.own_subtree(statement)
            .any(|name| file.scopes.meaning(name).is_some_and(|binding| mentioned.contains(&binding)))
    };
    let receiver = tree
        .deferred_call(defer)
        .and_then(|call| tree.child(call, Field::Function))
        .and_then(|callee| tree.child(callee, Field::Operand))
        .map(|operand| tree.text_of(operand));
    let same = |&statement: &NodeId| {
        receiver.is_some_and(|receiver| {
            let operands = tree.own_subtree(statement).filter(|&id| tree.field(id) == Field::Operand);
            operands.into_iter().any(|operand| tree.text_of(operand) == receiver)
        })
    };
    let found = before.iter().rposition(declares).or_else(|| before.iter().rposition(same));
    found.or_else(|| before.iter().rposition(mentions)).unwrap_or(before.len())
}

/// The region from `first`, or from as far before it as it takes to be sound.
fn sound(
    file: &File<'_, '_>,
    group: &Group,
    owner: NodeId,
    list: &[NodeId],
    mut first: usize,
) -> Result<Region, Obstacle> {
    loop {
        let region = Region { owner, list: list.to_vec(), first, exits: Vec::new() };
        match obstacle(file, group, &region) {
            None => {
                let exits = exits(file, group, &region);
                return Ok(Region { exits, ..region });
            }
            Some(Obstacle::Redeclared(declared)) if first > 0 => {
                let earlier =
                    list[..first].iter().rposition(|&statement| file.tree.within(declared, statement));
                first = earlier.ok_or(Obstacle::Redeclared(declared))?;
            }
            Some(_) if first > 0 => first = 0,
            Some(obstacle) => return Err(obstacle),
        }
    }
}

fn obstacle(file: &File<'_, '_>, group: &Group, region: &Region) -> Option<Obstacle> {
    crossing_goto(file, group, region)
        .or_else(|| leaving_fallthrough(file, region))
        .or_else(|| redeclared(file, region))
}

fn crossing_goto(file: &File<'_, '_>, group: &Group, region: &Region) -> Option<Obstacle> {
    if !file.flow.has_goto(group.defers[0]) {
        return None;
    }
    let tree = file.tree;
    let gotos = tree.own_subtree(group.function).filter(|&id| tree.kind(id) == Kind::Goto);
    let crosses = |&goto: &NodeId| {
        let inside = file.flow.target(goto).is_some_and(|label| region.holds(tree, label));
        inside != region.holds(tree, goto)
    };
    gotos.into_iter().find(crosses).map(Obstacle::Goto)
}

fn leaving_fallthrough(file: &File<'_, '_>, region: &Region) -> Option<Obstacle> {
    let mut last = *region.list.last()?;
    while file.tree.kind(last) == Kind::Labeled {
        last = file.flow.statement_of(last)?;
    }
    (file.tree.kind(last) == Kind::Fallthrough).then_some(Obstacle::Fallthrough)
}

/// A variable declared before the region in its list that a `:=` of the region would no longer take over.
fn redeclared(file: &File<'_, '_>, region: &Region) -> Option<Obstacle> {
    let tree = file.tree;
    let begin = tree.start(region.statements()[0]);
    for &statement in region.statements() {
        let Some(assignment) = short_var(file, statement) else { continue };
        let Some(list) = tree.child(assignment, Field::Left) else { continue };
        for name in tree.operands(list) {
            let Some(binding) = file.scopes.meaning(name) else { continue };
            let declared = file.scopes.get(binding).at;
            if declared != name
                && tree.start(declared) < begin
                && !may_be_declared_anew(file, region, assignment, name, binding)
            {
                return Some(Obstacle::Redeclared(declared));
            }
        }
    }
    None
}

/// Whether a variable of the literal can stand for the outer one from this `:=` on: the value is an `error`, as every
/// function of the standard library that ends in one returns it, so the type stays, and nobody else sees the outer
/// variable.
fn may_be_declared_anew(
    file: &File<'_, '_>,
    region: &Region,
    assignment: NodeId,
    name: NodeId,
    binding: BindingId,
) -> bool {
    let File { tree, scopes, flow, .. } = *file;
    let from_library = tree.child(assignment, Field::Right).is_some_and(|values| {
        let values = tree.operands(values);
        let path = values.first().and_then(|&call| package_call(tree, scopes, call)).map(|(path, _)| path);
        values.len() == 1 && path.is_some_and(|path| STANDARD.contains(&path))
    });
    let targets = tree.child(assignment, Field::Left).map_or_else(Vec::new, |list| tree.operands(list));
    let last = targets.len() > 1 && targets.last() == Some(&name);
    let mentions = &scopes.get(binding).mentions;
    let function = flow.nest.function(name);
    let private = mentions
        .iter()
        .all(|&mention| flow.nest.function(mention) == function && access(tree, mention) != Access::Address);
    let first_in_region = mentions.iter().find(|&&mention| region.holds(tree, mention));
    // Both variables have to be read, or one of them would not compile.
    let read = |later: bool| {
        mentions.iter().any(|&mention| (mention > name) == later && access(tree, mention) == Access::Read)
    };
    from_library && last && private && read(false) && read(true) && first_in_region == Some(&name)
}

/// Packages of the standard library whose functions end in an `error` wherever they report one.
const STANDARD: &[&str] = &[
    "archive/tar",
    "archive/zip",
    "bufio",
    "compress/bzip2",
    "compress/flate",
    "compress/gzip",
    "compress/zlib",
    "crypto/tls",
    "database/sql",
    "encoding/base64",
    "encoding/hex",
    "encoding/json",
    "encoding/xml",
    "fmt",
    "io",
    "io/fs",
    "io/ioutil",
    "net",
    "net/http",
    "net/url",
    "os",
    "os/exec",
    "path/filepath",
    "strconv",
    "time",
];

fn short_var(file: &File<'_, '_>, mut statement: NodeId) -> Option<NodeId> {
    while file.tree.kind(statement) == Kind::Labeled {
        statement = file.flow.statement_of(statement)?;
    }
    (file.tree.kind(statement) == Kind::ShortVar).then_some(statement)
}

/// Every control transfer of the region's own function that leads out of the region.
fn exits(file: &File<'_, '_>, group: &Group, region: &Region) -> Vec<Exit> {
    let tree = file.tree;
    let own = region.statements().iter().flat_map(|&statement| tree.own_subtree(statement));
    let mut exits: Vec<Exit> =
        own.filter_map(|at| Some(Exit { at, to: target(file, group, region, at)? })).collect();
    if exits.iter().any(is_jump_out) {
        // A jump in dead code would get a way back that is not dead.
        let reached = file
            .flow
            .reached(region.statements()[0], |id| matches!(tree.kind(id), Kind::Break | Kind::Continue));
        let dead = |exit: &&mut Exit| is_jump_out(exit) && !reached.contains(&exit.at);
        exits.iter_mut().filter(dead).for_each(|exit| exit.to = Target::Next);
    }
    exits
}

fn is_jump_out(exit: &Exit) -> bool {
    matches!(exit.to, Target::Break(_) | Target::Continue(_))
}

fn target(file: &File<'_, '_>, group: &Group, region: &Region, at: NodeId) -> Option<Target> {
    let tree = file.tree;
    let kind = tree.kind(at);
    if kind == Kind::Return {
        return Some(Target::Return);
    }
    if !matches!(kind, Kind::Break | Kind::Continue) {
        return None;
    }
    let target = file.flow.target(at)?;
    if region.holds(tree, target) {
        return None;
    }
    Some(bound(file, group, at, target))
}

/// Where a `break` or `continue` leads that acts on `target`.
fn bound(file: &File<'_, '_>, group: &Group, at: NodeId, target: NodeId) -> Target {
    let around_loop = file.tree.within(group.iteration, target);
    match file.tree.kind(at) {
        Kind::Break if around_loop => Target::Break(target),
        Kind::Continue if around_loop && target != group.iteration => Target::Continue(target),
        _ => Target::Next,
    }
}
