//! Every code that a report can print, for `explain` and `rules`: rules, forms of rewrite, reasons.

use std::io::{self, Write};

use serde::Serialize;
use undefer_transforms::rules::About;
use undefer_transforms::{PASSES, Pass, Reason, Rule};

use crate::cli::Format;
use crate::nearest::nearest;

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
    /// Of a rule, whether it is looked for though nobody asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    /// A Go file that shows a rule or a form, before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// What a rule or a form makes of a Go file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// As it was.
    pub before: &'static str,
    /// As it is left.
    pub after: &'static str,
}

/// The width of paragraphs.
const WIDTH: usize = 100;

/// All codes: rules, then forms, then reasons.
pub fn entries() -> Vec<Entry> {
    let forms = PASSES.iter().map(form);
    let reasons = Reason::ALL.iter().map(|&reason| Entry {
        code: reason.code(),
        kind: reason.class().word(),
        summary: reason.sentence(),
        detail: reason.detail(),
        example: None,
        default: None,
    });
    rules().chain(forms).chain(reasons).collect()
}

fn rules() -> impl Iterator<Item = Entry> {
    Rule::ALL.iter().map(|rule| {
        let &About { code, summary, detail, before, after, is_default, .. } = rule.about();
        let example = Some(Example { before, after });
        Entry { code, kind: "rule", summary, detail, example, default: Some(is_default) }
    })
}

fn form(pass: &Pass) -> Entry {
    let example = Some(Example { before: pass.before, after: pass.after });
    Entry {
        code: pass.form.word(),
        kind: "form",
        summary: pass.summary,
        detail: pass.doc,
        example,
        default: None,
    }
}

/// The entry of a code, or else the code that was probably meant, if one is like it.
pub fn find(code: &str) -> Result<Entry, Option<&'static str>> {
    let entries = entries();
    if let Some(entry) = entries.iter().find(|entry| entry.code.eq_ignore_ascii_case(code)) {
        return Ok(entry.clone());
    }
    Err(nearest(code, entries.iter().map(|entry| entry.code)))
}

/// Prints one entry in full.
pub fn explain(entry: &Entry, format: Format, out: &mut dyn Write) -> io::Result<()> {
    if format == Format::Json {
        return json(entry, out);
    }
    let how = if entry.default == Some(false) { ", only with --select" } else { "" };
    writeln!(out, "{} ({}{how})\n\n{}\n", entry.code, entry.kind, entry.summary)?;
    write!(out, "{}", paragraphs(entry.detail))?;
    match entry.example {
        None => Ok(()),
        Some(Example { before, after }) => {
            writeln!(out, "\nBefore:\n\n{}\nAfter:\n\n{}", indented(before), indented(after).trim_end())
        }
    }
}

/// The text in lines of at most [`WIDTH`] letters, as far as its words allow.
fn paragraphs(text: &str) -> String {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

fn indented(code: &str) -> String {
    code.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_whatever_its_case_and_a_slip_is_answered() {
        assert_eq!(find("ud001").map(|entry| entry.code), Ok("UD001"));
        assert_eq!(find("leave-loop").map(|entry| entry.code), Err(Some("leaves-loop")));
        assert_eq!(find("leav").map(|entry| entry.code), Err(Some("leaves-loop")));
        assert_eq!(find("closre").map(|entry| entry.code), Err(Some("closure")));
        assert_eq!(find("nope").map(|entry| entry.code), Err(None));
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
