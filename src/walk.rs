//! From what was named to a sorted list of Go files. `ignore` is known here only, for its parallel walk:
//! all of its own filters are off, because Go's exclusions are not those of a version-control system.
//!
//! Symbolic links are resolved where they were named, so that a file has one name and is handled once; on a walk
//! they are passed over: what they point to is either met anyway or is none of the user's business here.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::cli::{Shard, Tests};
use crate::config::{Config, Mode};
use crate::hash::Hash;
use crate::paths::{absolute, relative, shown};
use crate::stray;
use crate::trouble::{Kind, Trouble, plain};

/// A file to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// How to open it, relative to the current directory.
    pub path: PathBuf,
    /// Whether the user named this very file.
    pub explicit: bool,
}

/// What the walk brought.
#[derive(Debug, Default)]
pub struct Walked {
    /// Each file once, sorted by path.
    pub targets: Vec<Target>,
    /// What could not be read, sorted by path.
    pub troubles: Vec<Trouble>,
    /// Files and folders that `...` does not stand for, with the reasons; only where they are asked for.
    pub passed: Vec<(String, &'static str)>,
    /// Temporary files of runs, sorted, where files are to be written.
    pub strays: Vec<PathBuf>,
}

impl Walked {
    /// Leaves out the files that are in another part than the run's.
    fn leave_other_shards(&mut self, config: &Config, here: &Path) {
        let Some(shard) = config.shard.filter(|_| config.stdin.is_none()) else { return };
        let (own, others) = std::mem::take(&mut self.targets)
            .into_iter()
            .partition(|target| is_in(shard, &target.path, here));
        self.targets = own;
        if config.mode == Mode::Files {
            let others: Vec<Target> = others;
            self.passed.extend(others.iter().map(|target| (shown(&target.path), "another shard")));
            self.passed.sort();
        }
    }

