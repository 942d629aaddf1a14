//! What the go command says about a package: the `vet.cfg` of its protocol (`cmd/go/internal/work`, `vetConfig`).

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::unit::UnitError;

/// A package, and what is to be done with it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Unit {
    /// What reports call it; of a variant for tests, with the test.
    #[serde(rename = "ID")]
    pub(super) id: String,
    /// Its folder.
    dir: PathBuf,
    /// Its files, with its tests where it is built for them. What cgo makes of a file stands for the file.
    go_files: Vec<PathBuf>,
    /// Nobody wants to know what is found in it; other packages need it.
    pub(super) vetx_only: bool,
    /// Where facts for other packages go. There are none, but the go command keeps a result only if there is such a file.
    vetx_output: PathBuf,
    /// Where standard output goes, if it goes to a file.
    stdout: PathBuf,
    /// Where new texts go, if the go command writes them itself.
    fix_archive: PathBuf,
}

impl Unit {
    pub(super) fn read(path: &Path) -> Result<Self, UnitError> {
        let fail = |words: String| UnitError::Cfg(path.display().to_string(), words);
        let bytes = fs::read(path).map_err(|error| fail(crate::trouble::plain(&error)))?;
        serde_json::from_slice(&bytes).map_err(|error| fail(error.to_string()))
    }

    /// The files as people wrote them, absolute.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.go_files.iter().filter_map(|file| self.written(file)).collect()
    }

    /// A file of the folder, or the one of which cgo has made `x.cgo1.go`; nothing for what nobody wrote.
    fn written(&self, file: &Path) -> Option<PathBuf> {
        let name = file.file_name()?.to_str()?;
        match name.strip_suffix(".cgo1.go") {
            Some(stem) => Some(self.dir.join(format!("{stem}.go"))).filter(|path| path.is_file()),
            None if name == "_cgo_gotypes.go" => None,
            None => Some(self.dir.join(file)),
        }
    }

    pub(super) fn vetx_output(&self) -> Option<&Path> {
        named(&self.vetx_output)
    }

    pub(super) fn stdout(&self) -> Option<&Path> {
        named(&self.stdout)
    }

    pub(super) fn fix_archive(&self) -> Option<&Path> {
        named(&self.fix_archive)
    }
}

fn named(path: &Path) -> Option<&Path> {
    Some(path).filter(|path| !path.as_os_str().is_empty())
}
