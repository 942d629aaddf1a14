//! The other files of a case: its package, and packages of its module.

use std::sync::Arc;

use undefer_transforms::{Library, Package};

use super::txtar::Archive;

/// What the engine may ask for while it judges `in.go`.
#[derive(Debug)]
pub(crate) struct Others<'c> {
    archive: &'c Archive,
    /// The text of `in.go` as the engine gets it.
    text: &'c str,
}

impl<'c> Others<'c> {
    /// The other files of a case; nothing where it has none.
    pub(crate) fn of(archive: &'c Archive, text: &'c str) -> Option<Self> {
        files(archive).next().is_some().then_some(Others { archive, text })
    }

    /// The Go files of a folder of the module, by their names in it.
    fn folder(&self, folder: &str) -> Option<Arc<Package>> {
        let within = |name: &str| match name.rsplit_once('/') {
            Some((at, name)) => (at == folder).then(|| name.to_owned()),
            None => folder.is_empty().then(|| name.to_owned()),
        };
        let own = folder.is_empty().then(|| ("in.go".to_owned(), self.text.to_owned()));
        let others = files(self.archive).filter_map(|(name, text)| Some((within(name)?, text.to_owned())));
        let all: Vec<(String, String)> = own.into_iter().chain(others).collect();
        (!all.is_empty()).then(|| Arc::new(Package::new(all)))
    }
}

impl Library for Others<'_> {
    fn package(&self, path: Option<&str>) -> Option<Arc<Package>> {
        match path {
            None => self.folder(""),
            Some(path) => self.folder(path.strip_prefix(module(self.archive)?)?.strip_prefix('/')?),
        }
    }

    fn file_name(&self) -> &'static str {
        "in.go"
    }

    fn is_own(&self, path: &str) -> bool {
        module(self.archive) == Some(path)
    }
}

/// The Go files of a case besides `in.go` and `out.go`.
pub(crate) fn files(archive: &Archive) -> impl Iterator<Item = (&str, &str)> {
    let parts = archive.parts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    parts.filter(|(name, _)| {
        std::path::Path::new(name).extension().is_some_and(|end| end == "go")
            && !matches!(*name, "in.go" | "out.go")
    })
}

/// The path of the case's module.
pub(crate) fn module(archive: &Archive) -> Option<&str> {
    archive.part("go.mod")?.lines().find_map(|line| line.strip_prefix("module ")).map(str::trim)
}
