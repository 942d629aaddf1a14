//! From an import path to the folder that holds the package: the module of a file, what it replaces, its vendor folder.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A module as its go.mod and the workspace around it describe it.
#[derive(Debug)]
pub struct Module {
    root: PathBuf,
    /// Paths of modules and the folders where they are found: its own, replaced ones, those of the workspace.
    bases: Vec<(String, PathBuf)>,
    /// Where vendored packages are.
    vendor: Vec<PathBuf>,
    /// The folders of packages that were asked for: many files import the same ones.
    found: Mutex<HashMap<String, Option<PathBuf>>>,
}

impl Module {
    /// The folder of the package that `import` names when a file of this module imports it; nothing where it is not in
    /// the module, its workspace, its vendor folder or a local replacement.
    pub fn folder(&self, import: &str) -> Option<PathBuf> {
        if let Some(found) = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(import) {
            return found.clone();
        }
        let folder = self.find(import);
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(import.to_owned(), folder.clone());
        folder
    }

    fn find(&self, import: &str) -> Option<PathBuf> {
        let below = |path: &str| {
            let rest = import.strip_prefix(path)?;
            if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
        };
        let nearest =
            self.bases.iter().filter(|(path, _)| below(path).is_some()).max_by_key(|(path, _)| path.len());
        if let Some((path, base)) = nearest
            && let Some(rest) = below(path)
        {
            let folder = base.join(rest);
            return (folder.is_dir() && is_of_module(&folder, base)).then_some(folder);
        }
        self.vendor.iter().map(|vendor| vendor.join(import)).find(|folder| folder.is_dir())
    }

    /// The folder of its go.mod.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The import path of the package in a folder of the module; nothing where its go.mod names no path.
    pub fn import_path(&self, folder: &Path) -> Option<String> {
        let (path, _) = self.bases.iter().find(|(_, base)| *base == self.root)?;
        let rest = folder.strip_prefix(&self.root).ok()?;
        let parts = rest.components().map(|part| part.as_os_str().to_string_lossy());
        Some(std::iter::once(path.as_str().into()).chain(parts).collect::<Vec<_>>().join("/"))
    }

    fn read(root: &Path) -> Option<Module> {
        let text = fs::read_to_string(root.join("go.mod")).ok()?;
        let mut bases = Vec::new();
        let mut vendor = vec![root.join("vendor")];
        bases.extend(module_path(&text).map(|path| (path, root.to_owned())));
        bases.extend(replaced(&text, root));
        if let Some(workspace) = root.ancestors().find(|folder| folder.join("go.work").is_file()) {
            let text = fs::read_to_string(workspace.join("go.work")).unwrap_or_default();
            let used = used(&text, workspace);
            if used.iter().any(|folder| folder == root) {
                bases.extend(replaced(&text, workspace));
                let path = |folder: &PathBuf| {
                    fs::read_to_string(folder.join("go.mod")).ok().and_then(|text| module_path(&text))
                };
                bases.extend(used.into_iter().filter_map(|folder| Some((path(&folder)?, folder))));
                vendor.push(workspace.join("vendor"));
            }
        }
        Some(Module { root: root.to_owned(), bases, vendor, found: Mutex::default() })
    }
}

/// Modules by folder, so that each go.mod is read once.
#[derive(Debug, Default)]
pub struct Modules {
    known: Mutex<HashMap<PathBuf, Option<Arc<Module>>>>,
}

impl Modules {
    /// The module that a folder (absolute, without links) belongs to.
    pub fn of(&self, folder: &Path) -> Option<Arc<Module>> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return known.clone();
        }
        let root = folder.ancestors().find(|folder| folder.join("go.mod").is_file());
        let module = match root {
            Some(root) if root == folder => Module::read(root).map(Arc::new),
            Some(root) => self.of(root),
            None => None,
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned(), module.clone());
        module
    }
}

/// Whether no other module begins between a folder and the module's own folder.
fn is_of_module(folder: &Path, base: &Path) -> bool {
    folder.ancestors().take_while(|&at| at != base).all(|at| !at.join("go.mod").exists())
}

fn module_path(go_mod: &str) -> Option<String> {
    directives(go_mod).find_map(|(keyword, words)| (keyword == "module").then(|| words.first().cloned())?)
}

