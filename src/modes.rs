//! What each mode does with the outcome: print a patch, name files, write them, report.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::apply;
use crate::cli::{Format, ReportFormat, Show};
use crate::config::{Check, Config, Mode};
use crate::diff;
use crate::exit::Exit;
use crate::guard::Guard;
use crate::ignores;
use crate::interrupt;
use crate::job::{FileReport, Needs};
use crate::load::is_generated_file;
use crate::outputs;
use crate::paths::shown;
use crate::report::{self, Outcome, View, statistics, summary};
use crate::resolved::Shown;
use crate::stray;
use crate::trouble::{Kind, Trouble, plain};
use crate::walk::Walked;

/// Settings that are longer than this do not move the places of the others to the right.
const WIDEST: usize = 40;

/// How much of the outcome a run looks at.
pub fn needs(config: &Config) -> Needs {
    let printed = match &config.mode {
        Mode::Check(Check { statistics: None, format, .. }) => report::needs(*format),
        Mode::Site { format: Format::Text, .. } => report::needs(ReportFormat::Full),
        Mode::Site { .. } => report::needs(ReportFormat::Json),
        Mode::Diff | Mode::List { .. } | Mode::Write { .. } | Mode::Filter => Needs::Text,
        _ => Needs::Verdicts,
    };
    config.reports.iter().map(|file| outputs::needs(file.content)).fold(printed, Needs::max)
}

/// How the run ends by what was found, before anything is written.
pub fn exit_of(config: &Config, outcome: &Outcome) -> Exit {
    let is_found = match &config.mode {
        Mode::Diff => outcome.changes().next().is_some(),
        Mode::Check(check) => outcome.failing(check.fail_on) > check.max_findings,
        Mode::List { exit_code } => *exit_code && outcome.changes().next().is_some(),
        _ => false,
    };
    outcome.exit().max(if is_found { Exit::Findings } else { Exit::Clean })
}

/// Removes what runs that were killed have left, before anything is written: a full disk has more room after it.
pub fn clear(config: &Config, strays: &[PathBuf], err: &mut dyn Write) {
    for path in strays {
        let words = match stray::remove(path) {
            Ok(false) => continue,
            Ok(true) => "left by a run that was killed; removed".to_owned(),
            Err(error) => format!("left by a run that was killed; remove it by hand: {}", plain(&error)),
        };
        if !config.quiet {
            say(err, format_args!("{}: {words}", shown(path)));
        }
    }
}

/// Tells the outcome as the mode wants it: results on `out`, everything else on `err`.
pub fn tell(
    config: &Config,
    outcome: &Outcome,
    threads: &ThreadPool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    for trouble in outcome.troubles().filter(|trouble| trouble.failure || !config.quiet) {
        say(err, trouble);
    }
    let mut exit = exit_of(config, outcome);
    let (written, unwritten) = match config.mode {
        Mode::Write { .. } | Mode::AddIgnore { .. } => write(config, outcome, threads, err),
        _ => (Vec::new(), BTreeMap::new()),
    };
    let view = view(config, outcome, &unwritten);
    let failed = if interrupt::stopped() { Vec::new() } else { outputs::write(&config.reports, &view) };
    for error in &failed {
        say(err, error);
    }
    if !unwritten.is_empty() || !failed.is_empty() {
        exit = Exit::Failure;
    }
    print(config, &view, &written, out)?;
    if let Mode::AddIgnore { .. } = config.mode
        && !config.quiet
        && !interrupt::stopped()
    {
        let count = written.iter().filter_map(|file| file.change.as_ref()).map(ignores::count).sum();
        say(err, summary::directives(count, written.len()));
    }
    if interrupt::stopped() {
        return Ok(Exit::Interrupted);
    }
    summarise(config, &view, err);
    Ok(exit)
}

/// The outcome as reports tell it.
fn view<'a>(config: &Config, outcome: &'a Outcome, unwritten: &'a BTreeMap<&'a str, String>) -> View<'a> {
    let show = match &config.mode {
        Mode::Check(check) => check.show,
        Mode::Site { .. } => Show::All,
        _ => Show::Findings,
    };
    let writes = matches!(config.mode, Mode::Write { .. });
    View { outcome, show, colour: config.colour, writes, unwritten }
}

/// Prints the results of the mode.
fn print(config: &Config, view: &View<'_>, written: &[&FileReport], out: &mut dyn Write) -> io::Result<()> {
    match &config.mode {
        Mode::Diff => diff(config, view.outcome, out)?,
        Mode::List { .. } => list(config, view.outcome.changes(), out)?,
        Mode::Filter => filter(view.outcome, out)?,
        Mode::Check(Check { statistics: Some(format), .. }) => statistics::print(*format, view, out)?,
        Mode::Check(check) => report::print(check.format, view, out)?,
        Mode::Site { format: Format::Text, .. } => report::print(ReportFormat::Full, view, out)?,
        Mode::Site { .. } => report::print(ReportFormat::Json, view, out)?,
        Mode::Write { list: true } => list(config, written.iter().copied(), out)?,
        _ => {}
    }
    out.flush()
}

fn summarise(config: &Config, view: &View<'_>, err: &mut dyn Write) {
    if matches!(config.mode, Mode::Site { .. } | Mode::AddIgnore { .. }) {
        return;
    }
    if !config.quiet && config.settings.rules.is_empty() {
        say(err, "--ignore leaves no rule to look for");
    } else if !config.quiet {
        say(err, summary::sites(view));
        if let Mode::Check(check) = &config.mode {
            allowance(check, view.outcome, err);
        }
    }
    if config.verbose {
        say(err, summary::files(view.outcome));
    }
}

