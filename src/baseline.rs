//! The baseline: findings that are known and do not count. Its schema is `docs/schema/baseline-1.json`, which a test makes from
//! these types.
//!
//! A finding is looked for by its fingerprint: in its file first, under its own number, then under the numbers of its equals in
//! that file, then in files that were moved. Each entry stands for one finding.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fs;
use std::hash::Hash;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::apply;
use crate::report::fingerprint::Fingerprint;
use crate::trouble::{broken, plain};

/// The version of the contract.
const SCHEMA: u32 = 1;

/// What a baseline holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Baseline {
    /// The version of this contract.
    pub schema: u32,
    /// One for each finding, sorted, each on a line of its own.
    pub entries: Vec<Entry>,
}

/// A finding that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Entry {
    /// The file, relative to the folder of the baseline, with `/`.
    pub path: String,
    /// What the finding is, as in the report for code scanning: 32 hexadecimal digits, a colon, and a number among its equals.
    #[cfg_attr(test, schemars(with = "String", regex(pattern = "^[0-9a-f]{32}:[1-9][0-9]*$")))]
    pub fingerprint: Fingerprint,
    /// The rule, such as `UD001`.
    pub rule: String,
    /// The code of the reason that it had when it was written.
    pub reason: String,
}

/// A baseline that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is not there, or the system said no.
    #[error("baseline {name}: {}; --write-baseline {name} writes one", plain(.error))]
    Unreadable {
        /// As it was named.
        name: String,
        /// What the system said.
        error: io::Error,
    },
    /// It is something else, or was not merged.
    #[error("baseline {name}:{line}: {words}; mend it, or write it anew with --write-baseline {name}")]
    Broken {
        /// As it was named.
        name: String,
        /// From 1.
        line: usize,
        /// What is wrong.
        words: String,
    },
    /// It is from the future.
    #[error(
        "baseline {name}: its schema is {schema}, and this version of undefer knows 1; use the version that wrote it"
    )]
    Schema {
        /// As it was named.
        name: String,
        /// What it says.
        schema: u32,
    },
    /// The system said no.
    #[error("baseline {name}: cannot be written: {}", plain(.error))]
    Unwritable {
        /// As it was named.
        name: String,
        /// What the system said.
        error: io::Error,
    },
}

