//! A fix as one replacement of whole lines, for tools that take a single suggestion for each finding.

use std::ops::Range;

use undefer_transforms::Site;

use crate::job::FileReport;
use crate::report::region;

/// Whole lines and what comes for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    /// The first line that goes, from 1.
    pub(super) first: usize,
    /// The last line that goes, from 1.
    pub(super) last: usize,
    /// What comes, with line ends.
    pub(super) new: String,
    /// How the last line that goes ends: `\n`, `\r\n`, or nothing at the end of a file.
    pub(super) end: &'static str,
}

/// The fix of a site from its first changed line to its last one; nothing where there is none, or where edits and text were
/// not asked for.
pub(super) fn hunk(file: &FileReport, site: &Site) -> Option<Hunk> {
    let edits = file.edits.get(site.fix?)?;
    let text = region::text(file);
    let old = edits.first()?.old.start..edits.last()?.old.end;
    let old = with_a_line(text, old);
    let mut new = String::new();
    let mut at = old.start;
    for edit in edits {
        new.push_str(&text[at..edit.old.start]);
        new.push_str(&edit.new);
        at = edit.old.end;
    }
    new.push_str(&text[at..old.end]);
    let gone = &text[old.clone()];
    let end = ["\r\n", "\n"].into_iter().find(|end| gone.ends_with(end)).unwrap_or_default();
    let first = file.index.position(old.start).line;
    Some(Hunk { first, last: first + gone.split_inclusive('\n').count() - 1, new, end })
}

/// Where nothing goes, a line beside the place goes and comes back: a place between lines is none to comment on.
fn with_a_line(text: &str, old: Range<usize>) -> Range<usize> {
    if !old.is_empty() {
        return old;
    }
    // The line in front of the place, or at the start of the text the one behind it.
    let before = text[..old.start].strip_suffix('\n').unwrap_or(&text[..old.start]);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let end = text[before.len()..].find('\n').map_or(text.len(), |end| before.len() + end + 1);
    start..end
}

#[cfg(test)]
mod tests {
    use undefer_transforms::{LineIndex, Reason, Verdict};

    use super::*;
    use crate::diff::{Edit, apply};
    use crate::report::bare_site;
    use crate::walk::Target;

    fn file(text: &str, edits: Vec<Edit>) -> FileReport {
        let target = Target { path: "a.go".into(), explicit: true };
        let mut file = FileReport::new(&target, "a.go".to_owned());
        file.index = LineIndex::new(text);
        file.text = Some(text.to_owned());
        file.edits = vec![edits];
        file
    }

    fn site() -> Site {
        Site { fix: Some(0), ..bare_site(Verdict::Refused, Reason::GotoLoop) }
    }

    /// The text with the lines of a hunk replaced.
    fn replaced(text: &str, hunk: &Hunk) -> String {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        lines[..hunk.first - 1].concat() + &hunk.new + &lines[hunk.last..].concat()
    }

    #[test]
    fn one_replacement_of_whole_lines_does_what_the_edits_do() {
        let edit = |old: Range<usize>, new: &str| Edit { old, new: new.to_owned() };
        for text in ["a\nb\nc\n", "a\nb\nc", "a\r\nb\r\nc\r\n"] {
            let starts: Vec<usize> =
                std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
            let last = text.len();
            for edits in [
                vec![edit(starts[1]..starts[2], "B\n")],
                vec![edit(0..starts[1], "A\n"), edit(starts[2]..last, "C\n")],
                vec![edit(starts[1]..starts[2], "")],
                // Nothing goes: between lines, at the start, and at the end.
                vec![edit(starts[1]..starts[1], "x\n")],
                vec![edit(0..0, "x\n")],
                vec![edit(last..last, "x\n")],
            ] {
                let wanted = apply(text, &edits);
                let hunk = hunk(&file(text, edits), &site()).expect("there are edits");
                assert!(hunk.first <= hunk.last, "{hunk:?}");
                assert_eq!(replaced(text, &hunk), wanted, "{hunk:?}");
            }
        }
    }

    #[test]
    fn a_site_without_edits_has_none() {
        assert_eq!(hunk(&file("a\n", Vec::new()), &site()), None);
        assert_eq!(hunk(&file("a\n", vec![]), &Site { fix: None, ..site() }), None);
    }
}
