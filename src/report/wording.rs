//! The words for a site that all reports share, and how grave each verdict is.

use undefer_transforms::{Form, Reason, Rule, Safety, Site, Verdict};

use crate::job::{Aside, FileReport};
use crate::report::Outcome;

/// How grave a site is, the gravest first. Formats have words of their own for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Calls pile up, and the repair is proved.
    Error,
    /// Calls pile up, and the repair is not proved.
    Warning,
    /// Calls pile up, and somebody has to look.
    Note,
    /// Nothing has to change.
    None,
}

impl Level {
    /// The level of a site of `file`.
    pub(super) fn of(file: &FileReport, site: &Site) -> Self {
        match site.verdict {
            _ if file.aside(site).is_some() => Level::None,
            Verdict::Rewrite { safety: Safety::Safe, .. } => Level::Error,
            Verdict::Rewrite { safety: Safety::Unsafe, .. } => Level::Warning,
            Verdict::Refused => Level::Note,
            Verdict::Once | Verdict::Keep | Verdict::Suppressed => Level::None,
        }
    }
}

/// What there is to say about a site, with its codes, on one line and without a period.
pub(crate) fn told(outcome: &Outcome, file: &FileReport, site: &Site) -> String {
    format!("{} [{}]", sentence(outcome, file, site), codes(site))
}

/// The same without its codes, on one line and without a period.
pub(super) fn sentence(outcome: &Outcome, file: &FileReport, site: &Site) -> String {
    let is_rewrite = matches!(site.verdict, Verdict::Rewrite { .. });
    let hint = match outcome.bar {
        Safety::Safe if is_rewrite && !file.is_above(site, Safety::Safe) => "; --unsafe would rewrite it",
        _ if site.accepted => "; accepted",
        _ => "",
    };
    let aside = file.aside(site).map_or("", |aside| match aside {
        Aside::Baseline => "; it stands in the baseline",
        Aside::Unchanged => "; its lines are not new",
    });
    let subject = site.rule.name().replace('-', " ");
    let (lead, message, instead) = (lead(site), one_line(&site.message), instead(site, &outcome.asked));
    let stays = stays(site);
    format!("{subject}{lead}: {message}{hint}{instead}{stays}{aside}")
}

/// What was asked for besides, and is not to be had: why an error has no way to the caller.
fn stays(site: &Site) -> String {
    let notes = site.evidence.iter().filter(|found| found.reason == Reason::ErrorStays);
    notes.flat_map(|note| ["; ".to_owned(), one_line(&note.message)]).collect()
}

/// Of a rewrite in another form than the first one that was asked for: why not that one.
fn instead(site: &Site, asked: &[Form]) -> String {
    let first = asked.first();
    let passed = site.passed_over.iter().find(|passed| Some(&passed.form) == first);
    passed.map_or_else(String::new, |passed| {
        format!("; not {}: {}", passed.form.word(), passed.reason.sentence())
    })
}

/// Verdict and reason; of a rewrite its form and safety too.
pub(crate) fn codes(site: &Site) -> String {
    format!("{}, {}", what(site), site.reason.code())
}

/// The verdict; of a rewrite its form and safety.
pub(super) fn what(site: &Site) -> String {
    match site.verdict {
        Verdict::Rewrite { form, safety } => format!("{}, {}", form.word(), safety.word()),
        verdict => verdict.word().to_owned(),
    }
}

/// A message of ours in a format's own words: `code` writes what stands between backticks, `text` the rest.
pub(super) fn marked(message: &str, text: impl Fn(&str) -> String, code: impl Fn(&str) -> String) -> String {
    if message.matches('`').count() % 2 == 1 {
        return text(message);
    }
    let parts = message.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 0 { text(part) } else { code(part) }).collect()
}

/// A message may quote source text; a report line stays one line.
pub(super) fn one_line(message: &str) -> String {
    message.replace(['\n', '\r'], " ")
}

/// What the rewrite of a defer in a loop comes to, before its reason; other reasons speak for themselves.
fn lead(site: &Site) -> &'static str {
    match site.verdict {
        _ if site.rule != Rule::DeferInLoop => "",
        Verdict::Rewrite { form: Form::Hoist, .. } => " may stand in front of the loop, unproved",
        Verdict::Rewrite { safety: Safety::Safe, .. } => " can run in each iteration",
        Verdict::Rewrite { safety: Safety::Unsafe, .. } => " may run in each iteration, unproved",
        _ => "",
    }
}
