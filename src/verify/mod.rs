//! The word of the Go toolchain on rewritten texts, before anything is printed or written.
//!
//! A package is a folder. All of its new texts stand in an overlay in place of its files, so nothing is written to ask. What the
//! toolchain says of the new texts is compared with what it says of the old ones: only a new complaint speaks against a
//! rewrite. Of a package that does not compile as it is, nobody can say anything, so it keeps its text too.

mod judge;
mod platforms;
mod said;

use std::collections::BTreeMap;
use std::path::Path;

use undefer_transforms::{Safety, Site};

use crate::cli::Verify;
use crate::diff;
use crate::interrupt;
use crate::job::FileReport;
use crate::paths::absolute;
use crate::report::Outcome;
use crate::toolchain::{Host, Overlay, ToolchainError};
use crate::trouble::{Kind, Trouble};
use judge::{Judge, Subject};

/// Why a text is not to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Objection {
    /// The toolchain says something about the new text of its package that it does not say about the old one.
    Broken(Vec<String>),
    /// The package does not compile as it is, or not here.
    Unknown(String),
}

/// Asks about every text that changes; takes back those that are not to be used, with a trouble each. `here` is absolute.
pub fn verify(level: Verify, here: &Path, outcome: &mut Outcome) -> Result<(), ToolchainError> {
    let subjects = subjects(here, outcome);
    let mut overlay = Overlay::new()?;
    for subject in &subjects {
        overlay.add(&subject.path, &subject.new)?;
    }
    for (root, members) in by_module(&subjects) {
        if interrupt::stopped() {
            break;
        }
        let host = Host::ask(root)?;
        let judge = Judge { level, root, subjects: &subjects, overlay: &overlay, host };
        for (number, objection) in judge.judge(&members)? {
            let subject = &subjects[number];
            let told = told(&objection, number, &overlay);
            take_back(&mut outcome.files[subject.file], subject, outcome.bar, told);
        }
    }
    Ok(())
}

fn subjects(here: &Path, outcome: &Outcome) -> Vec<Subject> {
    let changed = outcome
        .files
        .iter()
        .enumerate()
        .filter_map(|(file, report)| Some((file, report, report.change.as_ref()?)));
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
fn by_module(subjects: &[Subject]) -> BTreeMap<&Path, Vec<usize>> {
    let mut modules: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    for (number, subject) in subjects.iter().enumerate() {
        let root = subject.folder.ancestors().find(|folder| folder.join("go.mod").is_file());
        modules.entry(root.unwrap_or(&subject.folder)).or_default().push(number);
    }
    modules
}

/// The file keeps its text, and says why: at the sites that are nearest to what the toolchain points at.
fn take_back(file: &mut FileReport, subject: &Subject, bar: Safety, told: Vec<(Option<usize>, String)>) {
    let mut troubles: Vec<Trouble> = Vec::new();
    for (line, message) in told {
        let offset = line.map_or(0, |line| old_offset(subject, line).saturating_sub(file.bom_len));
        let at = nearest(file, offset, bar).map(|site| file.index.position(site.span.start));
        if troubles.iter().all(|trouble| trouble.at != at) {
            troubles.push(Trouble { at, ..Trouble::failed(Kind::Unverified, &file.name, message) });
        }
    }
    file.left = troubles.first().map(|trouble| trouble.message.clone());
    file.troubles.append(&mut troubles);
    file.change = None;
}

/// What there is to say about an objection to a text, with the line of the new text where there is one.
fn told(objection: &Objection, number: usize, overlay: &Overlay) -> Vec<(Option<usize>, String)> {
    let words = match objection {
        Objection::Unknown(words) => {
            return vec![(
                None,
                format!("cannot be verified, so it keeps its text: {}", here(words, overlay)),
            )];
        }
        Objection::Broken(words) => words,
    };
    let own = words.iter().filter_map(|words| overlay.place(words)).filter(|(text, ..)| *text == number);
    let own: Vec<_> = own
        .map(|(_, line, words)| {
            (
                Some(line),
                format!(
                    "keeps its text, which the rewrite would break: {words} (line {line} of the new text)"
                ),
            )
        })
        .collect();
    if own.is_empty() {
        let words = words.first().map_or_else(String::new, |words| here(words, overlay));
        return vec![(None, format!("keeps its text, as the rewrite would break its package: {words}"))];
    }
    own
}

/// Words without the folder of our texts, which is gone when they are read.
fn here(words: &str, overlay: &Overlay) -> String {
    match overlay.place(words) {
        Some((number, line, words)) => format!("{}:{line}: {words}", overlay.name(number)),
        None => words.to_owned(),
    }
}

/// The offset in the old text of what stands on a line of the new one, or of what it replaces.
fn old_offset(subject: &Subject, line: usize) -> usize {
    let start: usize = subject.new.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let (mut old_end, mut new_end) = (0, 0);
    for edit in diff::edits(&subject.old, &subject.new) {
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

/// The site that is rewritten nearest to an offset of the text.
fn nearest(file: &FileReport, offset: usize, bar: Safety) -> Option<&Site> {
    let rewritten = file.rewrite.sites.iter().filter(|site| file.is_above(site, bar));
    rewritten.min_by_key(|site| site.span.start.abs_diff(offset))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn a_line_of_the_new_text_is_found_in_the_old_one() {
        let (old, new) = ("a\nb\nc\nd\n", "a\nx\ny\nc\nz\nd\n");
        let path = PathBuf::from("/m/a.go");
        let subject =
            Subject { file: 0, folder: path.clone(), path, old: old.to_owned(), new: new.to_owned() };
        let offsets: Vec<usize> = (1..=7).map(|line| old_offset(&subject, line)).collect();
        assert_eq!(offsets, [0, 2, 2, 4, 6, 6, 8]);
    }
}
