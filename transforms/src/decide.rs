//! From a file to its verdicts: every site ends with exactly one, then what reaches the bar is rendered.

use std::collections::{HashMap, HashSet};

use crate::directives::Directives;
use crate::facts::{Facts, File};
use crate::flow::Cycle;
use crate::lifetime::{Judgement, Memo, judge};
use crate::locate::{Case, Found, function_name, header_span, sites};
use crate::names::Taken;
use crate::parse::{Kind, NodeId, Tree};
use crate::passes::{Plan, Refusal, closure, exit_code};
use crate::region::Group;
use crate::render::{Failed, Rendered, groups, render};
use crate::scan::focus::focus;
use crate::span::Span;
use crate::verdict::{Class, Form, Reason, Safety, Verdict};
use crate::world::{Texts, World};
use crate::{Exit, Fault, Fix, Options, Rewrite, Site};

/// See [`crate::rewrite`].
pub(crate) fn rewrite(source: &str, options: &Options<'_>) -> Rewrite {
    let Some(tree) = Tree::parse_from(source, focus(source), None) else {
        let whole = Span::new(0, source.len());
        let fault = Fault { span: whole, function: String::new(), at: 0 };
        return Rewrite { faults: vec![fault], ..Rewrite::default() };
    };
    let facts = Facts::of(tree);
    let flow = facts.flow();
    let file = facts.file(&flow);
    let found = sites(file.tree, &flow);
    let damaged = damaged(file.tree);
    let mut directives = Directives::read(&file);
    let texts = Texts::new();
    let world = World::new(options.library, package_clause(file.tree), &texts);
    let around = Around { options, world: &world, memo: Memo::default() };
    let (mut sites, labels) = verdicts(&file, &around, &found, &damaged, &mut directives);
    let work = Work { file: &file, found: &found, labels };
    let (safe, all) = work.both_bars(&mut sites);
    let fixes = fixes(&mut sites, safe.as_ref(), all.as_ref());
    let rendered = if options.bar == Safety::Safe { safe } else { all };
    let text = rendered.filter(|rendered| rendered.text != source).map(|rendered| rendered.text);
    Rewrite { text, sites, fixes, faults: faults(file.tree, &damaged), strays: directives.strays(file.tree) }
}

/// What is around the file under analysis.
pub(crate) struct Around<'a, 't> {
    pub(crate) options: &'a Options<'a>,
    pub(crate) world: &'a World<'t>,
    pub(crate) memo: Memo,
}

/// The name in the package clause.
pub(crate) fn package_clause<'t>(tree: &Tree<'t>) -> &'t str {
    let name = tree.all().find(|&id| tree.kind(id) == Kind::PackageIdentifier);
    name.map_or("", |name| tree.text_of(name))
}

/// All sites with their verdicts, before anything is rendered, and the new labels of their loops.
pub(crate) fn verdicts<'t>(
    file: &File<'_, 't>,
    around: &Around<'_, 't>,
    found: &[Found],
    damaged: &[(NodeId, NodeId)],
    directives: &mut Directives,
) -> (Vec<Site>, HashMap<usize, String>) {
    let mut names = HashMap::new();
    let mut groups = groups(found);
    groups.sort_by_key(|group| std::cmp::Reverse(group.iteration));
    let mut decided = judged(file, around, found, &groups, damaged, directives);
    let labels = decided.together(file, around.options, &groups);
    (found.iter().map(|site| decided.describe(file.tree, site, &mut names)).collect(), labels)
}

/// What directives, flow and lifetime decide about each site; innermost groups come first.
pub(crate) fn judged<'t>(
    file: &File<'_, 't>,
    around: &Around<'_, 't>,
    found: &[Found],
    groups: &[Group],
    damaged: &[(NodeId, NodeId)],
    directives: &mut Directives,
) -> Decisions {
    let mut decided = Decisions::default();
    for site in found {
        // What runs once has nothing that could stay, and moves along where a literal goes around it.
        let is_once = matches!(site.cycle, Cycle::None | Cycle::Unreached);
        if let Some(reason) = directives.about(file, site)
            && !is_once
        {
            decided.set(site.defer, plain(reason));
        }
    }
    decided.deep(file.tree, groups);
    for site in found {
        decided.alone(file, around, site, damaged);
    }
    decided
}

/// The top-level declarations that hold syntax faults, with the first fault of each.
fn damaged(tree: &Tree<'_>) -> Vec<(NodeId, NodeId)> {
    let mut damaged: Vec<(NodeId, NodeId)> = Vec::new();
    for declaration in tree.children(Tree::ROOT) {
        if let Some(fault) = tree.subtree(declaration).find(|&id| tree.is_fault(id) || is_misread(tree, id)) {
            damaged.push((declaration, fault));
        }
    }
    damaged
}