impl Baseline {
    /// A baseline of these entries.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut entries: Vec<Entry> = entries.into_iter().collect();
        entries.sort();
        // Two branches may both have added an entry, or have written another reason for it; each is for one finding.
        entries.dedup_by(|later, first| (&later.path, later.fingerprint) == (&first.path, first.fingerprint));
        Self { schema: SCHEMA, entries }
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let name = path.display().to_string();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return Err(BaselineError::Unreadable { name, error }),
        };
        let read: Self = match serde_json::from_str(&text) {
            Ok(read) => read,
            Err(error) => {
                let (line, words) = broken(&error);
                return Err(BaselineError::Broken { name, line, words });
            }
        };
        if read.schema != SCHEMA {
            return Err(BaselineError::Schema { name, schema: read.schema });
        }
        Ok(Self::new(read.entries))
    }

    /// Writes it, whole or not at all; a file that says the same already is left alone.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        let text = self.text();
        if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
            return Ok(());
        }
        apply::put(path, text.as_bytes())
            .map_err(|error| BaselineError::Unwritable { name: path.display().to_string(), error })
    }

    /// JSON with one entry a line, so that branches that add and remove entries can be merged.
    fn text(&self) -> String {
        let entry = |entry: &Entry| {
            serde_json::to_string(entry).map_or_else(|_| String::new(), |line| format!("    {line}"))
        };
        let lines: Vec<String> = self.entries.iter().map(entry).collect();
        let (open, close) = if lines.is_empty() { ("", "") } else { ("\n", "\n  ") };
        format!("{{\n  \"schema\": {SCHEMA},\n  \"entries\": [{open}{}{close}]\n}}\n", lines.join(",\n"))
    }

    /// For each of the findings, which are in the order of the run, the index of the entry that it matches. Into another file
    /// than its own an entry goes only if `may_move` says so.
    pub fn matches(&self, findings: &[Entry], may_move: impl Fn(&Entry) -> bool) -> Vec<Option<usize>> {
        let mut matched = vec![None; findings.len()];
        let exact = |entry: &Entry| Some((entry.path.clone(), entry.fingerprint));
        let in_file = |entry: &Entry| Some((entry.path.clone(), entry.fingerprint.key));
        let anywhere = |entry: &Entry| Some(entry.fingerprint.key);
        self.pass(findings, &mut matched, exact, exact);
        self.pass(findings, &mut matched, in_file, in_file);
        self.pass(findings, &mut matched, |entry| anywhere(entry).filter(|_| may_move(entry)), anywhere);
        matched
    }

    /// Gives each finding that has none yet the first free entry with the same key.
    fn pass<K: Eq + Hash>(
        &self,
        findings: &[Entry],
        matched: &mut [Option<usize>],
        of_entry: impl Fn(&Entry) -> Option<K>,
        of_finding: impl Fn(&Entry) -> Option<K>,
    ) {
        let taken: BTreeSet<usize> = matched.iter().flatten().copied().collect();
        let mut free: HashMap<K, VecDeque<usize>> = HashMap::new();
        for (index, entry) in self.entries.iter().enumerate().filter(|(index, _)| !taken.contains(index)) {
            if let Some(key) = of_entry(entry) {
                free.entry(key).or_default().push_back(index);
            }
        }
        for (finding, slot) in findings.iter().zip(matched).filter(|(_, slot)| slot.is_none()) {
            *slot = of_finding(finding).and_then(|key| free.get_mut(&key)?.pop_front());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json::check_schema;

    fn entry(path: &str, key: u128, ordinal: usize) -> Entry {
        let fingerprint = Fingerprint { key, ordinal };
        Entry {
            path: path.to_owned(),
            fingerprint,
            rule: "UD001".to_owned(),
            reason: "unknown-use".to_owned(),
        }
    }

    #[test]
    fn the_committed_schema_is_that_of_the_types() -> io::Result<()> {
        check_schema::<Baseline>("baseline-1")
    }

    #[test]
    fn its_own_file_comes_first_then_its_equals_then_other_files() {
        let known = Baseline::new([entry("a", 1, 1), entry("a", 1, 2), entry("b", 1, 1), entry("c", 2, 1)]);
        let found = |findings: &[Entry]| known.matches(findings, |entry| entry.path != "c");
        assert_eq!(found(&[entry("b", 1, 1), entry("a", 1, 2)]), [Some(2), Some(1)]);
        assert_eq!(found(&[entry("a", 1, 3), entry("a", 1, 2)]), [Some(0), Some(1)]);
        assert_eq!(found(&[entry("d", 1, 1), entry("a", 1, 1)]), [Some(1), Some(0)]);
        assert_eq!(
            found(&[entry("a", 1, 1), entry("a", 1, 2), entry("a", 1, 3), entry("b", 1, 1)])
                .iter()
                .flatten()
                .count(),
            3
        );
        assert_eq!(found(&[entry("d", 2, 1), entry("c", 3, 1)]), [None, None]);
    }

    #[test]
    fn what_is_written_is_read_as_it_was_one_entry_a_line() -> io::Result<()> {
        let known = Baseline::new([
            entry("b ö.go", u128::MAX, 10),
            entry("a.go", 7, 2),
            entry("a.go", 7, 2),
            entry("a.go", 7, 1),
        ]);
        let another = Entry { reason: "goto-loop".to_owned(), ..known.entries[0].clone() };
        assert_eq!(Baseline::new(known.entries.iter().cloned().chain([another])).entries.len(), 3);
        let text = known.text();
        assert_eq!(text.lines().count(), 8, "{text}");
        assert_eq!(serde_json::from_str::<Baseline>(&text)?, known);
        assert_eq!(serde_json::from_str::<Baseline>(&Baseline::new([]).text())?.entries, []);
        Ok(())
    }
}
