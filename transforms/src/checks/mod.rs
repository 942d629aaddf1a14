//! What the rules beside UD001 find: each finding with its place, its reason, and the edits that mend it where that is sound.

mod argument_changed;
mod late;
mod loop_variable;
mod opened_in_loop;

use crate::directives::Directives;
use crate::edit::{Edit, EditSet};
use crate::file::File;
use crate::hash::Table;
use crate::locate::{function_name, header_span};
use crate::parse::{NodeId, Tree};
use crate::render::comments;
use crate::rules::{Rule, Rules};
use crate::span::Span;
use crate::verdict::{Class, Form, Reason, Safety, Verdict};
use crate::{Evidence, Fix, Site};

/// Something that a rule has found.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    /// The statement or expression that it is about, which reports show.
    pub(crate) at: NodeId,
    /// The loop to show with it.
    pub(crate) shown: Option<NodeId>,
    /// Its class decides the verdict: unsafe where there are edits, and anything else where there are none.
    pub(crate) reason: Reason,
    pub(crate) message: String,
    pub(crate) evidence: Vec<Evidence>,
    /// What the edits make.
    pub(crate) form: Form,
    pub(crate) edits: Vec<Edit>,
}

/// The sites of some rules. Their fixes join `fixes`; one that would touch another is left for the next run.
pub(crate) fn sites(
    file: &File<'_, '_>,
    rules: Rules,
    damaged: &[(NodeId, NodeId)],
    directives: &mut Directives,
    fixes: &mut Vec<Fix>,
) -> Vec<Site> {
    let tree = file.tree;
    let mut findings = Vec::new();
    if rules.has(Rule::LoopVariable) {
        findings.extend(loop_variable::findings(file));
    }
    if rules.has(Rule::ArgumentChanged) {
        findings.extend(argument_changed::findings(file));
    }
    if rules.has(Rule::OpenedInLoop) {
        findings.extend(opened_in_loop::findings(file));
    }
    // A function that did not parse is not looked into.
    findings.retain(|finding| !damaged.iter().any(|&(declaration, _)| tree.within(finding.at, declaration)));
    let (mut sites, mut names) = (Vec::new(), Table::default());
    for mut finding in findings {
        let is_one = !matches!(finding.reason.class(), Class::Once | Class::Keep);
        if let Some(reason) = directives.about(file, finding.rule, finding.at)
            && is_one
        {
            finding = finding.left(reason);
        }
        let mut fix = fix(tree, &finding, file.around.options.accepted);
        if fix.as_ref().is_some_and(|fix| fixes.iter().any(|other| touch(fix.span, other.span))) {
            finding = finding.left(Reason::OverlapsRewrite);
            fix = None;
        }
        if fix.as_ref().is_some_and(|fix| !is_whole(tree, fix)) {
            finding = finding.left(Reason::InternalError);
            fix = None;
        }
        let index = fix.is_some().then_some(fixes.len());
        sites.push(site(file, finding, index, &mut names));
        fixes.extend(fix);
    }
    sites
}

impl Finding {
    /// The same without a repair.
    fn left(self, reason: Reason) -> Finding {
        Finding { reason, message: reason.sentence().to_owned(), edits: Vec::new(), ..self }
    }
}

/// Whether the text with a fix parses as well as before, and has all its comments.
fn is_whole(tree: &Tree<'_>, fix: &Fix) -> bool {
    let mut text = tree.text.to_owned();
    text.replace_range(fix.span.start..fix.span.end, &fix.new);
    let mended = Tree::parse_from(&text, None, None);
    mended.is_some_and(|mended| mended.faults() <= tree.faults() && comments(&mended) == comments(tree))
}

/// Insertions at one place have no order, so they touch each other.
fn touch(a: Span, b: Span) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// The site as callers see it.
fn site(
    file: &File<'_, '_>,
    finding: Finding,
    fix: Option<usize>,
    names: &mut Table<NodeId, String>,
) -> Site {
    let tree = file.tree;
    let Finding { rule, at, shown, reason, message, evidence, form, .. } = finding;
    let function = file.flow.nest.function(at);
    let name = |function| names.entry(function).or_insert_with(|| function_name(tree, function)).clone();
    let verdict = match reason.class() {
        Class::Suppressed => Verdict::Suppressed,
        Class::Once => Verdict::Once,
        Class::Keep => Verdict::Keep,
        Class::Refused => Verdict::Refused,
        Class::Unsafe | Class::Safe => Verdict::Rewrite { form, safety: Safety::Unsafe },
    };
    Site {
        rule,
        span: tree.span(at),
        loop_span: shown.map_or(tree.span(at), |shown| header_span(tree, shown)),
        function: function.map_or_else(String::new, name),
        verdict,
        reason,
        message,
        exits: Vec::new(),
        evidence,
        passed_over: Vec::new(),
        steps: Vec::new(),
        missing: None,
        fix,
        accepted: verdict.safety().is_some() && file.around.options.accepted.contains(&reason),
    }
}

/// The edits of a finding as one replacement.
fn fix(tree: &Tree<'_>, finding: &Finding, accepted: &[Reason]) -> Option<Fix> {
    let span = finding.edits.iter().map(|edit| edit.span).reduce(Span::hull)?;
    let moved = finding.edits.iter().map(|edit| {
        let Edit { span: at, new } = edit;
        Edit::replace(at.start - span.start, at.end - span.start, new.clone())
    });
    let mut edits = EditSet::default();
    edits.merge(moved.collect()).ok()?;
    Some(Fix {
        safety: Safety::Unsafe,
        form: finding.form,
        span,
        new: edits.apply(span.of(tree.text)),
        conflicts: Vec::new(),
        accepted: accepted.contains(&finding.reason),
    })
}
