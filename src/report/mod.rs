//! The outcome of a run, and the forms in which it is told. All of them read the same [`Outcome`].

pub mod full;
pub mod json;
pub mod jsonl;
pub mod statistics;
pub mod summary;
pub mod text;

use std::sync::atomic::Ordering;

use undefer_transforms::{Form, Safety, Site, Verdict};

use crate::cli::{FailOn, Show};
use crate::exit::Exit;
use crate::job::{Counts, FileReport};
use crate::trouble::Trouble;

/// All that a run found.
#[derive(Debug)]
pub struct Outcome {
    /// Files with something to say, sorted by path.
    pub files: Vec<Box<FileReport>>,
    /// What went wrong before any file was read.
    pub troubles: Vec<Trouble>,
    /// The bar of the run.
    pub bar: Safety,
    /// Files read.
    pub read: usize,
    /// Files that went to the engine.
    pub parsed: usize,
    /// Generated files passed over.
    pub generated: usize,
    /// What came on standard input, where that was read.
    pub piped: Option<Vec<u8>>,
    /// The forms that the user asked for.
    pub asked: Vec<Form>,
}

impl Outcome {
    /// Gathers what the jobs brought.
    pub fn new(files: Vec<Box<FileReport>>, troubles: Vec<Trouble>, bar: Safety, counts: &Counts) -> Self {
        let read = counts.read.load(Ordering::Relaxed);
        let parsed = counts.parsed.load(Ordering::Relaxed);
        let generated = counts.generated.load(Ordering::Relaxed);
        Self { files, troubles, bar, read, parsed, generated, piped: None, asked: Vec::new() }
    }

    /// All sites with their files, in order.
    pub fn sites(&self) -> impl Iterator<Item = (&FileReport, &Site)> {
        self.files.iter().flat_map(|file| file.rewrite.sites.iter().map(move |site| (&**file, site)))
    }

    /// The sites that a report for people holds.
    pub fn shown(&self, show: Show) -> impl Iterator<Item = (&FileReport, &Site)> {
        self.sites().filter(move |(_, site)| show == Show::All || is_finding(site.verdict))
    }

    /// All troubles: of paths first, then by file.
    pub fn troubles(&self) -> impl Iterator<Item = &Trouble> {
        self.troubles.iter().chain(self.files.iter().flat_map(|file| &file.troubles))
    }

    /// The files that change at the bar.
    pub fn changes(&self) -> impl Iterator<Item = &FileReport> {
        self.files.iter().map(|file| &**file).filter(|file| file.change.is_some())
    }

    /// Failure, if any trouble is one.
    pub fn exit(&self) -> Exit {
        if self.troubles().any(|trouble| trouble.failure) { Exit::Failure } else { Exit::Clean }
    }

    /// Whether `check` found something that the user wants to fail on.
    pub fn fails(&self, fail_on: FailOn) -> bool {
        self.sites().any(|(_, site)| match (fail_on, site.verdict) {
            (FailOn::Safe, Verdict::Rewrite { safety, .. }) => safety == Safety::Safe,
            (FailOn::Unsafe, verdict) => matches!(verdict, Verdict::Rewrite { .. }),
            (FailOn::Refused, verdict) => is_finding(verdict),
            _ => false,
        })
    }
}

/// Whether a verdict asks for somebody's attention.
pub fn is_finding(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Rewrite { .. } | Verdict::Refused)
}
