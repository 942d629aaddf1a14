//! The text of other files, asked for while a site is judged: the rest of the package, and packages of the same module.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::hash::{Table, hash_of};
use crate::parse::Part;
use crate::predeclared::predeclared;
use crate::scan::declarations::{Declarations, Declared, Sort};
use crate::scan::may_hold_site;
use crate::scope::package_name;
use crate::span::Span;

/// So many names are looked for in the texts of a package. For more of them its declarations are sorted by name.
const FEW: usize = 12;

/// Where the engine gets packages from. It asks only for what a site needs.
pub trait Library: Sync + fmt::Debug {
    /// The package with the given import path, or the one that the file under analysis belongs to. Nothing where it is
    /// not to be had, which is no error: then nothing is known of what it declares.
    fn package(&self, path: Option<&str>) -> Option<Arc<Package>>;

    /// The name that the file under analysis has in its package (`x.go`, without a folder).
    fn file_name(&self) -> &str;

    /// Whether the file under analysis is a `_test.go` file, and so sees those of its package.
    fn is_test(&self) -> bool {
        self.file_name().ends_with("_test.go")
    }

    /// Whether the package with this import path lies in the folder of the file under analysis, which then is an external
    /// test of it (`go help test`, "test files that declare a package with the suffix _test").
    fn is_own(&self, path: &str) -> bool;
}

/// The Go files of one folder.
#[derive(Debug)]
pub struct Package {
    files: Vec<PackageFile>,
    /// The package clause that most files have which are no tests.
    clause: String,
    /// How many names have been looked for.
    asked: AtomicUsize,
    /// All declarations in the order of the hashes of their names, each by the indices of its file and of its place there.
    by_name: OnceLock<Vec<(u64, (u32, u32))>>,
    /// The names among these that the language declares too.
    predeclared: OnceLock<Vec<&'static str>>,
}

/// One file of a package. Its declarations are looked for when they are first asked about.
#[derive(Debug)]
struct PackageFile {
    name: String,
    text: String,
    declarations: OnceLock<Option<Declarations>>,
    /// What has been parsed, by the offsets where it begins: many files ask for the same declarations.
    parts: Mutex<Table<usize, Option<Arc<Part>>>>,
    /// How many bytes these take.
    parsed: AtomicUsize,
}

/// A declaration in a file of a package.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'p> {
    of: &'p PackageFile,
    /// The package clause and the imports.
    head: Span,
    declared: Declared,
}

impl<'p> Entry<'p> {
    /// The file's name, without its folder.
    pub(crate) fn file(&self) -> &'p str {
        &self.of.name
    }

    /// The package clause and the imports.
    pub(crate) fn head(&self) -> &'p str {
        self.head.of(&self.of.text)
    }

    /// The whole declaration with its keyword.
    pub(crate) fn declaration(&self) -> &'p str {
        self.declared.span.of(&self.of.text)
    }

    /// The declaration's first line in its file, from 1.
    pub(crate) fn line(&self) -> usize {
        memchr::memchr_iter(b'\n', &self.of.text.as_bytes()[..self.declared.span.start]).count() + 1
    }

    /// The parts of a text that holds the head, a line's end, the declaration and another line's end; nothing where one
    /// of them is damaged.
    pub(crate) fn parts(&self) -> Option<[Arc<Part>; 2]> {
        Some([self.of.part(self.head)?, self.of.part(self.declared.span)?])
    }
}

