//! What the command line means: every default filled in, every contradiction refused.

use std::env;
use std::fs;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use undefer_transforms::Safety;

use crate::adoption::{self, Adoption, AdoptionError};
use crate::cli::{
    ApplyArgs, CheckArgs, Cli, Command, FailOn, Format, ReportFormat, Shard, Shell, Show, Verify,
};
use crate::layers::{Asked, Layers, LayersError};
use crate::resolved::{ResolveError, Resolved};
use crate::style;
use crate::trouble::plain;
use crate::wanted::{self, ReportFile, WantedError};

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
    /// Write down what would be written.
    Plan {
        /// Where.
        out: PathBuf,
    },
    /// Carry out a plan.
    Apply(Apply),
    /// Ask the compiler about what would be written.
    Prove {
        /// How the answer is written.
        format: Format,
    },
    /// Report findings.
    Check(Check),
    /// Write directives above the findings.
    AddIgnore {
        /// The reason that they give.
        reason: String,
    },
    /// Print a completion script.
    Completions(Shell),
    /// Say what a code means.
    Explain {
        /// What the user asked about.
        code: String,
        /// How the answer is written.
        format: Format,
    },
    /// Give the reasoning for the sites of one line.
    Site {
        /// From 1.
        line: usize,
        /// How the answer is written.
        format: Format,
    },
    /// Print the settings.
    Settings,
    /// List all codes.
    Rules {
        /// How the list is written.
        format: Format,
    },
}

/// How a plan is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apply {
    /// The plan.
    pub plan: PathBuf,
    /// Ids of rewrites to leave out.
    pub reject: Option<PathBuf>,
    /// Print a patch instead of writing.
    pub diff: bool,
    /// Name the files that were written.
    pub list: bool,
}

/// How `check` reports and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// How the report is written.
    pub format: ReportFormat,
    /// What the reports for people hold.
    pub show: Show,
    /// Counts instead of sites, and how they are written.
    pub statistics: Option<StatisticsFormat>,
    /// The least finding that makes the exit code 1.
    pub fail_on: FailOn,
    /// So many of them do not.
    pub max_findings: usize,
}