/// A `return` whose operand the parser took from behind a comment that ends the line: to Go that is a statement of
/// its own (spec, Comments: one with a newline in it acts like a newline).
fn is_misread(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.kind(id) == Kind::Return
        && tree
            .child_of_kind(id, Kind::ExpressionList)
            .is_some_and(|operands| tree.text[tree.start(id)..tree.start(operands)].contains('\n'))
}

/// The damaged declarations in which a defer may be lost.
fn faults(tree: &Tree<'_>, damaged: &[(NodeId, NodeId)]) -> Vec<Fault> {
    let holds_defer = |declaration: NodeId| tree.text_of(declaration).contains("defer");
    damaged
        .iter()
        .filter(|(declaration, _)| holds_defer(*declaration))
        .map(|&(declaration, fault)| Fault {
            span: tree.span(declaration),
            function: if tree.kind(declaration).is_function() {
                function_name(tree, declaration)
            } else {
                String::new()
            },
            at: tree.start(fault),
        })
        .collect()
}

/// What is known about one site so far.
struct Decision {
    verdict: Verdict,
    judgement: Judgement,
    exits: Vec<Exit>,
    /// It is unsafe, and the caller accepts all that is unproved about it.
    accepted: bool,
}

impl Decision {
    fn of(judgement: Judgement) -> Self {
        Self { verdict: verdict_of(judgement.reason), judgement, exits: Vec::new(), accepted: false }
    }

    /// The same for a caller who accepts some doubts. One site may raise several.
    fn accepting(judgement: Judgement, accepted: &[Reason]) -> Self {
        let doubts = judgement.evidence.iter().map(|evidence| evidence.reason).chain([judgement.reason]);
        let goes =
            doubts.filter(|doubt| doubt.class() == Class::Unsafe).all(|doubt| accepted.contains(&doubt));
        let decision = Self::of(judgement);
        Self { accepted: goes && decision.verdict.safety() == Some(Safety::Unsafe), ..decision }
    }
}

/// What is known about all sites.
#[derive(Default)]
pub(crate) struct Decisions {
    by_defer: HashMap<NodeId, Decision>,
}

fn plain(reason: Reason) -> Judgement {
    Judgement {
        reason,
        message: reason.sentence().to_owned(),
        evidence: Vec::new(),
        steps: Vec::new(),
        missing: None,
    }
}

fn verdict_of(reason: Reason) -> Verdict {
    match reason.class() {
        Class::Suppressed => Verdict::Suppressed,
        Class::Once => Verdict::Once,
        Class::Keep => Verdict::Keep,
        Class::Refused => Verdict::Refused,
        Class::Unsafe => Verdict::Rewrite { form: Form::Closure, safety: Safety::Unsafe },
        Class::Safe => Verdict::Rewrite { form: Form::Closure, safety: Safety::Safe },
    }
}

impl Decisions {
    /// How many sites are to be rewritten.
    pub(crate) fn rewrites_in_all(&self) -> usize {
        self.by_defer.values().filter(|decision| decision.verdict.safety().is_some()).count()
    }

    fn set(&mut self, defer: NodeId, judgement: Judgement) {
        self.by_defer.insert(defer, Decision::of(judgement));
    }

    fn refuse(&mut self, defer: NodeId, reason: Reason) {
        if self.rewrites(defer).is_some() {
            self.set(defer, plain(reason));
        }
    }

    fn rewrites(&self, defer: NodeId) -> Option<Safety> {
        self.by_defer.get(&defer).and_then(|decision| decision.verdict.safety())
    }

