//! What the command line means: every default filled in, every contradiction refused.

use std::fs;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use undefer_transforms::{Form, Forms, GoVersion, PASSES, Safety};

use crate::cli::{CheckArgs, Cli, Command, FailOn, Format, ReportFormat, Shell, Show, Tests};
use crate::style;
use crate::trouble::plain;

/// The job of this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Print a patch.
    Diff,
    /// Name the files that would change.
    List {
        /// Exit 1 if there is one.
        exit_code: bool,
    },
    /// Name the files that would be read.
    Files,
    /// Print the new text of what came on standard input.
    Filter,
    /// Write the files.
    Write {
        /// Name those that were written.
        list: bool,
    },
    /// Report findings.
    Check(Check),
    /// Print a completion script.
    Completions(Shell),
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
    /// What was named; empty only where a list of files was.
    pub paths: Vec<PathBuf>,
    /// What standard input is called, where that is read instead.
    pub stdin: Option<PathBuf>,
    /// Names end with this.
    pub name_end: char,
    /// Whether UD001 is looked for.
    pub is_selected: bool,
    /// What git ignores is passed over.
    pub gitignore: bool,
    /// Rewrites up to this safety are shown and written.
    pub bar: Safety,
    /// The forms that rewrites may have.
    pub forms: Forms,
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
    /// `-` with other paths.
    #[error("`-` is standard input and goes with no other path")]
    StdinAndPaths,
    /// The list of files cannot be read.
    #[error("--files-from {}: {}", .0.display(), plain(.1))]
    FilesFrom(PathBuf, io::Error),
    /// Not the beginning of any rule's code.
    #[error("{flag} {code}: there is no such rule; `undefer rules` lists all codes")]
    UnknownRule {
        /// As it is spelled in full.
        flag: &'static str,
        /// What was given.
        code: String,
    },
    /// Not a form.
    #[error("--form {form}: there is no such form; the forms are auto, {known}")]
    UnknownForm {
        /// What was given.
        form: String,
        /// Those that are known.
        known: String,
    },
    /// `auto` in a list, or with `--form-only`.
    #[error("--form auto is every form there is: it goes with no other, and not with --form-only")]
    AutoAndMore,
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
        let (paths, stdin) = input(cli)?;
        Ok(Self {
            mode: mode(cli, stdin.is_some())?,
            paths,
            stdin,
            name_end: if cli.null { '\0' } else { '\n' },
            is_selected: selects("--select", &common.select)?.unwrap_or(true)
                && !selects("--ignore", &common.ignore)?.unwrap_or(false),
            gitignore: common.gitignore,
            bar: if common.r#unsafe { Safety::Unsafe } else { Safety::Safe },
            forms: forms(&common.form, common.form_only)?,
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

fn mode(cli: &Cli, piped: bool) -> Result<Mode, ConfigError> {
    let Some(command) = &cli.command else {
        return Ok(match (cli.write, cli.list) {
            _ if cli.show_files => Mode::Files,
            (true, false) if piped => Mode::Filter,
            (true, list) => Mode::Write { list },
            (false, true) => Mode::List { exit_code: cli.exit_code },
            (false, false) => Mode::Diff,
        });
    };
    let job = job_name(command);
    let foreign = [
        (cli.write, "--write"),
        (cli.list, "--list"),
        (cli.diff, "--diff"),
        (cli.allow_dirty, "--allow-dirty"),
        (cli.exit_code, "--exit-code"),
        (cli.show_files, "--show-files"),
    ];
    if let Some(&(_, flag)) = foreign.iter().find(|(given, _)| *given) {
        return Err(ConfigError::ForeignFlag { flag, job });
    }
    Ok(match command {
        Command::Check(CheckArgs { format, show, statistics, fail_on, .. }) => {
            Mode::Check(Check { format: *format, show: *show, statistics: *statistics, fail_on: *fail_on })
        }
        Command::Explain(args) => Mode::Explain { code: args.code.clone(), format: args.format.value },
        Command::Completions { shell } => Mode::Completions(*shell),
        Command::Rules(format) => Mode::Rules { format: format.value },
    })
}

fn job_name(command: &Command) -> &'static str {
    match command {
        Command::Check(_) => "check",
        Command::Explain(_) => "explain",
        Command::Completions { .. } => "completions",
        Command::Rules(_) => "rules",
    }
}

/// Paths may stand before the job's name as well as after it. The second part is what standard input is called.
fn input(cli: &Cli) -> Result<(Vec<PathBuf>, Option<PathBuf>), ConfigError> {
    let mut paths = cli.paths.clone();
    if let Some(Command::Check(args)) = &cli.command {
        paths.extend(args.paths.iter().cloned());
    }
    if paths.iter().any(|path| path == Path::new("-")) {
        if paths.len() > 1 || cli.common.files_from.is_some() || cli.list && cli.write {
            return Err(ConfigError::StdinAndPaths);
        }
        let name = cli.common.stdin_filename.clone().unwrap_or_else(|| PathBuf::from("<stdin>"));
        return Ok((Vec::new(), Some(name)));
    }
    match &cli.common.files_from {
        Some(list) => {
            let text = read_list(list).map_err(|error| ConfigError::FilesFrom(list.clone(), error))?;
            let end = if cli.null { '\0' } else { '\n' };
            let names = text.split(end).map(|name| name.strip_suffix('\r').unwrap_or(name));
            paths.extend(names.filter(|name| !name.is_empty()).map(PathBuf::from));
        }
        None if paths.is_empty() => paths.push(PathBuf::from("./...")),
        None => {}
    }
    Ok((paths, None))
}

fn read_list(list: &Path) -> io::Result<String> {
    if list != Path::new("-") {
        return fs::read_to_string(list);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

/// Whether a list of codes names UD001; nothing for an empty list.
fn selects(flag: &'static str, codes: &[String]) -> Result<Option<bool>, ConfigError> {
    let known = |code: &String| !code.is_empty() && "UD001".starts_with(&code.to_ascii_uppercase());
    match codes.iter().find(|code| !known(code)) {
        Some(unknown) => Err(ConfigError::UnknownRule { flag, code: unknown.clone() }),
        None => Ok((!codes.is_empty()).then_some(true)),
    }
}

/// The forms of `--form`; `auto` is none in particular.
fn forms(words: &[String], only: bool) -> Result<Forms, ConfigError> {
    if words.iter().any(|word| word == "auto") {
        let alone = words.len() == 1 && !only;
        return if alone { Ok(Forms::default()) } else { Err(ConfigError::AutoAndMore) };
    }
    let form = |word: &String| -> Result<Form, ConfigError> {
        let pass = PASSES.iter().find(|pass| pass.form.word() == word);
        pass.map(|pass| pass.form).ok_or_else(|| {
            let known: Vec<&str> = PASSES.iter().map(|pass| pass.form.word()).collect();
            ConfigError::UnknownForm { form: word.clone(), known: known.join(", ") }
        })
    };
    Ok(Forms { list: words.iter().map(form).collect::<Result<_, _>>()?, only })
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
