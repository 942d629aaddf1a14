//! Intentions that show in the shape of the loop: acquire-and-hold, states set and restored.

use super::afresh::is_set_afresh;
use super::after::After;
use super::carry::Happening;
use super::locks::outer_sources;
use super::setup::{UNDONE, undoes};
use super::types::{Callee, Source, Type};
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Access, BindingId, access};
use crate::verdict::Reason;

/// The collection that the loop ranges over, where it is looked at again after the loop.
pub(super) fn ranged_again<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> Option<(BindingId, NodeId)> {
    let clause = src.tree.child_of_kind(case.iteration, Kind::RangeClause)?;
    let binding = src.root_variable(src.tree.child(clause, Field::Right)?)?;
    After::of(case, src).mention(binding).map(|at| (binding, at))
}

/// The objects that an acquiring call was made on, which later code goes on with.
pub(super) fn held_by<'a, 't>(
    case: &Case<'a, 't>,
    src: Source<'a, 't>,
    expression: NodeId,
) -> Option<(BindingId, NodeId)> {
    let after = After::of(case, src);
    outer_sources(case, src, expression)
        .into_iter()
        .filter(|&binding| is_object(src, binding))
        .find_map(|binding| after.mention(binding).map(|at| (binding, at)))
}

/// Not a test, a context, a number or a text.
pub(super) fn is_object(src: Source<'_, '_>, binding: BindingId) -> bool {
    let name = src.scopes.get(binding).name;
    !matches!(name, "ctx" | "err" | "t" | "b" | "tb")
        && !matches!(
            src.type_of_variable(binding),
            Type::Plain
                | Type::Known(
                    "testing.T"
                        | "testing.B"
                        | "testing.TB"
                        | "testing.F"
                        | "context.Context"
                        | "log.Logger"
                        | "log/slog.Logger"
                )
        )
}

/// A state of something from outside the iteration that one call sets and the deferred one takes back, while the code
/// after the loop works with it: `mark(x, true)` and `mark(x, false)`, `r.Login(…)` and `r.Logout(…)`.
pub(super) fn set_and_taken_back<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> Option<Happening> {
    let tree = src.tree;
    let taken = case.call().map(|call| match src.callee(call) {
        Callee::Literal(literal) => only_call(src, literal).unwrap_or(call),
        _ => call,
    })?;
    if !After::of(case, src).works() {
        return None;
    }
    let mut calls =
        tree.own_subtree(case.body()).filter(|&id| tree.kind(id) == Kind::Call && id < case.defer);
    let set = calls.find(|&call| {
        is_switch(src, call, taken)
            || is_set_back(case, src, call, taken)
            || is_undone_by(case, src, call, taken)
    })?;
    let message = format!(
        "`{}` takes back what `{}` has done, and the code after the loop works between the two",
        super::carry::short(tree.text_of(taken)),
        super::carry::short(tree.text_of(set))
    );
    Some(Happening { reason: Reason::StateRestored, message, at: set })
}

/// The call that a function literal consists of.
fn only_call(src: Source<'_, '_>, literal: NodeId) -> Option<NodeId> {
    let tree = src.tree;
    let body = tree.child(literal, Field::Body)?;
    let [statement] = tree.statements(body)[..] else { return None };
    tree.subtree(statement).find(|&id| tree.kind(id) == Kind::Call)
}

/// The same call with another one of `true` and `false`.
fn is_switch(src: Source<'_, '_>, set: NodeId, taken: NodeId) -> bool {
    let tree = src.tree;
    let callee = |call| src.function_of(call).map(|function| tree.text_of(function));
    if callee(set) != callee(taken) {
        return false;
    }
    let (one, other) = (src.arguments(set), src.arguments(taken));
    let is_flag = |id: NodeId| matches!(tree.kind(id), Kind::True | Kind::False);
    let mut switched = false;
    let same = one.len() == other.len()
        && one.iter().zip(&other).all(|(&one, &other)| {
            let flags = is_flag(one) && is_flag(other) && tree.kind(one) != tree.kind(other);
            switched |= flags;
            flags || tree.text_of(one) == tree.text_of(other)
        });
    same && switched
}

