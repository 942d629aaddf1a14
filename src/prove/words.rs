//! What the compiler says about texts, as far as it is about defers and the heap.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::paths::absolute;
use crate::subject::Subject;
use crate::toolchain::{Listed, Overlay};

/// What a word is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// How a defer is made.
    Defer,
    /// What is moved to the heap.
    Heap,
}

/// One thing that it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    /// From 1.
    pub(super) line: usize,
    /// In bytes from 1.
    column: usize,
    pub(super) kind: Kind,
    /// Of a defer: `heap-allocated`, `stack-allocated` or `open-coded`. Else the whole sentence.
    pub(super) words: String,
}

/// All that it says about some texts.
#[derive(Debug, Default)]
pub(super) struct Said {
    listed: Vec<Listed>,
    by_file: BTreeMap<PathBuf, Vec<Word>>,
    nothing: Option<String>,
}

impl Said {
    /// Reads what was printed in the folder `root`, by the files that the texts stand for: where the compiler has no errors to
    /// tell it names those. A package is compiled once for itself and once for its tests, which says everything twice.
    pub(super) fn read(listed: Vec<Listed>, text: &str, root: &Path) -> Self {
        let mut by_file: BTreeMap<PathBuf, BTreeSet<Word>> = BTreeMap::new();
        for line in text.lines() {
            let Some((file, word)) = word(line) else { continue };
            by_file.entry(absolute(Path::new(file), root)).or_default().insert(word);
        }
        let by_file = by_file.into_iter().map(|(file, words)| (file, words.into_iter().collect())).collect();
        Said { listed, by_file, nothing: None }
    }

    /// It could not be asked.
    pub(super) fn nothing(words: String) -> Self {
        Said { nothing: Some(words), ..Said::default() }
    }

    /// Why nothing is said about a file, if nothing can be.
    pub(super) fn problem(&self, file: &Path, overlay: &Overlay) -> Option<String> {
        if let Some(words) = &self.nothing {
            return Some(words.clone());
        }
        let packages: Vec<&Listed> = self.listed.iter().filter(|package| package.holds(file)).collect();
        let words = packages
            .iter()
            .find_map(|package| package.errors().into_iter().chain(package.errors_below()).next());
        match words {
            Some(words) => Some(format!("it does not compile: {}", overlay.plain(&words))),
            None if packages.is_empty() => Some("it is not built for this system with these tags".to_owned()),
            None => None,
        }
    }

    /// What is said about a file, in order.
    pub(super) fn of(&self, file: &Path) -> &[Word] {
        self.by_file.get(file).map_or(&[], Vec::as_slice)
    }

    /// How the defer in a place of a file is made.
    pub(super) fn defer_at(&self, file: &Path, line: usize, column: usize) -> Option<String> {
        let is_it = |word: &&Word| word.kind == Kind::Defer && (word.line, word.column) == (line, column);
        self.of(file).iter().find(is_it).map(|word| word.words.clone())
    }
}

/// `FILE:LINE:COLUMN: WORDS`, where the words are about defers or the heap.
fn word(line: &str) -> Option<(&str, Word)> {
    let (file, rest) = line.split_once(".go:").map(|(file, rest)| (&line[..file.len() + 3], rest))?;
    let (line, rest) = rest.split_once(':')?;
    let (column, said) = rest.split_once(": ")?;
    let (kind, said) = kind(said)?;
    Some((
        file,
        Word { line: line.parse().ok()?, column: column.parse().ok()?, kind, words: said.to_owned() },
    ))
}

fn kind(said: &str) -> Option<(Kind, &str)> {
    if let Some(how) = said.strip_suffix(" defer") {
        let known = ["heap-allocated", "stack-allocated", "open-coded"];
        return known.contains(&how).then_some((Kind::Defer, how));
    }
    let is_moved = said.starts_with("moved to heap: ") || said.ends_with(" escapes to heap");
    is_moved.then_some((Kind::Heap, said))
}

/// What is moved to the heap in one text only, with offsets in the old one.
#[derive(Debug)]
pub(super) struct Moved {
    /// In the old text.
    pub(super) gone: Vec<(usize, String)>,
    /// In the new text.
    pub(super) new: Vec<(usize, String)>,
}

/// Compares what is said about the old text of a file with what is said about its new one.
pub(super) fn moved(subject: &Subject, old: &[Word], new: &[Word]) -> Moved {
    let heap = |words: &[Word]| -> Vec<Word> {
        words.iter().filter(|word| word.kind == Kind::Heap).cloned().collect()
    };
    let (old, new) = (heap(old), heap(new));
    let starts = |line: usize| subject.old.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let gone = only(&old, &new).map(|word| (starts(word.line), word.words.clone()));
    let come = only(&new, &old).map(|word| (subject.old_offset(word.line), word.words.clone()));
    Moved { gone: gone.collect(), new: come.collect() }
}

/// The words that are more often said than in `others`.
fn only<'w>(words: &'w [Word], others: &'w [Word]) -> impl Iterator<Item = &'w Word> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    for other in others {
        *known.entry(&other.words).or_default() += 1;
    }
    words.iter().filter(move |word| match known.get_mut(word.words.as_str()) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    })
}
