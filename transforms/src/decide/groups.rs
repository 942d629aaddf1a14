//! What the defers of one iteration, and of the loops inside it, decide together: whether they move, and in which form.

use super::choose::{Offer, Terms, candidates, choose};
use super::sites::{Decisions, plain};
use crate::file::File;
use crate::hash::Table;
use crate::lifetime::Judgement;
use crate::names::{self, Taken};
use crate::parse::{NodeId, Tree};
use crate::passes::arrivals::{Arrivals, asks_nothing};
use crate::passes::{Given, Pass, Plan, Refusal, closure, exit_code, guard};
use crate::region::Group;
use crate::render::Choice;
use crate::verdict::{Form, Reason, Safety};
use crate::{Evidence, Exit, Options, PassedOver};

/// Decides for all groups; innermost ones come first. Gives the choice for each group that is rewritten, by the offset
/// of its first defer.
pub(super) fn together(
    decisions: &mut Decisions,
    file: &File<'_, '_>,
    groups: &[Group],
) -> Table<usize, Choice> {
    let mut by_function: Table<NodeId, Vec<NodeId>> = Table::default();
    for group in groups {
        by_function.entry(group.function).or_default().extend(&group.defers);
    }
    let (barred, resting) = (Vec::new(), Table::default());
    let mut decider = Decider { file, options: file.around.options, by_function, barred, resting };
    loop {
        let mut trial = decisions.clone();
        let mut chosen = decider.all(&mut trial, groups);
        match decider.unguarded(&trial, &chosen) {
            Some((group, Obstacle::OtherOrder)) => decider.barred.push(group),
            Some((group, Obstacle::Unsafe(why))) => {
                decider.resting.insert(group, why);
            }
            None => {
                *decisions = trial;
                chosen.reverse();
                return choices(file, &chosen);
            }
        }
    }
}

/// A group with the form that it gets, and the plan.
type Chosen<'g> = (&'g Group, Form, Plan);

/// What all decisions rest on.
struct Decider<'d, 'a, 't> {
    file: &'d File<'a, 't>,
    options: &'a Options<'a>,
    /// The sites of each function.
    by_function: Table<NodeId, Vec<NodeId>>,
    /// Loops whose groups may not be guarded: something around them would run in another order.
    barred: Vec<NodeId>,
    /// Loops whose groups can be guarded if something else is rewritten that is unsafe, with what makes it so.
    resting: Table<NodeId, Judgement>,
}

/// What stands in the outermost loop of a guarded group.
enum Obstacle {
    /// Deferred calls that would run before the guard, and used to run after the call.
    OtherOrder,
    /// Some that are rewritten only at the unsafe bar.
    Unsafe(Judgement),
}

