//! Which returned errors cannot be nil: made on the spot, or dominated by a test.

use crate::flow::Flow;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::scope::{Access, BindingId, Scopes, access};

/// Whether the operand of a `return` is an error that is certainly not nil.
pub(crate) fn never_nil(tree: &Tree<'_>, scopes: &Scopes<'_>, flow: &Flow<'_, '_>, operand: NodeId) -> bool {
    let mut operand = tree.unparenthesized(operand);
    while let Some(wrapped) = wrapped_error(tree, scopes, operand) {
        operand = tree.unparenthesized(wrapped);
    }
    match tree.kind(operand) {
        Kind::CompositeLiteral => true,
        Kind::Unary => tree.has_token(operand, "&"),
        Kind::Call => makes_error(tree, scopes, operand),
        Kind::Selector => is_sentinel(tree, scopes, operand),
        Kind::Identifier => scopes.meaning(operand).is_some_and(|binding| {
            is_private(tree, scopes, flow, binding, operand)
                && is_tested(tree, scopes, flow, binding, operand)
        }),
        _ => false,
    }
}

/// The import path and the name of a function that is called through its package.
pub(crate) fn package_call<'t>(
    tree: &Tree<'t>,
    scopes: &Scopes<'t>,
    call: NodeId,
) -> Option<(&'t str, &'t str)> {
    package_member(tree, scopes, tree.child(call, Field::Function)?)
}

/// The import path and the name behind `pkg.Name`.
fn package_member<'t>(tree: &Tree<'t>, scopes: &Scopes<'t>, selector: NodeId) -> Option<(&'t str, &'t str)> {
    let operand = tree.child(selector, Field::Operand)?;
    let name = tree.child(selector, Field::Selected)?;
    Some((scopes.import_path(operand)?, tree.text_of(name)))
}

fn makes_error(tree: &Tree<'_>, scopes: &Scopes<'_>, call: NodeId) -> bool {
    match package_call(tree, scopes, call) {
        Some(("fmt", "Errorf") | ("errors", "New") | ("github.com/pkg/errors", "New" | "Errorf")) => true,
        Some(("google.golang.org/grpc/status", "Error" | "Errorf")) => {
            let code = arguments(tree, call).into_iter().next();
            code.and_then(|code| package_member(tree, scopes, code))
                .is_some_and(|(path, name)| path == "google.golang.org/grpc/codes" && name != "OK")
        }
        _ => false,
    }
}

/// The error that a call wraps, where its result is nil only if that error is.
fn wrapped_error(tree: &Tree<'_>, scopes: &Scopes<'_>, operand: NodeId) -> Option<NodeId> {
    if tree.kind(operand) != Kind::Call {
        return None;
    }
    let (path, name) = package_call(tree, scopes, operand)?;
    let wraps = path == "github.com/pkg/errors"
        && matches!(name, "Wrap" | "Wrapf" | "WithMessage" | "WithMessagef" | "WithStack");
    let joins = path == "errors" && name == "Join";
    if wraps || joins { arguments(tree, operand).into_iter().next() } else { None }
}

/// The arguments of a call.
pub(crate) fn arguments(tree: &Tree<'_>, call: NodeId) -> Vec<NodeId> {
    tree.child(call, Field::Arguments).map_or_else(Vec::new, |list| tree.named(list).collect())
}

fn is_sentinel(tree: &Tree<'_>, scopes: &Scopes<'_>, selector: NodeId) -> bool {
    package_member(tree, scopes, selector).is_some_and(|member| SENTINELS.contains(&member))
}

/// Errors of the standard library that are set once and never nil.
const SENTINELS: &[(&str, &str)] = &[
    ("context", "Canceled"),
    ("context", "DeadlineExceeded"),
    ("database/sql", "ErrNoRows"),
    ("io", "EOF"),
    ("io", "ErrUnexpectedEOF"),
    ("io/fs", "ErrExist"),
    ("io/fs", "ErrInvalid"),
    ("io/fs", "ErrNotExist"),
    ("io/fs", "ErrPermission"),
    ("net", "ErrClosed"),
    ("os", "ErrExist"),
    ("os", "ErrInvalid"),
    ("os", "ErrNotExist"),
    ("os", "ErrPermission"),
];

