//! From verdicts to texts at both bars, and the fixes that make them up.

use crate::file::File;
use crate::hash::{Set, Table};
use crate::locate::Found;
use crate::render::{Choice, Failed, Rendered, render};
use crate::verdict::{Form, Reason, Safety, Verdict};
use crate::{Fix, Site, applied};

/// What rendering needs besides the sites.
pub(super) struct Work<'w, 'a, 't> {
    pub(super) file: &'w File<'a, 't>,
    pub(super) found: &'w [Found],
    pub(super) choices: Table<usize, Choice>,
}

impl Work<'_, '_, '_> {
    /// The text at the safe bar and the one at the unsafe bar. What fails at the second must not stay in the first.
    pub(super) fn both_bars(&self, sites: &mut [Site]) -> (Option<Rendered>, Option<Rendered>) {
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
            match render(self.file, self.found, &wanted, &self.choices) {
                Ok(rendered) => return Some(rendered),
                Err(Failed(offsets)) => {
                    let failed: Set<usize> = if offsets.is_empty() {
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
