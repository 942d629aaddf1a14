//! What each mode does with the outcome: print a patch, name files, write them, report.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::apply;
use crate::cli::ReportFormat;
use crate::config::{Check, Config, Mode};
use crate::diff;
use crate::exit::Exit;
use crate::guard::Guard;
use crate::interrupt;
use crate::job::{FileReport, Needs};
use crate::load::is_generated_file;
use crate::paths::shown;
use crate::report::{Outcome, full, json, jsonl, statistics, summary, text};
use crate::stray;
use crate::trouble::{Kind, Trouble, plain};
use crate::walk::Walked;

/// How much of the outcome a mode looks at.
pub fn needs(mode: &Mode) -> Needs {
    match mode {
        Mode::Check(Check { statistics: true, .. }) => Needs::Verdicts,
        Mode::Check(Check { format: ReportFormat::Json | ReportFormat::Jsonl, .. }) => Needs::Edits,
        Mode::Check(Check { format: ReportFormat::Full, .. }) => Needs::Source,
        Mode::Diff | Mode::List { .. } | Mode::Write { .. } | Mode::Filter => Needs::Text,
        _ => Needs::Verdicts,
    }
}

/// How the run ends by what was found, before anything is written.
pub fn exit_of(config: &Config, outcome: &Outcome) -> Exit {
    let is_found = match &config.mode {
        Mode::Diff => outcome.changes().next().is_some(),
        Mode::Check(check) => outcome.fails(check.fail_on),
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
    let mut unwritten = BTreeSet::new();
    match &config.mode {
        Mode::Diff => diff(config, outcome, out)?,
        Mode::List { .. } => list(config, outcome.changes(), out)?,
        Mode::Filter => filter(outcome, out)?,
        Mode::Check(check) => report(config, *check, outcome, out)?,
        Mode::Write { list: names } => {
            let (written, left) = write(config, outcome, threads, err);
            if !left.is_empty() {
                exit = Exit::Failure;
            }
            unwritten.extend(left.iter().map(|file| file.name.as_str()));
            list(config, written.into_iter().filter(|_| *names), out)?;
        }
        _ => {}
    }
    out.flush()?;
    if interrupt::stopped() {
        return Ok(Exit::Interrupted);
    }
    summarise(config, outcome, &unwritten, err);
    Ok(exit)
}

fn summarise(config: &Config, outcome: &Outcome, unwritten: &BTreeSet<&str>, err: &mut dyn Write) {
    if !config.quiet && config.is_selected {
        say(err, summary::sites(outcome, &config.mode, unwritten));
    } else if !config.quiet {
        say(err, "--ignore leaves no rule to look for");
    }
    if config.verbose {
        say(err, summary::files(outcome));
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
        if !config.include_generated && is_generated_file(target) {
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

fn report(config: &Config, check: Check, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    match check.format {
        format if check.statistics => statistics::print(outcome, format, check.show, out),
        ReportFormat::Text => text::print(outcome, check.show, config.colour, out),
        ReportFormat::Full => full::print(outcome, check.show, config.colour, out),
        ReportFormat::Json => json::print(outcome, out),
        ReportFormat::Jsonl => jsonl::print(outcome, out),
    }
}

/// Writes what may be written; gives back the files that were, and those that had to be left.
fn write<'a>(
    config: &Config,
    outcome: &'a Outcome,
    threads: &ThreadPool,
    err: &mut dyn Write,
) -> (Vec<&'a FileReport>, Vec<&'a FileReport>) {
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
    let (mut written, mut left) = (Vec::new(), Vec::new());
    for (file, result) in files.into_iter().zip(results) {
        match result {
            Ok(Written::Yes) => written.push(file),
            Ok(Written::Interrupted) => left.push(file),
            Err(trouble) => {
                say(err, trouble);
                left.push(file);
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
