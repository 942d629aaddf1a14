//! undefer as a tool of the go command: `go vet -vettool` and `go fix -fixtool`.
//!
//! The go command runs it once for its identity (`-V=full`), once for its flags (`-flags`), and once for each package, with a `.cfg`
//! file that describes the package (`golang.org/x/tools/go/analysis/unitchecker`). It keeps results, so the identity has to change with
//! all that decides about them and that it does not know: this program and the user's settings. Dependencies are asked
//! about too, for facts that other packages need; there are none, so that takes no time.
//!
//! What is said about a file depends on the file and on what it leads to, not on the package that it is built for. So a file
//! that is part of two packages gets one answer.

mod cfg;
mod flags;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::apply;
use crate::config::{Config, ConfigError};
use crate::diff;
use crate::exit::Exit;
use crate::gofmt;
use crate::gomod;
use crate::hash::Hash;
use crate::job::{self, FileReport, Needs, Tools};
use crate::layers;
use crate::modes::{say, say_that_gofmt_is_missing};
use crate::paths::{relative, shown};
use crate::report::{Outcome, View, vet};
use crate::shelf;
use crate::trouble::plain;
use crate::walk;
use crate::zip;
use cfg::Unit;
use flags::{Call, Job};

/// A call that the go command makes and no user does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Say who you are.
    Identity,
    /// Say which flags you take.
    Flags,
    /// Look at a package; the arguments behind the name of the command.
    Package(Vec<OsString>),
}

/// Why nothing can be said about a package.
#[derive(Debug, thiserror::Error)]
pub enum UnitError {
    /// No description.
    #[error("the go command names no package")]
    NoCfg,
    /// The description cannot be used.
    #[error("{0}: not what the go command writes: {1}")]
    Cfg(String, String),
    /// A flag cannot be used.
    #[error("{0}")]
    Flags(String),
    /// A setting cannot be obeyed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file that the go command asks for cannot be written.
    #[error("{name}: {}", plain(error))]
    File {
        /// Its name.
        name: String,
        /// What the system said.
        error: io::Error,
    },
    /// The output went nowhere.
    #[error("cannot write: {}", plain(.0))]
    Output(#[from] io::Error),
}

/// What the go command asks for, if it is the one who calls; `args` begin with the name of the command.
pub fn request(args: impl Iterator<Item = OsString>) -> Option<Request> {
    let args: Vec<OsString> = args.skip(1).collect();
    match &args[..] {
        [only] if only == "-V=full" => Some(Request::Identity),
        [only] if only == "-flags" => Some(Request::Flags),
        [.., last] if Path::new(last).extension() == Some(OsStr::new("cfg")) => Some(Request::Package(args)),
        _ => None,
    }
}

/// Answers: results on `out`, unless the go command names a file for them, everything else on `err`.
pub fn answer(request: &Request, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, UnitError> {
    match request {
        Request::Identity => identify(out)?,
        Request::Flags => flags::print(out)?,
        Request::Package(args) => return look(&Call::read(args)?, out, err),
    }
    out.flush()?;
    Ok(Exit::Clean)
}

/// The line that the go command reads: of a version that is in development it takes the last word for the identity.
fn identify(out: &mut dyn Write) -> io::Result<()> {
    let mut hash = Hash::of(&fs::read(env::current_exe()?)?);
    let mut variables: Vec<(OsString, OsString)> =
        env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"UNDEFER_")).collect();
    variables.sort();
    for (name, value) in variables {
        hash.part(&name.to_string_lossy());
        hash.part(&value.to_string_lossy());
    }
    // A file that cannot be read is told when a package is looked at.
    let here = env::current_dir().and_then(|here| here.canonicalize())?;
    hash.part(&layers::nearest_text(&here).ok().flatten().unwrap_or_default());
    writeln!(out, "undefer version devel {} buildID={hash}", env!("CARGO_PKG_VERSION"))
}

