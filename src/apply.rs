//! Replaces a file, wholly or not at all. `tempfile` is known here only: its `persist` would leave mode 0600 and turn
//! a symbolic link into a file, so links are resolved before and the mode is copied.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::Path;

use crate::job::Change;
use crate::trouble::plain;

/// How the name of every temporary file begins, so that strays can be told.
const PREFIX: &str = ".undefer-";

/// Why a file keeps its text.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Somebody else wrote it meanwhile.
    #[error("changed since it was read; run undefer again")]
    Changed,
    /// Replacing one name would part it from the others.
    #[error("has {0} hard links, which replacing it would part; copy it over itself first")]
    HardLinks(u64),
    /// Nobody may write it.
    #[error("is read-only; make it writable first (chmod u+w)")]
    ReadOnly,
    /// The system said no.
    #[error("cannot be written: {}", plain(.0))]
    Io(#[from] io::Error),
}

/// Puts `change.new` where `change.old` stands. Until the last step the file is as it was, and after it as it is to be.
pub fn replace(path: &Path, change: &Change) -> Result<(), ApplyError> {
    let path = fs::canonicalize(path)?;
    let metadata = fs::metadata(&path)?;
    refuse_unfit(&metadata)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(PREFIX).tempfile_in(directory)?;
    temporary.write_all(change.new.as_bytes())?;
    keep_owner(temporary.as_file(), &metadata);
    temporary.as_file().set_permissions(metadata.permissions())?;
    temporary.as_file().sync_all()?;
    if fs::read(&path)? != change.old.as_bytes() {
        return Err(ApplyError::Changed);
    }
    temporary.persist(&path).map_err(|error| error.error)?;
    sync_directory(directory);
    Ok(())
}

/// The mode bits are asked, not the kernel: it lets the superuser write anything.
fn refuse_unfit(metadata: &Metadata) -> Result<(), ApplyError> {
    if metadata.permissions().readonly() {
        return Err(ApplyError::ReadOnly);
    }
    match link_count(metadata) {
        0 | 1 => Ok(()),
        links => Err(ApplyError::HardLinks(links)),
    }
}

#[cfg(unix)]
fn link_count(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn link_count(_: &Metadata) -> u64 {
    1
}

/// The superuser's files must not replace their owner's; anybody else cannot give files away, and need not.
#[cfg(unix)]
fn keep_owner(file: &File, metadata: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(metadata.uid()), Some(metadata.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

/// Makes the new name last through a power cut; where the system has no such thing, the file is whole all the same.
fn sync_directory(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}
