//! Values that are copied with all they hold, structures and arrays: what gives a part of one another value.

use crate::file::File;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, access, is_changed};
use crate::written::{Nature, Types};

/// Whether a copy of what the variable holds is as good as the variable as far as its parts go: nothing writes to one in a
/// mention that counts, and nobody has the address of one.
pub(crate) fn keeps_its_parts(
    file: &File<'_, '_>,
    binding: BindingId,
    counts: impl Fn(NodeId) -> bool,
) -> bool {
    let types = Types::new(file.tree, file.scopes, &file.around.world);
    let mentions = &file.scopes.get(binding).mentions;
    // What can have no part written is most, and its type is dear to find.
    let mut writing = mentions
        .iter()
        .filter(|&&at| is_lent(file, &types, at) || counts(at) && is_written(file, &types, at))
        .peekable();
    writing.peek().is_none()
        || types.of_variable(binding).is_some_and(|of| types.nature(&of) == Nature::Handle)
}

/// Whether a mention takes the address of a part: `&x.f`, `x[:]`, a method that is not called.
fn is_lent(file: &File<'_, '_>, types: &Types<'_, '_>, mention: NodeId) -> bool {
    let tree = file.tree;
    let at = reached(file, types, mention);
    let Some(up) = tree.parent(at) else { return false };
    match tree.kind(up) {
        Kind::Slice => tree.field(at) == Field::Operand && is_no_handle(types, at),
        Kind::Selector => !tree.is_callee(up) && types.of_expression(at).is_some() && is_no_handle(types, at),
        _ => access(tree, at) == Access::Address,
    }
}

/// Whether a mention gives a part another value, or calls a method that may.
fn is_written(file: &File<'_, '_>, types: &Types<'_, '_>, mention: NodeId) -> bool {
    let tree = file.tree;
    let at = reached(file, types, mention);
    let method = tree.parent(at).filter(|&up| tree.kind(up) == Kind::Selector && tree.is_callee(up));
    let is_known = || file.ask().known_type(at).is_some();
    is_changed(tree, mention) || method.is_some() && is_no_handle(types, at) && !is_known()
}

/// The part of the variable that a mention means: `x.f[i]` of `&x.f[i]`, `x.f` of `x.f.M()`.
fn reached(file: &File<'_, '_>, types: &Types<'_, '_>, mention: NodeId) -> NodeId {
    let tree = file.tree;
    let mut at = mention;
    while let Some(up) = tree.parent(at) {
        let is_part = match tree.kind(up) {
            Kind::Parenthesized => true,
            Kind::Index => tree.field(at) == Field::Operand,
            Kind::Selector => is_field(file, types, at, up),
            _ => false,
        };
        if !is_part {
            break;
        }
        at = up;
    }
    at
}

/// Whether what is selected is a field, or a method that cannot write to what it is called on.
fn is_field(file: &File<'_, '_>, types: &Types<'_, '_>, operand: NodeId, selector: NodeId) -> bool {
    let tree = file.tree;
    let name = tree.child(selector, Field::Selected).map(|name| tree.text_of(name));
    match (types.of_expression(operand), name) {
        (Some(of), Some(name)) => types.only_reads(&of, name),
        _ => !tree.is_callee(selector),
    }
}

/// Whether a value may be more than a pointer or a reference, which a copy shares.
fn is_no_handle(types: &Types<'_, '_>, expression: NodeId) -> bool {
    types.of_expression(expression).is_none_or(|of| types.nature(&of) != Nature::Handle)
}
