//! The guard of `--write`: which files have edits that are in no commit, and would be mixed with ours.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::git::{self, Roots};

/// Paths handed to one call of git: well below every system's limit for a command line.
const BATCH: usize = 200;

/// What git says about the files that are to be written.
#[derive(Debug, Default)]
pub struct Guard {
    /// Files with uncommitted edits.
    dirty: HashSet<PathBuf>,
    /// Files of which git could not say it, with its words.
    unknown: HashMap<PathBuf, String>,
    /// There is a repository and no git.
    pub git_is_missing: bool,
}

/// Why a file should not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsaved {
    /// It has edits.
    #[error("has uncommitted edits, so it was left alone; commit them, or give --allow-dirty")]
    Edits,
    /// git failed.
    #[error("left alone, git cannot say whether it has uncommitted edits ({0}); --allow-dirty writes it")]
    Unknown(String),
}

impl Guard {
    /// Asks git about `paths`, once for each repository.
    pub fn ask<'a>(paths: impl Iterator<Item = &'a Path>) -> Self {
        let mut guard = Self::default();
        let mut roots = Roots::default();
        let mut by_root: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for path in paths.filter_map(|path| path.canonicalize().ok()) {
            if let Some(root) = path.parent().and_then(|directory| roots.of(directory)) {
                by_root.entry(root).or_default().push(path);
            }
        }
        for (root, paths) in &by_root {
            paths.chunks(BATCH).for_each(|paths| guard.ask_repository(root, paths));
        }
        guard
    }

    /// Whether `path` may be written.
    pub fn allows(&self, path: &Path) -> Result<(), Unsaved> {
        let Ok(path) = path.canonicalize() else { return Ok(()) };
        if self.dirty.contains(&path) {
            return Err(Unsaved::Edits);
        }
        self.unknown.get(&path).map_or(Ok(()), |words| Err(Unsaved::Unknown(words.clone())))
    }

    fn ask_repository(&mut self, root: &Path, paths: &[PathBuf]) {
        match status(root, paths) {
            Ok(names) => self.dirty.extend(names.into_iter().map(|name| root.join(name))),
            Err(StatusError::NoGit) => self.git_is_missing = true,
            Err(StatusError::Failed(words)) => {
                self.unknown.extend(paths.iter().map(|path| (path.clone(), words.clone())));
            }
        }
    }
}

enum StatusError {
    NoGit,
    Failed(String),
}

/// Tracked files among `paths` that differ from the last commit, relative to `root`.
fn status(root: &Path, paths: &[PathBuf]) -> Result<Vec<OsString>, StatusError> {
    let output = git::command(root)
        .args([
            "--literal-pathspecs",
            "status",
            "--porcelain=v1",
            "-z",
            "--no-renames",
            "--untracked-files=no",
            "--",
        ])
        .args(paths.iter().map(|path| path.strip_prefix(root).unwrap_or(path)))
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StatusError::NoGit,
            _ => StatusError::Failed(error.to_string()),
        })?;
    if !output.status.success() {
        return Err(StatusError::Failed(git::words(&output.stderr, "git status failed")));
    }
    // Each entry is two letters, a blank and the name.
    let entries = output.stdout.split(|&byte| byte == 0);
    Ok(entries.filter_map(|entry| entry.get(3..)).map(git::os_string).collect())
}
