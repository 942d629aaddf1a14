//! The `undefer` command: finds every Go `defer` that a loop can pile up, and rewrites those it can prove.
//!
//! The modules in the order of the flow:
//!
//! | module | what it does |
//! |---|---|
//! | [`cli`], [`settings`], [`adoption`] | what the user typed, and what a configuration file says |
//! | [`layers`], [`resolved`], [`wanted`], [`config`] | where settings come from, which of them is obeyed, and what all of it means |
//! | [`walk`] | paths and patterns to a sorted list of files |
//! | [`load`] | a file to text worth parsing; most files end here |
//! | [`gomod`], [`constraint`] | the Go version of a file |
//! | [`shelf`], [`modules`] | packages that a site leads to |
//! | [`job`] | one file from end to end: the engine (`undefer-transforms`) behind the [`fence`], then [`gofmt`] |
//! | [`report`] | the outcome of all files, and the forms in which it is told |
//! | [`outputs`] | reports that go to files |
//! | [`profile`] | what a profile says about the functions of sites |
//! | [`known`], [`baseline`], [`since`] | which findings count: not those of the baseline, and not those on old lines |
//! | [`ignores`] | directives above findings |
//! | [`verify`], [`prove`] | what the Go toolchain says of new texts ([`subject`]), asked through [`toolchain`] |
//! | [`compose`], [`ask`], [`plan`], [`planned`] | some rewrites and not others: those that somebody takes now, or has reviewed |
//! | [`modes`] | what each mode does with it: [`diff`], or [`guard`] and [`apply`], or a report |
//! | [`mod@unit`] | the same analysis behind `go vet` and `go fix`; [`zip`] is for the latter |
//! | [`catalog`] | all codes, for `explain` and `rules` |
//!
//! [`exit`], [`git`], [`hash`], [`interrupt`], [`nearest`], [`paths`], [`patterns`], [`progress`], [`stray`], [`style`], [`trouble`] and [`version`] serve all of them. No module uses a later stage.

pub mod adoption;
pub mod apply;
pub mod ask;
pub mod baseline;
pub mod catalog;
pub mod cli;
pub mod compose;
pub mod config;
pub mod constraint;
pub mod diff;
pub mod exit;
pub mod fence;
pub mod git;
pub mod gofmt;
pub mod gomod;
pub mod guard;
pub mod hash;
pub mod ignores;
pub mod interrupt;
pub mod job;
pub mod known;
pub mod layers;
pub mod load;
pub mod modes;
pub mod modules;
pub mod nearest;
pub mod outputs;
pub mod paths;
pub mod patterns;
pub mod plan;
pub mod planned;
pub mod profile;
pub mod progress;
pub mod prove;
pub mod report;
pub mod resolved;
pub mod settings;
pub mod shelf;
pub mod since;
pub mod stray;
pub mod style;
pub mod subject;
pub mod toolchain;
pub mod trouble;
pub mod unit;
pub mod verify;
pub mod version;
pub mod walk;
pub mod wanted;
pub mod zip;

use std::env;
use std::fmt::Display;
use std::io::{self, Read, Write};
use std::path::Path;

use rayon::prelude::*;
use undefer_transforms::Options;

use cli::Aside;
use config::{Config, Mode};
use exit::Exit;
use job::{Engine, FileReport, Tools};
use known::Known;
use report::{Outcome, summary};

