//! What speaks against a plain call: something in between that would skip it, and what a skipped call would leave behind.

use crate::calm::Calm;
use crate::file::File;
use crate::lifetime::Called;
use crate::origin::Origin;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::Refusal;
use crate::passes::places::{Placed, Until};
use crate::region::Group;
use crate::scope::BindingId;
use crate::verdict::Reason;

/// The defer of a method of a field panics where its owner is nil. As a plain statement it would panic later, or never,
/// so the owner has to be looked at first.
pub(super) fn unchecked(file: &File<'_, '_>, group: &Group, placed: &[Placed]) -> Result<(), Refusal> {
    let File { tree, scopes, .. } = *file;
    let ask = file.ask();
    let origin = Origin::new(file, Vec::new());
    for one in placed.iter().filter(|one| one.until != Until::Here) {
        let Some(root) = field_owner(file, one.call) else { continue };
        let variable = scopes.get(root);
        let comes_with_error =
            ask.values_given(variable.at).is_some_and(|(values, _, count)| values.len() < count);
        if tree.within(variable.at, group.iteration) && comes_with_error && !origin.is_checked(variable.at) {
            return Err(Refusal { reason: Reason::CallNotMovable, at: tree.span(one.defer) });
        }
    }
    Ok(())
}

/// The variable `x` of a call `x.f.M()`.
fn field_owner(file: &File<'_, '_>, call: NodeId) -> Option<BindingId> {
    let tree = file.tree;
    let callee = tree.unparenthesized(tree.child(call, Field::Function)?);
    let receiver = tree.unparenthesized(tree.child(callee, Field::Operand)?);
    (tree.kind(receiver) == Kind::Selector).then(|| file.ask().root(receiver)).flatten()
}

/// What in between might skip a call: a panic, or the end of the goroutine. The calls of `memory` may be skipped.
pub(super) fn skips(
    file: &File<'_, '_>,
    group: &Group,
    placed: &[Placed],
    memory: &[NodeId],
) -> Option<Refusal> {
    let counts = |one: &&Placed| !is_memory(file, one.call) && !memory.contains(&one.defer);
    placed.iter().filter(counts).find_map(|one| {
        let solid = field_owner(file, one.call).into_iter().collect();
        let calm = Calm::new(file, solid);
        let later = placed.iter().filter(|other| other.defer > one.defer).map(|other| other.call);
        let runs =
            one.pending.iter().copied().filter(|statement| !group.defers.contains(statement)).chain(later);
        let (reason, at) = runs.into_iter().find_map(|node| calm.upset(node))?;
        Some(Refusal { reason, at: file.tree.span(at) })
    })
}

/// Whether the call gives back nothing but memory, which needs no release.
fn is_memory(file: &File<'_, '_>, call: NodeId) -> bool {
    matches!(file.ask().called(call), Called::Known { owner, name, .. }
        if MEMORY.contains(&(owner.as_str(), name)))
}

/// Releases without which nothing but memory stays: type and method.
const MEMORY: &[(&str, &str)] = &[("compress/gzip.Reader", "Close"), ("time.Timer", "Stop")];

/// Whether a panic in between is likely to be survived, with the resource still held: a lock or a transaction, a function
/// that recovers, a handler of a server that does.
pub(super) fn must_release(file: &File<'_, '_>, group: &Group) -> bool {
    let tree = file.tree;
    let ask = file.ask();
    let held = group.defers.iter().flat_map(|&defer| tree.subtree(defer)).any(|id| {
        tree.kind(id) == Kind::Call
            && tree.child(id, Field::Function).is_some_and(|callee| {
                let name = tree.child(callee, Field::Selected).map_or("", |name| tree.text_of(name));
                matches!(name, "Unlock" | "RUnlock")
            })
            || matches!(ask.called(id), Called::Known { owner, .. } if owner == "database/sql.Tx")
    });
    held || file.flow.recovers().has_function(group.function) || is_handler(file, group.function)
}

/// `func(w http.ResponseWriter, r *http.Request)`.
fn is_handler(file: &File<'_, '_>, function: NodeId) -> bool {
    let File { tree, scopes, .. } = *file;
    let Some(parameters) = tree.child(function, Field::Parameters) else { return false };
    let of_http = |wanted: &str| {
        tree.subtree(parameters).filter(|&id| tree.kind(id) == Kind::QualifiedType).any(|id| {
            let package = tree.child_of_kind(id, Kind::PackageIdentifier);
            package.and_then(|package| scopes.import_path(package)) == Some("net/http")
                && tree.child(id, Field::Name).is_some_and(|name| tree.text_of(name) == wanted)
        })
    };
    of_http("ResponseWriter") && of_http("Request")
}
