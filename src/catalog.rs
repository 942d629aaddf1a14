//! Every code that a report can print, for `explain` and `rules`: rules, forms of rewrite, reasons.

use std::io::{self, Write};

use serde::Serialize;
use undefer_transforms::{Form, Reason};

use crate::cli::Format;

/// One code and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The stable code.
    pub code: &'static str,
    /// `rule`, `form`, or the verdict that a reason leads to.
    pub kind: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Some more.
    pub detail: &'static str,
}

const RULES: &[Entry] = &[Entry {
    code: "UD001",
    kind: "rule",
    summary: "defer-in-loop: a deferred call in a loop waits for the end of the function",
    detail: "Each iteration adds one more pending call: files stay open, locks stay held, memory grows. The rule finds \
             every defer that control can reach again before its function returns, through a loop or a goto.",
}];

/// All codes: rules, then forms, then reasons.
pub fn entries() -> Vec<Entry> {
    let forms = [Form::Closure].into_iter().map(form);
    let reasons = Reason::ALL.iter().map(|&reason| Entry {
        code: reason.code(),
        kind: reason.class().word(),
        summary: reason.sentence(),
        detail: reason.detail(),
    });
    RULES.iter().cloned().chain(forms).chain(reasons).collect()
}

fn form(form: Form) -> Entry {
    let (summary, detail) = match form {
        Form::Closure => (
            "the rest of the iteration moves into a function literal that is called on the spot",
            "The deferred call then runs when the literal returns: at the end of the iteration, and also if the \
             iteration panics. What left the iteration before leaves the literal first and is passed on.",
        ),
    };
    Entry { code: form.word(), kind: "form", summary, detail }
}

/// The entry of a code, or else the code that is most like it.
pub fn find(code: &str) -> Result<Entry, &'static str> {
    let entries = entries();
    if let Some(entry) = entries.iter().find(|entry| entry.code.eq_ignore_ascii_case(code)) {
        return Ok(entry.clone());
    }
    let code = code.to_lowercase();
    let likeness = |entry: &&Entry| {
        let known = entry.code.to_lowercase();
        (!known.starts_with(&code), edit_distance(&code, &known))
    };
    Err(entries.iter().min_by_key(likeness).map_or("UD001", |entry| entry.code))
}

/// Prints one entry in full.
pub fn explain(entry: &Entry, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Json => json(entry, out),
        Format::Text => {
            writeln!(out, "{} ({})\n\n{}\n\n{}", entry.code, entry.kind, entry.summary, entry.detail)
        }
    }
}

/// Prints all entries, one a line.
pub fn list(format: Format, out: &mut dyn Write) -> io::Result<()> {
    let entries = entries();
    if format == Format::Json {
        return json(&entries, out);
    }
    let width = |field: fn(&Entry) -> &str| entries.iter().map(|entry| field(entry).len()).max().unwrap_or(0);
    let (codes, kinds) = (width(|entry| entry.code), width(|entry| entry.kind));
    for Entry { code, kind, summary, .. } in &entries {
        writeln!(out, "{code:codes$}  {kind:kinds$}  {summary}")?;
    }
    Ok(())
}

fn json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)
}

/// How many letters must be changed, added or dropped to make one word of the other.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for at in 0..to.len() {
            let replaced = diagonal + usize::from(letter != to[at]);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_whatever_its_case_and_a_slip_is_answered() {
        assert_eq!(find("ud001").map(|entry| entry.code), Ok("UD001"));
        assert_eq!(find("leave-loop").map(|entry| entry.code), Err("leaves-loop"));
        assert_eq!(find("leav").map(|entry| entry.code), Err("leaves-loop"));
        assert_eq!(find("closre").map(|entry| entry.code), Err("closure"));
    }

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = entries().iter().map(|entry| entry.code).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