/// Why a run could not be carried out at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no current directory.
    #[error("cannot tell the current directory: {}", trouble::plain(.0))]
    Here(io::Error),
    /// No threads.
    #[error("cannot start threads: {0}; try --jobs 1")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// Which findings are known cannot be told.
    #[error(transparent)]
    Known(#[from] known::KnownError),
    /// Nobody can verify anything.
    #[error("--verify: {0}")]
    Verify(toolchain::ToolchainError),
    /// Nobody could interrupt the writing.
    #[error(transparent)]
    Listen(#[from] interrupt::ListenError),
    /// A profile cannot be used.
    #[error(transparent)]
    Profile(#[from] profile::ProfileError),
    /// There is no compiler.
    #[error("prove: {0}")]
    Prove(toolchain::ToolchainError),
    /// A plan cannot be carried out.
    #[error(transparent)]
    Plan(#[from] plan::PlanError),
    /// The input came from nowhere.
    #[error("cannot read standard input: {}", trouble::plain(.0))]
    Input(io::Error),
    /// A report cannot come where it should.
    #[error(transparent)]
    Report(#[from] outputs::OutputError),
    /// The output went nowhere.
    #[error("cannot write to standard output: {}", trouble::plain(.0))]
    Output(io::Error),
    /// Nothing to explain.
    #[error("explain: no defer in a loop stands on line {line}{}", elsewhere(.others))]
    NoSite {
        /// From 1.
        line: usize,
        /// The lines of the file that have one.
        others: Vec<usize>,
    },
    /// Not a code.
    #[error("explain {code}: unknown;{} `undefer rules` lists all codes", suggestion(*.nearest))]
    UnknownCode {
        /// What was asked about.
        code: String,
        /// What it looks like, if it looks like any.
        nearest: Option<&'static str>,
    },
}

fn elsewhere(lines: &[usize]) -> String {
    let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
    if lines.is_empty() { String::new() } else { format!("; the file has some on {}", lines.join(", ")) }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |code| format!(" did you mean `{code}`?"))
}

/// How many files a thread takes at most before others may have those behind them. A few files take most of a run, and they stand
/// beside one another.
const TOGETHER: usize = 4;

/// Does what `config` says: results on `out`, everything else on `err`.
pub fn run(config: &Config, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, RunError> {
    run_with(undefer_transforms::rewrite, config, out, err)
}

/// The same with another engine, for tests of what surrounds it.
pub fn run_with(
    engine: Engine,
    config: &Config,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, RunError> {
    let told = match &config.mode {
        Mode::Explain { code, format } => {
            let entry = catalog::find(code)
                .map_err(|nearest| RunError::UnknownCode { code: code.clone(), nearest })?;
            catalog::explain(&entry, *format, out).map(|()| Exit::Clean)
        }
        Mode::Rules { format } => catalog::list(*format, out).map(|()| Exit::Clean),
        Mode::Settings => modes::tell_settings(config, out),
        Mode::Completions(shell) => cli::completions(*shell, out).map(|()| Exit::Clean),
        _ => return run_on_files(engine, config, out, err),
    };
    ended(told.and_then(|exit| out.flush().map(|()| exit)), Exit::Clean)
}

/// Prints what the command line asks for in place of a run.
pub fn tell_aside(aside: &Aside) -> Result<Exit, RunError> {
    let (exit, printed) = aside.print();
    ended(printed.map(|()| exit), exit)
}

/// Reports why nothing could be done.
pub fn fail(err: &mut dyn Write, error: &dyn Display) -> Exit {
    modes::say(err, format_args!("{error:#}"));
    Exit::Failure
}

fn run_on_files(
    engine: Engine,
    config: &Config,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, RunError> {
    let here = env::current_dir().and_then(|here| here.canonicalize()).map_err(RunError::Here)?;
    if config.mode == Mode::Files {
        let walked = walk::walk(config, &here);
        let told = modes::tell_files(config, &walked, out, err);
        return ended(told, Exit::Clean);
    }
    if let Mode::Apply(apply) = &config.mode {
        return run_plan(apply, config, &here, out, err);
    }
    outputs::check(&config.reports)?;
    let profile = config.profile.as_deref().map(profile::Profile::read).transpose()?;
    let known = Known::read(config, &here)?;
    let piped =
        config.stdin.as_ref().map(|_| read_all(&mut io::stdin())).transpose().map_err(RunError::Input)?;
    let tools = Tools {
        config,
        engine,
        versions: gomod::Versions::new(&here, config.settings.go),
        here: here.clone(),
        shelf: shelf::Shelf::new(&here),
        gofmt: gofmt::Gofmt::default(),
        counts: job::Counts::default(),
        needs: modes::needs(config),
        piped,
    };
    let progress = progress::Progress::start(config.quiet);
    let walk::Walked { targets, troubles, strays, .. } = walk::walk(config, &here);
    modes::clear(config, &strays, err);
    progress.expect(targets.len());
    let threads = rayon::ThreadPoolBuilder::new().num_threads(config.jobs.get()).build()?;
    let handle = |target| {
        let report = if interrupt::stopped() { None } else { tools.handle(target) };
        progress.step();
        report
    };
    let files = threads.install(|| targets.par_iter().with_max_len(TOGETHER).filter_map(handle).collect());
    progress.clear();
    if interrupt::stopped() {
        return Ok(Exit::Interrupted);
    }
    let mut outcome = Outcome::new(files, troubles, config.bar, &tools.counts);
    outcome.piped = tools.piped;
    if let Mode::Site { line, .. } = config.mode {
        outcome.keep_line(line).map_err(|others| RunError::NoSite { line, others })?;
    }
    outcome.asked.clone_from(&config.settings.forms.list);
    outcome.rules = config.settings.rules;
    for note in known.set_aside(&targets, &mut outcome)?.iter().filter(|_| !config.quiet) {
        modes::say(err, note);
    }
    if config.asks {
        let mut answers = io::stdin().lock();
        ask::ask(&mut outcome, &tools.gofmt, config.colour, &mut answers, out).map_err(RunError::Output)?;
        interrupt::listen()?;
    }
    verify(config, &here, &mut outcome)?;
    if interrupt::stopped() {
        return Ok(Exit::Interrupted);
    }
    if let Some(profile) = profile {
        let found = profile.mark(&here, &mut outcome);
        if !config.quiet {
            modes::say(err, summary::ranked(found, &outcome));
        }
    }
    if let Mode::Prove { format } = config.mode {
        return tell_proof(&outcome, format, config.quiet, &here, out, err);
    }
    if let Mode::AddIgnore { reason } = &config.mode {
        let plan = |file: &mut Box<FileReport>| {
            let go = tools.versions.of(&file.path, file.text.as_deref().unwrap_or_default());
            let rules = config.settings.rules_for(&file.path, &here);
            ignores::plan(file, reason, &Options { go, rules, ..Options::default() }, &tools.gofmt);
        };
        let files = &mut outcome.files;
        threads.install(|| files.par_iter_mut().for_each(plan));
    }
    if tools.gofmt.is_missing() {
        modes::say_that_gofmt_is_missing(err);
    }
    let told = modes::tell(config, &outcome, &threads, out, err);
    ended(told, modes::exit_of(config, &outcome))
}

/// Carries out a plan. No path is walked, and the engine is not asked.
fn run_plan(
    apply: &config::Apply,
    config: &Config,
    here: &Path,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, RunError> {
    let gofmt = gofmt::Gofmt::default();
    let threads = rayon::ThreadPoolBuilder::new().num_threads(config.jobs.get()).build()?;
    let mut outcome = threads.install(|| planned::outcome(apply, &gofmt, config.bar))?;
    verify(config, here, &mut outcome)?;
    if gofmt.is_missing() {
        modes::say_that_gofmt_is_missing(err);
    }
    let told = modes::tell(config, &outcome, &threads, out, err);
    ended(told, modes::exit_of(config, &outcome))
}

/// Prints what the compiler says. A site of which nothing is known is a failure.
fn tell_proof(
    outcome: &Outcome,
    format: cli::Format,
    quiet: bool,
    here: &Path,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, RunError> {
    for trouble in outcome.troubles().filter(|trouble| trouble.failure || !quiet) {
        modes::say(err, trouble);
    }
    let proof = prove::prove(here, outcome).map_err(RunError::Prove)?;
    if interrupt::stopped() {
        return Ok(Exit::Interrupted);
    }
    let is_known = proof.sites.iter().all(|site| site.problem.is_none());
    let exit = outcome.exit().max(if is_known { Exit::Clean } else { Exit::Failure });
    let told = prove::print(&proof, format, out).and_then(|()| out.flush());
    if !quiet {
        modes::say(err, prove::summary(&proof));
    }
    ended(told.map(|()| exit), exit)
}

fn verify(config: &Config, here: &Path, outcome: &mut Outcome) -> Result<(), RunError> {
    if config.verify == cli::Verify::None || outcome.changes().next().is_none() {
        return Ok(());
    }
    verify::verify(config.verify, here, outcome).map_err(RunError::Verify)
}

fn read_all(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A reader that had enough ends the run quietly, as it would have ended; any other trouble with the output is a failure.
fn ended(told: io::Result<Exit>, otherwise: Exit) -> Result<Exit, RunError> {
    match told {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(otherwise),
        told => told.map_err(RunError::Output),
    }
}
