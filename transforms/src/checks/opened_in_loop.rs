//! UD004: a loop that opens in each iteration what one for all of them would do for, whether anything is deferred or not.
//!
//! What moves is what the hoist pass moves; the argument for it stands there.

use super::Finding;
use crate::Evidence;
use crate::file::File;
use crate::names::{Given, Taken};
use crate::parse::{Field, Kind, NodeId};
use crate::passes::Refusal;
use crate::passes::hoist::{Move, doubt, edits, named};
use crate::passes::opened::{Opening, acquisition, assigned, ended, leaving, opening};
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
    found.retain(|opening| goes_round(file, opening));
    let mut names = Given::default();
    found.into_iter().map(|opening| finding(file, opening, &mut names)).collect()
}

/// Whether control comes back to the place: not where every path leaves the loop.
fn goes_round(file: &File<'_, '_>, opening: &Opening) -> bool {
    let tree = file.tree;
    let statement = tree.statement_around(opening.value);
    statement.is_some_and(|id| file.flow.reachable(id, opening.function).contains(&id))
}

fn finding(file: &File<'_, '_>, opening: Opening, names: &mut Given) -> Finding {
    let tree = file.tree;
    let text = tree.text_of(opening.value);
    let first = text.lines().next().unwrap_or(text);
    let text = if first.len() < text.len() { format!("{first} …") } else { first.to_owned() };
    let repair = if is_operand(file, opening) {
        named(file, opening, &name(file, opening, names)).map(|edits| (doubt(opening.is_pool), edits))
    } else {
        moved(file, opening).and_then(|one| {
            let moves = std::slice::from_ref(&one);
            let edits = edits(file, opening.function, opening.outermost, moves, &[])?;
            Ok((doubt(opening.is_pool), edits))
        })
    };
    let (reason, edits, blamed) = match repair {
        Ok((reason, edits)) => (reason, edits, None),
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

/// Whether a method is called on what is opened, without a variable in between: then it is one value.
fn is_operand(file: &File<'_, '_>, opening: Opening) -> bool {
    let File { tree, flow, .. } = *file;
    let is_selected = tree.field(opening.value) == Field::Operand
        && tree.parent(opening.value).is_some_and(|parent| tree.kind(parent) == Kind::Selector);
    is_selected && !flow.has_goto(opening.value)
}

/// `sharedRegexp`: a name that the function does not have, and that no other repair has given to a variable of it.
fn name(file: &File<'_, '_>, opening: Opening, names: &mut Given) -> String {
    let of = file.ask().known_type(opening.value).and_then(|of| of.rsplit('.').next()).unwrap_or_default();
    names.name(Taken::by(file.tree, file.scopes, opening.function), &format!("shared{of}"))
}

/// What would go in front of the loop.
fn moved(file: &File<'_, '_>, opening: Opening) -> Result<Move, Refusal> {
    let tree = file.tree;
    if let Some(target) = assigned(file.tree, opening.value) {
        return Err(Refusal { reason: Reason::HoistLeaves, at: tree.span(target) });
    }
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
        let call = tree.deferred_call(defer).filter(|_| is_own);
        let ends = call.map(|call| ended(file, call, iteration));
        if ends != Some(Ok(variable)) {
            return Err(Refusal { reason: Reason::NotHoistable, at: tree.span(defer) });
        }
    }
    Ok(defers)
}
