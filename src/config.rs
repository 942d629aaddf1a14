//! What the command line means: every default filled in, every contradiction refused.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use undefer_transforms::{GoVersion, Safety};

use crate::cli::{CheckArgs, Cli, Command, FailOn, Format, ReportFormat, Show, Tests};
use crate::style;

/// The job of this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Print a patch.
    Diff,
    /// Name the files that would change.
    List,
    /// Write the files.
    Write {
        /// Name those that were written.
        list: bool,
    },
    /// Report findings.
    Check(Check),
    /// Say what a code means.
    Explain {
        /// What the user asked about.
        code: String,
        /// How the answer is written.
        format: Format,
    },
    /// List all codes.
    Rules {
        /// How the list is written.
        format: Format,
    },
}

/// How `check` reports and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// How the report is written.
    pub format: ReportFormat,
    /// What the reports for people hold.
    pub show: Show,
    /// Counts instead of sites.
    pub statistics: bool,
    /// The least finding that makes the exit code 1.
    pub fail_on: FailOn,
}

/// Everything a run needs to know.
#[allow(clippy::struct_excessive_bools, reason = "one for each flag that is on or off")]
#[derive(Clone, Debug)]
pub struct Config {
    /// The job.
    pub mode: Mode,
    /// What was named; never empty.
    pub paths: Vec<PathBuf>,
    /// Rewrites up to this safety are shown and written.
    pub bar: Safety,
    /// Write also where there are uncommitted edits.
    pub allow_dirty: bool,
    /// Read also generated files.
    pub include_generated: bool,
    /// Whether tests are read.
    pub tests: Tests,
    /// The Go version, where the user stated it.
    pub go: Option<GoVersion>,
    /// Threads.
    pub jobs: NonZeroUsize,
    /// No summary.
    pub quiet: bool,
    /// File counts too.
    pub verbose: bool,
    /// Whether standard output takes colours.
    pub colour: bool,
}

/// Flags that cannot be obeyed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A flag of the diff before the name of another job.
    #[error("{flag} does not go with `{job}`: leave one of the two out")]
    ForeignFlag {
        /// As it is spelled in full.
        flag: &'static str,
        /// The job's name.
        job: &'static str,
    },
    /// Not a Go version.
    #[error("--go {0}: not a Go version; write it as 1.N, for example --go 1.22")]
    GoVersion(String),
    /// `-j 0`.
    #[error("--jobs 0: at least one file must be worked on; leave the flag out for one on each processor")]
    NoJobs,
}

impl Config {
    /// Resolves the command line.
    pub fn resolve(cli: &Cli) -> Result<Self, ConfigError> {
        let common = &cli.common;
        Ok(Self {
            mode: mode(cli)?,
            paths: paths(cli),
            bar: if common.r#unsafe { Safety::Unsafe } else { Safety::Safe },
            allow_dirty: cli.allow_dirty,
            include_generated: common.include_generated,
            tests: common.tests,
            go: common.go.as_deref().map(go_version).transpose()?,
            jobs: jobs(common.jobs)?,
            quiet: common.quiet,
            verbose: common.verbose,
            colour: style::wanted(common.color),
        })
    }
}

fn mode(cli: &Cli) -> Result<Mode, ConfigError> {
    let Some(command) = &cli.command else {
        return Ok(match (cli.write, cli.list) {
            (true, list) => Mode::Write { list },
            (false, true) => Mode::List,
            (false, false) => Mode::Diff,
        });
    };
    let job = job_name(command);
    let foreign = [
        (cli.write, "--write"),
        (cli.list, "--list"),
        (cli.diff, "--diff"),
        (cli.allow_dirty, "--allow-dirty"),
    ];
    if let Some(&(_, flag)) = foreign.iter().find(|(given, _)| *given) {
        return Err(ConfigError::ForeignFlag { flag, job });
    }
    Ok(match command {
        Command::Check(CheckArgs { format, show, statistics, fail_on, .. }) => {
            Mode::Check(Check { format: *format, show: *show, statistics: *statistics, fail_on: *fail_on })
        }
        Command::Explain(args) => Mode::Explain { code: args.code.clone(), format: args.format.value },
        Command::Rules(format) => Mode::Rules { format: format.value },
    })
}

fn job_name(command: &Command) -> &'static str {
    match command {
        Command::Check(_) => "check",
        Command::Explain(_) => "explain",
        Command::Rules(_) => "rules",
    }
}

/// Paths may stand before the job's name as well as after it.
fn paths(cli: &Cli) -> Vec<PathBuf> {
    let mut paths = cli.paths.clone();
    if let Some(Command::Check(args)) = &cli.command {
        paths.extend(args.paths.iter().cloned());
    }
    if paths.is_empty() {
        paths.push(PathBuf::from("./..."));
    }
    paths
}

fn go_version(text: &str) -> Result<GoVersion, ConfigError> {
    parse_go_version(text).ok_or_else(|| ConfigError::GoVersion(text.to_owned()))
}

fn jobs(asked: Option<usize>) -> Result<NonZeroUsize, ConfigError> {
    match asked {
        Some(count) => NonZeroUsize::new(count).ok_or(ConfigError::NoJobs),
        None => Ok(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)),
    }
}

/// Reads `1.22`, `1.22.3`, `1.23rc1` and the `go1.22` of build constraints.
pub fn parse_go_version(text: &str) -> Option<GoVersion> {
    let minor = text.strip_prefix("go").unwrap_or(text).strip_prefix("1.")?;
    let digits = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
    let (number, rest) = minor.split_at(digits);
    let known_suffix = rest.is_empty() || [".", "rc", "beta"].iter().any(|start| rest.starts_with(start));
    known_suffix.then(|| number.parse().ok().map(GoVersion)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_versions_are_read_as_go_writes_them() {
        for text in ["1.22", "1.22.3", "1.22rc1", "go1.22", "1.22beta1"] {
            assert_eq!(parse_go_version(text), Some(GoVersion(22)), "{text}");
        }
        for text in ["", "1", "2.1", "1.", "1.x", "1.22x"] {
            assert_eq!(parse_go_version(text), None, "{text}");
        }
    }
}
