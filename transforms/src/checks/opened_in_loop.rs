//! UD004: a loop that opens in each iteration what one for all of them would do for, whether anything is deferred or not.
//!
//! What moves is what the hoist pass moves; the argument for it stands there.

use super::Finding;
use crate::Evidence;
use crate::file::File;
use crate::locate::deferred_call;
use crate::parse::{Kind, NodeId};
use crate::passes::Refusal;
use crate::passes::hoist::{Move, doubt_about, edits};
use crate::passes::opened::{Opening, acquisition, ended, leaving, opening};
use crate::rules::Rule;
use crate::scope::BindingId;
use crate::verdict::{Form, Reason};

/// All findings of the file, in source order.
pub(super) fn findings(file: &File<'_, '_>) -> Vec<Finding> {
    let tree = file.tree;
    let mut found: Vec<Opening> = Vec::new();
    let in_loop = |&id: &NodeId| file.flow.nest.loop_around(id).is_some();
    let kinds = tree.all().filter(|&id| matches!(tree.kind(id), Kind::Call | Kind::CompositeLiteral));
    for id in kinds.filter(in_loop) {
        // A part of what is opened is opened with it.
        if found.last().is_none_or(|last| !tree.within(id, last.value)) {
            found.extend(opening(file, id));
        }
    }
    found
        .into_iter()
        .filter(|opening| goes_round(file, opening))
        .map(|opening| finding(file, opening))
        .collect()
}

/// Whether control comes back to the place: not where every path leaves the loop.
fn goes_round(file: &File<'_, '_>, opening: &Opening) -> bool {
    let tree = file.tree;
    let statement = tree
        .ancestors(opening.value)
        .find(|&id| tree.parent(id).is_some_and(|parent| tree.kind(parent) == Kind::StatementList));
    statement.is_some_and(|id| file.flow.reachable(id, opening.function).contains(&id))
}

fn finding(file: &File<'_, '_>, opening: Opening) -> Finding {
    let tree = file.tree;
    let text = tree.text_of(opening.value);
    let first = text.lines().next().unwrap_or(text);
    let text = if first.len() < text.len() { format!("{first} …") } else { first.to_owned() };
    let (reason, edits, blamed) = match moved(file, opening) {
        Ok(one) => match edits(file, opening.function, opening.outermost, std::slice::from_ref(&one)) {
            Ok(edits) => (doubt_about(&[one]), edits, None),
            Err(refusal) => (refusal.reason, Vec::new(), Some(refusal)),
        },
        Err(refusal) => (refusal.reason, Vec::new(), Some(refusal)),
    };
    let message = match reason {
        Reason::Hoisted | Reason::HoistedPool => {
            let limits = if opening.is_pool { ", and it is a pool with limits of its own" } else { "" };
            format!(
                "each iteration opens `{text}`, and one for all would do; in front of the loop it is opened also where that \
                 runs zero times{limits}"
            )
        }
        _ => format!("each iteration opens `{text}`: {}", reason.sentence()),
    };
    let evidence = blamed.map(|Refusal { reason, at }| Evidence {
        reason,
        message: reason.sentence().to_owned(),
        span: at,
    });
    Finding {
        rule: Rule::OpenedInLoop,
        at: opening.value,
        shown: Some(opening.outermost),
        reason,
        message,
        evidence: evidence.into_iter().collect(),
        form: Form::Hoist,
        edits,
    }
}

/// What would go in front of the loop.
fn moved(file: &File<'_, '_>, opening: Opening) -> Result<Move, Refusal> {
    let tree = file.tree;
    let bare = acquisition(file, opening, opening.outermost, &[], &[]);
    let variable = match &bare {
        Ok(acquisition) => acquisition.variable,
        Err(refusal) if refusal.reason == Reason::HoistShape => return Err(*refusal),
        // The defers may be what is in the way, and they go along.
        Err(refusal) => declared(file, opening).ok_or(*refusal)?,
    };
    let defers = defers(file, opening, variable)?;
    if let Some(defer) = defers.first()
        && file.flow.nest.loop_around(opening.outermost).is_some()
    {
        return Err(Refusal { reason: Reason::NotHoistable, at: tree.span(*defer) });
    }
    if let Some(at) = leaving(file, variable, &defers) {
        return Err(Refusal { reason: Reason::HoistLeaves, at: tree.span(at) });
    }
    let acquisition = acquisition(file, opening, opening.outermost, &defers, &[])?;
    Ok(Move { acquisition, defers })
}

fn declared(file: &File<'_, '_>, opening: Opening) -> Option<BindingId> {
    let tree = file.tree;
    let statement = tree.ancestors(opening.value).find(|&id| tree.kind(id) == Kind::ShortVar)?;
    let mut names = tree.subtree(statement).filter(|&id| tree.kind(id) == Kind::Identifier);
    names.next().and_then(|name| file.scopes.meaning(name))
}

/// The defers that end what is opened. One that does more than that keeps it in the loop.
fn defers(file: &File<'_, '_>, opening: Opening, variable: BindingId) -> Result<Vec<NodeId>, Refusal> {
    let File { tree, scopes, flow, .. } = *file;
    let Some(iteration) = flow.nest.loop_around(opening.value) else { return Ok(Vec::new()) };
    let mentions = scopes.get(variable).mentions.iter();
    let around = |&id: &NodeId| tree.ancestors(id).find(|&up| tree.kind(up) == Kind::Defer);
    let mut defers: Vec<NodeId> = mentions.filter_map(around).collect();
    defers.sort_unstable();
    defers.dedup();
    for &defer in &defers {
        let is_own = flow.nest.loop_around(defer) == Some(iteration)
            && tree.parent(defer).and_then(|list| tree.parent(list)).and_then(|body| tree.parent(body))
                == Some(iteration);
        let call = deferred_call(tree, defer).filter(|_| is_own);
        let ends = call.map(|call| ended(file, call, iteration));
        if ends != Some(Ok(variable)) {
            return Err(Refusal { reason: Reason::NotHoistable, at: tree.span(defer) });
        }
    }
    Ok(defers)
}