impl Decider<'_, '_, '_> {
    fn all<'g>(&self, decisions: &mut Decisions, groups: &'g [Group]) -> Vec<Chosen<'g>> {
        let decide = |group| self.decide(decisions, group).map(|(form, plan)| (group, form, plan));
        groups.iter().filter_map(decide).collect()
    }

    /// Decides for one group.
    fn decide(&self, decisions: &mut Decisions, group: &Group) -> Option<(Form, Plan)> {
        let tree = self.file.tree;
        let stays = Refusal { reason: Reason::SiblingStays, at: tree.span(group.iteration) };
        if group.defers.iter().any(|&defer| decisions.rewrites(defer).is_none()) {
            decisions.refuse_group(tree, group, stays);
            return None;
        }
        let candidates = candidates(&self.options.forms).into_iter();
        let arrivals = Arrivals::of(self.file, group);
        let mut offers: Vec<Offer> =
            candidates.filter_map(|form| self.offer(decisions, group, form, &arrivals, stays)).collect();
        match choose(&self.options.forms, self.options.bar, &offers) {
            Err(refusal) => {
                let bug = Refusal { reason: Reason::InternalError, at: tree.span(group.iteration) };
                decisions.refuse_group(tree, group, refusal.unwrap_or(bug));
                None
            }
            Ok((form, passed_over)) => {
                let at = offers.iter().position(|offer| offer.form == form)?;
                let terms = offers.swap_remove(at).outcome.ok()?;
                if !Pass::of(form).is_some_and(|pass| pass.wraps) {
                    group.defers.iter().for_each(|&defer| decisions.unwrap(tree, defer));
                }
                for &defer in &group.defers {
                    decisions.settle(defer, &terms.plan.settles);
                }
                accept(decisions, tree, group, form, &terms, &passed_over);
                for stays in arrivals.stays {
                    decisions.add(
                        stays.defer,
                        Evidence { reason: Reason::ErrorStays, message: stays.message, span: stays.at },
                    );
                }
                Some((form, terms.plan))
            }
        }
    }

    /// What the pass of a form makes of a group.
    fn offer(
        &self,
        decisions: &Decisions,
        group: &Group,
        form: Form,
        arrivals: &Arrivals,
        stays: Refusal,
    ) -> Option<Offer> {
        let pass = Pass::of(form)?;
        let outcome = if let Err(lost) = arrivals.against(self.file, group, form) {
            Err(lost)
        } else if form == Form::Guard && self.barred.contains(&group.iteration) {
            Err(Refusal { reason: Reason::GuardOrder, ..stays })
        } else {
            (pass.plan)(self.file, group, &Given::default())
                .and_then(|plan| self.terms(decisions, group, plan, pass.wraps).ok_or(stays))
                .map(|terms| if form == Form::Guard { self.resting(group, terms) } else { terms })
        };
        Some(Offer { form, outcome })
    }

    /// What a plan comes to with the sites of the group and those inside the region. Nothing where one of these stays.
    fn terms(&self, decisions: &Decisions, group: &Group, plan: Plan, wraps: bool) -> Option<Terms> {
        let tree = self.file.tree;
        let sites = self.sites(group, &plan);
        if sites.iter().any(|&defer| decisions.rewrites(defer).is_none()) {
            return None;
        }
        let framed = |defer: NodeId| {
            group.defers.contains(&defer)
                && (!wraps && decisions.is_safe_in_its_frame(tree, defer)
                    || decisions.is_settled(defer, &plan.settles))
        };
        let doubtful =
            sites.iter().find(|&&defer| decisions.rewrites(defer) == Some(Safety::Unsafe) && !framed(defer));
        let sibling = doubtful.and_then(|&defer| decisions.get(defer)).map(|site| site.judgement.clone());
        let own = plan.doubt.iter().chain(&plan.changes);
        let lowered = own.clone().next().map(|doubt| plain(doubt.reason)).or(sibling);
        let safety = if lowered.is_some() { Safety::Unsafe } else { Safety::Safe };
        let goes = |&defer: &NodeId| decisions.reaches(defer) == Some(Safety::Safe) || framed(defer);
        let accepted = safety == Safety::Unsafe
            && own.clone().all(|doubt| self.options.accepted.contains(&doubt.reason))
            && sites.iter().all(goes);
        Some(Terms { plan, safety, accepted, lowered })
    }

    /// The sites of a group, and those of its function in the region of a plan.
    fn sites(&self, group: &Group, plan: &Plan) -> Vec<NodeId> {
        let tree = self.file.tree;
        let inside = |defer: &NodeId| {
            plan.region.contains(tree.span(*defer))
                && !group.defers.contains(defer)
                && tree.function_around(*defer) == Some(group.function)
        };
        let inner = self.by_function[&group.function].iter().copied().filter(inside);
        group.defers.iter().copied().chain(inner).collect()
    }

    /// The terms of a guard that can only be had together with an unsafe rewrite.
    fn resting(&self, group: &Group, terms: Terms) -> Terms {
        let Some(why) = self.resting.get(&group.iteration) else { return terms };
        let lowered = terms.lowered.or_else(|| Some(why.clone()));
        Terms { safety: Safety::Unsafe, accepted: false, lowered, ..terms }
    }

    /// The loop of a guarded group that cannot be had with what stands in the outermost loop as it was decided: a site that stays,
    /// or that stays at some bar where this one moves, or one around it that would be released first.
    fn unguarded(&self, decisions: &Decisions, chosen: &[Chosen<'_>]) -> Option<(NodeId, Obstacle)> {
        let guarded = chosen.iter().filter(|(_, form, _)| *form == Form::Guard);
        guarded.into_iter().find_map(|(group, _, plan)| {
            let own = group.defers.iter().map(|&defer| decisions.reaches(defer)).max().flatten();
            let sites = self.sites(group, plan);
            let later = sites.iter().copied().find(|&defer| decisions.reaches(defer) > own);
            let obstacle = if sites.iter().any(|&defer| decisions.reaches(defer).is_none())
                || chosen.iter().any(|outer| self.is_released_first(group, outer))
            {
                Obstacle::OtherOrder
            } else {
                Obstacle::Unsafe(decisions.get(later?)?.judgement.clone())
            };
            Some((group.iteration, obstacle))
        })
    }

    /// Whether what another group's defers release may be pending in a guarded loop, and would be released by a `return` from there
    /// before the guard is called.
    fn is_released_first(&self, group: &Group, (outer, form, plan): &Chosen<'_>) -> bool {
        let tree = self.file.tree;
        let is_around = outer.iteration != group.iteration
            && outer.function == group.function
            && tree.within(group.iteration, outer.iteration);
        let is_pending = plan.region.overlaps(tree.span(group.iteration));
        is_around && *form != Form::Guard && is_pending
    }
}