/// What is looked for in a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wanted<'n> {
    Function(&'n str),
    /// A method of the named type.
    Method(&'n str, &'n str),
    Type(&'n str),
    /// A variable or a constant.
    Value(&'n str),
}

impl Package {
    /// A package of files with these names (`x.go`, without a folder) and texts (UTF-8, without a byte-order mark).
    pub fn new(files: impl IntoIterator<Item = (String, String)>) -> Package {
        let files: Vec<PackageFile> = files
            .into_iter()
            .map(|(name, text)| PackageFile {
                name,
                text,
                declarations: OnceLock::new(),
                parts: Mutex::default(),
                parsed: AtomicUsize::new(0),
            })
            .collect();
        let clause = main_clause(&files);
        Package {
            files,
            clause,
            asked: AtomicUsize::new(0),
            by_name: OnceLock::new(),
            predeclared: OnceLock::new(),
        }
    }

    /// The same package with another text for one of its files, or one more file.
    #[must_use]
    pub fn with(&self, name: &str, text: &str) -> Package {
        let others = self.files.iter().filter(|file| file.name != name);
        let others = others.map(|file| (file.name.clone(), file.text.clone()));
        Package::new(others.chain([(name.to_owned(), text.to_owned())]))
    }

    /// The name that its package clauses give it; empty where there is no file.
    pub fn name(&self) -> &str {
        &self.clause
    }

    /// How many bytes of text it holds.
    pub fn len(&self) -> usize {
        self.files.iter().map(|file| file.text.len()).sum()
    }

    /// How many bytes it takes, with what has been parsed of it.
    pub fn size(&self) -> usize {
        self.files.iter().map(|file| file.text.len() + file.parsed.load(Ordering::Relaxed)).sum()
    }

    /// Whether it holds no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All declarations of what is wanted, whatever their build constraints, in files with the package clause `clause`.
    pub(crate) fn find<'p>(
        &'p self,
        clause: &'p str,
        tests: bool,
        wanted: Wanted<'p>,
    ) -> impl Iterator<Item = Entry<'p>> + 'p {
        let word = match wanted {
            Wanted::Function(name) | Wanted::Method(_, name) | Wanted::Type(name) | Wanted::Value(name) => {
                name
            }
        };
        let all = self.declaring(clause, tests, word);
        all.filter(move |entry| is_wanted(&entry.of.text, &entry.declared, wanted))
    }
}

impl Package {
    /// Whether a file with the package clause `clause` declares the name at its top level, whatever its build constraints.
    pub(crate) fn declares(&self, clause: &str, name: &str) -> bool {
        self.declaring(clause, true, name).any(|entry| entry.declared.sort != Sort::Method)
    }

    /// The names of the language that files with the package clause `clause` declare at their top level, test files only
    /// with `tests`.
    pub(crate) fn predeclared(&self, clause: &str, tests: bool) -> Vec<&'static str> {
        let candidates = self.predeclared.get_or_init(|| {
            let all = self.files.iter().enumerate().flat_map(|(index, file)| file.numbered(index));
            all.filter_map(|(_, name)| predeclared(name)).collect()
        });
        let mut names = candidates.clone();
        names.sort_unstable();
        names.dedup();
        let declares = |name: &&'static str| {
            self.declaring(clause, tests, name).any(|entry| entry.declared.sort != Sort::Method)
        };
        names.retain(declares);
        names
    }

    /// The names of the types that have a method of that name, in files whose package clause names `clause`.
    pub(crate) fn receivers<'p>(&'p self, clause: &'p str, tests: bool, method: &'p str) -> Vec<&'p str> {
        let methods =
            self.declaring(clause, tests, method).filter(|entry| entry.declared.sort == Sort::Method);
        methods.filter_map(|entry| Some(entry.declared.receiver?.of(&entry.of.text))).collect()
    }

    /// Whether the file of that name may hold a defer in a loop.
    pub(crate) fn may_hold_site(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name && may_hold_site(file.text.as_bytes()))
    }

    /// The names of the files that hold all of these words, sorted.
    pub(crate) fn mentioning(&self, words: &[&str]) -> Vec<&str> {
        let holds = |file: &&PackageFile| words.iter().all(|word| has_word(&file.text, word));
        let mut names: Vec<&str> = self.files.iter().filter(holds).map(|file| file.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// All declarations of a name in files with the package clause `clause`, in order.
    fn declaring<'p>(
        &'p self,
        clause: &'p str,
        tests: bool,
        word: &'p str,
    ) -> impl Iterator<Item = Entry<'p>> + 'p {
        let all = self.named(word).into_iter().filter_map(|(file, declared)| {
            let of = &self.files[file as usize];
            let found = of.declarations()?;
            Some((found.package, Entry { of, head: found.head, declared: found.all[declared as usize] }))
        });
        let counts = move |entry: &Entry<'_>| tests || !entry.of.name.ends_with("_test.go");
        let counted =
            all.filter(move |(package, entry)| counts(entry) && package.of(&entry.of.text) == clause);
        counted.map(|(_, entry)| entry)
    }

    /// The indices of all declarations of a name.
    fn named(&self, word: &str) -> Vec<(u32, u32)> {
        if self.asked.fetch_add(1, Ordering::Relaxed) >= FEW {
            let (all, hash) = (self.by_name.get_or_init(|| self.sorted()), hash_of(word));
            let alike = &all[all.partition_point(|one| one.0 < hash)..];
            let alike = alike.iter().take_while(|one| one.0 == hash).map(|one| one.1);
            return alike.filter(|&at| self.name_at(at) == Some(word)).collect();
        }
        let finder = memchr::memmem::Finder::new(word);
        let files = self.files.iter().enumerate();
        let files = files.filter(|(_, file)| finder.find(file.text.as_bytes()).is_some());
        let all = files.flat_map(|(index, file)| file.numbered(index));
        all.filter(|&(_, name)| name == word).map(|(at, _)| at).collect()
    }

    fn sorted(&self) -> Vec<(u64, (u32, u32))> {
        let all = self.files.iter().enumerate().flat_map(|(index, file)| file.numbered(index));
        let mut all: Vec<_> = all.map(|(at, name)| (hash_of(name), at)).collect();
        all.sort_unstable();
        all
    }

    /// The name of a declaration.
    fn name_at(&self, (file, place): (u32, u32)) -> Option<&str> {
        let file = &self.files[file as usize];
        Some(file.declarations()?.all[place as usize].name.of(&file.text))
    }
}

