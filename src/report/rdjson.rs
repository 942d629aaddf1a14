//! The reports for reviewdog: its diagnostic format as one object, or one diagnostic a line. Columns count bytes of UTF-8.
//!
//! A suggestion is whole lines without the last line end, and covers a whole fix: reviewdog posts one for each diagnostic,
//! and GitHub takes it only where comment and suggestion are about the same lines. Only what the run's bar lets through is
//! suggested, at the first defer of the fix.

use std::io::{self, Write};

use serde::Serialize;
use undefer_transforms::{Site, Span};

use crate::job::FileReport;
use crate::report::hunk::hunk;
use crate::report::json::{TOOL, object};
use crate::report::region::{self, Unit, first_line};
use crate::report::wording::{self, Level};
use crate::report::{REPOSITORY, View};

/// reviewdog reads lines of at most 64 KiB, and stops at a longer one without a word.
const LONGEST_LINE: usize = 64 * 1024 - 1;

#[derive(Serialize)]
struct Document<'a> {
    source: Source,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    source: Source,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
    #[serde(skip_serializing_if = "Vec::is_empty", rename = "related_locations")]
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

#[derive(Serialize)]
struct Range {
    start: Point,
    end: Point,
}

/// Without a column it is the whole line.
#[derive(Serialize)]
struct Point {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

/// Prints all diagnostics as one object.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    object(&Document { source: SOURCE, diagnostics: diagnostics(view).collect() }, out)
}

/// Prints each diagnostic on a line of its own.
pub fn print_lines(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    diagnostics(view).try_for_each(|diagnostic| {
        let line = within(LONGEST_LINE, diagnostic)?;
        writeln!(out, "{line}")
    })
}

const SOURCE: Source = Source { name: TOOL.name, url: REPOSITORY };

/// The line of a diagnostic, without the suggestion where that would make it too long.
fn within(longest: usize, mut diagnostic: Diagnostic<'_>) -> io::Result<String> {
    let line = serde_json::to_string(&diagnostic)?;
    if line.len() <= longest {
        return Ok(line);
    }
    diagnostic.suggestions.clear();
    Ok(serde_json::to_string(&diagnostic)?)
}

fn diagnostics<'a>(view: &'a View<'_>) -> impl Iterator<Item = Diagnostic<'a>> {
    view.sites().map(|(file, site)| diagnostic(view, file, site))
}

fn diagnostic<'a>(view: &View<'_>, file: &'a FileReport, site: &Site) -> Diagnostic<'a> {
    let severity = match Level::of(file, site) {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Note | Level::None => "INFO",
    };
    let is_offered = file.is_above(site, view.outcome.bar) && view.leader(file, site).span == site.span;
    let suggestion = if is_offered { suggestion(file, site) } else { None };
    let is_inside = site.loop_span.start < site.span.start;
    let related = is_inside
        .then(|| Related { message: "the loop", location: location(file, first_line(file, site.loop_span)) });
    Diagnostic {
        message: wording::told(view.outcome, file, site),
        location: location(file, site.span),
        severity,
        source: SOURCE,
        code: Code { value: site.rule.code(), url: REPOSITORY },
        suggestions: suggestion.into_iter().collect(),
        related: related.into_iter().collect(),
    }
}

fn location(file: &FileReport, span: Span) -> Location<'_> {
    let region::Region { start, end } = region::region(file, span, Unit::Byte);
    let point = |point: region::Point| Point { line: point.line, column: Some(point.column) };
    Location { path: &file.name, range: Range { start: point(start), end: point(end) } }
}

/// Whole lines; the end of the last one stays as it is.
fn suggestion(file: &FileReport, site: &Site) -> Option<Suggestion> {
    let hunk = hunk(file, site)?;
    let text = hunk.new.strip_suffix(hunk.end)?.to_owned();
    let line = |line| Point { line, column: None };
    Some(Suggestion { range: Range { start: line(hunk.first), end: line(hunk.last) }, text })
}
