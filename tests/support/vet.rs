//! go vet over all texts of all cases at once: it type-checks them too. A Go file beside cases is a package that they may
//! import: `testdata/taught/store.go` is `cases/store`.

use std::collections::{BTreeMap, BTreeSet};
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
    let topics: BTreeSet<&Path> = subjects.iter().filter_map(|subject| subject.case.path.parent()).collect();
    for topic in topics {
        put_packages(topic, dir.path());
    }
    let ended = process::run("go", &["vet", "./..."], dir.path(), "");
    if ended.code == 0 {
        return Vec::new();
    }
    let found: Vec<_> = subjects.iter().filter_map(|subject| complaint(subject, &ended.stderr)).collect();
    assert!(!found.is_empty(), "go vet failed for no case in particular:\n{}", ended.stderr);
    found
}

/// Copies each Go file of a topic into a folder of its own.
fn put_packages(topic: &Path, module: &Path) {
    for entry in std::fs::read_dir(topic).expect("a topic is a folder") {
        let file = entry.expect("a readable folder entry").path();
        if file.extension().is_some_and(|extension| extension == "go") {
            let package = module.join(file.file_stem().expect("a file has a name"));
            std::fs::create_dir_all(&package).expect("a temporary folder can be written");
            std::fs::copy(&file, package.join("package.go")).expect("a temporary folder can be written");
        }
    }
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
