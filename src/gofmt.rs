//! The gofmt child process, which has the last word on layout.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::load::Source;

/// gofmt, as far as it is there.
#[derive(Debug, Default)]
pub struct Gofmt {
    missing: AtomicBool,
}

/// What gofmt thinks of a file before it is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has nothing to do: its result is what will be written.
    FixedPoint,
    /// It parses and would lay it out differently: only the rewritten region takes our layout.
    Other,
    /// It does not parse, or there is no gofmt: nothing can be said about the result either.
    Unknown,
}

/// gofmt did not take a text.
#[derive(Debug, thiserror::Error)]
pub enum GofmtError {
    /// There is no gofmt.
    #[error("gofmt is not on PATH")]
    Missing,
    /// It could not be run.
    #[error("gofmt could not be run: {0}")]
    Process(#[from] io::Error),
    /// It said no; the first line of its words.
    #[error("gofmt: {0}")]
    Rejected(String),
}

impl Gofmt {
    /// Whether a call found no gofmt on PATH.
    pub fn is_missing(&self) -> bool {
        self.missing.load(Ordering::Relaxed)
    }

    /// Where the original stands. gofmt would take a byte-order mark and `\r\n` away, so what has them is no fixed point.
    pub fn standing(&self, source: &Source) -> Standing {
        match self.format(source.text()) {
            Ok(formatted) if source.is_plain() && formatted == source.text() => Standing::FixedPoint,
            Ok(_) => Standing::Other,
            Err(_) => Standing::Unknown,
        }
    }

    /// `new` with the layout it is due, where `standing` is that of the text it comes from.
    pub fn finish(&self, standing: Standing, new: &str) -> Result<String, GofmtError> {
        match standing {
            Standing::FixedPoint => self.format(new),
            Standing::Other => self.format(new).map(|_| new.to_owned()),
            Standing::Unknown => Ok(new.to_owned()),
        }
    }

    fn format(&self, text: &str) -> Result<String, GofmtError> {
        if self.is_missing() {
            return Err(GofmtError::Missing);
        }
        let mut child = Command::new("gofmt")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| self.not_started(error))?;
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || feed(stdin, text));
            child.wait_with_output()
        })?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            return Err(GofmtError::Rejected(words.lines().next().unwrap_or("no reason given").to_owned()));
        }
        String::from_utf8(output.stdout).map_err(|error| GofmtError::Rejected(error.to_string()))
    }

    fn not_started(&self, error: io::Error) -> GofmtError {
        if error.kind() == io::ErrorKind::NotFound {
            self.missing.store(true, Ordering::Relaxed);
            return GofmtError::Missing;
        }
        GofmtError::Process(error)
    }
}

/// If gofmt stops reading it has found an error, and says so with its exit code.
fn feed(stdin: Option<impl Write>, text: &str) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(text.as_bytes());
    }
}
