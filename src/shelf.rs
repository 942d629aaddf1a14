//! The packages that the engine asks about while it judges a file: read when they are first asked for, kept for a while.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use undefer_transforms::{Library, Package};

use crate::modules::{Module, Modules};

/// How much is kept at most, in bytes of texts and of what has been parsed of them; files are worked on in the order of their folders.
const CAPACITY: usize = 8 << 20;

/// A longer file is not read: it is most likely generated, and what it declares stays unknown.
const LONGEST: u64 = 1 << 20;

/// All packages of a run.
#[derive(Debug)]
pub struct Shelf {
    here: PathBuf,
    modules: Modules,
    kept: Mutex<Kept>,
}

/// A package that is read once, by whoever asks first.
type Slot = Arc<OnceLock<Option<Arc<Package>>>>;

#[derive(Debug, Default)]
struct Kept {
    slots: HashMap<PathBuf, (Slot, u64)>,
    clock: u64,
}

impl Shelf {
    /// Packages of files below or beside the directory `here`.
    pub fn new(here: &Path) -> Self {
        Shelf { here: here.to_owned(), modules: Modules::default(), kept: Mutex::default() }
    }

    /// What a file may ask for. `path` is relative to `here`; `text` stands for the file where it is not what is on disk.
    pub fn library(&self, path: &Path, text: Option<&str>) -> FileLibrary<'_> {
        let absolute = self.here.join(path);
        let absolute = fs::canonicalize(&absolute).unwrap_or(absolute);
        let folder = absolute.parent().unwrap_or(&self.here).to_owned();
        let name = absolute.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        FileLibrary { shelf: self, folder, name, text: text.map(str::to_owned), module: OnceLock::new() }
    }

    /// The package in a folder; nothing where it holds no Go file.
    fn folder(&self, folder: &Path) -> Option<Arc<Package>> {
        let slot = self.slot(folder);
        let mut is_new = false;
        let package = slot.get_or_init(|| {
            is_new = true;
            read(folder).map(Arc::new)
        });
        if is_new {
            self.trim();
        }
        package.clone()
    }

    fn slot(&self, folder: &Path) -> Slot {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let clock = kept.clock;
        let (slot, used) = kept.slots.entry(folder.to_owned()).or_default();
        *used = clock;
        Arc::clone(slot)
    }

    /// Lets go of what was asked for longest ago until the rest fits.
    fn trim(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |slot: &Slot| slot.get().and_then(Option::as_ref).map_or(0, |package| package.size());
        let mut total: usize = kept.slots.values().map(|(slot, _)| size(slot)).sum();
        while total > CAPACITY && kept.slots.len() > 1 {
            let oldest =
                kept.slots.iter().min_by_key(|(_, (_, used))| *used).map(|(folder, _)| folder.clone());
            let Some((slot, _)) = oldest.and_then(|oldest| kept.slots.remove(&oldest)) else { break };
            total -= size(&slot);
        }
    }
}

/// All Go files of a folder. Those that cannot be read, or are no UTF-8, are passed over: nothing is known of them.
fn read(folder: &Path) -> Option<Package> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let mut names: Vec<String> = entries.filter_map(|entry| go_file(&entry, folder)).collect();
    names.sort_unstable();
    let files: Vec<(String, String)> = names
        .into_iter()
        .filter_map(|name| {
            let mut text = text(&folder.join(&name))?;
            if text.starts_with('\u{feff}') {
                text.remove(0);
            }
            Some((name, text))
        })
        .collect();
    (!files.is_empty()).then(|| Package::new(files))
}

/// The name of an entry that is a Go file, or leads to one.
fn go_file(entry: &fs::DirEntry, folder: &Path) -> Option<String> {
    let name = entry.file_name().into_string().ok()?;
    let is_named =
        Path::new(&name).extension().is_some_and(|end| end == "go") && !name.starts_with(['.', '_']);
    let kind = entry.file_type().ok().filter(|_| is_named)?;
    let is_file = kind.is_file()
        || kind.is_symlink() && fs::metadata(folder.join(&name)).is_ok_and(|data| data.is_file());
    is_file.then_some(name)
}

/// The text of a file that is not too long.
fn text(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    if file.metadata().ok()?.len() > LONGEST {
        return None;
    }
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    Some(text)
}

/// What one file may ask for.
#[derive(Debug)]
pub struct FileLibrary<'s> {
    shelf: &'s Shelf,
    folder: PathBuf,
    name: String,
    text: Option<String>,
    module: OnceLock<Option<Arc<Module>>>,
}

impl FileLibrary<'_> {
    /// The folder of an imported package, where that is at hand.
    fn imported(&self, path: &str) -> Option<PathBuf> {
        let module = self.module.get_or_init(|| self.shelf.modules.of(&self.folder)).as_ref()?;
        module.folder(path)
    }
}

impl Library for FileLibrary<'_> {
    fn package(&self, path: Option<&str>) -> Option<Arc<Package>> {
        let Some(import) = path else {
            let package = self.shelf.folder(&self.folder);
            return match &self.text {
                Some(text) => Some(Arc::new(match package {
                    Some(package) => package.with(&self.name, text),
                    None => Package::new([(self.name.clone(), text.clone())]),
                })),
                None => package,
            };
        };
        self.shelf.folder(&self.imported(import)?)
    }

    fn is_own(&self, path: &str) -> bool {
        self.imported(path).is_some_and(|folder| folder == self.folder)
    }

    fn file_name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_sees_its_package_and_those_of_its_module() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        fs::create_dir_all(root.path().join("a/b"))?;
        fs::write(root.path().join("go.mod"), "module example.com/m\n")?;
        fs::write(root.path().join("a/x.go"), "package a\n")?;
        fs::write(root.path().join("a/y_test.go"), "package a\n")?;
        fs::write(root.path().join("a/b/z.go"), "\u{feff}package b\n")?;
        fs::write(root.path().join("a/b/bad.go"), b"package b\n\xff")?;
        let shelf = Shelf::new(root.path());
        let library = shelf.library(Path::new("a/x.go"), None);
        assert!(!library.is_test());
        assert_eq!(library.package(None).map(|package| package.len()), Some(20));
        assert_eq!(library.package(Some("example.com/m/a/b")).map(|package| package.len()), Some(10));
        assert!(library.package(Some("os")).is_none());
        let changed = shelf.library(Path::new("a/x.go"), Some("package a // longer\n"));
        assert_eq!(changed.package(None).map(|package| package.len()), Some(30));
        assert_eq!(
            library.package(None).map(|package| package.len()),
            Some(20),
            "what is on disk stays known"
        );
        Ok(())
    }
}
