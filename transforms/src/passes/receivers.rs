//! Receivers that a defer statement looks into, so that it panics where they are nil, and the call itself comes too late to.

use crate::file::File;
use crate::lifetime::Called;
use crate::origin::Origin;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, access};
use crate::written::{Types, Written};

/// Whether the evaluation of what a deferred call calls may panic: the method of an interface, of what a pointer leads to, or
/// one that gets a copy of that, and nothing before the defer shows that there is something.
pub(crate) fn may_panic(file: &File<'_, '_>, call: NodeId) -> bool {
    let File { tree, scopes, .. } = *file;
    let Some(function) = tree.child(call, Field::Function).map(|function| tree.unparenthesized(function))
    else {
        return false;
    };
    let operand = tree.child(function, Field::Operand).filter(|_| tree.kind(function) == Kind::Selector);
    let Some(operand) = operand.map(|operand| tree.unparenthesized(operand)) else { return false };
    if scopes.import_path(operand).is_some() || !is_looked_into(file, function, operand) {
        return false;
    }
    let Some(root) = file.ask().root(operand) else { return true };
    !is_made_here(file, root, call) && !is_seen(file, root, operand, call)
}

/// Whether the method value `operand.M` looks into what may be nil.
fn is_looked_into(file: &File<'_, '_>, function: NodeId, operand: NodeId) -> bool {
    let tree = file.tree;
    let types = Types::new(tree, file.scopes, &file.around.world);
    let name = tree.child(function, Field::Selected).map_or("", |name| tree.text_of(name));
    leads_through(file, &types, operand)
        || match types.of_expression(operand) {
            Some(Written::Pointer(of)) => types.gets_copy(&of, name),
            Some(of) => types.is_interface(&of) || types.is_of_a_field(&of, name),
            None => false,
        }
}

/// Whether a chain `x.f.g` goes through a pointer, as far as its types are known.
fn leads_through(file: &File<'_, '_>, types: &Types<'_, '_>, chain: NodeId) -> bool {
    let tree = file.tree;
    let mut at = chain;
    while let Some(owner) = tree.child(at, Field::Operand).filter(|_| tree.kind(at) == Kind::Selector) {
        at = tree.unparenthesized(owner);
        if matches!(types.of_expression(at), Some(Written::Pointer(_))) {
            return true;
        }
    }
    false
}

/// Whether all that the variable gets before the call is something: the address of what is made on the spot, or what comes
/// with an error that is looked at.
fn is_made_here(file: &File<'_, '_>, root: BindingId, call: NodeId) -> bool {
    let File { tree, scopes, .. } = *file;
    let origin = Origin::new(file, Vec::new());
    let mentions = scopes.get(root).mentions.iter();
    let mut writes =
        mentions.copied().filter(|&at| at < call && access(tree, at) == Access::Write).peekable();
    writes.peek().is_some()
        && writes.all(|at| match file.ask().values_given(at) {
            Some((values, index, count)) if values.len() == count => {
                let value = tree.unparenthesized(values[index]);
                let is_known = || {
                    matches!(file.ask().called(value), Called::Known { .. })
                        || matches!(file.ask().called(value), Called::Builtin("new" | "make"))
                };
                matches!(tree.kind(value), Kind::CompositeLiteral)
                    || tree.kind(value) == Kind::Unary && tree.has_token(value, "&")
                    || tree.kind(value) == Kind::Call && is_known()
            }
            Some(_) => origin.is_checked(at),
            None => false,
        })
}

/// Whether a statement that runs before the defer has looked into the same variable, or has left where it, or what came with
/// it, is nil.
fn is_seen(file: &File<'_, '_>, root: BindingId, operand: NodeId, call: NodeId) -> bool {
    let File { tree, scopes, .. } = *file;
    let text = tree.text_of(operand);
    let variable = scopes.get(root);
    let is_before = |at: NodeId| {
        tree.statement_around(at).is_some_and(|up| {
            tree.parent(up).is_some_and(|list| tree.within(call, list)) && !tree.within(call, up)
        })
    };
    let written = variable
        .mentions
        .iter()
        .copied()
        .filter(|&at| at < call && access(tree, at) != Access::Read)
        .max()
        .unwrap_or(variable.at);
    let mut reads = variable.mentions.iter().copied().filter(|&at| at > written && at < call);
    reads.any(|at| is_before(at) && is_dereferenced(file, at, text)) || is_tested(file, root, text, call)
}

/// Whether `x.f…` is selected from a mention, in a statement of its own and not in a part of one that may not run.
fn is_dereferenced(file: &File<'_, '_>, mention: NodeId, text: &str) -> bool {
    let tree = file.tree;
    let mut at = mention;
    while let Some(up) = tree.parent(at).filter(|&up| tree.kind(up) == Kind::Selector) {
        if tree.text_of(at) == text {
            let runs = tree.ancestors(up).take_while(|&id| tree.kind(id) != Kind::StatementList);
            return runs.into_iter().all(|id| {
                let either = tree.has_token(id, "&&") || tree.has_token(id, "||");
                let later = matches!(tree.kind(id), Kind::FunctionLiteral | Kind::Go | Kind::Defer);
                !later && (tree.kind(id) != Kind::Binary || !either)
            });
        }
        at = up;
    }
    false
}

/// Whether the defer stands where a test has shown that the receiver is not nil: `if x != nil { defer … }`, or behind
/// `if x == nil { return }`.
fn is_tested(file: &File<'_, '_>, root: BindingId, text: &str, call: NodeId) -> bool {
    let File { tree, flow, .. } = *file;
    let compares = |condition: NodeId, sign: &str| {
        tree.kind(condition) == Kind::Binary
            && tree.has_token(condition, sign)
            && tree.child(condition, Field::Right).is_some_and(|right| tree.kind(right) == Kind::Nil)
            && tree
                .child(condition, Field::Left)
                .is_some_and(|left| tree.text_of(left) == text && file.ask().root(left) == Some(root))
    };
    tree.ancestors(call).any(|up| match tree.kind(up) {
        Kind::If => {
            let inside = tree.child(up, Field::Consequence).is_some_and(|then| tree.within(call, then));
            inside && tree.child(up, Field::Condition).is_some_and(|test| compares(test, "!="))
        }
        Kind::StatementList => tree.named(up).take_while(|&id| !tree.within(call, id)).any(|id| {
            tree.kind(id) == Kind::If
                && tree.child(id, Field::Condition).is_some_and(|test| compares(test, "=="))
                && tree.child(id, Field::Consequence).is_some_and(|then| !flow.completes(then))
        }),
        _ => false,
    })
}