    /// Refuses what holds too many other groups; looking into those at each level would take forever.
    fn deep(&mut self, tree: &Tree<'_>, groups: &[Group]) {
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
    fn alone<'t>(
        &mut self,
        file: &File<'_, 't>,
        around: &Around<'_, 't>,
        site: &Found,
        damaged: &[(NodeId, NodeId)],
    ) {
        let &Around { options, world, ref memo } = around;
        let File { tree, scopes, flow, .. } = *file;
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
                    let Options { go, resources, .. } = *options;
                    judge(
                        &Case { tree, scopes, flow, resources, world, go, defer, function, iteration },
                        memo,
                    )
                }
            }
        };
        self.by_defer.insert(site.defer, Decision::accepting(judgement, options.accepted));
    }

    /// What the group and the loops inside decide; innermost groups come first. Gives the labels that loops need, by
    /// the offsets of their first defers: they do not depend on which of the groups are rewritten.
    fn together(
        &mut self,
        file: &File<'_, '_>,
        options: &Options<'_>,
        groups: &[Group],
    ) -> HashMap<usize, String> {
        let mut by_function: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for group in groups {
            by_function.entry(group.function).or_default().extend(&group.defers);
        }
        let mut unlabeled: Vec<&Group> = Vec::new();
        for group in groups {
            if group.defers.iter().any(|&defer| self.rewrites(defer).is_none()) {
                self.refuse_all(group, Reason::SiblingStays);
                continue;
            }
            match closure::plan(file, group, None) {
                Err(refusal) => self.refused(file.tree, group, refusal),
                Ok(plan) => {
                    self.planned(file.tree, options, group, &plan, &by_function[&group.function]);
                    unlabeled.extend(plan.labels.then_some(group));
                }
            }
        }
        unlabeled.reverse();
        labels(file, &unlabeled)
    }

    /// Where one defer of the group is to blame, the others stay because of it.
    fn refused(&mut self, tree: &Tree<'_>, group: &Group, Refusal { reason, at }: Refusal) {
        let blamed = |defer: NodeId| tree.span(defer).contains(at);
        let alone = group.defers.iter().any(|&defer| blamed(defer));
        for &defer in &group.defers {
            self.refuse(defer, if blamed(defer) || !alone { reason } else { Reason::SiblingStays });
        }
    }

    fn refuse_all(&mut self, group: &Group, reason: Reason) {
        for &defer in &group.defers {
            self.refuse(defer, reason);
        }
    }

    fn planned(
        &mut self,
        tree: &Tree<'_>,
        options: &Options<'_>,
        group: &Group,
        plan: &Plan,
        all: &[NodeId],
    ) {
        let inner: Vec<NodeId> = all
            .iter()
            .copied()
            .filter(|&defer| plan.region.contains(tree.span(defer)) && tree.within(defer, group.iteration))
            .filter(|&defer| !group.defers.contains(&defer) && same_function(tree, defer, group.function))
            .collect();
        if inner.iter().any(|&defer| self.rewrites(defer).is_none()) {
            return self.refuse_all(group, Reason::SiblingStays);
        }
        let worst = group.defers.iter().chain(&inner).filter_map(|&defer| self.rewrites(defer)).max();
        let goes =
            |defer: &NodeId| self.rewrites(*defer) == Some(Safety::Safe) || self.by_defer[defer].accepted;
        let accepted = plan.doubt.is_none_or(|doubt| options.accepted.contains(&doubt))
            && group.defers.iter().chain(&inner).all(goes);
        let doubt = plan.doubt.map(plain);
        let sibling = group
            .defers
            .iter()
            .chain(&inner)
            .find(|&&defer| self.rewrites(defer) == Some(Safety::Unsafe))
            .and_then(|defer| self.by_defer.get(defer))
            .map(|decision| decision.judgement.clone());
        let exits: Vec<Exit> = plan
            .exits
            .iter()
            .map(|exit| Exit { code: exit_code(exit.to), span: tree.span(exit.at) })
            .collect();
        for defer in &group.defers {
            let Some(decision) = self.by_defer.get_mut(defer) else { continue };
            decision.exits.clone_from(&exits);
            let lowered = doubt.clone().or_else(|| sibling.clone().filter(|_| worst == Some(Safety::Unsafe)));
            if let Some(judgement) = lowered
                && decision.verdict.safety() == Some(Safety::Safe)
            {
                decision.verdict = Verdict::Rewrite { form: plan.form, safety: Safety::Unsafe };
                let steps = std::mem::take(&mut decision.judgement.steps);
                decision.judgement = Judgement { steps, ..judgement };
            }
            decision.accepted = accepted && decision.verdict.safety() == Some(Safety::Unsafe);
        }
    }

    fn describe(&self, tree: &Tree<'_>, site: &Found, names: &mut HashMap<NodeId, String>) -> Site {
        let decision = &self.by_defer[&site.defer];
        let name = names.entry(site.function).or_insert_with(|| function_name(tree, site.function));
        let loop_span = site.shown.map_or(tree.span(site.defer), |shown| header_span(tree, shown));
        Site {
            rule: "UD001",
            span: tree.span(site.defer),
            loop_span,
            function: name.clone(),
            verdict: decision.verdict,
            reason: decision.judgement.reason,
            message: decision.judgement.message.clone(),
            exits: decision.exits.clone(),
            evidence: decision.judgement.evidence.clone(),
            steps: decision.judgement.steps.clone(),
            missing: decision.judgement.missing.clone(),
            fix: None,
            accepted: decision.accepted,
        }
    }
}

/// A label of its own for each loop.
fn labels(file: &File<'_, '_>, groups: &[&Group]) -> HashMap<usize, String> {
    let mut used: HashMap<NodeId, Vec<String>> = HashMap::new();
    let mut labels = HashMap::new();
    for group in groups {
        let others = used.entry(group.function).or_default();
        let label = closure::new_label(&Taken::by(file.tree, file.scopes, group.function), others);
        others.push(label.clone());
        labels.insert(file.tree.start(group.defers[0]), label);
    }
    labels
}

