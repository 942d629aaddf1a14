//! Which lines of the working tree are new or changed since a revision, as git tells it.

use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::git::{self, Roots};
use crate::trouble::plain;

/// The names that are asked about. Other files that are read count as new.
const GO_FILES: &str = ":(top,glob)**/*.go";

/// Settings of the user's that would change what is printed are overruled.
const DIFF: [&str; 15] = [
    "-c",
    "core.quotePath=false",
    "diff",
    "--unified=0",
    "--inter-hunk-context=0",
    "--find-renames",
    "--text",
    "--no-textconv",
    "--no-ext-diff",
    "--no-color",
    "--no-relative",
    "--submodule=short",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--end-of-options",
];

/// What git says about a revision.
#[derive(Debug)]
pub struct Since {
    root: PathBuf,
    /// Changed lines, from 1, by file. What is not in here is as it was, if it is tracked.
    changed: HashMap<PathBuf, Vec<RangeInclusive<usize>>>,
    untracked: HashSet<PathBuf>,
}

/// The lines of a file that are new or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines<'a> {
    /// The file is new.
    All,
    /// These, from 1.
    Some(&'a [RangeInclusive<usize>]),
}

/// git cannot say what is new.
#[derive(Debug, thiserror::Error)]
pub enum SinceError {
    /// There is nothing to ask about.
    #[error("--new-from-rev {0}: the current directory is in no git repository")]
    NoRepository(String),
    /// More than a revision.
    #[error("--new-from-rev {0}: name one revision, not a range")]
    Range(String),
    /// git is missing.
    #[error("--new-from-rev {0}: git is not on PATH")]
    NoGit(String),
    /// git said no.
    #[error("--new-from-rev {revision}: git knows no such revision here ({words})")]
    Unknown {
        /// As it was given.
        revision: String,
        /// What git said.
        words: String,
    },
    /// git could not be run.
    #[error("--new-from-rev {revision}: git cannot be run: {}", plain(.error))]
    Io {
        /// As it was given.
        revision: String,
        /// What the system said.
        error: io::Error,
    },
}

impl Since {
    /// Asks git about `revision`, in the repository that holds the directory `here`, which is absolute and without links:
    /// once for the changes, and once for the files that it does not track.
    pub fn ask(revision: &str, here: &Path) -> Result<Self, SinceError> {
        if is_range(revision) {
            return Err(SinceError::Range(revision.to_owned()));
        }
        let root = Roots::default().of(here).ok_or_else(|| SinceError::NoRepository(revision.to_owned()))?;
        let mut diff = DIFF.to_vec();
        diff.extend([revision, "--", GO_FILES]);
        let changed = changes(&run(revision, &root, &diff)?, &root);
        let untracked = run(revision, &root, &["ls-files", "-z", "--others", "--", GO_FILES])?;
        let names = untracked.split(|&byte| byte == 0).filter(|name| !name.is_empty());
        let untracked = names.map(|name| root.join(git::os_string(name))).collect();
        Ok(Self { root, changed, untracked })
    }

    /// The new lines of the file at `path`. A file of another repository is new: nothing is known of it.
    pub fn lines(&self, path: &Path, roots: &mut Roots) -> Lines<'_> {
        let Ok(path) = path.canonicalize() else { return Lines::All };
        let is_ours = path.parent().and_then(|folder| roots.of(folder)).is_some_and(|root| root == self.root);
        let is_go = path.extension().is_some_and(|extension| extension == "go");
        if !is_ours || !is_go || self.untracked.contains(&path) {
            return Lines::All;
        }
        Lines::Some(self.changed.get(&path).map_or(&[], Vec::as_slice))
    }
}

impl Lines<'_> {
    /// Whether any of the lines `of`, from 1, is new.
    pub fn touch(self, of: RangeInclusive<usize>) -> bool {
        match self {
            Lines::All => true,
            Lines::Some(ranges) => {
                ranges.iter().any(|range| range.start() <= of.end() && of.start() <= range.end())
            }
        }
    }
}

/// Whether git would read it as more than one revision, or as none.
fn is_range(revision: &str) -> bool {
    revision.starts_with('^')
        || revision.contains("..")
        || ["^!", "^@"].iter().any(|end| revision.ends_with(end))
        || revision.rsplit_once("^-").is_some_and(|(_, rest)| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn run(revision: &str, root: &Path, args: &[&str]) -> Result<Vec<u8>, SinceError> {
    let output = git::command(root).args(args).output();
    let Output { status, stdout, stderr } = output.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SinceError::NoGit(revision.to_owned()),
        _ => SinceError::Io { revision: revision.to_owned(), error },
    })?;
    if !status.success() {
        let words = git::words(&stderr, "git failed");
        return Err(SinceError::Unknown { revision: revision.to_owned(), words });
    }
    Ok(stdout)
}