impl PackageFile {
    fn declarations(&self) -> Option<&Declarations> {
        self.declarations.get_or_init(|| Declarations::read(self.text.as_bytes())).as_ref()
    }

    /// The declarations of the file with this index: their indices and names.
    fn numbered(&self, index: usize) -> impl Iterator<Item = ((u32, u32), &str)> {
        let all = self.declarations().into_iter().flat_map(|found| &found.all).enumerate();
        all.map(move |(place, one)| ((index as u32, place as u32), one.name.of(&self.text)))
    }

    /// What stands at a place, with a line's end behind it.
    fn part(&self, at: Span) -> Option<Arc<Part>> {
        let known = self.parts.lock().unwrap_or_else(PoisonError::into_inner).get(&at.start).cloned();
        if let Some(part) = known {
            return part;
        }
        let part = Part::parse(&[at.of(&self.text), "\n"].concat(), package_name).map(Arc::new);
        self.parsed.fetch_add(part.as_ref().map_or(0, |part| part.size()), Ordering::Relaxed);
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).insert(at.start, part.clone());
        part
    }
}

fn is_wanted(text: &str, one: &Declared, wanted: Wanted<'_>) -> bool {
    let name = one.name.of(text);
    match (one.sort, wanted) {
        (Sort::Function, Wanted::Function(of))
        | (Sort::Type, Wanted::Type(of))
        | (Sort::Value, Wanted::Value(of)) => name == of,
        (Sort::Method, Wanted::Method(receiver, of)) => {
            name == of && one.receiver.is_some_and(|at| at.of(text) == receiver)
        }
        _ => false,
    }
}

/// Whether a word stands in a text, in code or not.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    words(text, word).next().is_some()
}

/// The offsets at which a word stands in a text.
pub(crate) fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let whole =
        |at: &usize| !text[..*at].ends_with(is_of_word) && !text[at + word.len()..].starts_with(is_of_word);
    memchr::memmem::find_iter(text.as_bytes(), word).filter(whole)
}