fn same_function(tree: &Tree<'_>, defer: NodeId, function: NodeId) -> bool {
    tree.function_around(defer) == Some(function)
}

/// How many groups inside one another are rewritten: each level is a round over the whole text.
const MOST_LEVELS: usize = 16;

/// How many groups stand inside one another. Groups come in reverse source order, inner before outer.
#[derive(Default)]
struct Levels {
    /// Groups that no later one has been found to hold, with their heights.
    open: Vec<(NodeId, usize)>,
}

impl Levels {
    /// The height of a group: 1 where its loop holds no other group's loop.
    fn above(&mut self, tree: &Tree<'_>, group: &Group) -> usize {
        let mut height = 0;
        while let Some(&(inner, below)) = self.open.last()
            && tree.within(inner, group.iteration)
        {
            height = height.max(below);
            self.open.pop();
        }
        self.open.push((group.iteration, height + 1));
        height + 1
    }
}

/// What rendering needs besides the sites.
struct Work<'w, 'a, 't> {
    file: &'w File<'a, 't>,
    found: &'w [Found],
    labels: HashMap<usize, String>,
}

impl Work<'_, '_, '_> {
    /// The text at the safe bar and the one at the unsafe bar. What fails at the second must not stay in the first.
    fn both_bars(&self, sites: &mut [Site]) -> (Option<Rendered>, Option<Rendered>) {
        loop {
            let safe = self.settle(sites, Safety::Safe);
            if sites.iter().all(|site| site.reaches(Safety::Safe) == site.reaches(Safety::Unsafe)) {
                return (safe.clone(), safe);
            }
            let rewritten =
                |sites: &[Site]| sites.iter().filter(|site| site.verdict.safety().is_some()).count();
            let before = rewritten(sites);
            let all = self.settle(sites, Safety::Unsafe);
            if rewritten(sites) == before {
                return (safe, all);
            }
        }
    }

    /// Renders all sites at or below the bar; sites that fail the checks become refusals, and the rest is tried again.
    fn settle(&self, sites: &mut [Site], bar: Safety) -> Option<Rendered> {
        loop {
            let wanted: Vec<usize> =
                sites.iter().filter(|site| site.reaches(bar)).map(|site| site.span.start).collect();
            if wanted.is_empty() {
                return None;
            }
            match render(self.file, self.found, &wanted, &self.labels) {
                Ok(rendered) => return Some(rendered),
                Err(Failed(offsets)) => {
                    let failed: HashSet<usize> = if offsets.is_empty() {
                        wanted.into_iter().collect()
                    } else {
                        offsets.into_iter().collect()
                    };
                    for site in sites.iter_mut().filter(|site| failed.contains(&site.span.start)) {
                        site.verdict = Verdict::Refused;
                        site.accepted = false;
                        site.reason = Reason::InternalError;
                        Reason::InternalError.sentence().clone_into(&mut site.message);
                    }
                }
            }
        }
    }
}

/// One fix per patch of either bar; a patch that is the same at both is one fix.
fn fixes(sites: &mut [Site], safe: Option<&Rendered>, all: Option<&Rendered>) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for rendered in [safe, all].into_iter().flatten() {
        for patch in &rendered.patches {
            if members.contains(&patch.defers) {
                continue;
            }
            members.push(patch.defers.clone());
            fixes.push(Fix {
                safety: Safety::Safe,
                form: Form::Closure,
                span: patch.old,
                new: patch.new.of(&rendered.text).to_owned(),
                conflicts: Vec::new(),
                accepted: true,
            });
        }
    }
    assign(sites, &mut fixes, &members);
    let overlapping = |a: &Fix, b: &Fix| a.span.overlaps(b.span);
    for index in 0..fixes.len() {
        fixes[index].conflicts = (0..fixes.len())
            .filter(|&other| other != index && overlapping(&fixes[index], &fixes[other]))
            .collect();
    }
    fixes
}

/// Each site belongs to the first fix that holds it; a fix is as safe as its worst site, and accepted if all of them go.
fn assign(sites: &mut [Site], fixes: &mut [Fix], members: &[Vec<usize>]) {
    for site in sites.iter_mut() {
        let Some(safety) = site.verdict.safety() else { continue };
        for (index, defers) in members.iter().enumerate() {
            if defers.binary_search(&site.span.start).is_ok() {
                fixes[index].safety = fixes[index].safety.max(safety);
                fixes[index].accepted &= site.reaches(Safety::Safe);
                site.fix = site.fix.or(Some(index));
            }
        }
    }
    for fix in fixes {
        fix.accepted &= fix.safety == Safety::Unsafe;
    }
}
