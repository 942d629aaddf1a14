//! How git is asked: about the repository that a file is in, whatever the environment of a hook says.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// With these git would speak of another repository than the one that the file is in, as in a hook, or print another diff.
const ELSEWHERE: [&str; 5] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_DIFF_OPTS", "GIT_EXTERNAL_DIFF"];

/// git in the repository at `root`, without its job; it takes no locks.
pub fn command(root: &Path) -> Command {
    let mut git = Command::new("git");
    for variable in ELSEWHERE {
        git.env_remove(variable);
    }
    git.args(["--no-optional-locks", "-C"]).arg(root);
    git
}

/// The name that bytes of git's output stand for.
#[cfg(unix)]
pub fn os_string(bytes: &[u8]) -> OsString {
    <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes).to_os_string()
}

/// The name that bytes of git's output stand for.
#[cfg(not(unix))]
pub fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// The first line of what git said, for a message.
pub fn words(stderr: &[u8], otherwise: &str) -> String {
    String::from_utf8_lossy(stderr).lines().next().unwrap_or(otherwise).to_owned()
}

/// Repository roots by directory.
#[derive(Debug, Default)]
pub struct Roots(HashMap<PathBuf, Option<PathBuf>>);

impl Roots {
    /// The nearest directory upward that holds a `.git`, folder or file.
    pub fn of(&mut self, directory: &Path) -> Option<PathBuf> {
        if let Some(known) = self.0.get(directory) {
            return known.clone();
        }
        let root = if directory.join(".git").exists() {
            Some(directory.to_owned())
        } else {
            directory.parent().and_then(|parent| self.of(parent))
        };
        self.0.insert(directory.to_owned(), root.clone());
        root
    }
}