fn look(call: &Call, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, UnitError> {
    let unit = Unit::read(&call.cfg)?;
    if let Some(path) = unit.vetx_output() {
        write(path, b"")?;
    }
    if unit.vetx_only {
        return Ok(Exit::Clean);
    }
    let config = Config::resolve(&call.cli)?;
    let (outcome, is_formatted) = handle(&config, &unit, needs(call.job))?;
    let mut exit = Exit::Clean;
    for trouble in outcome.troubles().filter(|trouble| trouble.failure || trouble.kind.hides_sites()) {
        say(err, trouble);
        exit = exit.max(if trouble.failure { Exit::Failure } else { Exit::Clean });
    }
    if !is_formatted {
        say_that_gofmt_is_missing(err);
    }
    let view = View::of(&outcome);
    let mut text = Vec::new();
    match call.job {
        Job::Tree => vet::tree(&unit.id, &view, &mut text)?,
        Job::Patch => patch(&outcome, &mut text)?,
        Job::Fix => fix(&unit, &outcome)?,
        Job::Lines(context) => {
            vet::lines(context, &view, err)?;
            let found = view.sites().next().is_some();
            exit = exit.max(if found { Exit::Findings } else { Exit::Clean });
        }
    }
    match unit.stdout() {
        Some(path) => write(path, &text)?,
        None => out.write_all(&text).and_then(|()| out.flush())?,
    }
    Ok(exit)
}

fn needs(job: Job) -> Needs {
    match job {
        Job::Tree | Job::Lines(None) => Needs::Edits,
        Job::Lines(Some(_)) => Needs::Source,
        Job::Patch | Job::Fix => Needs::Text,
    }
}

/// Handles the files of a package one after the other: the go command runs many packages at once. The second part is whether gofmt
/// was there.
fn handle(config: &Config, unit: &Unit, needs: Needs) -> Result<(Outcome, bool), UnitError> {
    let here = env::current_dir().and_then(|here| here.canonicalize()).map_err(ConfigError::Here)?;
    let tools = Tools {
        config,
        engine: undefer_transforms::rewrite,
        versions: gomod::Versions::new(&here, config.settings.go),
        shelf: shelf::Shelf::new(&here),
        gofmt: gofmt::Gofmt::default(),
        counts: job::Counts::default(),
        needs,
        piped: None,
        here: here.clone(),
    };
    let targets = walk::select(config, &here, &unit.files());
    let files = targets.iter().filter_map(|target| tools.handle(target)).collect();
    let mut outcome = Outcome::new(files, Vec::new(), config.bar, &tools.counts);
    outcome.asked.clone_from(&config.settings.forms.list);
    outcome.rules = config.settings.rules;
    Ok((outcome, !tools.gofmt.is_missing()))
}

/// The patch that undefer itself would print in the folder of the module.
fn patch(outcome: &Outcome, text: &mut Vec<u8>) -> io::Result<()> {
    for (file, change) in outcome.changes().filter_map(|file| Some((file, file.change.as_ref()?))) {
        let name = shown(&relative(&file.path, &module(&file.path)));
        text.write_all(diff::patch(&name, &change.old, &change.new, false).as_bytes())?;
    }
    Ok(())
}

/// The folder of the module that a file is in, or that of the file.
fn module(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(file);
    let root = folder.ancestors().find(|folder| folder.join("go.mod").is_file());
    root.unwrap_or(folder).to_owned()
}

/// The go command gets all new texts in an archive and writes them when nothing is being built any more. Without an archive
/// they are written here.
fn fix(unit: &Unit, outcome: &Outcome) -> Result<(), UnitError> {
    if let Some(path) = unit.fix_archive() {
        let text = |file: &FileReport| Some((file.name.clone(), file.change.as_ref()?.new.clone()));
        let texts: Vec<_> = outcome.changes().filter_map(text).collect();
        return write(path, &zip::archive(&texts, &unit.id));
    }
    for (file, change) in outcome.changes().filter_map(|file| Some((file, file.change.as_ref()?))) {
        let written = apply::replace(&file.path, change);
        written.map_err(|error| UnitError::Flags(format!("{}: {error}", file.name)))?;
    }
    Ok(())
}

/// A file in a folder of the go command, which nobody else reads before it is whole.
fn write(path: &Path, bytes: &[u8]) -> Result<(), UnitError> {
    fs::write(path, bytes).map_err(|error| UnitError::File { name: path.display().to_string(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_the_go_command_are_known() {
        let of = |args: &[&str]| {
            request(std::iter::once("undefer").chain(args.iter().copied()).map(OsString::from))
        };
        assert_eq!(of(&["-V=full"]), Some(Request::Identity));
        assert_eq!(of(&["-flags"]), Some(Request::Flags));
        assert!(
            matches!(of(&["-json", "/tmp/b001/vet.cfg"]), Some(Request::Package(args)) if args.len() == 2)
        );
        for args in [&[][..], &["-V"], &["-flags", "x.go"], &["x.cfg", "y.go"], &["check"]] {
            assert_eq!(of(args), None, "{args:?}");
        }
    }
}
