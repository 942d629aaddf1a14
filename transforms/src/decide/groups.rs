//! What the defers of one iteration, and of the loops inside it, decide together: whether they move, and in which form.

use std::collections::HashMap;

use super::choose::{Offer, Terms, candidates, choose};
use super::sites::{Decisions, plain};
use crate::facts::File;
use crate::names::Taken;
use crate::parse::{NodeId, Tree};
use crate::passes::{Given, Pass, Plan, Refusal, closure, exit_code};
use crate::region::Group;
use crate::render::Choice;
use crate::verdict::{Form, Reason, Safety};
use crate::{Exit, Forms};

/// Decides for all groups; innermost ones come first. Gives the choice for each group that is rewritten, by the offset
/// of its first defer.
pub(super) fn together(
    decisions: &mut Decisions,
    file: &File<'_, '_>,
    groups: &[Group],
    forms: &Forms,
    bar: Safety,
) -> HashMap<usize, Choice> {
    let mut by_function: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
    for group in groups {
        by_function.entry(group.function).or_default().extend(&group.defers);
    }
    let mut chosen: Vec<(&Group, Form, Plan)> = Vec::new();
    for group in groups {
        let all = &by_function[&group.function];
        chosen
            .extend(decide(decisions, file, group, all, forms, bar).map(|(form, plan)| (group, form, plan)));
    }
    chosen.reverse();
    choices(file, chosen)
}

/// Decides for one group; `all` are the sites of its function.
fn decide(
    decisions: &mut Decisions,
    file: &File<'_, '_>,
    group: &Group,
    all: &[NodeId],
    forms: &Forms,
    bar: Safety,
) -> Option<(Form, Plan)> {
    let tree = file.tree;
    let stays = Refusal { reason: Reason::SiblingStays, at: tree.span(group.iteration) };
    if group.defers.iter().any(|&defer| decisions.rewrites(defer).is_none()) {
        decisions.refuse_group(tree, group, stays);
        return None;
    }
    let offer = |form| {
        let pass = Pass::of(form)?;
        let plan = (pass.plan)(file, group, &Given::default());
        let outcome = plan.and_then(|plan| terms(decisions, tree, group, all, plan).ok_or(stays));
        Some(Offer { form, outcome })
    };
    let mut offers: Vec<Offer> = candidates(forms).into_iter().filter_map(offer).collect();
    match choose(forms, bar, &offers) {
        Err(refusal) => {
            let bug = Refusal { reason: Reason::InternalError, at: tree.span(group.iteration) };
            decisions.refuse_group(tree, group, refusal.unwrap_or(bug));
            None
        }
        Ok((form, passed_over)) => {
            let at = offers.iter().position(|offer| offer.form == form)?;
            let terms = offers.swap_remove(at).outcome.ok()?;
            let exits = terms.plan.exits.iter();
            let exits: Vec<Exit> =
                exits.map(|exit| Exit { code: exit_code(exit.to), span: tree.span(exit.at) }).collect();
            for &defer in &group.defers {
                let is_safe = decisions.rewrites(defer) == Some(Safety::Safe);
                let Some(decision) = decisions.get_mut(defer) else { continue };
                decision.form = form;
                decision.exits.clone_from(&exits);
                decision.passed_over.clone_from(&passed_over);
                if let Some(judgement) = terms.lowered.clone().filter(|_| is_safe) {
                    decision.judgement = judgement;
                }
            }
            Some((form, terms.plan))
        }
    }
}

/// What a plan comes to with the sites of the group and those inside the region. Nothing where one of these stays.
fn terms(decisions: &Decisions, tree: &Tree<'_>, group: &Group, all: &[NodeId], plan: Plan) -> Option<Terms> {
    let inside = |defer: &NodeId| {
        plan.region.contains(tree.span(*defer))
            && tree.within(*defer, group.iteration)
            && !group.defers.contains(defer)
            && tree.function_around(*defer) == Some(group.function)
    };
    let inner = all.iter().copied().filter(inside);
    let sites: Vec<NodeId> = group.defers.iter().copied().chain(inner).collect();
    if sites.iter().any(|&defer| decisions.rewrites(defer).is_none()) {
        return None;
    }
    let doubtful = sites.iter().find(|&&defer| decisions.rewrites(defer) == Some(Safety::Unsafe));
    let sibling = doubtful.and_then(|&defer| decisions.get(defer)).map(|site| site.judgement.clone());
    let lowered = plan.doubt.map(|doubt| plain(doubt.reason)).or(sibling);
    let safety = if lowered.is_some() { Safety::Unsafe } else { Safety::Safe };
    Some(Terms { plan, safety, lowered })
}

/// The choices with the names that go with them. Those are settled here, once, so that they do not depend on which of
/// the groups are rewritten. The groups come in source order.
fn choices(file: &File<'_, '_>, chosen: Vec<(&Group, Form, Plan)>) -> HashMap<usize, Choice> {
    let mut used: HashMap<NodeId, Vec<String>> = HashMap::new();
    let mut choices = HashMap::new();
    for (group, form, plan) in chosen {
        let others = used.entry(group.function).or_default();
        let taken = Taken::by(file.tree, file.scopes, group.function);
        let label = plan.labels.then(|| closure::new_label(&taken, others));
        others.extend(label.clone());
        choices.insert(file.tree.start(group.defers[0]), Choice { form, given: Given { label } });
    }
    choices
}
