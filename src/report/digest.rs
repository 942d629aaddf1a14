//! What a run came to, in figures, for programs that start it: `--summary-json`. Its schema is
//! `docs/schema/summary-1.json`, which a test makes from these types.

use std::io::{self, Write};

use serde::Serialize;

use crate::report::View;
use crate::report::json::{self, TOOL, Tool, Trouble};
use crate::report::statistics::{Statistic, count_all};
use crate::report::tally::{Standing, Tally};

/// The version of this contract.
const SCHEMA: u32 = 1;

/// What `--summary-json` writes.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Digest<'a> {
    /// The version of this contract.
    pub schema: u32,
    /// Who wrote it.
    pub tool: Tool,
    /// The bar of the run: rewrites up to this safety count as rewritten.
    #[cfg_attr(test, schemars(extend("enum" = ["safe", "unsafe"])))]
    pub bar: &'static str,
    /// Whether files were to be written.
    pub writes: bool,
    /// What was read.
    pub files: Files,
    /// How many sites there are of each kind.
    pub sites: Sites,
    /// Files that change at the bar, sorted by path.
    pub changes: Vec<Change<'a>>,
    /// Counts of all sites by verdict and reason, the greatest first, equal ones by reason.
    pub statistics: Vec<Statistic>,
    /// What could not be read or understood.
    pub troubles: Vec<Trouble<'a>>,
}

/// How many files were looked at.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Files {
    /// Files whose bytes were read.
    pub read: usize,
    /// Of these, files that may hold a site, and so were parsed.
    pub parsed: usize,
    /// Of these, files passed over because they are generated.
    pub generated: usize,
}

/// How many sites there are of each kind. Together they are all sites.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sites {
    /// Rewritten, or to be rewritten by a run that writes.
    pub rewritten: usize,
    /// Of these, unsafe ones that `--accept` lets through; they are counted twice.
    pub accepted: usize,
    /// To be rewritten, but their files had to be left.
    pub unwritten: usize,
    /// Rewritten only with a lower bar.
    pub below: usize,
    /// Without a sound rewrite.
    pub refused: usize,
    /// Meant to wait.
    pub keep: usize,
    /// Of which at most one call is pending.
    pub once: usize,
    /// Of which a comment says that they stay.
    pub suppressed: usize,
    /// To be looked at or rewritten, but they stand in the baseline.
    pub baseline: usize,
    /// To be looked at or rewritten, but their lines are those of the revision that was named.
    pub unchanged: usize,
}

/// A file that changes at the bar.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change<'a> {
    /// Relative to the current directory, with `/`.
    pub path: &'a str,
    /// How many of its sites are rewritten.
    pub sites: usize,
    /// Whether it was written.
    pub written: bool,
    /// Why it was not, though it was to be; else null.
    pub left: Option<&'a str>,
}

/// Prints the digest.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let outcome = view.outcome;
    let tally = Tally::of(view);
    let digest = Digest {
        schema: SCHEMA,
        tool: TOOL,
        bar: outcome.bar.word(),
        writes: view.writes,
        files: Files { read: outcome.read, parsed: outcome.parsed, generated: outcome.generated },
        sites: sites(&tally),
        changes: changes(view),
        statistics: count_all(outcome),
        troubles: json::troubles(outcome).collect(),
    };
    json::object(&digest, out)
}

fn sites(tally: &Tally) -> Sites {
    let &Tally {
        rewritten,
        accepted,
        unwritten,
        below,
        refused,
        keep,
        once,
        suppressed,
        baseline,
        unchanged,
        ..
    } = tally;
    Sites { rewritten, accepted, unwritten, below, refused, keep, once, suppressed, baseline, unchanged }
}

fn changes<'a>(view: &View<'a>) -> Vec<Change<'a>> {
    let change = |file: &'a crate::job::FileReport| {
        let is_rewritten = |standing| matches!(standing, Standing::Rewritten | Standing::Unwritten);
        let sites =
            file.rewrite.sites.iter().filter(|site| is_rewritten(Standing::of(view, file, site))).count();
        let left = view.unwritten.get(file.name.as_str()).map(String::as_str);
        let written = view.writes && left.is_none();
        (sites > 0).then_some(Change { path: &file.name, sites, written, left })
    };
    view.outcome.files.iter().filter_map(|file| change(file)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_types() -> io::Result<()> {
        json::check_schema::<Digest<'static>>("summary-1")
    }
}
