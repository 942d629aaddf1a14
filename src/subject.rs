//! Files that change, as the Go toolchain is asked about them, and how places in their new texts and in their old ones belong together.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use undefer_transforms::{Safety, Site};

use crate::diff;
use crate::job::FileReport;
use crate::paths::absolute;
use crate::report::Outcome;

/// A file that changes.
#[derive(Debug)]
pub struct Subject {
    /// Which of the outcome's files it is.
    pub file: usize,
    /// Where it is, absolute and without links.
    pub path: PathBuf,
    /// The folder of its package.
    pub folder: PathBuf,
    /// As it is.
    pub old: String,
    /// As it is to be.
    pub new: String,
}

/// All files of an outcome that change; `here` is absolute.
pub fn all(here: &Path, outcome: &Outcome) -> Vec<Subject> {
    let files = outcome.files.iter().enumerate();
    let changed = files.filter_map(|(file, report)| Some((file, report, report.change.as_ref()?)));
    changed
        .map(|(file, report, change)| {
            let path = absolute(&report.path, here);
            let path = path.canonicalize().unwrap_or(path);
            let folder = path.parent().unwrap_or(here).to_owned();
            Subject { file, path, folder, old: change.old.clone(), new: change.new.clone() }
        })
        .collect()
}

/// The numbers of the subjects of each module, by its folder; what is in no module goes by its own folder.
pub fn by_module(subjects: &[Subject]) -> BTreeMap<&Path, Vec<usize>> {
    let mut modules: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    for (number, subject) in subjects.iter().enumerate() {
        let root = subject.folder.ancestors().find(|folder| folder.join("go.mod").is_file());
        modules.entry(root.unwrap_or(&subject.folder)).or_default().push(number);
    }
    modules
}

/// The site that is rewritten nearest to an offset of the text.
pub fn nearest(file: &FileReport, offset: usize, bar: Safety) -> Option<&Site> {
    let rewritten = file.rewrite.sites.iter().filter(|site| file.is_above(site, bar));
    rewritten.min_by_key(|site| site.span.start.abs_diff(offset))
}

impl Subject {
    /// The offset in the old text of what stands on a line of the new one, from 1, or of what it replaces.
    pub fn old_offset(&self, line: usize) -> usize {
        let start = start_of(&self.new, line);
        let (mut old_end, mut new_end) = (0, 0);
        for edit in diff::edits(&self.old, &self.new) {
            let new_start = new_end + (edit.old.start - old_end);
            if start < new_start {
                break;
            }
            (old_end, new_end) = (edit.old.end, new_start + edit.new.len());
            if start < new_end {
                return edit.old.start;
            }
        }
        old_end + (start - new_end)
    }

    /// The lines of the new text, from 1, that stand for a range of the old one.
    pub fn new_lines(&self, old: &Range<usize>) -> Range<usize> {
        let (start, _) = self.new_offsets(old.start);
        let (_, end) = self.new_offsets(old.end);
        line_at(&self.new, start)..line_at(&self.new, end.max(start)) + 1
    }

    /// The offsets in the new text of the first and the last byte that stand for one of the old text.
    fn new_offsets(&self, offset: usize) -> (usize, usize) {
        let (mut old_end, mut new_end) = (0, 0);
        for edit in diff::edits(&self.old, &self.new) {
            if offset < edit.old.start {
                break;
            }
            let start = new_end + (edit.old.start - old_end);
            let end = start + edit.new.len();
            if edit.old.contains(&offset) || edit.old.is_empty() && offset == edit.old.start {
                return (start, end.saturating_sub(1).max(start));
            }
            (old_end, new_end) = (edit.old.end, end);
        }
        let at = new_end + (offset - old_end);
        (at, at)
    }
}

fn start_of(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
}

fn line_at(text: &str, offset: usize) -> usize {
    memchr::memchr_iter(b'\n', &text.as_bytes()[..offset.min(text.len())]).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(old: &str, new: &str) -> Subject {
        let path = PathBuf::from("/m/a.go");
        Subject { file: 0, folder: path.clone(), path, old: old.to_owned(), new: new.to_owned() }
    }

    #[test]
    fn a_line_of_the_new_text_is_found_in_the_old_one() {
        let subject = subject("a\nb\nc\nd\n", "a\nx\ny\nc\nz\nd\n");
        let offsets: Vec<usize> = (1..=7).map(|line| subject.old_offset(line)).collect();
        assert_eq!(offsets, [0, 2, 2, 4, 6, 6, 8]);
    }

    #[test]
    fn a_range_of_the_old_text_is_found_in_the_new_one() {
        let subject = subject("a\nb\nc\nd\ne\n", "a\nx\ny\nc\nz\nd\ne\n");
        let cases = [
            (0..1, 1..2),
            (2..3, 2..4),
            (4..5, 4..5),
            (4..6, 4..6),
            (2..5, 2..5),
            (4..7, 4..7),
            (8..9, 7..8),
        ];
        for (old, lines) in cases {
            assert_eq!(subject.new_lines(&old), lines, "{old:?}");
        }
    }
}
