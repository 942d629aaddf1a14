//! Guards around the defer, by which it runs once for the whole loop.

use super::carry::Happening;
use super::types::{Callee, Source};
use crate::hash::Table;
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, access};
use crate::verdict::Reason;
use crate::written::Written;

/// A condition around the defer that the same block makes false, or that holds in one iteration only.
pub(super) fn one_shot_guard<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> Option<Happening> {
    let tree = src.tree;
    let guards = tree
        .ancestors(case.defer)
        .take_while(|&at| at != case.iteration)
        .filter(|&at| tree.kind(at) == Kind::If)
        .collect::<Vec<_>>();
    let &outermost = guards.last()?;
    let writes = Writes::of(src, outermost);
    for guard in guards {
        let (Some(condition), Some(block)) =
            (tree.child(guard, Field::Condition), tree.child(guard, Field::Consequence))
        else {
            continue;
        };
        if !tree.within(case.defer, block) {
            continue;
        }
        if !ends_an_own_one(case, src, block)
            && let Some(counter) = counted(case, src, condition)
        {
            let text = tree.text_of(counter);
            return Some(Happening {
                reason: Reason::OneShotGuard,
                message: format!("`{text}` holds in one iteration only, so the defer runs once"),
                at: counter,
            });
        }
        for place in guarded(src, condition) {
            let outer = src
                .root_variable(place)
                .is_none_or(|root| !tree.within(src.scopes.get(root).at, case.body()));
            let text = tree.text_of(place);
            if outer && writes.hold(src, block, place, 2) {
                return Some(Happening {
                    reason: Reason::OneShotGuard,
                    message: format!("`{text}` lets the defer run once for the whole loop"),
                    at: condition,
                });
            }
        }
    }
    None
}

/// Whether the deferred call is about something that every iteration has, whether the guard lets it in or not.
fn ends_an_own_one<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, block: NodeId) -> bool {
    let tree = src.tree;
    tree.subtree(case.defer).filter_map(|id| src.scopes.meaning(id)).any(|variable| {
        let at = src.scopes.get(variable).at;
        tree.within(at, case.body()) && !tree.within(at, block)
    })
}

/// The part of a condition that compares a counter of the iterations with a literal: `i == 0`.
fn counted<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, condition: NodeId) -> Option<NodeId> {
    let tree = src.tree;
    conjuncts(src, condition).into_iter().find(|&at| {
        let sides = (tree.child(at, Field::Left), tree.child(at, Field::Right));
        let (true, (Some(left), Some(right))) = (tree.has_token(at, "=="), sides) else { return false };
        tree.kind(right) == Kind::IntLiteral
            && src.scopes.meaning(left).is_some_and(|variable| counts(case, src, variable))
    })
}

/// Whether a variable has another value in each iteration: it is the key of what the loop ranges over, or each iteration
/// adds one to it, or takes one away, and nobody else changes it.
fn counts<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, binding: BindingId) -> bool {
    let tree = src.tree;
    let variable = src.scopes.get(binding);
    let nest = src.nest;
    let is_own = tree.within(variable.at, case.iteration) && nest.loop_around(case.iteration).is_none();
    let is_outer = !tree.within(variable.at, nest.outermost(case.iteration));
    let begins_once = (is_own || is_outer) && !nest.comes_back_to(case.iteration);
    let changes =
        variable.mentions.iter().filter(|&&at| at != variable.at && access(tree, at) != Access::Read);
    let is_counted = match changes.copied().collect::<Vec<_>>()[..] {
        [] => is_key(case, src, variable.at),
        [at] => tree.parent(at).is_some_and(|step| is_step(case, src, step)),
        _ => false,
    };
    variable.function == Some(case.function) && begins_once && is_counted
}

/// Whether a variable is the key of what the loop ranges over. A function may give the same one again.
fn is_key<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, at: NodeId) -> bool {
    let tree = src.tree;
    let Some(clause) = tree.child_of_kind(case.iteration, Kind::RangeClause) else { return false };
    let sides = (tree.child(clause, Field::Left), tree.child(clause, Field::Right));
    let (Some(left), Some(ranged)) = sides else { return false };
    let targets = tree.operands(left);
    let has_keys = match src.written().of_expression(ranged) {
        Some(Written::Slice(_) | Written::Array(..) | Written::Map(..) | Written::Predeclared(_)) => true,
        _ => targets.len() > 1 && tree.kind(ranged) != Kind::Call && !src.lets_others_run(clause),
    };
    targets.first() == Some(&at) && has_keys
}

