//! Who recovers from a panic, as far as the file shows it. Looked for once: a long function asks it of each of its sites.

use crate::hash::Set;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::scope::Scopes;

/// The direct calls of the predeclared `recover`, and the defers that come to one. A call recovers only in the frame of a
/// function that a defer calls itself (spec: Handling panics).
#[derive(Debug, Default)]
pub(crate) struct Recovers {
    /// In the order of the text, each with the function that it is in.
    calls: Vec<(NodeId, Option<NodeId>)>,
    defers: Set<NodeId>,
    functions: Set<NodeId>,
}

impl Recovers {
    /// Looks through the whole file. `function` gives the innermost function around a node.
    pub(crate) fn of(
        tree: &Tree<'_>,
        scopes: &Scopes<'_>,
        function: impl Fn(NodeId) -> Option<NodeId>,
    ) -> Recovers {
        let is_recover = |&id: &NodeId| {
            tree.kind(id) == Kind::Call
                && tree.child(id, Field::Function).is_some_and(|callee| {
                    let callee = tree.unparenthesized(callee);
                    tree.text_of(callee) == "recover" && scopes.meaning(callee).is_none()
                })
        };
        let calls: Vec<_> = tree.all().filter(is_recover).map(|id| (id, function(id))).collect();
        let mut found = Recovers { calls, ..Recovers::default() };
        if found.calls.is_empty() {
            return found;
        }
        let bodies: Set<NodeId> =
            found.calls.iter().filter_map(|&(_, within)| tree.child(within?, Field::Body)).collect();
        let methods = recovering_methods(tree, &bodies);
        for defer in tree.all().filter(|&id| tree.kind(id) == Kind::Defer) {
            if comes_to_one(tree, scopes, defer, &bodies, &methods) {
                found.defers.insert(defer);
                found.functions.extend(function(defer));
            }
        }
        found
    }

    /// The first call of `recover` in `node`, which is in the function `function`, not in a nested literal.
    pub(crate) fn call_in(&self, tree: &Tree<'_>, node: NodeId, function: Option<NodeId>) -> Option<NodeId> {
        self.calls
            .iter()
            .find(|&&(call, of)| of == function && tree.within(call, node))
            .map(|&(call, _)| call)
    }

    /// Whether the function that a defer calls is seen to recover.
    pub(crate) fn has_defer(&self, defer: NodeId) -> bool {
        self.defers.contains(&defer)
    }

    /// Whether one of the function's own defers is seen to recover.
    pub(crate) fn has_function(&self, function: NodeId) -> bool {
        self.functions.contains(&function)
    }
}

/// The names of the methods that recover, whatever their receivers: the types are not known here.
fn recovering_methods<'t>(tree: &Tree<'t>, bodies: &Set<NodeId>) -> Set<&'t str> {
    let methods = tree.children(Tree::ROOT).filter(|&id| tree.kind(id) == Kind::MethodDeclaration);
    methods
        .filter(|&id| tree.child(id, Field::Body).is_some_and(|body| bodies.contains(&body)))
        .filter_map(|id| tree.child(id, Field::Name).map(|name| tree.text_of(name)))
        .collect()
}

/// Whether the function that a defer calls is one of those, where this file shows it.
fn comes_to_one(
    tree: &Tree<'_>,
    scopes: &Scopes<'_>,
    defer: NodeId,
    bodies: &Set<NodeId>,
    methods: &Set<&str>,
) -> bool {
    let callee = tree.deferred_call(defer).and_then(|call| tree.child(call, Field::Function));
    let Some(callee) = callee.map(|callee| tree.unparenthesized(callee)) else { return false };
    if tree.kind(callee) == Kind::Selector {
        return tree.child(callee, Field::Selected).is_some_and(|name| methods.contains(tree.text_of(name)));
    }
    let function = match tree.kind(callee) {
        Kind::FunctionLiteral => Some(callee),
        _ => scopes.meaning(callee).and_then(|id| declared(tree, scopes.get(id).at)),
    };
    function.and_then(|function| tree.child(function, Field::Body)).is_some_and(|body| bodies.contains(&body))
}

/// The declaration of a function by this name, or the literal in `name := func…`.
fn declared(tree: &Tree<'_>, name: NodeId) -> Option<NodeId> {
    let list = tree.parent(name)?;
    if tree.kind(list) == Kind::FunctionDeclaration {
        return Some(list);
    }
    let statement = tree.parent(list)?;
    let index = tree.operands(list).iter().position(|&id| id == name)?;
    let value = tree.child(statement, Field::Right)?;
    let value = *tree.operands(value).get(index)?;
    (tree.kind(value) == Kind::FunctionLiteral).then_some(value)
}
