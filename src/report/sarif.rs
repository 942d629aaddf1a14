//! The report for code scanning: SARIF 2.1.0.
//!
//! Positions are lines, and columns in UTF-16 code units, as the run's `columnKind` says. Paths are relative URIs from the
//! directory in which undefer ran. GitHub shows suppressed results as if they were findings, so they are there only where
//! all sites are asked for.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value, json};
use undefer_transforms::rules::About;
use undefer_transforms::{Rule, Site, Span, Verdict};

use crate::diff::Edit;
use crate::job::{Aside, FileReport};
use crate::report::fingerprint::{Fingerprint, fingerprints};
use crate::report::json::{TOOL, object};
use crate::report::region::{Region, Unit, first_line, region, text};
use crate::report::wording::{self, Level};
use crate::report::{REPOSITORY, View, counts};
use crate::trouble::Trouble;

/// The schema that the standard names for its version 2.1.0 with errata.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What relative paths are relative to.
const BASE: &str = "%SRCROOT%";

/// The name of our fingerprint. GitHub's own, `primaryLocationLineHash`, is left to its upload action, which warns about
/// every other value under that name.
const FINGERPRINT: &str = "undefer/v1";

/// So many related places are listed for one result; GitHub refuses files with more than a thousand.
const MOST_RELATED: usize = 100;

/// Lines around a defer that are shown with it.
const CONTEXT: usize = 3;

/// Prints the report.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let results: Vec<Value> = view.outcome.files.iter().flat_map(|file| results(view, file)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver() },
            "invocations": [invocation(view)],
            "originalUriBaseIds": {
                BASE: { "description": { "text": "The directory in which undefer ran." } },
            },
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    object(&log, out)
}

fn driver() -> Value {
    json!({
        "name": TOOL.name,
        "version": TOOL.version,
        "semanticVersion": TOOL.version,
        "informationUri": REPOSITORY,
        "rules": Rule::ALL.iter().copied().map(rule).collect::<Vec<_>>(),
    })
}

fn rule(rule: Rule) -> Value {
    let &About { code, summary, detail, is_default, .. } = rule.about();
    let words = summary.split_once(": ").map_or(summary, |(_, words)| words);
    let help = format!("{detail}\n\n`undefer explain {code}` says more.");
    json!({
        "id": code,
        "name": pascal(rule.name()),
        "shortDescription": { "text": format!("{}.", capital(words)) },
        "fullDescription": { "text": detail },
        "help": { "text": help.replace('`', ""), "markdown": help },
        "helpUri": format!("{REPOSITORY}#readme"),
        "defaultConfiguration": { "level": "warning" },
        "properties": {
            "precision": if is_default { "high" } else { "medium" },
            "problem.severity": "warning",
            "tags": ["go", "maintainability", "reliability", "resource-leak"],
        },
    })
}

fn invocation(view: &View<'_>) -> Value {
    let troubles: Vec<Value> = view.outcome.troubles().map(notification).collect();
    let is_done = !view.outcome.troubles().any(|trouble| trouble.failure);
    json!({ "executionSuccessful": is_done, "toolExecutionNotifications": troubles })
}

/// A trouble. Its column counts bytes, so only its line is told.
fn notification(trouble: &Trouble) -> Value {
    let mut place = json!({ "artifactLocation": artifact(&trouble.path) });
    if let Some(at) = trouble.at {
        place["region"] = json!({ "startLine": at.line });
    }
    json!({
        "descriptor": { "id": trouble.kind },
        "level": if trouble.failure { "error" } else { "warning" },
        "message": { "text": period(&trouble.message) },
        "locations": [{ "physicalLocation": place }],
    })
}

fn results<'a>(view: &'a View<'_>, file: &'a FileReport) -> impl Iterator<Item = Value> + 'a {
    let prints = fingerprints(file);
    file.rewrite.sites.iter().zip(prints).filter(|(site, _)| view.shows(file, site)).map(|(site, print)| {
        let mut result = result(view, file, site, print);
        if let Some(fix) = fix(view, file, site) {
            result["fixes"] = json!([fix]);
        }
        result
    })
}

fn result(view: &View<'_>, file: &FileReport, site: &Site, print: Fingerprint) -> Value {
    let level = match Level::of(file, site) {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
        Level::None => "none",
    };
    let message = wording::told(view.outcome, file, site);
    json!({
        "ruleId": site.rule.code(),
        "ruleIndex": Rule::ALL.iter().position(|rule| *rule == site.rule),
        "kind": if counts(file, site) { "fail" } else { "notApplicable" },
        "level": level,
        "message": { "text": period(&message) },
        "locations": [{
            "physicalLocation": shown(file, site),
            "logicalLocations": [{ "fullyQualifiedName": site.function, "kind": "function" }],
        }],
        "relatedLocations": related(file, site),
        "partialFingerprints": { FINGERPRINT: print.to_string() },
        "suppressions": suppressions(file, site),
        "properties": properties(site),
    })
}

