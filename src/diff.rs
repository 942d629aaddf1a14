//! Line diffs: patches for people and `git apply`, and byte edits for programs. `similar` is known here only.
//!
//! Lines end with `\n` and nothing else: a lone `\r` is part of its line, or the patch would be corrupt.
//! A patch names files relative to the current directory and has no `diff --git` line, because `git apply` then takes
//! it from any sub-directory. A file above the current directory is named `a/../x.go`; `git apply --unsafe-paths`
//! takes that, and nothing else could be taken from below the file.

use std::fmt::Write;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use crate::style::{Part, paint};

/// Unchanged lines around a change, as everywhere.
const CONTEXT: usize = 3;

/// A replacement of bytes of the old text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go.
    pub old: Range<usize>,
    /// What comes.
    pub new: String,
}

/// The unified diff of one file; empty where the texts are the same.
pub fn patch(name: &str, old: &str, new: &str, colour: bool) -> String {
    let hunks = hunks(old, new, colour);
    if hunks.is_empty() {
        return hunks;
    }
    let mut header = Patch { text: String::new(), colour };
    header.line(Part::Header, &format!("--- {}", quoted("a/", name)));
    header.line(Part::Header, &format!("+++ {}", quoted("b/", name)));
    header.text + &hunks
}

/// The hunks of that diff without the names of files.
pub fn hunks(old: &str, new: &str, colour: bool) -> String {
    let (old, new) = (lines(old), lines(new));
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let mut patch = Patch { text: String::new(), colour };
    for group in group_diff_ops(ops, CONTEXT) {
        patch.hunk(&group, &old, &new);
    }
    patch.text
}

/// The same change as replacements of whole lines, in order and apart from each other.
pub fn edits(old: &str, new: &str) -> Vec<Edit> {
    let (old_lines, new_lines) = (lines(old), lines(new));
    let (old_starts, new_starts) = (starts(&old_lines), starts(&new_lines));
    let ops = capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines);
    let changed = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    let spans = changed.map(|op| (bytes(&old_starts, op.old_range()), bytes(&new_starts, op.new_range())));
    let mut edits: Vec<Edit> = Vec::new();
    for (gone, come) in spans {
        match edits.last_mut() {
            Some(last) if last.old.end == gone.start => {
                last.old.end = gone.end;
                last.new.push_str(&new[come]);
            }
            _ => edits.push(Edit { old: gone, new: new[come].to_owned() }),
        }
    }
    edits
}

/// A line of one side, from 1, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side<'t> {
    /// Its number.
    pub line: usize,
    /// What stands there.
    pub content: &'t str,
}

/// Lines that stand beside one another: the same on both sides, or one that goes beside one that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'t> {
    /// What was there.
    pub old: Option<Side<'t>>,
    /// What is there instead.
    pub new: Option<Side<'t>>,
}

impl Row<'_> {
    /// Whether something goes or comes.
    pub fn is_changed(&self) -> bool {
        self.old.map(|side| side.content) != self.new.map(|side| side.content)
    }

    /// Whether nothing changes but the white space around a line.
    pub fn is_shifted(&self) -> bool {
        self.is_changed()
            && self.old.map(|side| side.content.trim()) == self.new.map(|side| side.content.trim())
    }
}

