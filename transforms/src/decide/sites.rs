//! What is known about each site while verdicts are being made.

use super::levels::{Levels, MOST_LEVELS};
use crate::file::File;
use crate::flow::Cycle;
use crate::hash::Table;
use crate::lifetime::{Judgement, judge};
use crate::locate::{Case, Found, function_name, header_span};
use crate::parse::{NodeId, Tree};
use crate::passes::Refusal;
use crate::region::Group;
use crate::rules::Rule;
use crate::verdict::{Class, Form, Reason, Safety, Verdict};
use crate::{Evidence, Exit, Options, PassedOver, Site};

/// What is known about one site so far.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) judgement: Judgement,
    /// The form, if it is rewritten.
    pub(super) form: Form,
    pub(super) exits: Vec<Exit>,
    pub(super) passed_over: Vec<PassedOver>,
    /// The caller accepts all that is unproved about it.
    pub(super) accepted: bool,
}

impl Decision {
    fn of(judgement: Judgement) -> Self {
        Self { judgement, form: Form::Closure, exits: Vec::new(), passed_over: Vec::new(), accepted: false }
    }

    /// The same for a caller who accepts some doubts. One site may raise several.
    fn accepting(judgement: Judgement, accepted: &[Reason]) -> Self {
        let doubts = judgement.evidence.iter().map(|evidence| evidence.reason).chain([judgement.reason]);
        let goes =
            doubts.filter(|doubt| doubt.class() == Class::Unsafe).all(|doubt| accepted.contains(&doubt));
        let decision = Self::of(judgement);
        let is_unsafe = decision.verdict().safety() == Some(Safety::Unsafe);
        Self { accepted: goes && is_unsafe, ..decision }
    }

    /// The judgement for a form in which code of the iteration stays in its frame: looking at the call stack shows the same.
    fn in_its_frame(&self, tree: &Tree<'_>, defer: NodeId) -> Option<Judgement> {
        let Judgement { reason, evidence, steps, .. } = &self.judgement;
        let elsewhere =
            |found: &Evidence| found.reason != Reason::CallerDepth || !tree.span(defer).contains(found.span);
        let proof = evidence.iter().find(|found| found.reason.class() == Class::Safe)?;
        (*reason == Reason::CallerDepth && evidence.iter().all(elsewhere)).then(|| Judgement {
            reason: proof.reason,
            message: proof.message.clone(),
            evidence: evidence.clone(),
            steps: steps.clone(),
            missing: None,
        })
    }

    /// Whether a form settles all that is unproved about the defer.
    fn is_settled(&self, defer: NodeId, settles: &[(NodeId, Refusal)]) -> bool {
        let is_settled = |found: &Evidence| {
            let about = |(of, doubt): &(NodeId, Refusal)| {
                *of == defer && doubt.reason == found.reason && doubt.at.contains(found.span)
            };
            settles.iter().any(about)
        };
        let mut doubts = self.judgement.evidence.iter().filter(|found| is_doubt(found));
        self.judgement.reason.class() == Class::Unsafe && doubts.all(is_settled)
    }

    /// What was unproved is proved by the form.
    fn settle(&mut self) {
        let proof = plain(Reason::Released);
        let Judgement { mut evidence, steps, .. } = std::mem::replace(&mut self.judgement, proof.clone());
        for found in evidence.iter_mut().filter(|found| is_doubt(found)) {
            (found.reason, found.message) = (proof.reason, proof.message.clone());
        }
        self.judgement = Judgement { evidence, steps, ..proof };
        self.accepted = false;
    }

    pub(super) fn verdict(&self) -> Verdict {
        let form = self.form;
        match self.judgement.reason.class() {
            Class::Suppressed => Verdict::Suppressed,
            Class::Once => Verdict::Once,
            Class::Keep => Verdict::Keep,
            Class::Refused => Verdict::Refused,
            Class::Unsafe => Verdict::Rewrite { form, safety: Safety::Unsafe },
            Class::Safe => Verdict::Rewrite { form, safety: Safety::Safe },
        }
    }
}

/// All of them, by defer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decisions {
    by_defer: Table<NodeId, Decision>,
}

/// Something that is unproved.
fn is_doubt(found: &Evidence) -> bool {
    found.reason.class() == Class::Unsafe
}

/// A reason with nothing to add to its sentence.
pub(super) fn plain(reason: Reason) -> Judgement {
    Judgement {
        reason,
        message: reason.sentence().to_owned(),
        evidence: Vec::new(),
        steps: Vec::new(),
        missing: None,
    }
}

impl Decisions {
    /// How many sites are to be rewritten.
    pub(crate) fn rewrites_in_all(&self) -> usize {
        self.by_defer.values().filter(|decision| decision.verdict().safety().is_some()).count()
    }

    pub(super) fn set(&mut self, defer: NodeId, judgement: Judgement) {
        self.by_defer.insert(defer, Decision::of(judgement));
    }

    pub(super) fn get(&self, defer: NodeId) -> Option<&Decision> {
        self.by_defer.get(&defer)
    }

    pub(super) fn get_mut(&mut self, defer: NodeId) -> Option<&mut Decision> {
        self.by_defer.get_mut(&defer)
    }

    /// The safety of a rewrite; nothing where the site is left.
    pub(super) fn rewrites(&self, defer: NodeId) -> Option<Safety> {
        self.by_defer.get(&defer).and_then(|decision| decision.verdict().safety())
    }