    /// Leaves out the files in which no rule is looked for.
    fn leave_unselected(&mut self, config: &Config, here: &Path) {
        let settings = &config.settings;
        if settings.unselected.is_empty() || settings.rules.is_empty() {
            return;
        }
        let left = |target: &Target| settings.rules_for(&target.path, here).is_empty();
        if config.mode == Mode::Files {
            let names = self.targets.iter().filter(|target| left(target)).map(|target| shown(&target.path));
            self.passed.extend(names.map(|name| (name, "per-file-ignores")));
        }
        self.targets.retain(|target| !left(target));
    }
}

/// Whether a file is in a part of all files. Folders decide, by their names as seen from the current directory, so that packages stay whole.
fn is_in(shard: Shard, path: &Path, here: &Path) -> bool {
    let folder = relative(absolute(path, here).parent().unwrap_or(here), here);
    let part = Hash::of(shown(&folder).as_bytes()).value() % u128::from(shard.count);
    part == u128::from(shard.number - 1)
}

/// Finds all Go files that `config.paths` stand for, seen from the directory `here`.
pub fn walk(config: &Config, here: &Path) -> Walked {
    let mut found = Walked::default();
    if let Some(name) = &config.stdin {
        found.targets.push(Target { path: relative(&here.join(name), here), explicit: true });
    }
    for named in &config.paths {
        match resolve(named) {
            Ok((path, metadata)) if metadata.is_dir() => {
                walk_tree(config, &path, here, &mut found);
            }
            Ok((path, _)) => {
                found.strays.extend(strays_beside(config, &path, here));
                found.targets.push(Target { path: relative(&path, here), explicit: true });
            }
            Err(trouble) => found.troubles.push(trouble),
        }
    }
    if config.mode == Mode::Files && config.settings.gitignore {
        let ignored = ignored(config, here, &found);
        found.passed.extend(ignored);
    }
    found.leave_unselected(config, here);
    found.troubles.sort_by(|a, b| (&a.path, &a.message).cmp(&(&b.path, &b.message)));
    found.troubles.dedup();
    found.passed.sort();
    found.passed.dedup();
    found.targets.sort_unstable_by(|a, b| (bytes(a), b.explicit).cmp(&(bytes(b), a.explicit)));
    found.targets.dedup_by(|later, first| later.path == first.path);
    found.leave_other_shards(config, here);
    found.strays.sort_unstable();
    found.strays.dedup();
    found
}

/// Of files that somebody else lists, those that a run may look at, as if a walk had met them; relative to `here` or absolute.
pub fn select(config: &Config, here: &Path, files: &[PathBuf]) -> Vec<Target> {
    let targets = files.iter().filter(|file| {
        let name = file.file_name().unwrap_or_default();
        name.as_encoded_bytes().ends_with(b".go") && is_asked_for(name, config.settings.tests)
    });
    let targets = targets.map(|file| Target { path: file.clone(), explicit: false });
    let mut walked = Walked { targets: targets.collect(), ..Walked::default() };
    walked.leave_unselected(config, here);
    walked.targets
}

/// The files that only git makes the walk pass over: its filter says nothing about them.
fn ignored(config: &Config, here: &Path, found: &Walked) -> Vec<(String, &'static str)> {
    let mut without = Config { mode: Mode::Diff, ..config.clone() };
    without.settings.gitignore = false;
    let read: HashSet<&Path> = found.targets.iter().map(|target| target.path.as_path()).collect();
    let all = walk(&without, here).targets.into_iter();
    all.filter(|target| !read.contains(target.path.as_path()))
        .map(|target| (shown(&target.path), "git ignores it"))
        .collect()
}

/// Whole paths compare faster as bytes than by their parts, and a tree is compared many times over.
fn bytes(target: &Target) -> &[u8] {
    target.path.as_os_str().as_encoded_bytes()
}

/// The file or directory that a path or pattern begins at, symbolic links resolved.
fn resolve(named: &Path) -> Result<(PathBuf, Metadata), Trouble> {
    let fail = |message: String| Trouble::failed(Kind::Unreadable, named.to_string_lossy(), message);
    let (root, is_pattern) = root_of(named);
    if root.components().any(|part| part.as_os_str() == "...") {
        return Err(fail("`...` is understood only as the last part of a path".to_owned()));
    }
    let path = fs::canonicalize(root).map_err(|error| fail(missing(named, &error)))?;
    let metadata = fs::metadata(&path).map_err(|error| fail(plain(&error)))?;
    match (metadata.is_dir(), metadata.is_file(), is_pattern) {
        (true, ..) | (_, true, false) => Ok((path, metadata)),
        (_, _, true) => Err(fail("not a directory, so `...` has nothing to stand for".to_owned())),
        _ => Err(fail("neither a file nor a directory".to_owned())),
    }
}

/// A single word that is no path may be meant as a job.
fn missing(named: &Path, error: &io::Error) -> String {
    let is_word = named.to_str().is_some_and(|name| name.chars().all(|char| char.is_ascii_lowercase()));
    if error.kind() == io::ErrorKind::NotFound && is_word {
        return "neither a path nor a job; jobs are check, plan, apply, prove, explain, rules and completions"
            .to_owned();
    }
    plain(error)
}

/// What a path or pattern begins at, and whether it is a pattern: `dir/...` is the tree at `dir`, as is `dir`.
pub fn root_of(named: &Path) -> (&Path, bool) {
    if named.file_name() != Some(OsStr::new("...")) {
        return (named, false);
    }
    let parent = named.parent().unwrap_or(named);
    (if parent.as_os_str().is_empty() { Path::new(".") } else { parent }, true)
}

/// Walks the tree at `root`, an absolute path.
fn walk_tree(config: &Config, root: &Path, here: &Path, found: &mut Walked) {
    let passed = Arc::new(Mutex::new(Vec::new()));
    let (passing, listed) = (Arc::clone(&passed), config.mode == Mode::Files);
    let base = here.to_owned();
    let met = Mutex::new(Walked::default());
    let wants_strays = writes(config);
    let walker = WalkBuilder::new(root)
        .standard_filters(false)
        .git_ignore(config.settings.gitignore)
        .git_exclude(config.settings.gitignore)
        .git_global(config.settings.gitignore)
        .parents(config.settings.gitignore)
        .follow_links(false)
        .filter_entry(move |entry| {
            let why = exclusion(entry.file_name(), is_dir(entry)).filter(|_| entry.depth() > 0);
            if listed
                && let Some(why) = why
                && (is_dir(entry) || is_go_file(entry))
            {
                let name = shown(&relative(entry.path(), &base));
                passing.lock().unwrap_or_else(PoisonError::into_inner).push((name, why));
            }
            why.is_none() || (wants_strays && is_stray(entry))
        })
        .threads(config.jobs.get())
        .build_parallel();
    walker.run(|| {
        let mut batch = Batch { met: &met, files: Vec::new() };
        Box::new(move |entry| {
            match entry {
                Ok(entry) if wants_strays && is_stray(&entry) => {
                    batch.hand_over(|met| met.strays.push(relative(entry.path(), here)));
                }
                Ok(entry) if is_go_file(&entry) && is_asked_for(entry.file_name(), config.settings.tests) => {
                    batch.files.push(Target { path: relative(entry.path(), here), explicit: false });
                }
                Ok(entry) if listed && is_go_file(&entry) => {
                    let name = shown(&relative(entry.path(), here));
                    batch.hand_over(|met| met.passed.push((name, unasked(config.settings.tests))));
                }
                Ok(_) => {}
                Err(error) => batch.hand_over(|met| met.troubles.push(unreadable(root, here, &error))),
            }
            WalkState::Continue
        })
    });
    let met = met.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.targets.extend(met.targets);
    found.targets.shrink_to_fit();
    found.troubles.extend(met.troubles);
    found.strays.extend(met.strays);
    found.passed.extend(met.passed);
    found.passed.append(&mut passed.lock().unwrap_or_else(PoisonError::into_inner));
}

/// One thread's files, handed over at its end: a lock for each file would cost more than the walk.
struct Batch<'a> {
    met: &'a Mutex<Walked>,
    files: Vec<Target>,
}

