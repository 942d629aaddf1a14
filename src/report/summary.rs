//! The last lines on standard error: what was done, what was left, and what more could be had.

use std::collections::BTreeSet;

use undefer_transforms::{Safety, Verdict};

use crate::config::Mode;
use crate::report::Outcome;

/// Sites by what became of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    rewritten: usize,
    accepted: usize,
    files: usize,
    unwritten: usize,
    below: usize,
    once: usize,
    keep: usize,
    refused: usize,
    suppressed: usize,
    faults: usize,
}

/// One line about the sites. `unwritten` names the files that `--write` had to leave.
pub fn sites(outcome: &Outcome, mode: &Mode, unwritten: &BTreeSet<&str>) -> String {
    let tally = tally(outcome, unwritten);
    let mut parts = vec![head(&tally, mode, outcome.read)];
    let left = [
        (tally.keep, "keep"),
        (tally.once, "once"),
        (tally.refused, "refused"),
        (tally.suppressed, "suppressed"),
    ];
    let total: usize = left.iter().map(|(count, _)| count).sum();
    if total > 0 {
        let words: Vec<_> = left
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        parts.push(format!("{total} left: {}", words.join(", ")));
    }
    if tally.below > 0 {
        parts.push(format!("{} more with --unsafe", tally.below));
    }
    if tally.unwritten > 0 {
        parts.push(format!("{} in {} not written", tally.unwritten, plural(unwritten.len(), "file")));
    }
    if tally.faults > 0 {
        let verb = if tally.faults == 1 { "does" } else { "do" };
        parts.push(format!("{} {verb} not parse", plural(tally.faults, "function")));
    }
    parts.join("; ")
}

/// One line about the files.
pub fn files(outcome: &Outcome) -> String {
    let Outcome { read, parsed, generated, .. } = outcome;
    format!("files: {read} read, {parsed} parsed, {generated} generated skipped")
}

fn tally(outcome: &Outcome, unwritten: &BTreeSet<&str>) -> Tally {
    let mut tally = Tally::default();
    let mut files = BTreeSet::new();
    for (file, site) in outcome.sites() {
        match site.verdict {
            Verdict::Once => tally.once += 1,
            Verdict::Keep => tally.keep += 1,
            Verdict::Refused => tally.refused += 1,
            Verdict::Suppressed => tally.suppressed += 1,
            Verdict::Rewrite { .. } if !file.is_above(site, outcome.bar) => tally.below += 1,
            Verdict::Rewrite { .. } if unwritten.contains(file.name.as_str()) => tally.unwritten += 1,
            Verdict::Rewrite { .. } => {
                tally.rewritten += 1;
                tally.accepted += usize::from(site.accepted);
                files.insert(&file.name);
            }
        }
    }
    tally.files = files.len();
    tally.faults = outcome.files.iter().map(|file| file.rewrite.faults.len()).sum();
    debug_assert!(tally.below == 0 || outcome.bar == Safety::Safe, "nothing lies below the lowest bar");
    tally
}

fn head(tally: &Tally, mode: &Mode, read: usize) -> String {
    let Tally { rewritten, accepted, files, unwritten, below, once, keep, refused, suppressed, .. } = tally;
    if rewritten + unwritten + below + once + keep + refused + suppressed == 0 {
        return match read {
            0 => "no Go file was read".to_owned(),
            _ => format!("no defer in a loop in {}", plural(read, "file")),
        };
    }
    let what = match mode {
        Mode::Write { .. } => "rewritten",
        _ => "to rewrite",
    };
    let unproved = match accepted {
        0 => String::new(),
        _ => format!(" ({accepted} unproved and accepted)"),
    };
    match rewritten {
        0 => format!("0 sites {what}"),
        _ => format!("{} {what} in {}{unproved}", plural(*rewritten, "site"), plural(*files, "file")),
    }
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