    /// The bar that a rewrite gets through; nothing where the site is left.
    pub(super) fn reaches(&self, defer: NodeId) -> Option<Safety> {
        let is_accepted = self.by_defer.get(&defer).is_some_and(|decision| decision.accepted);
        self.rewrites(defer).map(|safety| if is_accepted { Safety::Safe } else { safety })
    }

    /// Whether the only doubt about a defer is what the call stack shows, which stays in some forms.
    pub(super) fn is_safe_in_its_frame(&self, tree: &Tree<'_>, defer: NodeId) -> bool {
        self.by_defer.get(&defer).is_some_and(|decision| decision.in_its_frame(tree, defer).is_some())
    }

    /// Takes the doubt about the call stack from a defer whose form leaves all code of the iteration in its frame.
    pub(super) fn unwrap(&mut self, tree: &Tree<'_>, defer: NodeId) {
        if let Some(decision) = self.by_defer.get_mut(&defer)
            && let Some(judgement) = decision.in_its_frame(tree, defer)
        {
            decision.accepted = false;
            decision.judgement = judgement;
        }
    }

    /// Whether a form settles all that is unproved about a defer.
    pub(super) fn is_settled(&self, defer: NodeId, settles: &[(NodeId, Refusal)]) -> bool {
        self.by_defer.get(&defer).is_some_and(|decision| decision.is_settled(defer, settles))
    }

    /// Takes the doubts from a defer that its form settles.
    pub(super) fn settle(&mut self, defer: NodeId, settles: &[(NodeId, Refusal)]) {
        if let Some(decision) = self.by_defer.get_mut(&defer)
            && decision.is_settled(defer, settles)
        {
            decision.settle();
        }
    }

    /// Adds something to what the verdict rests on.
    pub(super) fn add(&mut self, defer: NodeId, found: Evidence) {
        if let Some(decision) = self.by_defer.get_mut(&defer) {
            decision.judgement.evidence.push(found);
        }
    }

    fn refuse(&mut self, defer: NodeId, reason: Reason) {
        if self.rewrites(defer).is_some() {
            self.set(defer, plain(reason));
        }
    }

    /// Refuses a group. Where one of its defers is to blame, the others stay because of it.
    pub(super) fn refuse_group(&mut self, tree: &Tree<'_>, group: &Group, Refusal { reason, at }: Refusal) {
        let blamed = |defer: NodeId| tree.span(defer).contains(at);
        let alone = group.defers.iter().any(|&defer| blamed(defer));
        for &defer in &group.defers {
            self.refuse(defer, if blamed(defer) || !alone { reason } else { Reason::SiblingStays });
        }
    }

    /// Refuses what holds too many other groups; looking into those at each level would take forever.
    pub(super) fn deep(&mut self, tree: &Tree<'_>, groups: &[Group]) {
        let mut levels = Levels::default();
        for group in groups {
            if levels.above(tree, group) > MOST_LEVELS {
                for &defer in &group.defers {
                    self.by_defer.entry(defer).or_insert_with(|| Decision::of(plain(Reason::TooDeep)));
                }
            }
        }
    }

    /// What a site's own facts decide.
    pub(super) fn alone(&mut self, file: &File<'_, '_>, site: &Found, damaged: &[(NodeId, NodeId)]) {
        let File { tree, scopes, flow, around, .. } = *file;
        if self.by_defer.contains_key(&site.defer) {
            return;
        }
        let judgement = if damaged.iter().any(|&(declaration, _)| tree.within(site.defer, declaration)) {
            plain(Reason::SyntaxError)
        } else {
            match site.cycle {
                Cycle::None => plain(Reason::LeavesLoop),
                Cycle::Unreached => plain(Reason::Unreachable),
                Cycle::Outer => plain(Reason::OuterIteration),
                Cycle::Goto => plain(Reason::GotoLoop),
                Cycle::Loop(iteration) => {
                    let Found { defer, function, .. } = *site;
                    let Options { go, resources, .. } = *around.options;
                    let world = &around.world;
                    let case = Case { tree, scopes, flow, resources, world, go, defer, function, iteration };
                    judge(&case, &around.memo)
                }
            }
        };
        let decision = Decision::accepting(judgement, around.options.accepted);
        self.by_defer.insert(site.defer, decision);
    }

    /// The site as callers see it.
    pub(super) fn describe(&self, tree: &Tree<'_>, site: &Found, names: &mut Table<NodeId, String>) -> Site {
        let decision = &self.by_defer[&site.defer];
        let name = names.entry(site.function).or_insert_with(|| function_name(tree, site.function));
        let loop_span = site.shown.map_or(tree.span(site.defer), |shown| header_span(tree, shown));
        Site {
            rule: Rule::DeferInLoop,
            span: tree.span(site.defer),
            loop_span,
            function: name.clone(),
            verdict: decision.verdict(),
            reason: decision.judgement.reason,
            message: decision.judgement.message.clone(),
            exits: decision.exits.clone(),
            evidence: decision.judgement.evidence.clone(),
            passed_over: decision.passed_over.clone(),
            steps: decision.judgement.steps.clone(),
            missing: decision.judgement.missing.clone(),
            fix: None,
            accepted: decision.accepted,
        }
    }
}
