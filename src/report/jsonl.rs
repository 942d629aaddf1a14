//! The JSON report of `check` a line at a time: the same objects as in `json`, each with its `kind`, so that a program
//! can work on a long report without holding all of it.

use std::io::{self, Write};

use serde::Serialize;

use crate::report::Outcome;
use crate::report::json::{self, Fix, SCHEMA, Site, TOOL, Tool, Trouble};
use crate::report::statistics::Statistic;

/// What a line of `undefer check --output-format jsonl` holds. The header is the first line; then come all sites, all
/// fixes, and all troubles.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Line<'a> {
    /// The header: which contract, and who wrote the report.
    Run {
        /// The version of the contract, that of the JSON report.
        schema: u32,
        /// Who wrote the report.
        tool: Tool,
    },
    /// A defer in a loop.
    Site(Site<'a>),
    /// A possible rewrite.
    Fix(Fix<'a>),
    /// What could not be read or understood.
    Trouble(Trouble<'a>),
    /// With `--statistics`, instead of all others but the header: how many sites have one verdict and reason.
    Statistic(Statistic),
}

/// Prints the report on `out`, each object on a line of its own.
pub fn print(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    line(&header(), out)?;
    json::sites(outcome).try_for_each(|site| line(&Line::Site(site), out))?;
    json::fixes(outcome).try_for_each(|fix| line(&Line::Fix(fix), out))?;
    json::troubles(outcome).try_for_each(|trouble| line(&Line::Trouble(trouble), out))
}

/// Prints counts instead of the report, each on a line of its own below the header.
pub(super) fn print_statistics(rows: Vec<Statistic>, out: &mut dyn Write) -> io::Result<()> {
    line(&header(), out)?;
    rows.into_iter().try_for_each(|row| line(&Line::Statistic(row), out))
}

fn header() -> Line<'static> {
    Line::Run { schema: SCHEMA, tool: TOOL }
}

fn line(line: &Line<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line).map_err(io::Error::from)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_types() -> io::Result<()> {
        json::check_schema::<Line<'static>>("line-1")
    }
}
