//! go vet over all texts of all cases at once: it type-checks them too.

use std::collections::BTreeMap;
use std::path::Path;

use tempfile::TempDir;

use super::case::Case;
use super::{others, process};

/// A text to vet: whose it is, what it is, and the text.
pub(crate) struct Subject<'a> {
    /// The case.
    pub(crate) case: &'a Case,
    /// `input`, `want` or `got`.
    pub(crate) what: &'static str,
    /// The Go text.
    pub(crate) text: &'a str,
}

/// Complaints by case name. One module for each language version, one package for each text.
pub(crate) fn check(subjects: &[Subject<'_>]) -> BTreeMap<String, Vec<String>> {
    let mut versions: BTreeMap<u16, Vec<&Subject<'_>>> = BTreeMap::new();
    for subject in subjects {
        versions.entry(subject.case.go().0).or_default().push(subject);
    }
    let mut complaints: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (version, subjects) in versions {
        for (name, complaint) in check_module(version, &subjects) {
            complaints.entry(name).or_default().push(complaint);
        }
    }
    complaints
}

fn check_module(version: u16, subjects: &[&Subject<'_>]) -> Vec<(String, String)> {
    let dir = TempDir::new().expect("a temporary folder");
    let module = format!("module cases\n\ngo 1.{version}\n");
    std::fs::write(dir.path().join("go.mod"), module).expect("a temporary folder can be written");
    for subject in subjects {
        let package = dir.path().join(folder(subject));
        std::fs::create_dir_all(&package).expect("a temporary folder can be written");
        let archive = &subject.case.archive;
        for (name, text) in others::files(archive).chain([("in.go", subject.text)]) {
            let path = package.join(name);
            let parent = path.parent().expect("a file stands in a folder");
            std::fs::create_dir_all(parent).expect("a temporary folder can be written");
            // Its own module would be one more to vet: its packages become some of this one.
            let text = match others::module(archive) {
                Some(module) => {
                    text.replace(&format!("\"{module}/"), &format!("\"cases/{}/", folder(subject)))
                }
                None => text.to_owned(),
            };
            std::fs::write(path, text).expect("a temporary folder can be written");
        }
    }
    let ended = process::run("go", &["vet", "./..."], dir.path(), "");
    if ended.code == 0 {
        return Vec::new();
    }
    let found: Vec<_> = subjects.iter().filter_map(|subject| complaint(subject, &ended.stderr)).collect();
    assert!(!found.is_empty(), "go vet failed for no case in particular:\n{}", ended.stderr);
    found
}

fn folder(subject: &Subject<'_>) -> String {
    format!("{}/{}", subject.what, subject.case.name)
}

/// The lines of vet's output that name the subject's file.
fn complaint(subject: &Subject<'_>, output: &str) -> Option<(String, String)> {
    let file = Path::new(&folder(subject)).join("in.go").to_string_lossy().into_owned();
    let lines: Vec<&str> = output.lines().filter(|line| line.contains(&file)).collect();
    let text = format!("go vet, {}: {}\n{}", subject.what, lines.join("\n"), subject.text);
    (!lines.is_empty()).then(|| (subject.case.name.clone(), text))
}
