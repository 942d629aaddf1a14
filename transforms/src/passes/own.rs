//! Ways out of an object that no type shows: pointers to fields of a type of the program's own, and views that package unsafe
//! makes of memory.

use crate::file::File;
use crate::library::has_word;
use crate::lifetime::Called;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::Refusal;
use crate::passes::poolable::{Made, Object};
use crate::region::Group;
use crate::resources::Trait;
use crate::scope::BindingId;
use crate::verdict::Reason;

/// How deep functions that get the object are looked into.
const CALLS: usize = 3;

/// Refused where a part of the object may be reached after the iteration through its address, or where memory may be seen as
/// text.
pub(super) fn confined(file: &File<'_, '_>, group: &Group, object: &Object) -> Result<(), Refusal> {
    let refuse = |at| Err(Refusal { reason: Reason::PoolLeaves, at: file.tree.span(at) });
    if let Some(part) = part_taken(file, object.variable, group.iteration, CALLS) {
        return refuse(part);
    }
    match views(file, group) {
        Some(at) if !matches!(object.made, Made::Whole { .. } | Made::Own { .. }) => refuse(at),
        _ => Ok(()),
    }
}

/// The address of a part of the object that a variable holds, taken here or in a function that gets the object.
fn part_taken(file: &File<'_, '_>, variable: BindingId, within: NodeId, depth: usize) -> Option<NodeId> {
    let taken = parts_taken(file, variable, within).into_iter().find(|&part| !is_lent(file, part));
    if taken.is_some() || depth == 0 {
        return taken;
    }
    calls_with(file, variable, within).into_iter().find(|&call| match file.ask().called(call) {
        Called::Body(function) => names(file, function)
            .into_iter()
            .any(|name| part_taken(file, name, function, depth - 1).is_some()),
        _ => false,
    })
}

/// Whether the address of a part is handed to a function that only computes with it while it runs.
fn is_lent(file: &File<'_, '_>, part: NodeId) -> bool {
    let tree = file.tree;
    let list = tree.parent(part).filter(|&list| tree.kind(list) == Kind::ArgumentList);
    list.and_then(|list| tree.parent(list)).is_some_and(|call| match file.ask().called(call) {
        Called::Builtin(name) => matches!(name, "copy" | "len" | "cap"),
        Called::Known { fact, .. } => {
            file.ask().is_standard_call(call) && fact.is_plain() && !fact.is(Trait::Retains)
        }
        _ => false,
    })
}

/// A call in the iteration that may see memory as text: of package unsafe, or of a function of a package that uses it.
fn views(file: &File<'_, '_>, group: &Group) -> Option<NodeId> {
    let File { tree, scopes, around, .. } = *file;
    let ask = file.ask();
    let package_uses = has_word(tree.text, "unsafe") || !around.world.mentioning(&["unsafe"]).is_empty();
    let calls = tree.subtree(group.iteration).filter(|&id| tree.kind(id) == Kind::Call);
    calls.into_iter().find(|&call| {
        let callee = tree.child(call, Field::Function);
        let operand = callee.and_then(|callee| tree.child(callee, Field::Operand));
        let path = operand.and_then(|operand| scopes.import_path(operand));
        match ask.called(call) {
            Called::Builtin(_) | Called::Conversion => path == Some("unsafe"),
            Called::Known { .. } if ask.is_standard_call(call) => path == Some("unsafe"),
            Called::Body(function) if tree.within(function, group.iteration) => false,
            _ => package_uses || path.is_some_and(|path| around.world.mentions(Some(path), "unsafe")),
        }
    })
}

/// Whether all that is done with an object of an own type, in the iteration and in functions that get it, is to read and write
/// its fields.
pub(super) fn only_fields(file: &File<'_, '_>, group: &Group, object: &Object) -> bool {
    parts_taken(file, object.variable, group.iteration).is_empty()
        && calls_with(file, object.variable, group.iteration).into_iter().all(|call| {
            let Called::Body(function) = file.ask().called(call) else { return false };
            file.tree.child(function, Field::Body).is_some()
                && names(file, function).into_iter().all(|name| {
                    parts_taken(file, name, function).is_empty()
                        && calls_with(file, name, function).is_empty()
                })
        })
}

/// The receiver and the parameters of a function.
fn names(file: &File<'_, '_>, function: NodeId) -> Vec<BindingId> {
    let File { tree, scopes, .. } = *file;
    let lists =
        [Field::Receiver, Field::Parameters].into_iter().filter_map(|field| tree.child(function, field));
    let all = lists.flat_map(|list| tree.subtree(list)).filter(|&id| tree.field(id) == Field::Name);
    all.filter_map(|id| scopes.meaning(id)).collect()
}

/// Addresses of fields, and slices of what may be an array, of the object that a variable holds.
fn parts_taken(file: &File<'_, '_>, variable: BindingId, within: NodeId) -> Vec<NodeId> {
    let File { tree, scopes, .. } = *file;
    let mentions = scopes.get(variable).mentions.iter().copied().filter(|&at| tree.within(at, within));
    mentions
        .filter_map(|mention| {
            let mut at = mention;
            while let Some(up) = tree.parent(at) {
                let is_part = matches!(tree.kind(up), Kind::Selector | Kind::Index | Kind::Parenthesized)
                    && tree.field(at) != Field::Index;
                if !is_part {
                    let taken = tree.kind(up) == Kind::Unary && tree.has_token(up, "&")
                        || tree.kind(up) == Kind::Slice && tree.field(at) == Field::Operand;
                    return (taken && at != mention).then_some(up);
                }
                at = up;
            }
            None
        })
        .collect()
}

/// Calls that get the object that a variable holds, or what it holds at the bottom of a field, and mentions that are neither
/// such a call nor a field.
fn calls_with(file: &File<'_, '_>, variable: BindingId, within: NodeId) -> Vec<NodeId> {
    let File { tree, scopes, .. } = *file;
    let binding = scopes.get(variable);
    let mentions = binding.mentions.iter().copied().filter(|&at| at != binding.at && tree.within(at, within));
    mentions
        .filter_map(|mention| {
            let mut at = mention;
            let mut up = tree.parent(at)?;
            while tree.kind(up) == Kind::Parenthesized
                || tree.kind(up) == Kind::Unary && tree.has_token(up, "&")
                || tree.kind(up) == Kind::Selector && tree.field(at) == Field::Operand
            {
                at = up;
                up = tree.parent(at)?;
            }
            let is_field = tree.kind(tree.unparenthesized(at)) == Kind::Selector;
            match tree.kind(up) {
                Kind::Call => Some(up),
                Kind::ArgumentList if !is_field => tree.parent(up),
                _ if is_field => None,
                // Not a field and not a call: whatever it is, it is no call of a function that is seen.
                _ => Some(mention),
            }
        })
        .collect()
}
