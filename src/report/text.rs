//! The text report of `check`: `path:line:col: message [what, reason] (rule)`, one line for each site, as Go's own
//! tools print them, so that existing problem matchers work.

use std::io::{self, Write};

use undefer_transforms::{Form, Safety, Site, Verdict};

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
    let hint = if is_rewrite && outcome.bar == Safety::Safe && !file.is_above(site, outcome.bar) {
        "; --unsafe would rewrite it"
    } else {
        ""
    };
    let message = one_line(&site.message);
    let (lead, instead) = (lead(site.verdict), instead(site, &outcome.asked));
    writeln!(out, "{place} defer in loop{lead}: {message}{hint}{instead} {codes}")
}

/// Of a rewrite in another form than the first one that was asked for: why not that one.
fn instead(site: &Site, asked: &[Form]) -> String {
    let first = asked.first();
    let passed = site.passed_over.iter().find(|passed| Some(&passed.form) == first);
    passed.map_or_else(String::new, |passed| {
        format!("; not {}: {}", passed.form.word(), passed.reason.sentence())
    })
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
