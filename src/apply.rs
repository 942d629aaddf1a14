//! Replaces a file, wholly or not at all. `tempfile` is known here only: its `persist` would leave mode 0600 and turn
//! a symbolic link into a file, so links are resolved before and the mode is copied. Folders for texts that nobody keeps are
//! made here too.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::job::Change;
use crate::stray;
use crate::trouble::plain;

/// Why a file keeps its text.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Somebody else wrote it meanwhile.
    #[error("changed since it was read; run undefer again")]
    Changed,
    /// Replacing one name would part it from the others.
    #[error("has {0} hard links, which replacing it would part; copy it over itself first")]
    HardLinks(u64),
    /// The user may not write it.
    #[error("is read-only for you; make it writable first (chmod u+w)")]
    ReadOnly,
    /// The system said no.
    #[error("cannot be written and keeps its text; mend this and run undefer again: {}", plain(.0))]
    Io(#[from] io::Error),
}

/// A folder for this user only, in the system's place for such things. It goes away with the value.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// An empty one.
    pub fn new() -> io::Result<Self> {
        tempfile::Builder::new().prefix("undefer-").tempdir().map(Self)
    }

    /// Where it is, without links.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Puts `change.new` where `change.old` stands. Until the last step the file is as it was, and after it as it is to be.
pub fn replace(path: &Path, change: &Change) -> Result<(), ApplyError> {
    let path = resolve(path)?;
    let metadata = fs::metadata(&path)?;
    refuse_unfit(&path, &metadata)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut temporary = temporary_in(directory, |_| {})?;
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

/// Puts `bytes` into a file that is this run's to write, whatever stands there: whole or not at all. What is no regular
/// file, such as a pipe, is written to as it stands.
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let known = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        metadata => Some(metadata?),
    };
    if let Some(metadata) = &known {
        let mut file = OpenOptions::new().write(true).open(path)?;
        if !metadata.is_file() {
            return file.write_all(bytes);
        }
    }
    let path = if known.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = temporary_in(directory, for_everybody)?;
    temporary.write_all(bytes)?;
    if let Some(metadata) = &known {
        keep_owner(temporary.as_file(), metadata);
        temporary.as_file().set_permissions(metadata.permissions())?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(&path).map_err(|error| error.error)?;
    sync_directory(directory);
    Ok(())
}

/// The file that a link leads to. That there is none any more is a change too.
fn resolve(path: &Path) -> Result<PathBuf, ApplyError> {
    fs::canonicalize(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ApplyError::Changed,
        _ => ApplyError::Io(error),
    })
}

/// The mode bits are asked first: the kernel lets the superuser write anything. Then the kernel, which knows owners too: a
/// file that may not be written could still be replaced by whoever owns its folder.
fn refuse_unfit(path: &Path, metadata: &Metadata) -> Result<(), ApplyError> {
    if !metadata.is_file() {
        return Err(ApplyError::Changed);
    }
    if metadata.permissions().readonly() {
        return Err(ApplyError::ReadOnly);
    }
    match link_count(metadata) {
        0 | 1 => {}
        links => return Err(ApplyError::HardLinks(links)),
    }
    match OpenOptions::new().write(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            Err(ApplyError::ReadOnly)
        }
        Err(error) => Err(ApplyError::Io(error)),
    }
}

/// A file of our own beside the one that it is to replace: only within a file system can it be renamed in one step.
/// It is for this user only, unless `configure` says otherwise.
fn temporary_in(
    directory: &Path,
    configure: fn(&mut tempfile::Builder<'_, '_>),
) -> io::Result<NamedTempFile> {
    loop {
        let mut builder = tempfile::Builder::new();
        builder.prefix(stray::PREFIX).suffix(stray::SUFFIX).rand_bytes(stray::RANDOM);
        configure(&mut builder);
        let temporary = builder.tempfile_in(directory)?;
        if stray::claim(temporary.as_file())? {
            return Ok(temporary);
        }
    }
}

/// The mode that programs ask for; the system takes away what the user's umask says.
#[cfg(unix)]
fn for_everybody(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
}

#[cfg(not(unix))]
fn for_everybody(_: &mut tempfile::Builder<'_, '_>) {}

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