/// The hunks of a diff side by side. Lines that differ in their indentation alone stand beside each other.
pub fn sides<'t>(old: &'t str, new: &'t str) -> Vec<Vec<Row<'t>>> {
    let (old, new) = (lines(old), lines(new));
    let bare = |lines: &[&'t str]| lines.iter().map(|line| line.trim()).collect::<Vec<_>>();
    let ops = capture_diff_slices(Algorithm::Myers, &bare(&old), &bare(&new));
    let side = |lines: &[&'t str], range: &Range<usize>, at: usize| {
        let index = range.start + at;
        let content = (index < range.end).then(|| lines[index])?;
        Some(Side { line: index + 1, content: content.strip_suffix('\n').unwrap_or(content) })
    };
    let rows = |op: &DiffOp| {
        let (gone, come) = (op.old_range(), op.new_range());
        let row = |at| Row { old: side(&old, &gone, at), new: side(&new, &come, at) };
        (0..gone.len().max(come.len())).map(row).collect::<Vec<_>>()
    };
    let all: Vec<Row<'t>> = ops.iter().flat_map(rows).collect();
    let near = |at: usize| {
        let around = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(all.len());
        all[around].iter().any(Row::is_changed)
    };
    let shown: Vec<(usize, Row<'t>)> = all.iter().copied().enumerate().filter(|&(at, _)| near(at)).collect();
    let hunks = shown.chunk_by(|(one, _), (next, _)| one + 1 == *next);
    hunks.map(|hunk| hunk.iter().map(|&(_, row)| row).collect()).collect()
}

/// The text after the edits, which are in order and apart from each other.
pub fn apply(old: &str, edits: &[Edit]) -> String {
    let (mut text, mut at) = (String::new(), 0);
    for edit in edits {
        text.push_str(&old[at..edit.old.start]);
        text.push_str(&edit.new);
        at = edit.old.end;
    }
    text + &old[at..]
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Offsets of the lines, and of the end.
fn starts(lines: &[&str]) -> Vec<usize> {
    let mut at = 0;
    std::iter::once(0)
        .chain(lines.iter().map(|line| {
            at += line.len();
            at
        }))
        .collect()
}

fn bytes(starts: &[usize], lines: Range<usize>) -> Range<usize> {
    starts[lines.start]..starts[lines.end]
}

struct Patch {
    text: String,
    colour: bool,
}

impl Patch {
    fn hunk(&mut self, group: &[DiffOp], old: &[&str], new: &[&str]) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return };
        let removed = first.old_range().start..last.old_range().end;
        let added = first.new_range().start..last.new_range().end;
        self.line(Part::Hunk, &format!("@@ -{} +{} @@", range(&removed), range(&added)));
        for op in group {
            if matches!(op, DiffOp::Equal { .. }) {
                self.lines(None, ' ', &old[op.old_range()]);
            } else {
                self.lines(Some(Part::Removed), '-', &old[op.old_range()]);
                self.lines(Some(Part::Added), '+', &new[op.new_range()]);
            }
        }
    }

    fn lines(&mut self, part: Option<Part>, sign: char, lines: &[&str]) {
        for line in lines {
            let (content, is_whole) =
                line.strip_suffix('\n').map_or((*line, false), |content| (content, true));
            let content = format!("{sign}{content}");
            match part {
                Some(part) => self.line(part, &content),
                None => self.plain(&content),
            }
            if !is_whole {
                self.plain("\\ No newline at end of file");
            }
        }
    }

    fn line(&mut self, part: Part, content: &str) {
        let painted = paint(self.colour, part, content);
        self.plain(&painted);
    }

    fn plain(&mut self, content: &str) {
        self.text.push_str(content);
        self.text.push('\n');
    }
}

/// `start,length` as unified diffs count: from 1, an empty range from the line before it.
fn range(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        length => format!("{},{length}", lines.start + 1),
    }
}

/// A header name as git writes it: quoted if it holds control characters, ended by a tab if it holds blanks.
fn quoted(prefix: &str, name: &str) -> String {
    let special = |byte: u8| byte < b' ' || byte == 0x7f || byte == b'"' || byte == b'\\';
    if !name.bytes().any(special) {
        let end = if name.contains(' ') { "\t" } else { "" };
        return format!("{prefix}{name}{end}");
    }
    let mut text = format!("\"{prefix}");
    for character in name.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            _ if u8::try_from(character).is_ok_and(special) => {
                let _ = write!(text, "\\{:03o}", u32::from(character));
            }
            _ => text.push(character),
        }
    }
    text + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_show_every_change_with_its_surroundings() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n".to_owned();
        let new = old.replace("2\n3\n", "2\nnew\n\t3\n").replace("11\n", "");
        let shown: Vec<Vec<String>> = sides(&old, &new)
            .iter()
            .map(|hunk| {
                let word = |side: Option<Side<'_>>| {
                    side.map_or_else(String::new, |side| format!("{}:{}", side.line, side.content))
                };
                hunk.iter().map(|row| format!("{}|{}", word(row.old), word(row.new))).collect()
            })
            .collect();
        let want: [&[&str]; 2] = [
            &["1:1|1:1", "2:2|2:2", "|3:new", "3:3|4:\t3", "4:4|5:4", "5:5|6:5", "6:6|7:6"],
            &["8:8|9:8", "9:9|10:9", "10:10|11:10", "11:11|", "12:12|12:12"],
        ];
        assert_eq!(shown, want);
        assert!(sides(&old, &old).is_empty());
        let shifted = sides("a\n", "\ta\n");
        assert!(shifted[0][0].is_changed() && shifted[0][0].is_shifted(), "{shifted:?}");
        let end = sides("a\r\n", "a\n");
        assert!(end[0][0].is_shifted(), "{end:?}");
    }

    #[test]
    fn a_lone_carriage_return_stays_in_its_line() {
        let patch = patch("x.go", "a\rb\nc\n", "a\rb\nd\n", false);
        assert_eq!(patch, "--- a/x.go\n+++ b/x.go\n@@ -1,2 +1,2 @@\n a\rb\n-c\n+d\n");
    }

    #[test]
    fn a_missing_final_newline_is_said() {
        let text = patch("x.go", "a\nb", "a\nc", false);
        assert!(
            text.ends_with("-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"),
            "{text}"
        );
        assert_eq!(patch("x.go", "same", "same", false), "");
    }

    #[test]
    fn edits_applied_give_the_new_text() {
        let texts = ["a\nb\nc\nd\n", "a\nB\nb2\nc\n", "", "a\n\nd", "x\r\nb\nd\n"];
        for (old, new) in texts.iter().flat_map(|old| texts.map(|new| (old, new))) {
            assert_eq!(apply(old, &edits(old, new)), new, "{old:?}");
        }
    }

    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        assert_eq!(quoted("a/", "x.go"), "a/x.go");
        assert_eq!(quoted("a/", "x y.go"), "a/x y.go\t");
        assert_eq!(quoted("a/", "x\ty\".go"), "\"a/x\\011y\\\".go\"");
    }
}
