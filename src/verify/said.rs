//! What the toolchain says of packages: errors of the compiler, what `go vet` finds, tests that fail.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cli::Verify;
use crate::toolchain::{Listed, Platform, Question, ToolchainError};

/// One thing that the toolchain does not like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Complaint {
    /// The folder of the package.
    folder: PathBuf,
    /// One line; where there is a place it comes first.
    words: String,
    /// The package does not compile.
    is_fatal: bool,
}

/// All that it said.
#[derive(Debug)]
pub(super) struct Said {
    listed: Vec<Listed>,
    complaints: BTreeSet<Complaint>,
}

/// What the words about new texts come to beside those about the old ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// Nothing new.
    Same,
    /// The old text does not compile.
    Unknown(String),
    /// What is new.
    Worse(Vec<String>),
}

/// Asks about packages and their tests. Tests are run only where the platform is that of the host.
pub(super) fn ask(level: Verify, question: &Question<'_>) -> Result<Said, ToolchainError> {
    let (listed, _) = question.list(&[])?;
    let errors = listed.iter().flat_map(|package| {
        let complaint = |words| Complaint { folder: package.dir.clone(), words, is_fatal: true };
        package.errors().into_iter().map(complaint)
    });
    let mut complaints: BTreeSet<Complaint> = errors.collect();
    let runs_here = *question.platform == Platform::default() || question.platform.target.is_none();
    match level {
        Verify::Vet => complaints.extend(vet(question, &listed)?),
        Verify::Test if runs_here => complaints.extend(test(question, &listed)?),
        _ => {}
    }
    Ok(Said { listed, complaints })
}

impl Said {
    /// The first thing that is said against the package in a folder.
    pub(super) fn first(&self, folder: &Path) -> Option<&str> {
        let complaint = self.complaints.iter().find(|complaint| complaint.folder == folder);
        complaint.map(|complaint| complaint.words.as_str())
    }

    /// Whether a file is part of a package.
    pub(super) fn sees(&self, file: &Path) -> bool {
        self.listed.iter().any(|package| package.holds(file))
    }

    /// Why a package that a file's own one needs does not compile, if one does not.
    pub(super) fn below(&self, file: &Path) -> Option<String> {
        let packages = self.listed.iter().filter(|package| package.holds(file));
        packages.flat_map(Listed::errors_below).next()
    }

    /// What is said of a folder's package here, beside what is said of its old text.
    pub(super) fn beside(&self, old: &Said, folder: &Path) -> Comparison {
        let of = |said: &'_ Said| -> Vec<Complaint> {
            said.complaints.iter().filter(|complaint| complaint.folder == folder).cloned().collect()
        };
        let old = of(old);
        if let Some(fatal) = old.iter().find(|complaint| complaint.is_fatal) {
            return Comparison::Unknown(format!("its package does not compile as it is: {}", fatal.words));
        }
        let mut known: HashMap<String, usize> = HashMap::new();
        for complaint in &old {
            *known.entry(plain(&complaint.words)).or_default() += 1;
        }
        let is_new = |complaint: &Complaint| match known.get_mut(&plain(&complaint.words)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        };
        let new: Vec<String> = of(self).into_iter().filter(is_new).map(|complaint| complaint.words).collect();
        if new.is_empty() { Comparison::Same } else { Comparison::Worse(new) }
    }
}

/// Words without what an edit elsewhere changes: folders and numbers.
fn plain(words: &str) -> String {
    let word = |word: &str| -> String {
        let name = word.rsplit(std::path::MAIN_SEPARATOR).next().unwrap_or(word);
        name.chars().filter(|letter| !letter.is_ascii_digit()).collect()
    };
    words.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// The folder of a package by its path; variants for tests have that of the package.
fn folder<'l>(listed: &'l [Listed], path: &str) -> Option<&'l Path> {
    let bare = |path: &str| path.split(' ').next().unwrap_or_default().to_owned();
    let package = listed.iter().find(|package| bare(&package.import_path) == bare(path));
    package.map(|package| package.dir.as_path())
}

#[derive(Deserialize)]
struct Finding {
    posn: String,
    message: String,
}

/// What `go vet` finds. It prints JSON between headings, on one of the two outputs or the other, as its version has it.
fn vet(question: &Question<'_>, listed: &[Listed]) -> Result<Vec<Complaint>, ToolchainError> {
    type Tree = BTreeMap<String, BTreeMap<String, serde_json::Value>>;
    let output = question.run(&["vet", "-json"])?;
    let mut found = Vec::new();
    for bytes in [output.stdout, output.stderr] {
        let text = String::from_utf8_lossy(&bytes);
        let text: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let text = text.join("\n");
        let trees = serde_json::Deserializer::from_str(&text).into_iter::<Tree>().map_while(Result::ok);
        for (package, analyzers) in trees.flatten() {
            let Some(folder) = folder(listed, &package) else { continue };
            for (analyzer, findings) in analyzers {
                let findings: Vec<Finding> = serde_json::from_value(findings).unwrap_or_default();
                found.extend(findings.into_iter().map(|finding| Complaint {
                    folder: folder.to_owned(),
                    words: format!("{}: {} ({analyzer})", finding.posn, finding.message),
                    is_fatal: false,
                }));
            }
        }
    }
    Ok(found)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Event {
    action: String,
    package: String,
    test: String,
}

/// Tests that fail; of a package that fails without one, the package.
fn test(question: &Question<'_>, listed: &[Listed]) -> Result<Vec<Complaint>, ToolchainError> {
    let output = question.run(&["test", "-json"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let events = text.lines().filter_map(|line| serde_json::from_str::<Event>(line).ok());
    let failed: Vec<Event> = events.filter(|event| event.action == "fail").collect();
    let complaint = |event: &Event| {
        let has_test = failed.iter().any(|other| other.package == event.package && !other.test.is_empty());
        let words = match event.test.as_str() {
            "" if has_test => return None,
            "" => "its tests do not come to an end".to_owned(),
            name => format!("{name} fails"),
        };
        let folder = folder(listed, &event.package)?.to_owned();
        Some(Complaint { folder, words, is_fatal: false })
    };
    Ok(failed.iter().filter_map(complaint).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(complaints: &[(&str, bool)]) -> Said {
        let complaint = |&(words, is_fatal): &(&str, bool)| Complaint {
            folder: PathBuf::from("/m/a"),
            words: words.to_owned(),
            is_fatal,
        };
        Said { listed: Vec::new(), complaints: complaints.iter().map(complaint).collect() }
    }

    #[test]
    fn only_what_is_new_speaks_against_a_text() {
        let compare =
            |new: &[(&str, bool)], old: &[(&str, bool)]| said(new).beside(&said(old), Path::new("/m/a"));
        let (vet, moved) =
            ("/m/a/a.go:5:2: bad `printf` (printf)", "/tmp/x/0/a.go:7:2: bad `printf` (printf)");
        assert_eq!(compare(&[(moved, false)], &[(vet, false)]), Comparison::Same);
        let twice = [(moved, false), ("/tmp/x/0/a.go:9:2: bad `printf` (printf)", false)];
        assert!(matches!(compare(&twice, &[(vet, false)]), Comparison::Worse(words) if words.len() == 1));
        let error = ("a.go:1:1: undefined: x", true);
        assert_eq!(compare(&[error], &[]), Comparison::Worse(vec![error.0.to_owned()]));
        assert!(matches!(compare(&[error], &[error]), Comparison::Unknown(_)));
        assert_eq!(compare(&[], &[]), Comparison::Same);
    }
}
