//! How the go command is asked about packages, with texts of ours in place of what is on disk.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;

use crate::apply::Scratch;
use crate::trouble::plain;

/// The go command could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// There is none.
    #[error("go is not on PATH, and nothing else can compile Go; put it there, or leave the flag out")]
    Missing,
    /// It could not be run, or there is no room for the texts.
    #[error("the go command cannot be asked: {}", plain(.0))]
    Io(#[from] io::Error),
    /// It said no, or what nobody understands.
    #[error("{0}")]
    Words(String),
}

/// What a package is built for, where that is not what the go command takes by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// Operating system and architecture.
    pub target: Option<(String, String)>,
    /// Whether cgo is on.
    pub cgo: Option<bool>,
    /// Build tags beside those of the environment.
    pub tags: Vec<String>,
}

impl Platform {
    /// For people: `windows/amd64`, `tags a,b`.
    pub fn shown(&self) -> String {
        let target = self.target.iter().map(|(os, arch)| format!("{os}/{arch}"));
        let cgo = self.cgo.iter().map(|&on| if on { "cgo" } else { "no cgo" }.to_owned());
        let tags = (!self.tags.is_empty()).then(|| format!("tags {}", self.tags.join(",")));
        target.chain(cgo).chain(tags).collect::<Vec<_>>().join(", ")
    }
}

/// What the go command says about itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub struct Host {
    /// The operating system that it builds for.
    pub goos: String,
    /// The architecture that it builds for.
    pub goarch: String,
    /// `1` where cgo is on.
    #[serde(rename = "CGO_ENABLED")]
    pub cgo: String,
    /// Flags of every call.
    #[serde(default)]
    goflags: String,
    /// Such as `go1.26.1`.
    pub goversion: String,
}

impl Host {
    /// Asks in the folder of a module.
    pub fn ask(root: &Path) -> Result<Self, ToolchainError> {
        let output = run(&mut command(root, &["env", "-json"]))?;
        serde_json::from_slice(&output.stdout).map_err(|_| ToolchainError::Words(words(&output)))
    }

    /// One without an environment, for tests.
    #[cfg(test)]
    pub(crate) fn fixed(goos: &str, goarch: &str, goversion: &str) -> Self {
        let [goos, goarch, goversion] = [goos, goarch, goversion].map(str::to_owned);
        Host { goos, goarch, cgo: "1".to_owned(), goflags: String::new(), goversion }
    }

    /// All targets of the toolchain: systems with architectures.
    pub fn targets(root: &Path) -> Result<Vec<(String, String)>, ToolchainError> {
        let output = run(&mut command(root, &["tool", "dist", "list"]))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let targets = text.lines().filter_map(|line| line.trim().split_once('/'));
        Ok(targets.map(|(os, arch)| (os.to_owned(), arch.to_owned())).collect())
    }

    /// The tags of `GOFLAGS`, which tags on the command line replace.
    fn tags(&self) -> impl Iterator<Item = &str> {
        let flags = self.goflags.split_whitespace();
        let lists = flags.filter_map(|flag| flag.trim_start_matches('-').strip_prefix("tags="));
        lists.flat_map(|list| list.trim_matches(['"', '\'']).split(',')).filter(|tag| !tag.is_empty())
    }
}

/// Texts that stand for files.
#[derive(Debug)]
pub struct Overlay {
    scratch: Scratch,
    files: Vec<(PathBuf, PathBuf)>,
}

impl Overlay {
    /// No texts yet.
    pub fn new() -> io::Result<Self> {
        Ok(Self { scratch: Scratch::new()?, files: Vec::new() })
    }

    /// Puts `text` in the place of the file `original`, an absolute path. Texts are numbered from 0.
    pub fn add(&mut self, original: &Path, text: &str) -> io::Result<()> {
        let folder = self.scratch.path().join(self.files.len().to_string());
        fs::create_dir(&folder)?;
        let copy = folder.join(original.file_name().unwrap_or_default());
        fs::write(&copy, text)?;
        self.files.push((original.to_owned(), copy));
        Ok(())
    }

    /// The flag that makes the go command read these texts, by their numbers; nothing where there are none.
    fn flag(&self, numbers: &[usize]) -> io::Result<Option<String>> {
        if numbers.is_empty() {
            return Ok(None);
        }
        let files = numbers.iter().filter_map(|&number| self.files.get(number));
        let replace: BTreeMap<_, _> = files.map(|(original, copy)| (original, copy)).collect();
        let path = self.scratch.path().join("overlay.json");
        fs::write(&path, serde_json::to_vec(&BTreeMap::from([("Replace", replace)]))?)?;
        Ok(Some(format!("-overlay={}", path.display())))
    }

    /// Words without the folder of our texts, which is gone when they are read.
    pub fn plain(&self, words: &str) -> String {
        match self.place(words) {
            Some((number, line, words)) => format!("{}:{line}: {words}", self.name(number)),
            None => words.to_owned(),
        }
    }

    /// The name of the file, without its folder, that a text stands for.
    fn name(&self, number: usize) -> String {
        let name = self.files.get(number).and_then(|(original, _)| original.file_name());
        name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// Which text some words are about, at which of its lines from 1, and what they say there: Go's tools name the place first.
    pub fn place<'w>(&self, words: &'w str) -> Option<(usize, usize, &'w str)> {
        let folder = self.scratch.path().file_name()?.to_str()?;
        let (_, rest) = words.split_once(&format!("{folder}{}", std::path::MAIN_SEPARATOR))?;
        let (number, rest) = rest.split_once(std::path::MAIN_SEPARATOR)?;
        let (_, rest) = rest.split_once(".go:")?;
        let (line, rest) = rest.split_once(':')?;
        let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        Some((number.parse().ok()?, line.parse().ok()?, rest.trim_start_matches([':', ' '])))
    }
}