/// The place of a defer, with its text and the lines around it.
fn shown(file: &FileReport, site: &Site) -> Value {
    let text = text(file);
    let mut place = place(file, site.span);
    let around = around(text, site.span);
    let lines = region(file, around, Unit::Utf16);
    place["region"]["snippet"] = json!({ "text": site.span.of(text) });
    place["contextRegion"] = area(lines);
    place["contextRegion"]["snippet"] = json!({ "text": around.of(text) });
    place
}

/// The lines of a span with some more on both sides, without the last line end.
fn around(text: &str, span: Span) -> Span {
    let start = text[..span.start].rmatch_indices('\n').nth(CONTEXT).map_or(0, |(at, _)| at + 1);
    let end = text[span.end..].match_indices('\n').nth(CONTEXT).map_or(text.len(), |(at, _)| span.end + at);
    Span::new(start, start + text[start..end].trim_end_matches(['\r', '\n']).len())
}

fn place(file: &FileReport, span: Span) -> Value {
    json!({ "artifactLocation": artifact(&file.name), "region": area(region(file, span, Unit::Utf16)) })
}

fn area(region: Region) -> Value {
    json!({
        "startLine": region.start.line,
        "startColumn": region.start.column,
        "endLine": region.end.line,
        "endColumn": region.end.column,
    })
}

fn artifact(name: &str) -> Value {
    json!({ "uri": uri(name), "uriBaseId": BASE })
}

/// The loop, the exits of the region, and what the verdict rests on.
fn related(file: &FileReport, site: &Site) -> Vec<Value> {
    let mut places = Vec::new();
    if site.loop_span.start < site.span.start {
        places.push((site.loop_span, "the loop".to_owned()));
    }
    places.extend(site.exits.iter().map(|exit| (exit.span, format!("an exit: {}", exit.code))));
    places.extend(site.evidence.iter().map(|evidence| {
        (evidence.span, format!("{} ({})", wording::one_line(&evidence.message), evidence.reason.code()))
    }));
    let location = |(index, (span, words)): (usize, (Span, String))| {
        let place = place(file, first_line(file, span));
        json!({ "id": index + 1, "physicalLocation": place, "message": { "text": period(&words) } })
    };
    places.into_iter().take(MOST_RELATED).enumerate().map(location).collect()
}

/// If one result of a run tells whether it is suppressed, all have to.
fn suppressions(file: &FileReport, site: &Site) -> Value {
    if let Some(aside) = file.aside(site) {
        let justification = match aside {
            Aside::Baseline => "It stands in the baseline.",
            Aside::Unchanged => "Its lines are not new.",
        };
        return json!([{ "kind": "external", "status": "accepted", "justification": justification }]);
    }
    match site.verdict {
        Verdict::Suppressed => {
            json!([{ "kind": "inSource", "status": "accepted", "justification": site.reason.sentence() }])
        }
        _ => json!([]),
    }
}

fn properties(site: &Site) -> Value {
    let mut words = Map::from_iter([
        ("verdict".to_owned(), site.verdict.word().into()),
        ("reason".to_owned(), site.reason.code().into()),
    ]);
    if let Verdict::Rewrite { form, safety } = site.verdict {
        words.insert("form".to_owned(), form.word().into());
        words.insert("safety".to_owned(), safety.word().into());
    }
    if site.accepted {
        words.insert("accepted".to_owned(), true.into());
    }
    words.into()
}

/// What the run would do about a site; nothing below its bar.
fn fix(view: &View<'_>, file: &FileReport, site: &Site) -> Option<Value> {
    let edits = file.edits.get(site.fix?).filter(|edits| !edits.is_empty())?;
    file.is_above(site, view.outcome.bar).then(|| {
        let words = format!("rewrite it ({})", wording::what(site));
        let replacements: Vec<_> = edits.iter().map(|edit| replacement(file, edit)).collect();
        json!({
            "description": { "text": period(&words) },
            "artifactChanges": [{ "artifactLocation": artifact(&file.name), "replacements": replacements }],
        })
    })
}

fn replacement(file: &FileReport, edit: &Edit) -> Value {
    let gone = region(file, Span::new(edit.old.start, edit.old.end), Unit::Utf16);
    json!({ "deletedRegion": area(gone), "insertedContent": { "text": edit.new } })
}

/// A path as a relative URI: all but what is never special is percent-encoded, so that no part of it reads as a scheme, a
/// query or an escape.
fn uri(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// SARIF's messages are sentences that end with a period.
fn period(words: &str) -> String {
    let words = words.trim_end_matches('.');
    format!("{}.", capital(&wording::one_line(words)))
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// `defer-in-loop` as `DeferInLoop`.
fn pascal(name: &str) -> String {
    name.split('-').map(capital).collect()
}
