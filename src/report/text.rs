//! The text report of `check`: `path:line:col: message [what, reason] (rule)`, one line for each site, as Go's own
//! tools print them, so that existing problem matchers work.

use std::io::{self, Write};

use undefer_transforms::{Safety, Site, Verdict};

use crate::cli::Show;
use crate::job::FileReport;
use crate::report::Outcome;
use crate::style::{Part, paint};

/// Prints the sites that `show` asks for.
pub fn print(outcome: &Outcome, show: Show, colour: bool, out: &mut dyn Write) -> io::Result<()> {
    outcome.shown(show).try_for_each(|(file, site)| line(outcome, file, site, colour, out))
}

/// Prints one site.
pub(super) fn line(
    outcome: &Outcome,
    file: &FileReport,
    site: &Site,
    colour: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let at = file.index.position(site.span.start);
    let place = paint(colour, Part::Place, &format!("{}:{}:{}:", file.name, at.line, at.column));
    let codes =
        paint(colour, Part::Code, &format!("[{}, {}] ({})", what(site), site.reason.code(), site.rule));
    let is_rewrite = matches!(site.verdict, Verdict::Rewrite { .. });
    let hint = match outcome.bar {
        Safety::Safe if is_rewrite && !file.is_above(site, Safety::Safe) => "; --unsafe would rewrite it",
        _ if site.accepted => "; accepted",
        _ => "",
    };
    let message = one_line(&site.message);
    writeln!(out, "{place} defer in loop{}: {message}{hint} {codes}", lead(site.verdict))
}

/// What a rewrite comes to, before its reason; the reasons of other verdicts speak for themselves.
fn lead(verdict: Verdict) -> &'static str {
    match verdict.safety() {
        Some(Safety::Safe) => " can run in each iteration",
        Some(Safety::Unsafe) => " may run in each iteration, unproved",
        None => "",
    }
}

/// The verdict; of a rewrite its form and safety.
fn what(site: &Site) -> String {
    match site.verdict {
        Verdict::Rewrite { form, safety } => format!("{}, {}", form.word(), safety.word()),
        verdict => verdict.word().to_owned(),
    }
}

/// A message may quote source text; a report line stays one line.
pub(super) fn one_line(message: &str) -> String {
    message.replace(['\n', '\r'], " ")
}
