//! The last lines on standard error: what was done, what was left, and what more could be had.

use undefer_transforms::Rules;

use crate::report::tally::Tally;
use crate::report::{Outcome, View};

/// One line about the sites.
pub fn sites(view: &View<'_>) -> String {
    let tally = Tally::of(view);
    let mut parts = vec![head(&tally, view)];
    parts.extend(left(&tally));
    if tally.below > 0 {
        parts.push(format!("{} more with --unsafe", tally.below));
    }
    if tally.unwritten > 0 {
        parts.push(format!("{} in {} not written", tally.unwritten, plural(view.unwritten.len(), "file")));
    }
    if tally.baseline > 0 {
        parts.push(format!("{} in the baseline", tally.baseline));
    }
    if tally.unchanged > 0 {
        parts.push(format!("{} on lines that are not new", tally.unchanged));
    }
    let faults = view.outcome.files.iter().map(|file| file.rewrite.faults.len()).sum();
    if faults > 0 {
        let verb = if faults == 1 { "does" } else { "do" };
        parts.push(format!("{} {verb} not parse", plural(faults, "function")));
    }
    parts.join("; ")
}

/// One line about directives that were written.
pub fn directives(count: usize, files: usize) -> String {
    format!("{} written in {}", plural(count, "directive"), plural(files, "file"))
}

/// One line about the files.
pub fn files(outcome: &Outcome) -> String {
    let Outcome { read, parsed, generated, .. } = outcome;
    format!("files: {read} read, {parsed} parsed, {generated} generated skipped")
}

/// How many sites stay as they are whatever the bar, by verdict; nothing where there are none.
fn left(tally: &Tally) -> Option<String> {
    let counts = [
        (tally.keep, "keep"),
        (tally.once, "once"),
        (tally.refused, "refused"),
        (tally.suppressed, "suppressed"),
    ];
    let total: usize = counts.iter().map(|(count, _)| count).sum();
    let words = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    (total > 0).then(|| format!("{total} left: {}", words.collect::<Vec<_>>().join(", ")))
}

fn head(tally: &Tally, view: &View<'_>) -> String {
    if tally.total() == 0 {
        return match view.outcome.read {
            0 => "no Go file was read".to_owned(),
            read if view.outcome.rules == Rules::default_on() => {
                format!("no defer in a loop in {}", plural(read, "file"))
            }
            read => format!("nothing found in {}", plural(read, "file")),
        };
    }
    let what = if view.writes { "rewritten" } else { "to rewrite" };
    let unproved = match tally.accepted {
        0 => String::new(),
        accepted => format!(" ({accepted} unproved and accepted)"),
    };
    match tally.rewritten {
        0 => format!("0 sites {what}"),
        rewritten => {
            format!("{} {what} in {}{unproved}", plural(rewritten, "site"), plural(tally.files, "file"))
        }
    }
}

/// A count with its noun.
pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
