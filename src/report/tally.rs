//! What became of each site in this run, and how many there are of each kind.

use std::collections::BTreeSet;

use undefer_transforms::{Site, Verdict};

use crate::job::{Aside, FileReport};
use crate::report::View;

/// What became of a site: the verdict, seen from the bar and from what could be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It was rewritten, or would be by a run that writes.
    Rewritten,
    /// It would have been rewritten, but its file had to be left.
    Unwritten,
    /// It can be rewritten with a lower bar.
    Below,
    /// No sound rewrite is known.
    Refused,
    /// The call is meant to wait.
    Keep,
    /// At most one call is pending.
    Once,
    /// A comment says that it stays.
    Suppressed,
    /// It stands in the baseline.
    Baseline,
    /// Its lines are not new.
    Unchanged,
}

impl Standing {
    /// What became of `site`, which stands in `file`.
    pub(super) fn of(view: &View<'_>, file: &FileReport, site: &Site) -> Self {
        match file.aside(site) {
            Some(Aside::Baseline) => return Standing::Baseline,
            Some(Aside::Unchanged) => return Standing::Unchanged,
            None => {}
        }
        match site.verdict {
            Verdict::Once => Standing::Once,
            Verdict::Keep => Standing::Keep,
            Verdict::Refused => Standing::Refused,
            Verdict::Suppressed => Standing::Suppressed,
            Verdict::Rewrite { .. } if !file.is_above(site, view.outcome.bar) => Standing::Below,
            Verdict::Rewrite { .. } if view.unwritten.contains_key(file.name.as_str()) => Standing::Unwritten,
            Verdict::Rewrite { .. } => Standing::Rewritten,
        }
    }
}

/// Sites by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) rewritten: usize,
    /// Those of the rewritten that are unsafe, and that the user accepts.
    pub(super) accepted: usize,
    /// Files with sites that count as rewritten.
    pub(super) files: usize,
    pub(super) unwritten: usize,
    pub(super) below: usize,
    pub(super) refused: usize,
    pub(super) keep: usize,
    pub(super) once: usize,
    pub(super) suppressed: usize,
    pub(super) baseline: usize,
    pub(super) unchanged: usize,
}

impl Tally {
    /// Counts every site of the outcome.
    pub(super) fn of(view: &View<'_>) -> Self {
        let mut tally = Self::default();
        let mut files = BTreeSet::new();
        for (file, site) in view.outcome.sites() {
            let standing = Standing::of(view, file, site);
            *tally.count(standing) += 1;
            if standing == Standing::Rewritten {
                tally.accepted += usize::from(site.accepted);
                files.insert(&file.name);
            }
        }
        tally.files = files.len();
        tally
    }

    /// How many sites there are.
    pub(super) fn total(&self) -> usize {
        let Self {
            rewritten, unwritten, below, refused, keep, once, suppressed, baseline, unchanged, ..
        } = self;
        rewritten + unwritten + below + refused + keep + once + suppressed + baseline + unchanged
    }

    fn count(&mut self, standing: Standing) -> &mut usize {
        match standing {
            Standing::Rewritten => &mut self.rewritten,
            Standing::Unwritten => &mut self.unwritten,
            Standing::Below => &mut self.below,
            Standing::Refused => &mut self.refused,
            Standing::Keep => &mut self.keep,
            Standing::Once => &mut self.once,
            Standing::Suppressed => &mut self.suppressed,
            Standing::Baseline => &mut self.baseline,
            Standing::Unchanged => &mut self.unchanged,
        }
    }
}
