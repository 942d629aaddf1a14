//! The packages of one module: which of their new texts stand, on the host's platform and on those of files that are built for others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cli::Verify;
use crate::subject::Subject;
use crate::toolchain::{Host, Overlay, Platform, Question, ToolchainError};
use crate::verify::Objection;
use crate::verify::platforms;
use crate::verify::said::{self, Comparison, Said};

/// What is the same for all questions about a module.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    pub(super) level: Verify,
    pub(super) root: &'a Path,
    pub(super) subjects: &'a [Subject],
    pub(super) overlay: &'a Overlay,
    pub(super) host: Host,
}

/// Objections by the numbers of subjects.
pub(super) type Objections = BTreeMap<usize, Objection>;

/// What came of asking on one platform about subjects that are still open.
#[derive(Debug, Default)]
struct Round {
    /// No part of any package there, with what is said of the folder.
    unseen: BTreeMap<usize, String>,
    /// Nothing can be said about them there.
    unknown: BTreeMap<usize, String>,
}

impl Judge<'_> {
    /// The objections to the new texts of `members`, the numbers of subjects.
    pub(super) fn judge(&self, members: &[usize]) -> Result<Objections, ToolchainError> {
        let mut objections = Objections::new();
        let Round { unseen, unknown } = self.ask(&Platform::default(), members, members, &mut objections)?;
        objections.extend(unknown.into_iter().map(|(number, words)| (number, Objection::Unknown(words))));
        let (alone, others): (Vec<usize>, Vec<usize>) =
            unseen.keys().partition(|&&number| platforms::stands_alone(&self.subjects[number].new));
        for number in alone {
            self.judge_alone(number, &mut objections)?;
        }
        if !others.is_empty() {
            self.judge_elsewhere(members, others, unseen, &mut objections)?;
        }
        Ok(objections)
    }

    /// A program of one file: the go command takes it by its name, whatever its line says.
    fn judge_alone(&self, number: usize, objections: &mut Objections) -> Result<(), ToolchainError> {
        let subject = &self.subjects[number];
        let ask = |texts: &[usize]| {
            self.question(&Platform::default(), texts, std::slice::from_ref(&subject.path), |question| {
                said::ask(Verify::Build, question)
            })
        };
        let words = match ask(&[number]) {
            Ok(new) if new.first(&subject.folder).is_none() => match new.below(&subject.path) {
                None if new.sees(&subject.path) => return Ok(()),
                words => words
                    .as_deref()
                    .map_or_else(|| "it is no program of its own, and in no package".to_owned(), below),
            },
            Ok(new) => match new.beside(&ask(&[])?, &subject.folder) {
                Comparison::Same => return Ok(()),
                Comparison::Unknown(words) => words,
                Comparison::Worse(words) => {
                    objections.insert(number, Objection::Broken(words));
                    return Ok(());
                }
            },
            Err(ToolchainError::Words(words)) => words,
            Err(error) => return Err(error),
        };
        objections.insert(number, Objection::Unknown(words));
        Ok(())
    }

    /// Files that are not built for the host: each is asked about on its own platforms, until one of them has an answer.
    fn judge_elsewhere(
        &self,
        members: &[usize],
        mut open: Vec<usize>,
        mut words: BTreeMap<usize, String>,
        objections: &mut Objections,
    ) -> Result<(), ToolchainError> {
        let targets = Host::targets(self.root)?;
        let candidates: BTreeMap<usize, Vec<Platform>> = open
            .iter()
            .map(|&number| {
                let Subject { path, new, .. } = &self.subjects[number];
                (number, platforms::candidates(path, new, &self.host, &targets))
            })
            .collect();
        for attempt in 0..platforms::MOST {
            let mut by_platform: BTreeMap<&Platform, Vec<usize>> = BTreeMap::new();
            for &number in &open {
                if let Some(platform) = candidates[&number].get(attempt) {
                    by_platform.entry(platform).or_default().push(number);
                }
            }
            for (platform, numbers) in by_platform {
                let Round { unseen, unknown } = self.ask(platform, members, &numbers, objections)?;
                open.retain(|number| {
                    !numbers.contains(number) || unseen.contains_key(number) || unknown.contains_key(number)
                });
                let told = unknown
                    .into_iter()
                    .map(|(number, said)| (number, format!("for {}, {said}", platform.shown())));
                words.extend(told);
            }
        }
        for number in open {
            let words = words.remove(&number).unwrap_or_default();
            objections.entry(number).or_insert(Objection::Unknown(words));
        }
        Ok(())
    }

    /// Asks about `wanted` on a platform, with all texts of `members` to which nothing was objected. A package that
    /// breaks loses all of its texts, and the rest is asked again.
    fn ask(
        &self,
        platform: &Platform,
        members: &[usize],
        wanted: &[usize],
        objections: &mut Objections,
    ) -> Result<Round, ToolchainError> {
        let mut round = Round::default();
        loop {
            let is_open =
                |number: &&usize| !objections.contains_key(number) && !round.unknown.contains_key(number);
            let texts: Vec<usize> = members.iter().filter(is_open).copied().collect();
            let asked: Vec<usize> = wanted.iter().filter(is_open).copied().collect();
            if asked.is_empty() {
                return Ok(round);
            }
            let new = match self.said(platform, &texts, &self.folders(&asked)) {
                Err(ToolchainError::Words(words)) => {
                    round.unknown.extend(asked.into_iter().map(|number| (number, words.clone())));
                    return Ok(round);
                }
                new => new?,
            };
            let asked = self.without_unseen(&new, asked, &mut round);
            if !self.settle(platform, &new, &asked, members, objections, &mut round)? {
                self.look_below(&new, &asked, &mut round);
                return Ok(round);
            }
        }
    }

    /// Leaves those that are part of a package.
    fn without_unseen(&self, new: &Said, asked: Vec<usize>, round: &mut Round) -> Vec<usize> {
        let (unseen, seen): (Vec<usize>, Vec<usize>) =
            asked.into_iter().partition(|&number| !new.sees(&self.subjects[number].path));
        let words = |number: usize| {
            let said = new.first(&self.subjects[number].folder);
            said.unwrap_or("it is in no package, on no platform that was tried").to_owned()
        };
        round.unseen.extend(unseen.into_iter().map(|number| (number, words(number))));
        seen
    }

    /// Compares what is said of packages with what is said of their old texts. Whether any text was lost by that.
    fn settle(
        &self,
        platform: &Platform,
        new: &Said,
        asked: &[usize],
        members: &[usize],
        objections: &mut Objections,
        round: &mut Round,
    ) -> Result<bool, ToolchainError> {
        let failing: Vec<PathBuf> =
            self.folders(asked).into_iter().filter(|folder| new.first(folder).is_some()).collect();
        if failing.is_empty() {
            return Ok(false);
        }
        let old = self.said(platform, &[], &failing)?;
        let mut lost = false;
        for folder in failing {
            let inside = |numbers: &[usize]| -> Vec<usize> {
                numbers.iter().copied().filter(|&number| self.subjects[number].folder == folder).collect()
            };
            match new.beside(&old, &folder) {
                Comparison::Same => continue,
                Comparison::Unknown(words) => {
                    round.unknown.extend(inside(asked).into_iter().map(|number| (number, words.clone())));
                }
                Comparison::Worse(words) => {
                    let broken = Objection::Broken(words);
                    objections.extend(inside(members).into_iter().map(|number| (number, broken.clone())));
                }
            }
            lost = true;
        }
        Ok(lost)
    }

    fn look_below(&self, new: &Said, asked: &[usize], round: &mut Round) {
        for &number in asked {
            if let Some(words) = new.below(&self.subjects[number].path) {
                round.unknown.insert(number, below(&words));
            }
        }
    }

    fn folders(&self, numbers: &[usize]) -> Vec<PathBuf> {
        let folders: BTreeSet<&PathBuf> =
            numbers.iter().map(|&number| &self.subjects[number].folder).collect();
        folders.into_iter().cloned().collect()
    }

    fn said(
        &self,
        platform: &Platform,
        texts: &[usize],
        packages: &[PathBuf],
    ) -> Result<Said, ToolchainError> {
        self.question(platform, texts, packages, |question| said::ask(self.level, question))
    }

    fn question<T>(
        &self,
        platform: &Platform,
        texts: &[usize],
        packages: &[PathBuf],
        ask: impl FnOnce(&Question<'_>) -> T,
    ) -> T {
        let Judge { root, host, overlay, .. } = self;
        ask(&Question { root, host, platform, overlay, texts, packages })
    }
}

/// What is said of a file whose package cannot be compiled for want of another one.
fn below(words: &str) -> String {
    format!("it needs a package that does not compile: {words}")
}
