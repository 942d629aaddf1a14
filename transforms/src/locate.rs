//! Finds the sites of UD001: each defer that control can come back to inside its own function.

use crate::flow::{Cycle, Flow};
use crate::hash::{Set, Table};
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::resources::Resources;
use crate::scope::Scopes;
use crate::world::World;
use crate::{GoVersion, Span};

/// A defer with a loop around it, in its own function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The defer statement.
    pub(crate) defer: NodeId,
    /// The innermost function declaration or literal around it.
    pub(crate) function: NodeId,
    /// The way back to it.
    pub(crate) cycle: Cycle,
    /// The loop to show: the one of the cycle, else the innermost around the defer; nothing for a cycle by `goto` alone.
    pub(crate) shown: Option<NodeId>,
}

/// All that the stages behind `locate` may ask about one site.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a, 't> {
    pub(crate) tree: &'a Tree<'t>,
    pub(crate) scopes: &'a Scopes<'t>,
    pub(crate) flow: &'a Flow<'a, 't>,
    pub(crate) resources: &'a Resources,
    /// What other files declare.
    pub(crate) world: &'a World<'t>,
    /// The language version of the file.
    pub(crate) go: GoVersion,
    /// The defer statement.
    pub(crate) defer: NodeId,
    /// The innermost function declaration or literal around it.
    pub(crate) function: NodeId,
    /// The `for` statement whose body is the iteration.
    pub(crate) iteration: NodeId,
}

impl Case<'_, '_> {
    /// The body of the iteration.
    pub(crate) fn body(&self) -> NodeId {
        self.tree.child(self.iteration, Field::Body).unwrap_or(self.iteration)
    }

    /// What stands between the word `for` and the body.
    pub(crate) fn header(&self) -> impl Iterator<Item = NodeId> {
        (self.iteration.0 + 1..self.body().0).map(NodeId)
    }

    /// Whether the iteration starts a goroutine.
    pub(crate) fn starts_goroutine(&self) -> bool {
        self.tree.subtree(self.body()).any(|id| self.tree.kind(id) == Kind::Go)
    }

    /// The deferred call, without parentheses.
    pub(crate) fn call(&self) -> Option<NodeId> {
        self.tree.deferred_call(self.defer)
    }
}

/// All sites of the file in source order, damaged functions included.
pub(crate) fn sites(tree: &Tree<'_>, flow: &Flow<'_, '_>) -> Vec<Found> {
    let mut entered: Table<NodeId, Set<NodeId>> = Table::default();
    let mut found = Vec::new();
    for defer in tree.all().filter(|&id| tree.kind(id) == Kind::Defer) {
        let Some(mut site) = site(flow, defer) else { continue };
        let reached = entered.entry(site.function).or_insert_with(|| {
            let body = tree.child(site.function, Field::Body).unwrap_or(site.function);
            flow.reached(body, |id| tree.kind(id) == Kind::Defer)
        });
        if !reached.contains(&defer) {
            site.cycle = Cycle::Unreached;
        }
        found.push(site);
    }
    found
}

fn site(flow: &Flow<'_, '_>, defer: NodeId) -> Option<Found> {
    let function = flow.nest.function(defer)?;
    let around = flow.nest.loop_around(defer);
    if around.is_none() && !flow.has_goto(defer) {
        return None;
    }
    let cycle = flow.cycle(defer);
    let shown = match cycle {
        Cycle::Loop(id) => Some(id),
        Cycle::None if around.is_none() => return None,
        _ => around,
    };
    Some(Found { defer, function, cycle, shown })
}

/// The name of a function as reports show it: `f`, `T.m`, `(*T).m`, and `f.func1` for its first literal.
pub(crate) fn function_name(tree: &Tree<'_>, function: NodeId) -> String {
    let mut numbers = Vec::new();
    let mut at = function;
    while tree.kind(at) == Kind::FunctionLiteral {
        let outer = tree.function_around(at);
        let literals = tree.own_subtree_literals(outer.unwrap_or(Tree::ROOT));
        numbers.push(literals.iter().position(|&literal| literal == at).map_or(0, |index| index + 1));
        match outer {
            Some(outer) if numbers.len() < DEEPEST_NAME => at = outer,
            _ => break,
        }
    }
    let mut name = declared_name(tree, at);
    for number in numbers.iter().rev() {
        name.push_str(".func");
        name.push_str(&number.to_string());
    }
    name
}

/// How many nested literals a name spells out.
const DEEPEST_NAME: usize = 16;

fn declared_name(tree: &Tree<'_>, function: NodeId) -> String {
    if tree.kind(function) == Kind::FunctionLiteral {
        return "glob".to_owned();
    }
    let name = tree.child(function, Field::Name).map_or("", |name| tree.text_of(name));
    match tree.child(function, Field::Receiver) {
        Some(receiver) => format!("{}.{name}", receiver_name(tree, receiver)),
        None => name.to_owned(),
    }
}

fn receiver_name(tree: &Tree<'_>, receiver: NodeId) -> String {
    let base = tree.subtree(receiver).find(|&id| tree.kind(id) == Kind::TypeIdentifier);
    let base = base.map_or("", |base| tree.text_of(base));
    let pointer = tree.subtree(receiver).any(|id| tree.kind(id) == Kind::PointerType);
    if pointer { format!("(*{base})") } else { base.to_owned() }
}

/// From `for` to the end of its header, for reports.
pub(crate) fn header_span(tree: &Tree<'_>, statement: NodeId) -> Span {
    let end = tree.child(statement, Field::Body).map_or(tree.end(statement), |body| tree.start(body));
    Span::new(tree.start(statement), end)
}
