//! The reports that were asked for beside what is printed: what is in them, and where they go.

use std::path::{Path, PathBuf};

use crate::cli::{Cli, Command, Output, ReportFormat, Reports, Value};
use crate::paths::shown;

/// A file that a run leaves behind, and how it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// The flag, as it is spelled in full.
    pub flag: String,
    /// What is in it.
    pub content: Content,
    /// Where.
    pub path: PathBuf,
}

/// What is in a file that a run leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A report of `check`.
    Report(ReportFormat),
    /// Figures.
    Summary,
    /// The text of a pull request.
    PullRequest,
    /// A step's summary, to which this is appended.
    StepSummary,
}

/// Reports that cannot be written as they were asked for.
#[derive(Debug, thiserror::Error)]
pub enum WantedError {
    /// `-` for standard output, where the results of the job go.
    #[error("{0}: `-` is no file; name one, or print a report with `undefer check --output-format`")]
    NoFile(String),
    /// One report would replace the other.
    #[error("{0} and {1} name the same file; give each report a file of its own")]
    SameFile(String, String),
    /// Not a step of GitHub Actions.
    #[error("--step-summary: GITHUB_STEP_SUMMARY names no file, as it does in a step of GitHub Actions")]
    NoStepSummary,
}

/// One of the flags for reports that was given.
pub fn flag(reports: &Reports) -> Option<&'static str> {
    let given = [
        (!reports.outputs.is_empty(), "--output"),
        (reports.summary_json.is_some(), "--summary-json"),
        (reports.pr_body.is_some(), "--pr-body"),
        (reports.step_summary, "--step-summary"),
    ];
    given.iter().find(|(given, _)| *given).map(|&(_, flag)| flag)
}

/// All reports that go to files. They may be asked for before the job's name as well as after it.
pub fn reports(cli: &Cli) -> Result<Vec<ReportFile>, WantedError> {
    let mut files = files_of(&cli.reports)?;
    if let Some(Command::Check(args)) = &cli.command {
        files.extend(files_of(&args.reports)?);
    }
    for (index, file) in files.iter().enumerate() {
        if file.path == Path::new("-") {
            return Err(WantedError::NoFile(file.flag.clone()));
        }
        if let Some(other) = files[..index].iter().find(|other| shown(&other.path) == shown(&file.path)) {
            return Err(WantedError::SameFile(other.flag.clone(), file.flag.clone()));
        }
    }
    Ok(files)
}

fn files_of(reports: &Reports) -> Result<Vec<ReportFile>, WantedError> {
    let mut files = Vec::new();
    let mut add = |flag: String, content, path: &PathBuf| {
        files.push(ReportFile { flag, content, path: path.clone() });
    };
    for Output { format, path } in &reports.outputs {
        add(format!("--output {}={}", format.word(), path.display()), Content::Report(*format), path);
    }
    if let Some(path) = &reports.summary_json {
        add(format!("--summary-json {}", path.display()), Content::Summary, path);
    }
    if let Some(path) = &reports.pr_body {
        add(format!("--pr-body {}", path.display()), Content::PullRequest, path);
    }
    if reports.step_summary {
        let path = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        let path = PathBuf::from(path.ok_or(WantedError::NoStepSummary)?);
        add("--step-summary".to_owned(), Content::StepSummary, &path);
    }
    Ok(files)
}