/// Replacements by folders (Go Modules Reference, "replace directive"): a path that begins with `./` or `../` or is absolute.
fn replaced(text: &str, base: &Path) -> Vec<(String, PathBuf)> {
    let replacement = |(keyword, words): (String, Vec<String>)| {
        let arrow = words.iter().position(|word| word == "=>").filter(|_| keyword == "replace")?;
        let (old, new) = (words.first()?, words.get(arrow + 1)?);
        let local = new.starts_with("./") || new.starts_with("../") || new.starts_with('/');
        local.then(|| (old.clone(), without_dots(&base.join(new))))
    };
    directives(text).filter_map(replacement).collect()
}

fn used(go_work: &str, base: &Path) -> Vec<PathBuf> {
    let used = directives(go_work).filter(|(keyword, _)| keyword == "use");
    used.filter_map(|(_, words)| Some(without_dots(&base.join(words.first()?)))).collect()
}

/// The directives of a go.mod or go.work, with those in parentheses one by one.
fn directives(text: &str) -> impl Iterator<Item = (String, Vec<String>)> + '_ {
    let mut block: Option<String> = None;
    text.lines().filter_map(move |line| {
        let line = line.split("//").next().unwrap_or(line);
        let mut words: Vec<String> =
            line.split_whitespace().map(|word| word.trim_matches(['"', '`']).to_owned()).collect();
        match (&block, words.first().map(String::as_str), words.last().map(String::as_str)) {
            (_, None, _) => None,
            (Some(_), Some(")"), _) => {
                block = None;
                None
            }
            (Some(keyword), _, _) => Some((keyword.clone(), words)),
            (None, _, Some("(")) => {
                block = words.first().cloned();
                None
            }
            _ => {
                let keyword = words.remove(0);
                Some((keyword, words))
            }
        }
    })
}

/// `/a/./b/../c` is `/a/c`.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                plain.pop();
            }
            std::path::Component::CurDir => {}
            _ => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        root
    }

    #[test]
    fn packages_are_found_in_the_module_its_replacements_and_its_vendor_folder() {
        let root = tree(&[
            (
                "go.mod",
                "module example.com/m // x\n\nreplace (\n\texample.com/r v1 => ./local/r\n\texample.com/s => example.com/t v2\n)\n",
            ),
            ("a/a.go", "package a\n"),
            ("local/r/go.mod", "module example.com/r\n"),
            ("local/r/b/b.go", "package b\n"),
            ("nested/go.mod", "module example.com/m/nested\n"),
            ("nested/c/c.go", "package c\n"),
            ("vendor/example.org/v/v.go", "package v\n"),
        ]);
        let module = Modules::default().of(&root.path().join("a")).expect("a module");
        let folder = |import| {
            module.folder(import).map(|found| found.strip_prefix(root.path()).map(Path::to_owned).ok())
        };
        assert_eq!(folder("example.com/m"), Some(Some("".into())));
        assert_eq!(folder("example.com/m/a"), Some(Some("a".into())));
        assert_eq!(folder("example.com/mm"), None);
        assert_eq!(folder("example.com/m/none"), None);
        assert_eq!(folder("example.com/r/b"), Some(Some("local/r/b".into())));
        assert_eq!(folder("example.com/m/nested/c"), None, "another module begins there");
        assert_eq!(folder("example.org/v"), Some(Some("vendor/example.org/v".into())));
        assert_eq!(folder("os"), None);
    }

    #[test]
    fn modules_of_a_workspace_see_each_other() {
        let root = tree(&[
            ("go.work", "go 1.22\n\nuse (\n\t./x\n\t./y\n)\n"),
            ("x/go.mod", "module example.com/x\n"),
            ("y/go.mod", "module example.com/y\n"),
            ("y/p/p.go", "package p\n"),
            ("z/go.mod", "module example.com/z\n"),
        ]);
        let modules = Modules::default();
        let of = |folder| modules.of(&root.path().join(folder)).expect("a module");
        assert_eq!(of("x").folder("example.com/y/p"), Some(root.path().join("y/p")));
        assert_eq!(of("z").folder("example.com/y/p"), None, "it is not in the workspace");
    }
}