/// What is asked about: packages of a module, for a platform, with texts.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The folder of the module.
    pub root: &'a Path,
    /// What the go command says about itself there.
    pub host: &'a Host,
    /// What to build for.
    pub platform: &'a Platform,
    /// All texts.
    pub overlay: &'a Overlay,
    /// The numbers of those that count.
    pub texts: &'a [usize],
    /// Folders of packages below the root, or the names of single files; absolute.
    pub packages: &'a [PathBuf],
}

/// A package as `go list` tells it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
pub struct Listed {
    /// Where it is.
    pub dir: PathBuf,
    /// Its path; behind a blank, the test that it is built for.
    pub import_path: String,
    go_files: Vec<String>,
    cgo_files: Vec<String>,
    error: Option<Said>,
    deps_errors: Vec<Said>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Said {
    err: String,
}

impl Listed {
    /// Whether a file is part of it.
    pub fn holds(&self, file: &Path) -> bool {
        let names = self.go_files.iter().chain(&self.cgo_files);
        file.parent() == Some(&*self.dir)
            && names.into_iter().any(|name| file.file_name() == Some(name.as_ref()))
    }

    /// Why it cannot be built, a complaint each; empty where it can.
    pub fn errors(&self) -> Vec<String> {
        self.error.iter().flat_map(|said| complaints(&said.err)).collect()
    }

    /// Why a package that it needs cannot be built.
    pub fn errors_below(&self) -> Vec<String> {
        self.deps_errors.iter().flat_map(|said| complaints(&said.err)).collect()
    }
}

impl Question<'_> {
    /// Packages with their tests; `flags` go to `go list`. The second part is what was said beside that, as the compiler
    /// does with some flags.
    pub fn list(&self, flags: &[&str]) -> Result<(Vec<Listed>, String), ToolchainError> {
        const FIELDS: &str = "-json=Dir,ImportPath,GoFiles,CgoFiles,Error,DepsErrors";
        let output = self.run(&[&["list", "-e", "-test", "-export", FIELDS], flags].concat())?;
        let packages = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
        let packages: Result<Vec<Listed>, _> = packages.collect();
        let packages = packages.ok().filter(|packages| !packages.is_empty());
        let packages = packages.ok_or_else(|| ToolchainError::Words(words(&output)))?;
        Ok((packages, String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    /// Runs a go command on the packages.
    pub fn run(&self, args: &[&str]) -> Result<Output, ToolchainError> {
        let mut go = command(self.root, args);
        go.args(self.overlay.flag(self.texts)?);
        if let Some((os, arch)) = &self.platform.target {
            go.env("GOOS", os).env("GOARCH", arch);
        }
        if let Some(cgo) = self.platform.cgo {
            go.env("CGO_ENABLED", if cgo { "1" } else { "0" });
        }
        if !self.platform.tags.is_empty() {
            let tags: Vec<&str> =
                self.host.tags().chain(self.platform.tags.iter().map(String::as_str)).collect();
            go.arg(format!("-tags={}", tags.join(",")));
        }
        go.args(self.packages.iter().map(|package| below(package, self.root)));
        run(&mut go)
    }
}

/// A path as the go command takes it for a folder and not for an import path.
fn below(path: &Path, root: &Path) -> PathBuf {
    path.strip_prefix(root).map_or_else(|_| path.to_owned(), |rest| Path::new(".").join(rest))
}

fn command(root: &Path, args: &[&str]) -> Command {
    let mut go = Command::new("go");
    go.current_dir(root).args(args);
    go
}

fn run(go: &mut Command) -> Result<Output, ToolchainError> {
    go.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ToolchainError::Missing,
        _ => ToolchainError::Io(error),
    })
}

/// The first line of what it said on standard error.
fn words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| !line.is_empty() && !line.starts_with('#'));
    line.unwrap_or("the go command gave no answer").to_owned()
}

/// Complaints of Go's tools, one line each: headings are dropped, and lines that go on are put together.
pub fn complaints(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        match found.last_mut() {
            Some(last) if line.starts_with(['\t', ' ']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => found.push(line.trim().to_owned()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_lines_without_headings() {
        let text = "# p [p.test]\n../x/0/a.go:5:30: too many\n\thave (number)\n\twant ()\n\na.go:6: b\n";
        assert_eq!(complaints(text), ["../x/0/a.go:5:30: too many have (number) want ()", "a.go:6: b"]);
    }

    #[test]
    fn words_about_a_text_are_known_by_its_place() -> io::Result<()> {
        let mut overlay = Overlay::new()?;
        overlay.add(Path::new("/m/a.go"), "package a\n")?;
        let folder = overlay.scratch.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        for place in [format!("../{folder}/0/a.go:5:30"), format!("/tmp/{folder}/0/a.go:5")] {
            assert_eq!(overlay.place(&format!("{place}: too many")), Some((0, 5, "too many")), "{place}");
        }
        assert_eq!(overlay.place("../other/0/a.go:5:30: too many"), None);
        assert!(overlay.flag(&[0])?.is_some_and(|flag| flag.starts_with("-overlay=")));
        assert_eq!(overlay.flag(&[])?, None);
        Ok(())
    }

    #[test]
    fn tags_of_the_environment_are_kept() {
        let host =
            |goflags: &str| Host { goflags: goflags.to_owned(), ..Host::fixed("linux", "amd64", "go1.26") };
        assert_eq!(host("-mod=mod -tags=a,b").tags().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(host("--tags='c'").tags().collect::<Vec<_>>(), ["c"]);
        assert_eq!(host("").tags().count(), 0);
    }
}
