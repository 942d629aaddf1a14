//! Reports that go to files, made from the same outcome as what is printed. Each file is replaced whole or stays as it was;
//! only the summary of a step is appended to, because other commands of the step write to it too.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::apply;

use crate::job::Needs;
use crate::report::{self, View, digest, markdown};
use crate::trouble::plain;
use crate::wanted::{Content, ReportFile};

/// A report that did not come where it should.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// There is no folder for it.
    #[error("{flag}: there is no folder {folder}; make it first")]
    NoFolder {
        /// How the report was asked for.
        flag: String,
        /// Where it should have gone.
        folder: String,
    },
    /// The system said no.
    #[error("{flag}: cannot be written: {}", plain(error))]
    Io {
        /// How the report was asked for.
        flag: String,
        /// What the system said.
        error: io::Error,
    },
}

/// How much of the outcome a report in a file looks at.
pub fn needs(content: Content) -> Needs {
    match content {
        Content::Report(format) => report::needs(format),
        Content::Summary | Content::PullRequest | Content::StepSummary => Needs::Verdicts,
    }
}

/// Refuses, before any work is done, files that could not be written when it is.
pub fn check(files: &[ReportFile]) -> Result<(), OutputError> {
    for ReportFile { flag, path, .. } in files {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(OutputError::NoFolder { flag: flag.clone(), folder: folder.display().to_string() });
        }
    }
    Ok(())
}

/// Writes all of them; gives back those that could not be.
pub fn write(files: &[ReportFile], view: &View<'_>) -> Vec<OutputError> {
    let failed = |file: &ReportFile| {
        let error = write_one(file, view).err()?;
        Some(OutputError::Io { flag: file.flag.clone(), error })
    };
    files.iter().filter_map(failed).collect()
}

fn write_one(file: &ReportFile, view: &View<'_>) -> io::Result<()> {
    let view = &View { colour: false, ..*view };
    let mut bytes = Vec::new();
    match file.content {
        Content::Report(format) => report::print(format, view, &mut bytes)?,
        Content::Summary => digest::print(view, &mut bytes)?,
        Content::PullRequest => bytes = markdown::pull_request(view).into_bytes(),
        Content::StepSummary => return append(&file.path, view),
    }
    apply::put(&file.path, &bytes)
}

fn append(path: &Path, view: &View<'_>) -> io::Result<()> {
    let used = fs::metadata(path).map_or(0, |metadata| metadata.len());
    let text = markdown::step_summary(view, usize::try_from(used).unwrap_or(usize::MAX));
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}