/// Whether each iteration counts one step: in the header, or in the body before it comes to the guard again.
fn is_step<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, step: NodeId) -> bool {
    let tree = src.tree;
    if !matches!(tree.kind(step), Kind::Inc | Kind::Dec) || !tree.within(step, case.iteration) {
        return false;
    }
    let jumps = |wanted: Kind| tree.own_subtree(case.body()).any(|id| tree.kind(id) == wanted);
    let is_in_header = !tree.within(step, case.body());
    let is_reached = || step < case.defer || !jumps(Kind::Continue);
    !jumps(Kind::Goto) && (is_in_header || tree.statements(case.body()).contains(&step) && is_reached())
}

/// The conditions that all have to hold where one does.
fn conjuncts(src: Source<'_, '_>, condition: NodeId) -> Vec<NodeId> {
    let tree = src.tree;
    let mut found = Vec::new();
    let mut todo = vec![condition];
    while let Some(at) = todo.pop() {
        match tree.kind(at) {
            Kind::Parenthesized => todo.extend(tree.named(at)),
            Kind::Binary if tree.has_token(at, "&&") => todo.extend(tree.named(at)),
            _ => found.push(at),
        }
    }
    found
}

/// The variables or fields that a condition tests for nil, false or true.
fn guarded(src: Source<'_, '_>, condition: NodeId) -> Vec<NodeId> {
    let tree = src.tree;
    let is_place = |&at: &NodeId| matches!(tree.kind(at), Kind::Identifier | Kind::Selector);
    let tested = |at: NodeId| match tree.kind(at) {
        Kind::Unary if tree.has_token(at, "!") => {
            Some(tree.unparenthesized(tree.child(at, Field::Operand)?)).filter(is_place)
        }
        Kind::Binary if tree.has_token(at, "==") => {
            let is_first = |side| matches!(tree.kind(side), Kind::Nil | Kind::False | Kind::IntLiteral);
            tree.named(at).any(is_first).then(|| tree.child(at, Field::Left))?
        }
        _ => Some(at).filter(is_place),
    };
    conjuncts(src, condition).into_iter().filter_map(tested).collect()
}

/// The assignments of a statement, and its calls of literals of the same function, gathered once for all blocks in it.
struct Writes<'t> {
    targets: Table<&'t str, Vec<NodeId>>,
    calls: Vec<(NodeId, NodeId)>,
}

impl<'t> Writes<'t> {
    fn of(src: Source<'_, 't>, statement: NodeId) -> Self {
        let tree = src.tree;
        let mut writes = Writes { targets: Table::default(), calls: Vec::new() };
        for id in tree.subtree(statement) {
            match tree.kind(id) {
                Kind::Assignment => {
                    let left = tree.child(id, Field::Left);
                    for target in left.map_or_else(Vec::new, |left| tree.operands(left)) {
                        writes.targets.entry(tree.text_of(target)).or_default().push(target);
                    }
                }
                Kind::Call => {
                    if let Callee::Literal(literal) = src.callee(id) {
                        writes.calls.push((id, literal));
                    }
                }
                _ => {}
            }
        }
        writes
    }

    /// Whether a block gives `place` a new value, itself or by calling a literal from outside it.
    fn hold(&self, src: Source<'_, 't>, block: NodeId, place: NodeId, depth: usize) -> bool {
        let tree = src.tree;
        let (text, root) = (tree.text_of(place), src.root_variable(place));
        let written = |&target: &NodeId| tree.within(target, block) && src.root_variable(target) == root;
        self.targets.get(text).is_some_and(|targets| targets.iter().any(written))
            || depth > 0
                && self.calls.iter().any(|&(call, literal)| {
                    tree.within(call, block)
                        && !tree.within(literal, block)
                        && Writes::of(src, literal).hold(src, literal, place, depth - 1)
                })
    }
}