impl Batch<'_> {
    fn hand_over(&self, add: impl FnOnce(&mut Walked)) {
        add(&mut self.met.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut files = std::mem::take(&mut self.files);
        self.hand_over(|met| met.targets.append(&mut files));
    }
}

fn writes(config: &Config) -> bool {
    matches!(config.mode, Mode::Write { .. } | Mode::AddIgnore { .. })
}

/// The strays in the folder of a file that was named. A folder that cannot be listed shows none.
fn strays_beside(config: &Config, path: &Path, here: &Path) -> Vec<PathBuf> {
    let folder = path.parent().filter(|_| writes(config)).and_then(|folder| fs::read_dir(folder).ok());
    let entries = folder.into_iter().flatten().flatten();
    let is_stray = |entry: &fs::DirEntry| {
        stray::is_name(&entry.file_name()) && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    entries.filter(is_stray).map(|entry| relative(&entry.path(), here)).collect()
}

fn is_stray(entry: &DirEntry) -> bool {
    stray::is_name(entry.file_name()) && entry.file_type().is_some_and(|kind| kind.is_file())
}

fn is_dir(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

fn is_go_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
        && entry.file_name().as_encoded_bytes().ends_with(b".go")
}

/// Why the go command leaves a name out of `./...`, if it does.
fn exclusion(name: &OsStr, is_dir: bool) -> Option<&'static str> {
    match name.as_encoded_bytes().first() {
        Some(b'_' | b'.') => Some("its name begins with _ or a dot"),
        _ if is_dir && name == "testdata" => Some("testdata"),
        _ if is_dir && name == "vendor" => Some("vendor"),
        _ => None,
    }
}

fn is_asked_for(name: &OsStr, tests: Tests) -> bool {
    let is_test = || name.as_encoded_bytes().ends_with(b"_test.go");
    match tests {
        Tests::True => true,
        Tests::False => !is_test(),
        Tests::Only => is_test(),
    }
}

/// Why `--tests` passes a file over.
fn unasked(tests: Tests) -> &'static str {
    if tests == Tests::Only { "no test" } else { "a test" }
}

/// A directory that was named is a failure, one that was met is reported.
fn unreadable(root: &Path, here: &Path, error: &ignore::Error) -> Trouble {
    let (path, depth) = place(error);
    let message = error.io_error().map_or_else(|| error.to_string(), plain);
    let name = shown(&relative(path.unwrap_or(root), here));
    let name = if name.is_empty() { ".".to_owned() } else { name };
    Trouble { failure: depth == Some(0), ..Trouble::noted(Kind::Unreadable, name, message) }
}

fn place(error: &ignore::Error) -> (Option<&Path>, Option<usize>) {
    match error {
        ignore::Error::WithDepth { depth, err } => (place(err).0, Some(*depth)),
        ignore::Error::WithPath { path, err } => (Some(path), place(err).1),
        ignore::Error::WithLineNumber { err, .. } => place(err),
        _ => (None, None),
    }
}
