//! The outcome of a run, and the forms in which it is told. All of them read the same [`Outcome`].

pub mod checkstyle;
pub mod digest;
mod escape;
pub mod fingerprint;
pub mod full;
pub mod github;
pub mod gitlab;
pub mod html;
mod hunk;
pub mod json;
pub mod jsonl;
pub mod markdown;
pub mod rdjson;
mod reasoning;
mod region;
pub mod sarif;
pub mod statistics;
pub mod summary;
mod tally;
pub mod text;
pub mod vet;
pub(crate) mod wording;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::Ordering;

use undefer_transforms::{Form, Rules, Safety, Site, Verdict};

use crate::cli::{FailOn, ReportFormat, Show};
use crate::exit::Exit;
use crate::job::{Counts, FileReport, Needs};
use crate::trouble::Trouble;

/// Where undefer is at home; reports link to it.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

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
    /// What was looked for.
    pub rules: Rules,
    /// How many rewrites somebody has rejected, where somebody was asked. Then the edits of a file are what was taken, a list for
    /// each rewrite.
    pub rejected: Option<usize>,
}

impl Outcome {
    /// Gathers what the jobs brought.
    pub fn new(files: Vec<Box<FileReport>>, troubles: Vec<Trouble>, bar: Safety, counts: &Counts) -> Self {
        let read = counts.read.load(Ordering::Relaxed);
        let parsed = counts.parsed.load(Ordering::Relaxed);
        let generated = counts.generated.load(Ordering::Relaxed);
        Self {
            files,
            troubles,
            bar,
            read,
            parsed,
            generated,
            piped: None,
            asked: Vec::new(),
            rules: Rules::default_on(),
            rejected: None,
        }
    }

    /// Leaves only the sites that begin on a line, from 1. Where there is none, and no file has failed, the lines that
    /// have one.
    pub fn keep_line(&mut self, line: usize) -> Result<(), Vec<usize>> {
        let mut others = Vec::new();
        for file in &mut self.files {
            let index = &file.index;
            let at = |site: &Site| index.position(site.span.start).line;
            others.extend(file.rewrite.sites.iter().map(at));
            file.rewrite.sites.retain(|site| at(site) == line);
        }
        others.dedup();
        let found = others.contains(&line) || self.troubles().any(|trouble| trouble.failure);
        if found { Ok(()) } else { Err(others) }
    }

    /// All sites with their files, in order.
    pub fn sites(&self) -> impl Iterator<Item = (&FileReport, &Site)> {
        self.files.iter().flat_map(|file| file.rewrite.sites.iter().map(move |site| (&**file, site)))
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

    /// How many findings the user wants to fail on.
    pub fn failing(&self, fail_on: FailOn) -> usize {
        let counts = |&(file, site): &(&FileReport, &Site)| match (fail_on, site.verdict) {
            _ if file.aside(site).is_some() => false,
            (FailOn::Safe, _) => site.reaches(Safety::Safe),
            (FailOn::Unsafe, verdict) => matches!(verdict, Verdict::Rewrite { .. }),
            (FailOn::Refused, verdict) => is_finding(verdict),
            _ => false,
        };
        self.sites().filter(counts).count()
    }
}

/// The outcome as one report tells it.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What is told.
    pub outcome: &'a Outcome,
    /// Which sites, in reports that do not hold all of them.
    pub show: Show,
    /// Whether the report takes colours.
    pub colour: bool,
    /// Whether files were to be written.
    pub writes: bool,
    /// The names of files that had to be left, though they were to be written, with the reasons.
    pub unwritten: &'a BTreeMap<&'a str, String>,
}

/// A site of which nothing is known, for tests of what reports make of one.
#[cfg(test)]
fn bare_site(verdict: Verdict, reason: undefer_transforms::Reason) -> Site {
    let span = undefer_transforms::Span::new(0, 0);
    Site {
        rule: undefer_transforms::Rule::DeferInLoop,
        span,
        loop_span: span,
        function: String::new(),
        verdict,
        reason,
        message: String::new(),
        exits: Vec::new(),
        evidence: Vec::new(),
        passed_over: Vec::new(),
        steps: Vec::new(),
        missing: None,
        fix: None,
        accepted: false,
    }
}

/// No file that was to be written.
static NONE_UNWRITTEN: BTreeMap<&str, String> = BTreeMap::new();

impl<'a> View<'a> {
    /// The findings of a run that writes nothing.
    pub fn of(outcome: &'a Outcome) -> Self {
        View { outcome, show: Show::Findings, colour: false, writes: false, unwritten: &NONE_UNWRITTEN }
    }

    /// The sites that are asked for, with their files, in order.
    pub fn sites(self) -> impl Iterator<Item = (&'a FileReport, &'a Site)> {
        self.outcome.sites().filter(move |(file, site)| self.shows(file, site))
    }

    /// Whether a site of `file` is asked for.
    pub fn shows(self, file: &FileReport, site: &Site) -> bool {
        self.show == Show::All || counts(file, site)
    }

    /// The first of the sites asked for that belong to the same fix as `site`, which shows the fix; the site itself where
    /// there is no fix.
    fn leader<'s>(self, file: &'s FileReport, site: &'s Site) -> &'s Site {
        let same = |other: &&Site| site.fix.is_some() && other.fix == site.fix && self.shows(file, other);
        file.rewrite.sites.iter().find(same).unwrap_or(site)
    }
}

/// How much of the outcome a format looks at.
pub fn needs(format: ReportFormat) -> Needs {
    match format {
        ReportFormat::Text | ReportFormat::Checkstyle | ReportFormat::Markdown => Needs::Verdicts,
        ReportFormat::Json | ReportFormat::Jsonl => Needs::Edits,
        _ => Needs::Source,
    }
}

/// Prints the report in a format.
pub fn print(format: ReportFormat, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ReportFormat::Text => text::print(view, out),
        ReportFormat::Full => full::print(view, out),
        ReportFormat::Json => json::print(view.outcome, out),
        ReportFormat::Jsonl => jsonl::print(view.outcome, out),
        ReportFormat::Sarif => sarif::print(view, out),
        ReportFormat::Github => github::print(view, out),
        ReportFormat::Gitlab => gitlab::print(view, out),
        ReportFormat::Rdjson => rdjson::print(view, out),
        ReportFormat::Rdjsonl => rdjson::print_lines(view, out),
        ReportFormat::Checkstyle => checkstyle::print(view, out),
        ReportFormat::Markdown => markdown::print(view, out),
        ReportFormat::Html => html::print(view, out),
    }
}

/// Whether a site of `file` is a finding of this run.
pub fn counts(file: &FileReport, site: &Site) -> bool {
    is_finding(site.verdict) && file.aside(site).is_none()
}

/// Whether a verdict asks for somebody's attention.
pub fn is_finding(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Rewrite { .. } | Verdict::Refused)
}