/// Notes what was chosen for a group.
fn accept(
    decisions: &mut Decisions,
    tree: &Tree<'_>,
    group: &Group,
    form: Form,
    terms: &Terms,
    passed_over: &[PassedOver],
) {
    let exits = terms.plan.exits.iter();
    let exits: Vec<Exit> =
        exits.map(|exit| Exit { code: exit_code(exit.to), span: tree.span(exit.at) }).collect();
    for &defer in &group.defers {
        let is_safe = decisions.rewrites(defer) == Some(Safety::Safe);
        let Some(decision) = decisions.get_mut(defer) else { continue };
        decision.form = form;
        decision.exits.clone_from(&exits);
        decision.passed_over = passed_over.to_vec();
        if let Some(judgement) = terms.lowered.clone().filter(|_| is_safe) {
            let steps = std::mem::take(&mut decision.judgement.steps);
            decision.judgement = Judgement { steps, ..judgement };
        }
        if let Some(doubt) =
            terms.plan.doubt.filter(|doubt| form == Form::Hoist && doubt.reason != decision.judgement.reason)
        {
            // What else is unproved does not tell what a loop without iterations would do.
            let message = doubt.reason.sentence().to_owned();
            decision.judgement.evidence.push(Evidence { reason: doubt.reason, message, span: doubt.at });
        }
        for change in terms.plan.changes.iter().filter(|change| tree.span(defer).contains(change.at)) {
            let message = change.reason.sentence().to_owned();
            decision.judgement.evidence.push(Evidence { reason: change.reason, message, span: change.at });
        }
        decision.accepted = terms.accepted && decision.verdict().safety() == Some(Safety::Unsafe);
    }
}

/// The choices with the names that go with them. Those are settled here, once, so that they do not depend on which of
/// the groups are rewritten. The groups come in source order.
fn choices(file: &File<'_, '_>, chosen: &[Chosen<'_>]) -> Table<usize, Choice> {
    let mut settled: Table<NodeId, Vec<String>> = Table::default();
    let mut choices = Table::default();
    let mut declared: Vec<String> = Vec::new();
    for (group, form, plan) in chosen {
        let others = settled.entry(group.function).or_default();
        let taken = Taken::by(file.tree, file.scopes, group.function);
        // Errors of loops inside may leave by this one too, once they have a way to the caller.
        let labels = plan.labels || !asks_nothing(file.around.options);
        let label = labels.then(|| closure::new_label(&taken, others));
        others.extend(label.clone());
        let mut variables = Vec::new();
        for _ in 0..plan.variables {
            let name = guard::new_variable(&taken, others);
            others.push(name.clone());
            variables.push(name);
        }
        let (text, world) = (file.tree.text, &file.around.world);
        let name = plan.declares.as_ref().map(|name| names::besides(text, world, name, &declared));
        declared.extend(name.clone());
        let given = Given { label, variables, declared: name, settled: Vec::new() };
        choices.insert(file.tree.start(group.defers[0]), Choice { form: *form, given });
    }
    for (group, _, _) in chosen {
        if let Some(choice) = choices.get_mut(&file.tree.start(group.defers[0])) {
            choice.given.settled.clone_from(&settled[&group.function]);
        }
    }
    choices
}