/// Says how far a limit of findings is used up, where there is one, so that it can be lowered.
fn allowance(check: &Check, outcome: &Outcome, err: &mut dyn Write) {
    let (found, allowed) = (outcome.failing(check.fail_on), check.max_findings);
    if allowed > 0 {
        let advice = if found < allowed { format!("; lower it to {found}") } else { String::new() };
        say(err, format_args!("--max-findings: {found} found, {allowed} allowed{advice}"));
    }
}

/// Names the files that a run would read, and on `err` those that it would pass over.
pub fn tell_files(
    config: &Config,
    walked: &Walked,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    let mut exit = Exit::Clean;
    for trouble in &walked.troubles {
        say(err, trouble);
        exit = exit.max(if trouble.failure { Exit::Failure } else { Exit::Clean });
    }
    let mut passed: Vec<(String, &str)> = walked.passed.clone();
    for target in &walked.targets {
        let name = shown(&target.path);
        if !config.settings.include_generated && is_generated_file(target) {
            passed.push((name, "generated"));
        } else {
            write!(out, "{name}{}", config.name_end)?;
        }
    }
    out.flush()?;
    passed.sort();
    for (name, why) in passed.iter().filter(|_| !config.quiet) {
        say(err, format_args!("{name}: passed over: {why}"));
    }
    Ok(exit)
}

/// Prints the settings in the words of a configuration file, each with the place that it comes from.
pub fn tell_settings(config: &Config, out: &mut dyn Write) -> io::Result<Exit> {
    let first = |text: &str| text.lines().next().unwrap_or_default().chars().count();
    let settings = &config.settings.shown;
    let width = settings.iter().map(|setting| first(&setting.text)).filter(|&width| width <= WIDEST).max();
    for Shown { text, origin } in settings {
        let (head, rest) = text.split_once('\n').map_or((text.as_str(), ""), |(head, rest)| (head, rest));
        let gap = if rest.is_empty() { "" } else { "\n" };
        writeln!(out, "{gap}{head:width$}  # {origin}{gap}{rest}", width = width.unwrap_or(0))?;
    }
    Ok(Exit::Clean)
}

/// One line on standard error. If nobody reads it there is nobody left to tell.
pub fn say(err: &mut dyn Write, words: impl std::fmt::Display) {
    let _ = writeln!(err, "undefer: {words}");
}

fn diff(config: &Config, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    for file in outcome.changes() {
        if let Some(change) = &file.change {
            out.write_all(diff::patch(&file.name, &change.old, &change.new, config.colour).as_bytes())?;
        }
    }
    Ok(())
}

fn list<'a>(
    config: &Config,
    mut files: impl Iterator<Item = &'a FileReport>,
    out: &mut dyn Write,
) -> io::Result<()> {
    files.try_for_each(|file| write!(out, "{}{}", file.name, config.name_end))
}

/// The text of standard input as it is to be; nothing where it could not be read.
fn filter(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    match (outcome.changes().next().and_then(|file| file.change.as_ref()), &outcome.piped) {
        (Some(change), _) => out.write_all(change.new.as_bytes()),
        (None, Some(text)) if outcome.exit() != Exit::Failure => out.write_all(text),
        _ => Ok(()),
    }
}

/// Writes what may be written; gives back the files that were, and the names of those that had to be left, with the reasons.
fn write<'a>(
    config: &Config,
    outcome: &'a Outcome,
    threads: &ThreadPool,
    err: &mut dyn Write,
) -> (Vec<&'a FileReport>, BTreeMap<&'a str, String>) {
    let files: Vec<&FileReport> = outcome.changes().collect();
    let guard = if config.allow_dirty {
        Guard::default()
    } else {
        Guard::ask(files.iter().map(|file| file.path.as_path()))
    };
    if guard.git_is_missing {
        say(err, "git is not on PATH, so nobody knows which files have uncommitted edits; all are written");
    }
    let results: Vec<_> = threads.install(|| files.par_iter().map(|file| write_one(file, &guard)).collect());
    let (mut written, mut left) = (Vec::new(), BTreeMap::new());
    for (file, result) in files.into_iter().zip(results) {
        match result {
            Ok(Written::Yes) => written.push(file),
            Ok(Written::Interrupted) => {
                left.insert(file.name.as_str(), "the run was interrupted".to_owned());
            }
            Err(trouble) => {
                say(err, &trouble);
                left.insert(file.name.as_str(), trouble.message);
            }
        }
    }
    if interrupt::stopped() {
        let (done, all) = (written.len(), written.len() + left.len());
        say(err, format_args!("interrupted: {done} of {all} files written, the others are as they were"));
    }
    (written, left)
}

/// How the writing of a file ended, if nothing went wrong.
enum Written {
    Yes,
    Interrupted,
}

fn write_one(file: &FileReport, guard: &Guard) -> Result<Written, Trouble> {
    let fail = |kind, message: String| Trouble::failed(kind, &file.name, message);
    if interrupt::stopped() {
        return Ok(Written::Interrupted);
    }
    guard.allows(&file.path).map_err(|unsaved| fail(Kind::UncommittedEdits, unsaved.to_string()))?;
    if let Some(change) = &file.change {
        apply::replace(&file.path, change).map_err(|error| fail(Kind::Unwritable, error.to_string()))?;
    }
    Ok(Written::Yes)
}
