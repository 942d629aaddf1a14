//! Which findings of a run count: not those that stand in the baseline, and not those on lines that are not new.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use undefer_transforms::{Rule, Site};

use crate::adoption::{Adoption, Use};
use crate::baseline::{Baseline, BaselineError, Entry};
use crate::config::Config;
use crate::git::Roots;
use crate::job::{Aside, FileReport};
use crate::paths::{absolute, relative, shown};
use crate::report::fingerprint::fingerprints;
use crate::report::{Outcome, counts};
use crate::since::{Lines, Since, SinceError};
use crate::walk::{Target, root_of};

/// What is known before the run.
#[derive(Debug)]
pub struct Known<'a> {
    config: &'a Config,
    here: &'a Path,
    /// What the baseline holds; nothing where it is to be written.
    baseline: Baseline,
    since: Option<Since>,
}

/// What is known cannot be had, or not be written.
#[derive(Debug, thiserror::Error)]
pub enum KnownError {
    /// It is about the baseline.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// It is about the revision.
    #[error(transparent)]
    Since(#[from] SinceError),
}

impl<'a> Known<'a> {
    /// Reads the baseline and asks git, where `config` wants that; seen from the directory `here`, which is absolute and without
    /// links.
    pub fn read(config: &'a Config, here: &'a Path) -> Result<Self, KnownError> {
        let Adoption { baseline, since } = &config.adoption;
        let baseline = match baseline {
            Some((file, Use::Apply | Use::Prune)) => Baseline::read(file)?,
            _ => Baseline::new([]),
        };
        let since = since.as_deref().map(|revision| Since::ask(revision, here)).transpose()?;
        Ok(Self { config, here, baseline, since })
    }

    /// Marks the findings that do not count in a run over `targets`, and writes the baseline where that is asked for. Gives back
    /// what there is to say.
    pub fn set_aside(&self, targets: &[Target], outcome: &mut Outcome) -> Result<Vec<String>, KnownError> {
        let mut notes = Vec::new();
        if let Some((file, what)) = &self.config.adoption.baseline {
            notes.extend(self.by_baseline(file, *what, targets, outcome)?);
        }
        if let Some(since) = &self.since {
            by_lines(since, outcome);
        }
        Ok(notes)
    }

    fn by_baseline(
        &self,
        file: &Path,
        what: Use,
        targets: &[Target],
        outcome: &mut Outcome,
    ) -> Result<Option<String>, KnownError> {
        let (name, folder) = (shown(file), self.folder(file));
        let (places, found) = self.findings(outcome, &folder);
        if what == Use::Write {
            mark(outcome, places);
            let baseline = Baseline::new(found);
            baseline.write(file)?;
            return Ok(Some(format!("{name}: {} in the baseline now", baseline.entries.len())));
        }
        let Compared { known, stale, unseen } = self.compare(&found, &self.scope(targets, outcome, &folder));
        mark(outcome, known.iter().map(|&index| places[index]));
        let gone = if stale == 1 { "1 entry".to_owned() } else { format!("{stale} entries") };
        if what == Use::Prune {
            // What was found elsewhere than the baseline has it is written as it is now.
            let kept = known.into_iter().map(|index| &found[index]).chain(unseen).cloned();
            let baseline = Baseline::new(kept);
            baseline.write(file)?;
            return Ok(Some(format!("{name}: {gone} removed, {} left", baseline.entries.len())));
        }
        let verb = if stale == 1 { "matches" } else { "match" };
        let note = format!("{name}: {gone} {verb} nothing any more; --prune-baseline removes them");
        Ok((stale > 0).then_some(note))
    }

    fn compare(&self, found: &[Entry], scope: &Scope) -> Compared<'_> {
        let matches = self.baseline.matches(found, |entry| scope.knows(entry));
        let taken: HashSet<usize> = matches.iter().flatten().copied().collect();
        let left = self.baseline.entries.iter().enumerate().filter(|(index, _)| !taken.contains(index));
        let (stale, unseen): (Vec<_>, Vec<_>) =
            left.map(|(_, entry)| entry).partition(|entry| scope.knows(entry));
        let known = (0..found.len()).filter(|&index| matches[index].is_some()).collect();
        Compared { known, stale: stale.len(), unseen }
    }

