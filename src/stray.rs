//! Temporary files of a run that was killed: how they are known, and how the next `--write` removes them.
//!
//! A run holds an advisory lock on each temporary file for as long as the file is its own; a lock ends with its process. So
//! a stray is a file with a name of the right shape whose lock can be taken. Where the file system has no locks none can be
//! taken, and everything stays.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// How the name of every temporary file begins.
pub const PREFIX: &str = ".undefer-";

/// How it ends.
pub const SUFFIX: &str = ".tmp";

/// How many letters and digits stand between the two: more than a word that somebody would choose.
pub const RANDOM: usize = 12;

/// Whether a file of this name is a temporary file of some run.
pub fn is_name(name: &OsStr) -> bool {
    let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    random.is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Makes a new temporary file this run's own. False if another run took it for a stray before it was locked.
pub fn claim(file: &File) -> io::Result<bool> {
    // A file system without locks gives an error here, and nobody removes anything.
    let _ = file.lock();
    Ok(has_name(&file.metadata()?))
}

/// Removes a file whose name has the shape, if no living run holds it. Tells whether it did.
pub fn remove(path: &Path) -> io::Result<bool> {
    let file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(false),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Its run may have ended well meanwhile, and the file have become the one that it stood for.
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

#[cfg(unix)]
fn has_name(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 0
}

#[cfg(not(unix))]
fn has_name(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_exact_shape_are_known() {
        assert!(is_name(OsStr::new(".undefer-0aZ9bY8cX7dW.tmp")));
        for other in [
            ".undefer-.tmp",
            ".undefer-0aZ9bY8cX7d.tmp",
            ".undefer-0aZ9bY8cX7dWe.tmp",
            ".undefer-0aZ9bY8cX7d_.tmp",
            ".undefer-0aZ9bY8cX7dW",
            ".undefer-baseline.tmp",
            ".undefer.toml",
            "undefer-0aZ9bY8cX7dW.tmp",
            "x.undefer-0aZ9bY8cX7dW.tmp",
        ] {
            assert!(!is_name(OsStr::new(other)), "{other}");
        }
    }

    #[test]
    fn a_file_is_removed_only_when_nobody_holds_it() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("x");
        let file = File::create(&path)?;
        assert!(claim(&file)?);
        assert!(!remove(&path)?);
        // Not by closing it: a child process of another test may hold a copy until it starts its program.
        file.unlock()?;
        assert!(remove(&path)?);
        assert!(!remove(&path)?, "it is gone");
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_removed_before_it_was_locked_cannot_be_claimed() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("x");
        let file = File::create(&path)?;
        assert!(remove(&path)?);
        assert!(!claim(&file)?);
        Ok(())
    }
}
