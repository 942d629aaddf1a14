//! Objects that go back to a pool with what was written to them: a later iteration would get that.

use super::carry::Happening;
use super::types::{Callee, Source, Type};
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, access, is_changed};
use crate::verdict::Reason;

/// Evidence that today each iteration gets another object from the pool, and would find its own traces if it did not: the
/// object is written to, and nothing takes that back.
pub(super) fn left_written<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> Option<Happening> {
    let tree = src.tree;
    let is_pool_call = |call: NodeId, name: &str| {
        tree.kind(call) == Kind::Call
            && src.called_name(call) == name
            && src.receiver_of(call).is_some_and(|pool| src.type_of(pool) == Type::Known("sync.Pool"))
    };
    let put = tree.subtree(case.defer).find(|&id| is_pool_call(id, "Put"))?;
    let object = src.root_variable(*src.arguments(put).first()?)?;
    let variable = src.scopes.get(object);
    let value = src.value_given(variable.at).filter(|_| tree.within(variable.at, case.body()))?;
    tree.subtree(value).find(|&id| is_pool_call(id, "Get"))?;
    let mentions =
        || variable.mentions.iter().copied().filter(|&at| at != variable.at && !tree.within(at, put));
    let uses: Vec<Use> = mentions().map(|at| use_of(src, at, object)).collect();
    let at = mentions().zip(&uses).find(|(_, one)| **one == Use::Writes).map(|(at, _)| at)?;
    (!uses.contains(&Use::MayClear)).then(|| Happening {
        reason: Reason::UsedAfterLoop,
        message: format!(
            "`{}` goes back to the pool with what is written to it, and a later iteration would get that",
            variable.name
        ),
        at,
    })
}

/// What a mention does to what stands in an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Reads,
    /// Adds to it.
    Writes,
    /// Makes it empty, or may.
    MayClear,
}

fn use_of(src: Source<'_, '_>, mention: NodeId, object: BindingId) -> Use {
    let tree = src.tree;
    let mut at = mention;
    let mut up = tree.parent(at);
    while let Some(outer) = up.filter(|&up| {
        tree.kind(up) == Kind::Parenthesized || tree.kind(up) == Kind::Unary && tree.has_token(up, "*")
    }) {
        (at, up) = (outer, tree.parent(outer));
    }
    let Some(up) = up else { return Use::Reads };
    if access(tree, at) == Access::Write {
        let appended = src.value_given(at).is_some_and(|value| appends_to(src, value, object));
        return if appended { Use::Writes } else { Use::MayClear };
    }
    match tree.kind(up) {
        Kind::Selector => of_method(src, up),
        Kind::Index if is_changed(tree, at) && is_map(src, at) => Use::Writes,
        Kind::ArgumentList => tree.parent(up).map_or(Use::MayClear, |call| given_to(src, call, at)),
        Kind::Slice => Use::MayClear,
        _ if is_changed(tree, at) => Use::MayClear,
        _ => Use::Reads,
    }
}

/// `append(*x, …)`.
fn appends_to(src: Source<'_, '_>, value: NodeId, object: BindingId) -> bool {
    let tree = src.tree;
    let first = src.arguments(value).first().map(|&first| tree.unparenthesized(first));
    tree.kind(value) == Kind::Call
        && matches!(src.callee(value), Callee::Builtin)
        && src.called_name(value) == "append"
        && first.is_some_and(|first| {
            matches!(tree.kind(first), Kind::Identifier | Kind::Unary)
                && src.root_variable(first) == Some(object)
        })
}

/// A method of a buffer; any other may do anything.
fn of_method(src: Source<'_, '_>, selector: NodeId) -> Use {
    let tree = src.tree;
    let name = tree.child(selector, Field::Selected).map_or("", |name| tree.text_of(name));
    let buffer = tree.child(selector, Field::Operand).map(|operand| src.type_of(operand));
    if buffer != Some(Type::Known("bytes.Buffer")) {
        return Use::MayClear;
    }
    match name {
        "Write" | "WriteString" | "WriteByte" | "WriteRune" | "ReadFrom" => Use::Writes,
        "String" | "Bytes" | "Len" | "Cap" | "Grow" | "Available" => Use::Reads,
        _ => Use::MayClear,
    }
}

/// What a call that gets the object does to it.
fn given_to(src: Source<'_, '_>, call: NodeId, argument: NodeId) -> Use {
    let first = src.arguments(call).first() == Some(&argument);
    match (src.callee(call), src.called_name(call)) {
        (Callee::Fact(_), "Fprint" | "Fprintf" | "Fprintln") if first => Use::Writes,
        (Callee::Builtin, "len" | "cap" | "append")
        | (Callee::Conversion, _)
        | (Callee::Fact(_), "Print" | "Printf" | "Println" | "Sprint") => Use::Reads,
        _ => Use::MayClear,
    }
}

fn is_map(src: Source<'_, '_>, expression: NodeId) -> bool {
    let tree = src.tree;
    let given = src.scopes.meaning(expression).and_then(|of| src.value_given(src.scopes.get(of).at));
    let of = given.and_then(|given| tree.child(given, Field::Type));
    of.is_some_and(|of| tree.kind(of) == Kind::MapType)
}
