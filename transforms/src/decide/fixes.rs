//! From verdicts to texts at both bars, and the fixes that make them up.

use crate::file::File;
use crate::hash::{Set, Table};
use crate::locate::Found;
use crate::passes::{Given, PASSES, Standing};
use crate::render::{Choice, Failed, Rendered, groups, render};
use crate::verdict::{Form, Reason, Safety, Verdict};
use crate::{Fix, PassedOver, Site, applied};

/// Said of a site that stands beside text which the parser cannot read, where the rewrite would have it read otherwise.
const UNREAD: &str =
    "the file holds text that the parser does not know, and takes for something else after the rewrite";

/// What rendering needs besides the sites.
pub(super) struct Work<'w, 'a, 't> {
    pub(super) file: &'w File<'a, 't>,
    pub(super) found: &'w [Found],
    pub(super) choices: Table<usize, Choice>,
}

impl Work<'_, '_, '_> {
    /// The text at the safe bar and the one at the unsafe bar. What fails at the second must not stay in the first.
    pub(super) fn both_bars(&mut self, sites: &mut [Site]) -> (Option<Rendered>, Option<Rendered>) {
        loop {
            let safe = self.settle(sites, Safety::Safe);
            if sites.iter().all(|site| site.reaches(Safety::Safe) == site.reaches(Safety::Unsafe)) {
                return (safe.clone(), safe);
            }
            let verdicts = |sites: &[Site]| sites.iter().map(|site| site.verdict).collect::<Vec<_>>();
            let before = verdicts(sites);
            let all = self.settle(sites, Safety::Unsafe);
            if verdicts(sites) == before {
                return (safe, all);
            }
        }
    }

    /// Renders all sites at or below the bar; those whose form does not fit get the default one. Sites that fail otherwise
    /// become refusals, and the rest is tried again.
    fn settle(&mut self, sites: &mut [Site], bar: Safety) -> Option<Rendered> {
        loop {
            let wanted: Vec<usize> =
                sites.iter().filter(|site| site.reaches(bar)).map(|site| site.span.start).collect();
            if wanted.is_empty() {
                return None;
            }
            match render(self.file, self.found, &wanted, &self.choices) {
                Ok(rendered) => return Some(rendered),
                Err(Failed { defers, refused }) => {
                    let failed: Set<usize> = if defers.is_empty() {
                        wanted.into_iter().collect()
                    } else {
                        defers.iter().copied().collect()
                    };
                    let mut failed: Vec<&mut Site> =
                        sites.iter_mut().filter(|site| failed.contains(&site.span.start)).collect();
                    if refused.is_some_and(|reason| self.falls_back(&defers, reason, &mut failed)) {
                        continue;
                    }
                    // What the parser makes of text that it cannot read depends on all around it.
                    let (reason, sentence) = match refused {
                        Some(reason) => (reason, reason.sentence()),
                        None if self.file.tree.faults() > 0 => (Reason::SyntaxError, UNREAD),
                        None => (Reason::InternalError, Reason::InternalError.sentence()),
                    };
                    for site in failed {
                        site.verdict = Verdict::Refused;
                        site.accepted = false;
                        site.reason = reason;
                        sentence.clone_into(&mut site.message);
                    }
                }
            }
        }
    }

    /// Has a group take the default form in place of its own, which is refused for a reason that only the text of a later round
    /// shows. Not if it has that form already, no other was asked for, or it is less safe.
    fn falls_back(&mut self, defers: &[usize], reason: Reason, sites: &mut [&mut Site]) -> bool {
        let file = self.file;
        let default = PASSES.iter().find(|pass| pass.standing == Standing::Default);
        let group =
            groups(self.found).into_iter().find(|group| defers.contains(&file.tree.start(group.defers[0])));
        let (Some(pass), Some(group), false) = (default, group, file.around.options.forms.only) else {
            return false;
        };
        let Some(choice) = self.choices.get_mut(&file.tree.start(group.defers[0])) else { return false };
        let Ok(plan) = (pass.plan)(file, &group, &Given::default()) else { return false };
        let is_safe = sites.iter().any(|site| site.verdict.safety() == Some(Safety::Safe));
        if choice.form == pass.form
            || is_safe && (plan.doubt.is_some() || !plan.changes.is_empty())
            || plan.labels && choice.given.label.is_none()
        {
            return false;
        }
        for site in sites {
            if let Verdict::Rewrite { form, .. } = &mut site.verdict {
                site.passed_over.push(PassedOver { form: *form, reason, span: site.span });
                *form = pass.form;
            }
        }
        choice.form = pass.form;
        true
    }
}

/// One fix per patch of either bar; a patch that is the same at both is one fix.
pub(super) fn fixes(sites: &mut [Site], safe: Option<&Rendered>, all: Option<&Rendered>) -> Vec<Fix> {
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
                form: first_form(sites, &patch.defers),
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

/// The text with the fixes that a bar lets through.
pub(super) fn mended(source: &str, fixes: &[Fix], bar: Safety) -> String {
    let mut chosen: Vec<&Fix> = applied(fixes, bar).into_iter().map(|index| &fixes[index]).collect();
    chosen.sort_by_key(|fix| fix.span);
    let (mut text, mut from) = (String::with_capacity(source.len()), 0);
    for fix in chosen {
        text.push_str(&source[from..fix.span.start]);
        text.push_str(&fix.new);
        from = fix.span.end;
    }
    text + &source[from..]
}

/// The form of the first of some sites, which stands around the others.
fn first_form(sites: &[Site], defers: &[usize]) -> Form {
    let forms = sites.iter().filter(|site| defers.contains(&site.span.start));
    let mut forms = forms.filter_map(|site| match site.verdict {
        Verdict::Rewrite { form, .. } => Some(form),
        _ => None,
    });
    forms.next().unwrap_or(Form::Closure)
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