/// Whether a letter may stand inside a word.
pub(crate) fn is_of_word(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

/// The clause of most files: a folder may hold programs that are built alone beside its package.
fn main_clause(files: &[PackageFile]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for file in files.iter().filter(|file| !file.name.ends_with("_test.go")) {
        let name = clause(&file.text);
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let most = counts.iter().max_by_key(|(name, count)| (*name != "main", *count));
    most.map_or_else(String::new, |(name, _)| (*name).to_owned())
}

/// The name in the package clause of a file, without reading the rest of it.
fn clause(text: &str) -> &str {
    let mut in_comment = false;
    for line in text.lines() {
        let line = line.trim();
        if in_comment || line.starts_with("/*") {
            in_comment = !line.contains("*/");
            continue;
        }
        if let Some(rest) = line.strip_prefix("package ") {
            let rest = rest.trim_start();
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            return &rest[..end];
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package() -> Package {
        let files = [
            ("a.go", "/* x */\npackage p\n\nimport \"os\"\n\nfunc f() {}\n"),
            ("b_linux.go", "package p\n\nfunc g() {}\n\ntype T struct{}\n\nfunc (t *T) f() {}\n"),
            ("b_windows.go", "package p\n\nfunc g() {}\n"),
            ("gen.go", "//go:build ignore\n\npackage main\n\nfunc f() {}\n"),
            ("a_test.go", "package p\n\nfunc h() {}\n"),
            ("x_test.go", "package p_test\n\nfunc f() {}\n"),
        ];
        Package::new(files.map(|(name, text)| (name.to_owned(), text.to_owned())))
    }

    fn files(package: &Package, tests: bool, wanted: Wanted<'_>) -> Vec<String> {
        package.find("p", tests, wanted).map(|entry| entry.file().to_owned()).collect()
    }

    #[test]
    fn declarations_are_found_in_all_files_of_the_package() {
        let package = package();
        assert_eq!(package.name(), "p");
        assert_eq!(files(&package, false, Wanted::Function("f")), ["a.go"]);
        assert_eq!(files(&package, false, Wanted::Function("g")), ["b_linux.go", "b_windows.go"]);
        assert_eq!(files(&package, false, Wanted::Method("T", "f")), ["b_linux.go"]);
        assert_eq!(files(&package, false, Wanted::Function("h")), [""; 0]);
        assert_eq!(files(&package, true, Wanted::Function("h")), ["a_test.go"]);
        assert_eq!(files(&package, true, Wanted::Value("h")), [""; 0]);
    }

    #[test]
    fn a_name_is_declared_in_a_test_and_under_any_build_constraint() {
        let package = package();
        let declares = |name| package.declares("p", name);
        assert_eq!(["f", "g", "T", "h", "x"].map(declares), [true, true, true, true, false]);
        assert!(package.declares("p_test", "f") && !package.declares("p_test", "g"));
        assert_eq!(package.mentioning(&["func", "g"]), ["b_linux.go", "b_windows.go"]);
        assert_eq!(package.mentioning(&["fun"]), [""; 0]);
    }

    #[test]
    fn what_is_asked_for_often_is_found_all_the_same() {
        let package = package();
        for _ in 0..=FEW {
            assert_eq!(files(&package, false, Wanted::Function("g")), ["b_linux.go", "b_windows.go"]);
            assert_eq!(files(&package, false, Wanted::Method("T", "f")), ["b_linux.go"]);
            assert_eq!(files(&package, false, Wanted::Function("nowhere")), [""; 0]);
        }
    }

    #[test]
    fn an_entry_has_what_the_declaration_needs_to_be_read_alone() {
        let package = package();
        let entry = package.find("p", false, Wanted::Function("f")).next().expect("it is declared");
        assert_eq!(entry.head(), "package p\n\nimport \"os\"");
        assert_eq!(entry.declaration(), "func f() {}");
    }
}
