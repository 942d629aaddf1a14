//! What went wrong with one file or path, in one line: what, where, what to do.

use std::fmt;

use serde::Serialize;
use undefer_transforms::Position;

/// The kinds of trouble; reports carry them as stable codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It could not be read, or is not there.
    Unreadable,
    /// Its bytes are not text.
    NotUtf8,
    /// It is generated and was named without `--include-generated`.
    Generated,
    /// A function does not parse and was left alone.
    SyntaxError,
    /// A directive in a comment does nothing.
    Directive,
    /// A bug in this tool; the file keeps its text.
    InternalError,
    /// It could not be written.
    Unwritable,
    /// The Go toolchain does not take its new text, or cannot tell.
    Unverified,
    /// It has edits that are in no commit.
    UncommittedEdits,
}

impl Kind {
    /// Whether a file may hold sites that nobody has seen because of it.
    pub fn hides_sites(self) -> bool {
        matches!(self, Kind::Unreadable | Kind::NotUtf8 | Kind::SyntaxError | Kind::InternalError)
    }
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What kind of thing.
    pub kind: Kind,
    /// The file or path, as reports name it.
    pub path: String,
    /// Where in the file, if anywhere.
    pub at: Option<Position>,
    /// What happened and what to do, one line.
    pub message: String,
    /// Whether the run has failed by it: exit 2.
    pub failure: bool,
}

impl Trouble {
    /// A trouble that is only reported.
    pub fn noted(kind: Kind, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, path: path.into(), at: None, message: message.into(), failure: false }
    }

    /// A trouble that makes the run a failure.
    pub fn failed(kind: Kind, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { failure: true, ..Self::noted(kind, path, message) }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{}:{}:{}: {}", self.path, at.line, at.column, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// An I/O error's own words, without Rust's `(os error 2)`.
pub fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error ").next().unwrap_or(&text);
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + chars.as_str())
}

/// Where JSON is broken, as a line from 1, and how in plain words: the place is not said twice.
pub fn broken(error: &serde_json::Error) -> (usize, String) {
    let words = error.to_string();
    (error.line().max(1), words.split(" at line ").next().unwrap_or_default().to_owned())
}
