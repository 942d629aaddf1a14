//! Counts of `check --statistics`: how many sites have which verdict and reason, the most frequent first.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use undefer_transforms::{Safety, Site};

use crate::config::StatisticsFormat;
use crate::report::json::{self, SCHEMA, TOOL, Tool};
use crate::report::{Outcome, View, jsonl};

/// The least width of a count, so that short tables are indented.
const COUNT_WIDTH: usize = 4;

/// What `undefer check --statistics --output-format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Statistics {
    /// The version of the contract, that of the JSON report.
    pub schema: u32,
    /// Who wrote the report.
    pub tool: Tool,
    /// Counts of all sites, the greatest first, equal ones by reason.
    pub statistics: Vec<Statistic>,
}

/// How many sites have one verdict and reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Statistic {
    /// The verdict, as in the report.
    #[cfg_attr(test, schemars(extend("enum" = ["rewrite", "once", "keep", "refused", "suppressed"])))]
    pub verdict: &'static str,
    /// Of a rewrite; null for any other verdict.
    #[cfg_attr(test, schemars(extend("enum" = ["safe", "unsafe", null])))]
    pub safety: Option<&'static str>,
    /// The stable code of the reason.
    pub reason: &'static str,
    /// How many sites; at least one.
    pub count: usize,
}

/// Prints the counts: for people a table of the sites that are asked for, for programs those of every site.
pub fn print(format: StatisticsFormat, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        StatisticsFormat::Text => table(&count(view.sites().map(|(_, site)| site)), out),
        StatisticsFormat::Json => {
            let statistics = count_all(view.outcome);
            json::object(&Statistics { schema: SCHEMA, tool: TOOL, statistics }, out)
        }
        StatisticsFormat::Jsonl => jsonl::print_statistics(count_all(view.outcome), out),
    }
}

/// The counts of every site.
pub(super) fn count_all(outcome: &Outcome) -> Vec<Statistic> {
    count(outcome.sites().map(|(_, site)| site))
}

fn count<'a>(sites: impl Iterator<Item = &'a Site>) -> Vec<Statistic> {
    let mut counts = BTreeMap::new();
    for site in sites {
        let key = (site.reason.code(), site.verdict.word(), site.verdict.safety().map(Safety::word));
        *counts.entry(key).or_insert(0) += 1;
    }
    let rows = counts.into_iter();
    let mut rows: Vec<_> =
        rows.map(|((reason, verdict, safety), count)| Statistic { verdict, safety, reason, count }).collect();
    // A stable sort: among equal counts the order of the map stays, which begins with the code.
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
}

fn table(rows: &[Statistic], out: &mut dyn Write) -> io::Result<()> {
    let width = |cell: fn(&Statistic) -> usize| rows.iter().map(cell).max().unwrap_or(0);
    let counts = width(|row| row.count.to_string().len()).max(COUNT_WIDTH);
    let verdicts = width(|row| row.verdict.len());
    let safeties = width(|row| row.safety.unwrap_or_default().len());
    for Statistic { verdict, safety, reason, count } in rows {
        let safety = safety.unwrap_or_default();
        writeln!(out, "{count:>counts$}  {verdict:verdicts$}  {safety:safeties$}  {reason}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use undefer_transforms::{Form, Reason, Verdict};

    use super::*;
    use crate::report::bare_site;

    #[test]
    fn the_greatest_count_comes_first_and_equal_ones_are_in_the_order_of_the_codes() {
        let rewrite = |safety| Verdict::Rewrite { form: Form::Closure, safety };
        let mut sites = vec![
            bare_site(Verdict::Refused, Reason::GotoLoop),
            bare_site(Verdict::Keep, Reason::Appended),
            bare_site(rewrite(Safety::Unsafe), Reason::UnknownUse),
            bare_site(Verdict::Refused, Reason::DeferredRecover),
        ];
        sites.extend(vec![bare_site(rewrite(Safety::Safe), Reason::Released); 12]);
        let mut text = Vec::new();
        table(&count(sites.iter()), &mut text).expect("memory takes all bytes");
        let expected = [
            "  12  rewrite  safe    released-in-iteration\n",
            "   1  keep             appended\n",
            "   1  refused          deferred-recover\n",
            "   1  refused          goto-loop\n",
            "   1  rewrite  unsafe  unknown-use\n",
        ];
        assert_eq!(String::from_utf8_lossy(&text), expected.concat());
        let mut nothing = Vec::new();
        table(&count([].iter()), &mut nothing).expect("memory takes all bytes");
        assert!(nothing.is_empty());
    }

    #[test]
    fn the_committed_schema_is_that_of_the_types() -> io::Result<()> {
        json::check_schema::<Statistics>("statistics-1")
    }
}
