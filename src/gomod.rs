//! The Go version of a file: what its build constraint or the nearest go.mod upward says.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use undefer_transforms::GoVersion;

use crate::constraint;
use crate::version::parse_go_version;

/// Versions by directory, so that each go.mod is read once.
#[derive(Debug)]
pub struct Versions {
    here: PathBuf,
    stated: Option<GoVersion>,
    known: Mutex<HashMap<PathBuf, GoVersion>>,
}

impl Versions {
    /// Versions of files below or beside the directory `here`; `stated` overrides every other word.
    pub fn new(here: &Path, stated: Option<GoVersion>) -> Self {
        Self { here: here.to_owned(), stated, known: Mutex::default() }
    }

    /// The version of the Go file `path`, which is relative to `here` and has the text `source`.
    pub fn of(&self, path: &Path, source: &str) -> GoVersion {
        let absolute = without_parents(&self.here.join(path));
        let of_module = || self.of_directory(absolute.parent().unwrap_or(&self.here));
        self.stated.or_else(|| constraint::version(source)).unwrap_or_else(of_module)
    }

    fn of_directory(&self, directory: &Path) -> GoVersion {
        let mut asked = Vec::new();
        let mut answer = GoVersion::NEWEST;
        for ancestor in directory.ancestors() {
            if let Some(version) = self.known(ancestor).or_else(|| stated_in(&ancestor.join("go.mod"))) {
                answer = version;
                asked.push(ancestor);
                break;
            }
            asked.push(ancestor);
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(asked.into_iter().map(|directory| (directory.to_owned(), answer)));
        answer
    }

    fn known(&self, directory: &Path) -> Option<GoVersion> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(directory).copied()
    }
}

/// `/a/b/../c` is `/a/c`: links were resolved before, so this changes no meaning.
fn without_parents(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == std::path::Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// The version that a go.mod stands for, nothing where there is none. One that cannot be read states none.
fn stated_in(go_mod: &Path) -> Option<GoVersion> {
    match fs::read_to_string(go_mod) {
        Ok(text) => Some(go_line(&text).unwrap_or(GoVersion::UNSTATED)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(_) => Some(GoVersion::UNSTATED),
    }
}

fn go_line(text: &str) -> Option<GoVersion> {
    text.lines().find_map(|line| {
        let mut words = line.split("//").next().unwrap_or(line).split_whitespace();
        (words.next() == Some("go")).then(|| words.next()).flatten().and_then(parse_go_version)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_go_mod_decides() -> io::Result<()> {
        let root = tempfile::tempdir()?;
        let inner = root.path().join("inner/deep");
        fs::create_dir_all(&inner)?;
        fs::write(root.path().join("go.mod"), "module m // go 1.5\n\ngo 1.21.3 // x\n")?;
        fs::write(root.path().join("inner/go.mod"), "module m/inner\n")?;
        let versions = Versions::new(&inner, None);
        assert_eq!(versions.of(Path::new("x.go"), "package p\n"), GoVersion::UNSTATED);
        assert_eq!(versions.of(Path::new("../../x.go"), "package p\n"), GoVersion(21));
        assert_eq!(
            Versions::new(&inner, Some(GoVersion(18))).of(Path::new("x.go"), "package p\n"),
            GoVersion(18)
        );
        Ok(())
    }
}