/// The same method of one object from outside the iteration, by whose name it sets something, with other arguments.
fn is_set_back(case: &Case<'_, '_>, src: Source<'_, '_>, set: NodeId, taken: NodeId) -> bool {
    let tree = src.tree;
    let (Some(one), Some(other)) = (src.function_of(set), src.function_of(taken)) else { return false };
    let text = |call| src.arguments(call).into_iter().map(|argument| tree.text_of(argument));
    let outer =
        || src.root_variable(one).is_none_or(|root| !tree.within(src.scopes.get(root).at, case.body()));
    tree.kind(one) == Kind::Selector
        && tree.text_of(one) == tree.text_of(other)
        && src.called_name(set).get(..3).is_some_and(|start| start.eq_ignore_ascii_case("set"))
        && text(set).ne(text(taken))
        && outer()
}

/// Two methods of one outer object whose names say that the second undoes the first, and the object is used after the loop.
fn is_undone_by<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, set: NodeId, taken: NodeId) -> bool {
    let tree = src.tree;
    let operand = |call| src.receiver_of(call);
    let (Some(one), Some(other)) = (operand(set), operand(taken)) else { return false };
    let text = tree.text_of(one);
    let undone = undoes(src.called_name(set), src.called_name(taken), UNDONE.iter());
    // A chain of calls is as long as there are calls, so its root is looked for last.
    let outer =
        || src.root_variable(one).is_some_and(|root| !tree.within(src.scopes.get(root).at, case.iteration));
    undone
        && text == tree.text_of(other)
        && outer()
        && After::of(case, src).nodes().any(|id| tree.kind(id) == tree.kind(one) && tree.text_of(id) == text)
}

/// What is said about a state that the deferred call restores.
pub(super) fn restored<'a, 't>(
    case: &Case<'a, 't>,
    src: Source<'a, 't>,
    places: &[NodeId],
) -> Option<Happening> {
    let tree = src.tree;
    let after = After::of(case, src);
    let &first = places.first()?;
    let say = |reason, message: String| Some(Happening { reason, message, at: first });
    for &place in places {
        let call = tree.kind(place) == Kind::Call;
        let key = if call { src.function_of(place).unwrap_or(place) } else { place };
        let text = tree.text_of(key);
        let same = |id: NodeId| {
            tree.kind(id) == tree.kind(key) && tree.text_of(id) == text && access(tree, id) != Access::Write
        };
        if after.nodes().any(same) {
            return say(Reason::StateRestored, format!("`{text}` is used after the loop"));
        }
        if !call && accumulates(case, src, place) {
            return say(
                Reason::StateRestored,
                format!("each iteration builds on the `{text}` of the one before"),
            );
        }
    }
    let of_package =
        places.iter().any(|&place| src.root(place).is_some_and(|root| src.import_path(root).is_some()));
    if !after.may_look(of_package) && places.iter().all(|&place| is_set_afresh(case, src, place)) {
        let text = super::carry::short(tree.text_of(first));
        let what = match tree.kind(first) {
            Kind::Call => format!("sets anew what `{text}` sets back"),
            _ => format!("sets `{text}`"),
        };
        return say(
            Reason::StateSetAfresh,
            format!("each iteration {what} before it does anything, and nothing after the loop sees it"),
        );
    }
    if only_sets(case, src) && after.may_look(false) {
        return say(Reason::StateRestored, "the body only sets it, for the code after the loop".to_owned());
    }
    say(
        Reason::RestoresState,
        format!(
            "`{}` is restored; whether later code relies on it is not known",
            super::carry::short(tree.text_of(first))
        ),
    )
}

/// Whether the iteration computes the new state from the running one.
fn accumulates<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, place: NodeId) -> bool {
    let tree = src.tree;
    let text = tree.text_of(place);
    tree.own_subtree(case.body()).filter(|&id| tree.kind(id) == Kind::Assignment).any(|id| {
        let sides = (tree.child(id, Field::Left), tree.child(id, Field::Right));
        matches!(sides, (Some(left), Some(right)) if tree.text_of(left) == text
            && (!tree.has_token(id, "=") || tree.subtree(right).any(|at| tree.kind(at) == tree.kind(place) && tree.text_of(at) == text)))
    })
}

fn only_sets<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> bool {
    let tree = src.tree;
    tree.statements(case.body()).iter().all(|&statement| match tree.kind(statement) {
        Kind::Defer | Kind::ShortVar | Kind::Assignment | Kind::If => true,
        Kind::ExpressionStatement => {
            let call = tree.child_of_kind(statement, Kind::Call);
            call.is_some_and(|call| matches!(src.callee(call), Callee::Fact(fact) if fact.is(Trait::Sets) || fact.is(Trait::Logs)))
        }
        _ => false,
    })
}
