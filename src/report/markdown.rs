//! The report in Markdown, for pull requests, job summaries and people: what changes and why that is sound, and what is left
//! and why. The tables are those of GitHub and GitLab.
//!
//! What comes from source text or from a file's name is escaped, so that it can neither end a cell nor become markup.

use std::fmt::Write as _;
use std::io::{self, Write};

use undefer_transforms::{PASSES, Pass, Safety, Site, Verdict};

use crate::cli::Show;
use crate::job::FileReport;
use crate::report::summary::{self, plural};
use crate::report::tally::Standing;
use crate::report::wording::{one_line, what};
use crate::report::{View, escape};

/// A pull request's text has at most 65,536 characters on GitHub; whoever opens it may want to add some.
const PULL_REQUEST: usize = 60_000;

/// A step's summary has at most 1 MiB on GitHub, and is dropped whole if it has more.
const STEP_SUMMARY: usize = 1_000_000;

/// What is written above each kind of site that was left.
const LEFT: [(Standing, &str); 8] = [
    (Standing::Unwritten, "not written"),
    (Standing::Below, "not proved"),
    (Standing::Refused, "refused"),
    (Standing::Keep, "keep"),
    (Standing::Once, "once"),
    (Standing::Suppressed, "suppressed"),
    (Standing::Baseline, "in the baseline"),
    (Standing::Unchanged, "not new"),
];

/// Prints the report with the sites that are asked for.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(document(view, usize::MAX).as_bytes())
}

/// The text of a pull request: all sites, as far as they fit.
pub fn pull_request(view: &View<'_>) -> String {
    fitted(&View { show: Show::All, ..*view }, PULL_REQUEST)
}

/// What is appended to a step's summary that has `used` bytes already: the sites that are asked for, as far as they fit.
pub fn step_summary(view: &View<'_>, used: usize) -> String {
    fitted(view, STEP_SUMMARY.saturating_sub(used))
}

/// The report in at most `limit` bytes, with as many rows as that takes; empty where even the words around them do not fit.
fn fitted(view: &View<'_>, limit: usize) -> String {
    let mut rows = view.outcome.sites().count() + view.outcome.troubles().count();
    loop {
        let text = document(view, rows);
        if text.len() <= limit {
            return text;
        }
        if rows == 0 {
            return String::new();
        }
        rows = (rows * limit / text.len()).min(rows - 1);
    }
}

/// The report with at most so many rows in each of its tables.
fn document(view: &View<'_>, rows: usize) -> String {
    let sites: Vec<Row<'_>> = view.sites().map(|(file, site)| Row::of(view, file, site)).collect();
    let (done, mut left): (Vec<_>, Vec<_>) =
        sites.into_iter().partition(|row| row.standing == Standing::Rewritten);
    left.sort_by_key(|row| row.standing);
    let mut text = format!("**undefer**: {}.\n", escape::text(&summary::sites(view)));
    if !done.is_empty() {
        text += &changed(view, &done, rows);
    }
    if !left.is_empty() {
        text += &stays(&left, rows);
    }
    text + &troubles(view, rows)
}

/// A line of a table.
struct Row<'a> {
    standing: Standing,
    file: &'a FileReport,
    site: &'a Site,
    /// Why its file was not written, where that is what there is to say.
    why: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(view: &View<'a>, file: &'a FileReport, site: &'a Site) -> Self {
        let standing = Standing::of(view, file, site);
        let why = view.unwritten.get(file.name.as_str()).filter(|_| standing == Standing::Unwritten);
        Self { standing, file, site, why: why.map(String::as_str) }
    }

    fn print(&self, what: &str) -> String {
        let Self { file, site, .. } = self;
        let line = file.index.position(site.span.start).line;
        let place = escape::code(&format!("{}:{line}", one_line(&file.name)));
        let message = escape::message(&one_line(self.why.unwrap_or(&site.message)));
        let (function, reason) = (escape::code(&site.function), escape::code(site.reason.code()));
        format!("| {place} | {function} | {} | {message} ({reason}) |\n", escape::text(what))
    }
}

fn changed(view: &View<'_>, done: &[Row<'_>], rows: usize) -> String {
    let title = if view.writes { "Rewritten" } else { "To rewrite" };
    let mut text = format!("\n### {title}\n\nLine numbers are those before the change.\n\n");
    text += &table(["place", "function", "form", "why it is sound"], done, rows, |row| what(row.site));
    if done.iter().any(|row| row.site.verdict.safety() == Some(Safety::Unsafe)) {
        text += "\nWhat is marked unsafe is not proved: nothing speaks against it, but read the diff.\n";
    }
    let forms = PASSES.iter().filter(|pass| done.iter().any(|row| is_of(row.site, pass)));
    forms.for_each(|pass| text += &form(pass));
    text
}

fn is_of(site: &Site, pass: &Pass) -> bool {
    matches!(site.verdict, Verdict::Rewrite { form, .. } if form == pass.form)
}

/// The argument of a pass, folded away.
fn form(pass: &Pass) -> String {
    let word = pass.form.word();
    let paragraphs: Vec<_> = pass.doc.lines().map(escape::message).collect();
    let argument = paragraphs.join("\n");
    format!("\n<details><summary>Why the form {word} is sound</summary>\n\n{argument}\n\n</details>\n")
}

fn stays(left: &[Row<'_>], rows: usize) -> String {
    let word = |row: &Row<'_>| {
        let known = LEFT.iter().find(|(standing, _)| *standing == row.standing);
        known.map_or_else(String::new, |(_, word)| (*word).to_owned())
    };
    let mut text = "\n### Left as it is\n\n".to_owned();
    text += &table(["place", "function", "verdict", "why"], left, rows, word);
    if left.iter().any(|row| row.standing == Standing::Below) {
        text += "\nWhat is not proved would be rewritten with `--unsafe`.\n";
    }
    text + "\n`undefer explain REASON` says more about a reason.\n"
}

fn table(head: [&str; 4], all: &[Row<'_>], rows: usize, what: impl Fn(&Row<'_>) -> String) -> String {
    let mut text = format!("| {} |\n|---|---|---|---|\n", head.join(" | "));
    all.iter().take(rows).for_each(|row| text += &row.print(&what(row)));
    if all.len() > rows {
        let more = plural(all.len() - rows, "more site");
        let _ = writeln!(text, "\n{more} would not fit here; `undefer check --show all` lists them.");
    }
    text
}

/// What could not be read or understood.
fn troubles(view: &View<'_>, most: usize) -> String {
    let mut text = String::new();
    for trouble in view.outcome.troubles().take(most) {
        let place = match trouble.at {
            Some(at) => format!("{}:{}", trouble.path, at.line),
            None => trouble.path.clone(),
        };
        let words = escape::message(&one_line(&trouble.message));
        let _ = writeln!(text, "- {}: {words}", escape::code(&one_line(&place)));
    }
    if text.is_empty() { text } else { format!("\n### Not read, or not understood\n\n{text}") }
}