/// The new lines by file, from a diff without context.
fn changes(diff: &[u8], root: &Path) -> HashMap<PathBuf, Vec<RangeInclusive<usize>>> {
    let mut changed: HashMap<PathBuf, Vec<RangeInclusive<usize>>> = HashMap::new();
    let (mut file, mut body) = (None, 0);
    for line in diff.split(|&byte| byte == b'\n') {
        if body > 0 {
            // What stands in a hunk may look like anything; `\ No newline at end of file` is not counted by git.
            body -= usize::from(!line.starts_with(b"\\"));
        } else if let Some(name) = line.strip_prefix(b"+++ ") {
            file = new_name(name).map(|name| root.join(git::os_string(&name)));
        } else if let Some((old, first, count)) = hunk(line) {
            body = old + count;
            if let Some(file) = file.as_ref().filter(|_| count > 0) {
                changed.entry(file.clone()).or_default().push(first..=first + count - 1);
            }
        }
    }
    changed
}

/// The name behind `+++ `, as git quotes names with control characters, quotes and backslashes. A name with blanks ends with a
/// tab; one that is no file's has no prefix.
fn new_name(shown: &[u8]) -> Option<Vec<u8>> {
    let name = match shown.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")) {
        Some(quoted) => unquoted(quoted),
        None => shown.strip_suffix(b"\t").unwrap_or(shown).to_vec(),
    };
    name.strip_prefix(b"b/").map(<[u8]>::to_vec)
}

fn unquoted(quoted: &[u8]) -> Vec<u8> {
    let mut name = Vec::new();
    let mut rest = quoted;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let Some((&escape, after)) = rest.split_first().filter(|_| byte == b'\\') else {
            name.push(byte);
            continue;
        };
        rest = after;
        name.push(match escape {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'0'..=b'7' => {
                let digits = after.iter().take(2).filter(|digit| digit.is_ascii_digit());
                let value = digits
                    .fold(u32::from(escape - b'0'), |value, &digit| value * 8 + u32::from(digit - b'0'));
                rest = after.get(2..).unwrap_or_default();
                u8::try_from(value).unwrap_or(b'?')
            }
            other => other,
        });
    }
    name
}

/// `@@ -a,b +c,d @@` as b, c and d; a count that is left out is 1.
fn hunk(line: &[u8]) -> Option<(usize, usize, usize)> {
    let line = std::str::from_utf8(line.strip_prefix(b"@@ -")?.split(|&byte| byte == b'@').next()?).ok()?;
    let (old, new) = line.trim_end().split_once(" +")?;
    let pair = |text: &str| -> Option<(usize, usize)> {
        let (first, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((first.parse().ok()?, count.parse().ok()?))
    };
    let ((_, old), (first, count)) = (pair(old)?, pair(new)?);
    Some((old, first, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_read_by_its_counts() {
        let diff = b"diff --git a/a.go b/a.go\nindex 1..2 100644\n--- a/a.go\n+++ b/a.go\n@@ -3 +3,2 @@ func f() {\n-x\n\
            +++ b/no.go\n+@@ -1 +1 @@\n@@ -9,2 +9,0 @@\n-y\n-z\n\\ No newline at end of file\ndiff --git a/b c.go b/b c.go\n\
            --- a/b c.go\t\n+++ b/b c.go\t\n@@ -0,0 +1 @@\n+x\n--- a/d.go\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
            --- /dev/null\n+++ \"b/q\\\"\\303\\266\\t\\\\.go\"\n@@ -0,0 +1,3 @@\n+x\n+y\n+z\n";
        let found = changes(diff, Path::new("/r"));
        let of = |name: &str| found.get(&Path::new("/r").join(name)).cloned();
        assert_eq!(of("a.go"), Some(vec![3..=4]));
        assert_eq!(of("b c.go"), Some(vec![1..=1]));
        assert_eq!(of("q\"ö\t\\.go"), Some(vec![1..=3]));
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn one_revision_is_told_from_more() {
        for range in ["a..b", "a...b", "^a", "a^!", "a^@", "a^-", "a^-1", "a..", "..a"] {
            assert!(is_range(range), "{range}");
        }
        for one in
            ["main", "HEAD~3", "HEAD^", "HEAD^2", "v1.0", "@{upstream}", ":/fix: a-b", "a^{commit}", "a-b"]
        {
            assert!(!is_range(one), "{one}");
        }
    }

    #[test]
    fn lines_touch_where_they_have_one_in_common() {
        let lines = Lines::Some(&[3..=4, 9..=9]);
        assert!([1..=3, 4..=4, 1..=100, 9..=12].into_iter().all(|of| lines.touch(of)));
        assert!([1..=2, 5..=8, 10..=12].into_iter().all(|of| !lines.touch(of)));
        assert!(Lines::All.touch(1..=1) && !Lines::Some(&[]).touch(1..=1));
    }
}
