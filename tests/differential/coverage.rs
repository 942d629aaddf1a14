//! Counts what the functions show, and how much of it the engine leaves alone.

use crate::analyse::Site;
use crate::ast::{Form, List};
use crate::compare::Case;
use crate::plan::{Plan, lists, plans};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use undefer_transforms::Verdict;

/// What was counted over a whole run.
#[derive(Default)]
pub(crate) struct Coverage {
    functions: usize,
    /// Functions by combination of row, loop form and result list.
    combinations: BTreeMap<Plan, usize>,
    /// Functions that rows 1 to 8 cover and that carry no evidence to keep.
    covered: usize,
    /// Those of them in which a site was left.
    left: usize,
    /// Sites rewritten at the unsafe bar, by form.
    forms: BTreeMap<&'static str, usize>,
    /// Sites left, by row, verdict and reason, with the function that showed it first.
    reasons: BTreeMap<String, (usize, usize)>,
}

impl Coverage {
    /// Counts one function.
    pub(crate) fn count(&mut self, case: &Case) {
        self.functions += 1;
        for plan in case.sites.iter().filter_map(plan_of).collect::<BTreeSet<_>>() {
            *self.combinations.entry(plan).or_default() += 1;
        }
        for (verdict, _) in case.verdicts().iter().flatten() {
            if let Verdict::Rewrite { form, .. } = verdict {
                *self.forms.entry(form.word()).or_default() += 1;
            }
        }
        let counted: Vec<_> =
            case.sites.iter().zip(case.verdicts()).filter(|(site, _)| is_covered(case, site)).collect();
        self.covered += usize::from(!counted.is_empty());
        let mut left = false;
        for (site, verdict) in counted {
            if let Some((verdict, reason)) = verdict
                && verdict.safety().is_none()
            {
                left = true;
                let key = format!("row {} {} {}", site.row.unwrap_or(0), verdict.word(), reason.code());
                self.reasons.entry(key).or_insert((0, case.function.id)).0 += 1;
            }
        }
        self.left += usize::from(left);
    }

    /// The share of functions left, in tenths of a percent.
    pub(crate) fn left_per_mille(&self) -> usize {
        self.left * 1000 / self.covered.max(1)
    }

    /// Combinations that occur less often than `least`.
    pub(crate) fn rarer_than(&self, least: usize) -> Vec<Plan> {
        plans().into_iter().filter(|plan| self.combinations.get(plan).copied().unwrap_or(0) < least).collect()
    }

    /// The table that is printed after a run: loop forms down, rows and result lists across.
    pub(crate) fn table(&self) -> String {
        let mut out = format!("functions by row, result list and loop form ({} in all)\n", self.functions);
        let short = |form: Form| format!("{form:?}");
        let heads: Vec<String> = Form::ALL.into_iter().map(short).collect();
        let _ = writeln!(out, "{:22} {}", "", heads.join(" "));
        for row in 1..=8 {
            for &list in lists(row) {
                let cells = Form::ALL.into_iter().zip(&heads).map(|(form, head)| {
                    let count = self.combinations.get(&Plan { row, form, list }).copied().unwrap_or(0);
                    format!("{count:>width$}", width = head.len())
                });
                let name = format!("{row} {}", name_of(list));
                let _ = writeln!(out, "{name:22} {}", cells.collect::<Vec<_>>().join(" "));
            }
        }
        let share = self.left_per_mille();
        let _ = writeln!(
            out,
            "left: {} of {} covered functions ({}.{} %)",
            self.left,
            self.covered,
            share / 10,
            share % 10
        );
        let _ = writeln!(out, "sites by form: {:?}", self.forms);
        for (reason, (count, first)) in &self.reasons {
            let _ = writeln!(out, "  {count:6} sites: {reason} (function {first})");
        }
        out
    }
}

fn plan_of(site: &Site) -> Option<Plan> {
    Some(Plan { row: site.row?, form: site.form, list: site.list })
}

/// Defers of one iteration move together, so one that must stay keeps the others.
fn is_covered(case: &Case, site: &Site) -> bool {
    let stays = |other: &Site| other.target == site.target && (other.row.is_none() || other.name_leaves);
    site.row.is_some() && !case.function.notes.evidence && !case.sites.iter().any(stays)
}

fn name_of(list: List) -> &'static str {
    match list {
        List::None => "()",
        List::Error => "error",
        List::Int => "int",
        List::IntError => "(int, error)",
        List::ResError => "(*R, error)",
        List::Generic => "(T, string, error)",
        List::Named => "named",
        List::NamedShadowed => "named, shadowed",
        List::NamedBlank => "named, one blank",
    }
}