    /// The folder that paths in a baseline are relative to.
    fn folder(&self, file: &Path) -> PathBuf {
        let folder = absolute(file, self.here).parent().map_or_else(|| self.here.to_owned(), Path::to_owned);
        folder.canonicalize().unwrap_or(folder)
    }

    /// The findings as a baseline would have them, with their places.
    fn findings(&self, outcome: &Outcome, folder: &Path) -> (Vec<Place>, Vec<Entry>) {
        let mut all = (Vec::new(), Vec::new());
        for (index, file) in outcome.files.iter().enumerate() {
            let path = shown(&relative(&absolute(&file.path, self.here), folder));
            let prints = if file.rewrite.sites.is_empty() { Vec::new() } else { fingerprints(file) };
            for (site, fingerprint) in
                file.rewrite.sites.iter().zip(prints).filter(|(site, _)| counts(file, site))
            {
                let (rule, reason) = (site.rule.code().to_owned(), site.reason.code().to_owned());
                all.0.push((index, (site.rule, site.span.start)));
                all.1.push(Entry { path: path.clone(), fingerprint, rule, reason });
            }
        }
        all
    }

    /// What the run has seen.
    fn scope(&self, targets: &[Target], outcome: &Outcome, folder: &Path) -> Scope {
        let is_unread = |file: &&FileReport| {
            !file.rewrite.faults.is_empty() || file.troubles.iter().any(|trouble| trouble.kind.hides_sites())
        };
        let unread: HashSet<&Path> = outcome
            .files
            .iter()
            .map(|file| &**file)
            .filter(is_unread)
            .map(|file| file.path.as_path())
            .collect();
        let seen = targets.iter().map(|target| target.path.as_path()).filter(|path| !unread.contains(path));
        let roots = self.config.paths.iter().map(|named| root_of(named).0);
        Scope {
            seen: seen.map(|path| shown(&relative(&absolute(path, self.here), folder))).collect(),
            roots: roots.filter_map(|root| root.canonicalize().ok()).collect(),
            folder: folder.to_owned(),
        }
    }
}

/// The index of a file, and a site of it by its rule and its offset.
type Place = (usize, (Rule, usize));

/// Findings beside a baseline.
struct Compared<'a> {
    /// Indices of the findings that stand in it.
    known: Vec<usize>,
    /// How many of its entries match nothing any more.
    stale: usize,
    /// Entries of which this run can say nothing.
    unseen: Vec<&'a Entry>,
}

/// What a run has seen.
struct Scope {
    /// Files that were read, relative to the folder of the baseline.
    seen: HashSet<String>,
    /// What was walked or named, absolute.
    roots: Vec<PathBuf>,
    folder: PathBuf,
}

impl Scope {
    /// Whether the run has seen all of the file of an entry, or that there is no such file any more where it walked.
    fn knows(&self, entry: &Entry) -> bool {
        let path = absolute(Path::new(&entry.path), &self.folder);
        let is_gone = || fs::symlink_metadata(&path).is_err_and(|error| is_absence(&error));
        self.seen.contains(&entry.path) || self.roots.iter().any(|root| path.starts_with(root)) && is_gone()
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn mark(outcome: &mut Outcome, places: impl IntoIterator<Item = Place>) {
    for (file, at) in places {
        outcome.files[file].aside.insert(at, Aside::Baseline);
    }
}

/// Marks findings of which neither the defer nor the header of the loop is new.
fn by_lines(since: &Since, outcome: &mut Outcome) {
    let mut roots = Roots::default();
    for file in &mut outcome.files {
        let lines = since.lines(&file.path, &mut roots);
        let old: Vec<(Rule, usize)> = file
            .rewrite
            .sites
            .iter()
            .filter(|site| counts(file, site) && !is_new(file, site, lines))
            .map(|site| (site.rule, site.span.start))
            .collect();
        file.aside.extend(old.into_iter().map(|at| (at, Aside::Unchanged)));
    }
}

fn is_new(file: &FileReport, site: &Site, lines: Lines<'_>) -> bool {
    let line = |offset: usize| file.index.position(offset).line;
    [site.span, site.loop_span].iter().any(|span| lines.touch(line(span.start)..=line(span.end)))
}
