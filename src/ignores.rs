//! Directives above findings, `//undefer:ignore RULES reason`: where they go in the text, and whether they do what they should.

use std::collections::BTreeMap;

use undefer_transforms::{Options, Rule, Rules, Site, Verdict, rewrite};

use crate::gofmt::Gofmt;
use crate::job::{Change, FileReport};
use crate::load::{Loaded, Source, Wanted, load};
use crate::report::counts;
use crate::trouble::{Kind, Trouble};
use crate::walk::Target;

/// Puts the change of `file` that writes a directive with `reason` above each of its findings in the place of any other change.
/// `options` say what is looked for, and in which version of Go.
/// Findings on one line share one. Where that cannot be done the file has no change, and a trouble says why.
pub fn plan(file: &mut FileReport, reason: &str, options: &Options<'_>, gofmt: &Gofmt) {
    file.change = None;
    if !file.rewrite.sites.iter().any(|site| counts(file, site)) {
        return;
    }
    match change(file, reason, options, gofmt) {
        Ok(change) => file.change = Some(change),
        Err(words) => file.troubles.push(Trouble::failed(Kind::Unwritable, &file.name, words)),
    }
}

/// How many directives a change brings.
pub fn count(change: &Change) -> usize {
    let directives = |text: &str| text.matches(DIRECTIVE).count();
    directives(&change.new) - directives(&change.old)
}

const DIRECTIVE: &str = "//undefer:ignore ";

fn directive(rules: Rules, reason: &str) -> String {
    let codes: Vec<&str> = rules.iter().map(Rule::code).collect();
    format!("{DIRECTIVE}{} {reason}", codes.join(","))
}

fn change(file: &FileReport, reason: &str, options: &Options<'_>, gofmt: &Gofmt) -> Result<Change, String> {
    let wanted = Wanted { include_generated: true, rules: options.rules };
    let target = Target { path: file.path.clone(), explicit: true };
    let source = match load(&target, &file.name, wanted, None) {
        Loaded::Source(source) if file.text.as_deref() == Some(source.text()) => source,
        _ => return Err("changed since it was read; run undefer again".to_owned()),
    };
    let text = with_directives(file, &source, reason);
    let new = gofmt.finish(gofmt.standing(&source), &text);
    let new = new.map_err(|error| format!("no directive can be written here, add it by hand: {error}"))?;
    if !is_kept(file, &new, options) {
        return Err(
            "a directive on a line of its own would not be read here; write it behind the defer".to_owned()
        );
    }
    Ok(Change { old: source.raw().to_owned(), new: source.with_text(&new) })
}

/// The text with its directives, not yet run through gofmt.
fn with_directives(file: &FileReport, source: &Source, reason: &str) -> String {
    let text = source.text();
    let mut lines: BTreeMap<usize, Rules> = BTreeMap::new();
    for site in file.rewrite.sites.iter().filter(|site| counts(file, site)) {
        let rules = lines.entry(file.index.line_start(site.span.start)).or_default();
        *rules = rules.and(Rules::from_iter([site.rule]));
    }
    let end =
        if text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r')) { "\r\n" } else { "\n" };
    let mut new = String::new();
    let mut at = 0;
    for (line, rules) in lines {
        let start = above_comments(text, line).max(at);
        let indentation = text[line..].len() - text[line..].trim_start_matches([' ', '\t']).len();
        new += &text[at..start];
        new += &[&text[line..line + indentation], &directive(rules, reason), end].concat();
        at = start;
    }
    new + &text[at..]
}

/// The start of the line comments that stand directly above the line that begins at `line`. A directive of another tool among
/// them may have to stay beside the code.
fn above_comments(text: &str, line: usize) -> usize {
    let mut start = line;
    while let Some(before) = text[..start].strip_suffix('\n') {
        let above = before.rfind('\n').map_or(0, |end| end + 1);
        if !text[above..start].trim_start().starts_with("//") {
            break;
        }
        start = above;
    }
    start
}

/// Whether each finding of `file` is kept by a directive in the text `new`, and no site has come or gone.
fn is_kept(file: &FileReport, new: &str, options: &Options<'_>) -> bool {
    let sites = rewrite(new, options).sites;
    let is_same = |(old, new): (&Site, &Site)| !counts(file, old) || new.verdict == Verdict::Suppressed;
    sites.len() == file.rewrite.sites.len() && file.rewrite.sites.iter().zip(&sites).all(is_same)
}
