//! What every form of rewrite asks of a group first.

use crate::file::File;
use crate::nilness::package_call;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::Refusal;
use crate::region::Group;
use crate::verdict::Reason;

/// A pragma on the declaration does not reach into a literal.
pub(super) fn pragma(file: &File<'_, '_>, group: &Group) -> Result<(), Refusal> {
    let tree = file.tree;
    let start = tree.start(group.function);
    if tree.kind(group.function) == Kind::FunctionLiteral {
        return Ok(());
    }
    let mut below = start;
    for comment in tree.comments().filter(|&id| tree.end(id) <= start).collect::<Vec<_>>().into_iter().rev() {
        let span = tree.span(comment);
        let gap = &tree.text[span.end..below];
        if gap.matches('\n').count() > 1 || !gap.trim().is_empty() {
            break;
        }
        let text = tree.text_of(comment);
        let directive = text.strip_prefix("//go:").map(|rest| rest.split_whitespace().next().unwrap_or(""));
        if directive.is_some_and(|name| name != "noinline" && name != "generate" && name != "build") {
            return Err(Refusal { reason: Reason::Pragma, at: span });
        }
        below = span.start;
    }
    Ok(())
}

/// `defer f(time.Since(start))` measures at the defer statement; `go vet` calls it a mistake, and where it moves the
/// mistake would move along.
pub(super) fn early_argument(file: &File<'_, '_>, group: &Group) -> Result<(), Refusal> {
    let tree = file.tree;
    for &defer in &group.defers {
        let Some(call) = tree.deferred_call(defer) else { continue };
        let Some(arguments) = tree.child(call, Field::Arguments) else { continue };
        let since = tree.own_subtree(arguments).find(|&id| {
            tree.kind(id) == Kind::Call && package_call(tree, file.scopes, id) == Some(("time", "Since"))
        });
        if let Some(since) = since {
            return Err(Refusal { reason: Reason::EarlyArgument, at: tree.span(since) });
        }
    }
    Ok(())
}

/// `recover` means the frame that it is called in: nothing in the statements may call it, and no function that is deferred
/// in them.
pub(super) fn recovers(file: &File<'_, '_>, group: &Group, statements: &[NodeId]) -> Result<(), Refusal> {
    let File { tree, flow, .. } = *file;
    let recovers = flow.recovers();
    for &statement in statements {
        if let Some(call) = recovers.call_in(tree, statement, flow.nest.function(statement)) {
            return Err(Refusal { reason: Reason::RecoverInRegion, at: tree.span(call) });
        }
    }
    let inside = |&id: &NodeId| statements.iter().any(|&statement| tree.within(id, statement));
    let defers = tree.own_subtree(group.iteration).filter(|&id| tree.kind(id) == Kind::Defer);
    for defer in defers.filter(inside) {
        if recovers.has_defer(defer) {
            return Err(Refusal { reason: Reason::DeferredRecover, at: tree.span(defer) });
        }
    }
    Ok(())
}

/// The statements of the iteration.
pub(super) fn body(file: &File<'_, '_>, group: &Group) -> Vec<NodeId> {
    file.tree.child(group.iteration, Field::Body).map_or_else(Vec::new, |body| file.tree.statements(body))
}

/// A `goto` in the iteration, or to a label in it, may come to a place past the defer or leave it.
pub(super) fn jumps(file: &File<'_, '_>, group: &Group) -> Result<(), Refusal> {
    let tree = file.tree;
    if !file.flow.has_goto(group.defers[0]) {
        return Ok(());
    }
    let inside = |id: NodeId| tree.within(id, group.iteration);
    let mut gotos = tree.own_subtree(group.function).filter(|&id| tree.kind(id) == Kind::Goto);
    match gotos.find(|&goto| inside(goto) || file.flow.target(goto).is_some_and(inside)) {
        Some(goto) => Err(Refusal { reason: Reason::GotoCrosses, at: tree.span(goto) }),
        None => Ok(()),
    }
}
