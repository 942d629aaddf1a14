//! The exit codes, and nothing else.

use std::process::ExitCode;

/// How a run ended. Ordered: the worse of two endings is the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing found, or everything asked for was done.
    Clean = 0,
    /// A diff was printed, or `check` found something at or above `--fail-on`.
    Findings = 1,
    /// Something asked for could not be done.
    Failure = 2,
    /// The user stopped the run; 128 + SIGINT, as shells count.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