/// How counts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatisticsFormat {
    /// A table.
    Text,
    /// One object.
    Json,
    /// One object a line.
    Jsonl,
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
    /// Rewrites up to this safety are shown and written.
    pub bar: Safety,
    /// Write also where there are uncommitted edits.
    pub allow_dirty: bool,
    /// The part of all packages that this run looks at.
    pub shard: Option<Shard>,
    /// A profile by which sites are ranked.
    pub profile: Option<PathBuf>,
    /// Somebody is asked about each rewrite before anything is written.
    pub asks: bool,
    /// What the Go toolchain is asked about new texts.
    pub verify: Verify,
    /// Which findings count.
    pub adoption: Adoption,
    /// What a configuration file may say, too.
    pub settings: Resolved,
    /// Threads.
    pub jobs: NonZeroUsize,
    /// No summary.
    pub quiet: bool,
    /// File counts too.
    pub verbose: bool,
    /// Whether standard output takes colours.
    pub colour: bool,
    /// Reports beside what is printed.
    pub reports: Vec<ReportFile>,
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
    /// `-` with a job that looks at files.
    #[error("`-` is standard input, and `{0}` is about files; name some")]
    JobOfFiles(&'static str),
    /// Answers come from where a text or a list should come from.
    #[error(
        "--interactive reads answers from standard input, so nothing else can come from there; name files"
    )]
    AnswersAndStdin,
    /// The list of files cannot be read.
    #[error("--files-from {}: {}", .0.display(), plain(.1))]
    FilesFrom(PathBuf, io::Error),
    /// There is no current directory.
    #[error("cannot tell the current directory: {}", plain(.0))]
    Here(io::Error),
    /// The configuration cannot be read.
    #[error(transparent)]
    Layers(#[from] LayersError),
    /// A setting cannot be obeyed.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// Counts have no such format.
    #[error("--statistics goes with --output-format text, full, json or jsonl")]
    StatisticsFormat,
    /// Known findings.
    #[error(transparent)]
    Adoption(#[from] AdoptionError),
    /// Reports beside what is printed.
    #[error(transparent)]
    Reports(#[from] WantedError),
    /// `-j 0`.
    #[error("--jobs 0: at least one file must be worked on; leave the flag out for one on each processor")]
    NoJobs,
}

impl Config {
    /// Resolves the command line, the environment, and the configuration file where the job reads Go files.
    pub fn resolve(cli: &Cli) -> Result<Self, ConfigError> {
        let common = &cli.common;
        let (paths, stdin) = input(cli)?;
        let settings = Resolved::of(cli, &layers(cli)?)?;
        Ok(Self {
            mode: mode(cli, stdin.is_some(), &settings)?,
            paths,
            name_end: if cli.null { '\0' } else { '\n' },
            bar: if common.r#unsafe { Safety::Unsafe } else { Safety::Safe },
            allow_dirty: match &cli.command {
                Some(Command::Check(args)) => args.allow_dirty,
                Some(Command::Apply(args)) => args.allow_dirty,
                _ => cli.allow_dirty,
            },
            shard: common.shard,
            profile: match &cli.command {
                Some(Command::Check(args)) => args.profile.clone(),
                _ => None,
            },
            asks: cli.interactive,
            verify: verify(cli),
            adoption: adoption(cli, stdin.is_some(), &settings)?,
            stdin,
            settings,
            jobs: jobs(common.jobs)?,
            quiet: common.quiet,
            verbose: common.verbose,
            colour: style::wanted(common.color),
            reports: wanted::reports(cli)?,
        })
    }
}

impl Config {
    /// Whether the texts of files are needed once all of them have been read: to know findings again, or to write above them.
    pub fn keeps_texts(&self) -> bool {
        self.adoption.baseline.is_some() || matches!(self.mode, Mode::AddIgnore { .. })
    }
}

/// The places of settings. Jobs that look up codes have none: a file that is broken should not break them.
fn layers(cli: &Cli) -> Result<Layers, ConfigError> {
    let reads_files = match &cli.command {
        None | Some(Command::Check(_) | Command::Plan(_) | Command::Prove(_)) => true,
        Some(Command::Explain(args)) => args.place().is_some(),
        _ => false,
    };
    if !reads_files {
        return Ok(Layers::default());
    }
    let here = env::current_dir().and_then(|here| here.canonicalize()).map_err(ConfigError::Here)?;
    let asked = Asked {
        configs: &cli.common.config,
        from_environment: cli.is_from_environment("config"),
        isolated: cli.common.isolated,
    };
    Ok(Layers::read(asked, &here)?)
}

fn adoption(cli: &Cli, piped: bool, settings: &Resolved) -> Result<Adoption, AdoptionError> {
    match &cli.command {
        Some(Command::Check(args)) => {
            Adoption::of(args, settings.baseline.as_ref(), piped, cli.common.shard.is_some())
        }
        _ => Ok(Adoption::default()),
    }
}

fn mode(cli: &Cli, piped: bool, settings: &Resolved) -> Result<Mode, ConfigError> {
    let asked = cli.common.show_settings;
    let Some(command) = &cli.command else {
        return Ok(match (cli.write, cli.list) {
            _ if asked => Mode::Settings,
            _ if cli.show_files => Mode::Files,
            (true, false) if piped => Mode::Filter,
            (_, list) if cli.interactive => Mode::Write { list },
            (true, list) => Mode::Write { list },
            (false, true) => Mode::List { exit_code: cli.exit_code },
            (false, false) => Mode::Diff,
        });
    };
    let job = job_name(command);
    let foreign = [
        (cli.write, "--write"),
        (cli.interactive, "--interactive"),
        (cli.list, "--list"),
        (cli.diff, "--diff"),
        (cli.allow_dirty, "--allow-dirty"),
        (cli.exit_code, "--exit-code"),
        (cli.show_files, "--show-files"),
        (cli.toolchain.verify.is_some() && !cli.is_from_environment("verify"), "--verify"),
        (asked && !matches!(command, Command::Check(_)), "--show-settings"),
    ];
    if let Some(&(_, flag)) = foreign.iter().find(|(given, _)| *given) {
        return Err(ConfigError::ForeignFlag { flag, job });
    }
    let is_check = matches!(command, Command::Check(_));
    if let Some(flag) = wanted::flag(&cli.reports).filter(|_| !is_check) {
        return Err(ConfigError::ForeignFlag { flag, job });
    }
    Ok(match command {
        Command::Check(_) if asked => Mode::Settings,
        Command::Check(args) => match adoption::reason(args)? {
            Some(reason) => Mode::AddIgnore { reason },
            None => Mode::Check(check(args, settings)?),
        },
        Command::Plan(args) => Mode::Plan { out: args.out.clone() },
        Command::Prove(args) => Mode::Prove { format: args.format.value },
        Command::Apply(ApplyArgs { plan, reject, diff, list, .. }) => {
            Mode::Apply(Apply { plan: plan.clone(), reject: reject.clone(), diff: *diff, list: *list })
        }
        Command::Explain(args) => match args.place() {
            Some((_, line)) => Mode::Site { line, format: args.format.value },
            None => Mode::Explain { code: args.code.clone(), format: args.format.value },
        },
        Command::Completions { shell } => Mode::Completions(*shell),
        Command::Rules(format) => Mode::Rules { format: format.value },
    })
}

/// What the toolchain is asked; nothing where no text is to be used, whatever the environment says.
fn verify(cli: &Cli) -> Verify {
    let asked = match &cli.command {
        None => cli.toolchain.verify,
        Some(Command::Plan(args)) => args.toolchain.verify,
        Some(Command::Apply(args)) => args.toolchain.verify,
        Some(_) => None,
    };
    asked.unwrap_or(Verify::None)
}

fn check(args: &CheckArgs, settings: &Resolved) -> Result<Check, ConfigError> {
    let CheckArgs { show, statistics, .. } = *args;
    let Resolved { format, fail_on, max_findings, .. } = *settings;
    let counts = match format {
        ReportFormat::Text | ReportFormat::Full => Some(StatisticsFormat::Text),
        ReportFormat::Json => Some(StatisticsFormat::Json),
        ReportFormat::Jsonl => Some(StatisticsFormat::Jsonl),
        _ => None,
    };
    let statistics = statistics.then(|| counts.ok_or(ConfigError::StatisticsFormat)).transpose()?;
    Ok(Check { format, show, statistics, fail_on, max_findings })
}

fn job_name(command: &Command) -> &'static str {
    match command {
        Command::Check(_) => "check",
        Command::Plan(_) => "plan",
        Command::Apply(_) => "apply",
        Command::Prove(_) => "prove",
        Command::Explain(_) => "explain",
        Command::Completions { .. } => "completions",
        Command::Rules(_) => "rules",
    }
}

/// Paths may stand before the job's name as well as after it. The second part is what standard input is called.
fn input(cli: &Cli) -> Result<(Vec<PathBuf>, Option<PathBuf>), ConfigError> {
    let mut paths = cli.paths.clone();
    if let Some(Command::Explain(args)) = &cli.command {
        return Ok((args.place().into_iter().map(|(path, _)| path).collect(), None));
    }
    if let Some(Command::Check(args)) = &cli.command {
        paths.extend(args.paths.iter().cloned());
    }
    let files_only = match &cli.command {
        Some(Command::Plan(args)) => Some(("plan", &args.paths)),
        Some(Command::Prove(args)) => Some(("prove", &args.paths)),
        _ => None,
    };
    if let Some((job, more)) = files_only {
        paths.extend(more.iter().cloned());
        if paths.iter().any(|path| path == Path::new("-")) {
            return Err(ConfigError::JobOfFiles(job));
        }
    }
    let is_stdin = |path: &Path| path == Path::new("-");
    let reads_stdin = paths.iter().chain(&cli.common.files_from).any(|path| is_stdin(path));
    if cli.interactive && reads_stdin {
        return Err(ConfigError::AnswersAndStdin);
    }
    if paths.iter().any(|path| is_stdin(path)) {
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

fn jobs(asked: Option<usize>) -> Result<NonZeroUsize, ConfigError> {
    match asked {
        Some(count) => NonZeroUsize::new(count).ok_or(ConfigError::NoJobs),
        None => Ok(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)),
    }
}