/// Whether nobody but the function's own statements can change the variable.
fn is_private(
    tree: &Tree<'_>,
    scopes: &Scopes<'_>,
    flow: &Flow<'_, '_>,
    binding: BindingId,
    at: NodeId,
) -> bool {
    let binding = scopes.get(binding);
    binding.function == flow.nest.function(at)
        && binding.function.is_some()
        && binding.mentions.iter().all(|&mention| match access(tree, mention) {
            Access::Read => true,
            Access::Address => false,
            Access::Write | Access::Update => flow.nest.function(mention) == binding.function,
        })
}

/// Whether every path to `at` has seen `v != nil` and has not assigned to `v` since.
fn is_tested(
    tree: &Tree<'_>,
    scopes: &Scopes<'_>,
    flow: &Flow<'_, '_>,
    binding: BindingId,
    at: NodeId,
) -> bool {
    let mut below = at;
    let mut around = false;
    for above in tree.ancestors(at) {
        let kind = tree.kind(above);
        if kind.is_function() {
            return false;
        }
        around |= kind == Kind::For;
        if implies(tree, scopes, binding, above, below) {
            let until = if around || flow.has_goto(at) { tree.end(below) } else { tree.start(at) };
            return !written(tree, scopes, binding, tree.start(below), until);
        }
        below = above;
    }
    false
}

/// Whether control enters the part `below` of `above` only where the variable is not nil.
fn implies(tree: &Tree<'_>, scopes: &Scopes<'_>, binding: BindingId, above: NodeId, below: NodeId) -> bool {
    match (tree.kind(above), tree.field(below)) {
        (Kind::If, Field::Consequence) => tree
            .child(above, Field::Condition)
            .is_some_and(|test| has_term(tree, scopes, binding, test, "&&", "!=")),
        (Kind::If, Field::Alternative) => tree
            .child(above, Field::Condition)
            .is_some_and(|test| has_term(tree, scopes, binding, test, "||", "==")),
        (Kind::ExpressionCase, field) if field != Field::Value => {
            let tagless = tree.parent(above).is_some_and(|owner| tree.child(owner, Field::Value).is_none());
            let first = !falls_into(tree, above);
            let tests = tree.child(above, Field::Value).map_or_else(Vec::new, |list| tree.operands(list));
            tagless && first && tests.len() == 1 && has_term(tree, scopes, binding, tests[0], "&&", "!=")
        }
        _ => false,
    }
}

/// Whether the clause before falls through into this one.
fn falls_into(tree: &Tree<'_>, clause: NodeId) -> bool {
    let Some(owner) = tree.parent(clause) else { return false };
    let before = tree.children(owner).take_while(|&child| child != clause);
    let before = before.filter(|&child| tree.kind(child).is_clause()).last();
    before.is_some_and(|before| {
        tree.statements(before).last().is_some_and(|&last| tree.kind(last) == Kind::Fallthrough)
    })
}

/// Whether one term of the chain of `connective` compares the variable with nil by `comparison`.
fn has_term(
    tree: &Tree<'_>,
    scopes: &Scopes<'_>,
    binding: BindingId,
    test: NodeId,
    connective: &str,
    comparison: &str,
) -> bool {
    let mut todo = vec![test];
    while let Some(term) = todo.pop() {
        let term = tree.unparenthesized(term);
        if tree.kind(term) != Kind::Binary {
            continue;
        }
        let (Some(left), Some(right)) = (tree.child(term, Field::Left), tree.child(term, Field::Right))
        else {
            continue;
        };
        if tree.has_token(term, connective) {
            todo.extend([left, right]);
        } else if tree.has_token(term, comparison) {
            let is_nil = |id| tree.kind(id) == Kind::Nil && scopes.meaning(id).is_none();
            let is_variable = |id| scopes.meaning(id) == Some(binding);
            if (is_variable(left) && is_nil(right)) || (is_nil(left) && is_variable(right)) {
                return true;
            }
        }
    }
    false
}

fn written(tree: &Tree<'_>, scopes: &Scopes<'_>, binding: BindingId, start: usize, end: usize) -> bool {
    scopes.get(binding).mentions.iter().any(|&mention| {
        let at = tree.start(mention);
        start <= at && at < end && access(tree, mention) != Access::Read
    })
}
