//! The flags of the go command's protocol, and those of ours that it may hand on.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::Cli;
use crate::unit::UnitError;

/// Flags of ours that go through the go command: with a value, or without.
const OURS: [(&str, bool); 11] = [
    ("unsafe", true),
    ("form", false),
    ("form-only", true),
    ("close-errors", false),
    ("on-panic", false),
    ("accept", false),
    ("select", false),
    ("ignore", false),
    ("include-generated", true),
    ("go", false),
    ("isolated", true),
];

/// Flags of the protocol itself.
const THEIRS: [(&str, bool, &str); 4] = [
    ("fix", true, "write the new texts instead of reporting findings"),
    ("diff", true, "with -fix, print a patch instead"),
    ("json", true, "report findings as JSON"),
    ("c", false, "show so many lines around a finding"),
];

/// What is to be done with the findings of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// Report them as JSON.
    Tree,
    /// Report them one a line, with lines around them.
    Lines(Option<usize>),
    /// Print a patch.
    Patch,
    /// Write new texts.
    Fix,
}

/// A call about one package.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) job: Job,
    /// Everything else that was said.
    pub(super) cli: Cli,
    pub(super) cfg: PathBuf,
}

impl Call {
    /// Reads the arguments behind the name of the command; the last one is the `.cfg` file.
    pub(super) fn read(args: &[OsString]) -> Result<Self, UnitError> {
        let (cfg, flags) = args.split_last().ok_or(UnitError::NoCfg)?;
        let mut ours = vec![OsString::from("undefer")];
        let (mut fix, mut diff, mut json, mut context) = (false, false, false, None);
        let mut flags = flags.iter();
        while let Some(arg) = flags.next() {
            let text = arg.to_string_lossy();
            let (name, value) = match text.trim_start_matches('-').split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (text.trim_start_matches('-').to_owned(), None),
            };
            let is_on = || value.as_deref().is_none_or(|value| !["false", "0", "f", "F"].contains(&value));
            match name.as_str() {
                "fix" => fix = is_on(),
                "diff" => diff = is_on(),
                "json" => json = is_on(),
                "c" => {
                    let number =
                        value.clone().or_else(|| flags.next().map(|arg| arg.to_string_lossy().into_owned()));
                    context = number.and_then(|number| number.parse().ok());
                }
                // Go's own tools take a value here, ours do not.
                "unsafe" | "isolated" if is_on() => ours.push(format!("--{name}").into()),
                "unsafe" | "isolated" => {}
                // A word behind dashes is the name of a flag, never several letters.
                _ if text.starts_with('-') => ours.push(format!("--{}", text.trim_start_matches('-')).into()),
                _ => ours.push(arg.clone()),
            }
        }
        let job = match (fix, diff, json) {
            (true, true, _) => Job::Patch,
            (true, false, _) => Job::Fix,
            (false, _, true) => Job::Tree,
            (false, _, false) => Job::Lines(context),
        };
        let cli = Cli::from_args(ours.into_iter()).map_err(|aside| UnitError::Flags(aside.words()))?;
        if let Some(other) = cli.paths.first() {
            return Err(UnitError::Flags(format!(
                "{}: the go command hands over one package",
                other.display()
            )));
        }
        Ok(Self { job, cli, cfg: Path::new(cfg).to_owned() })
    }
}

/// Prints the flags that the go command may hand on.
pub(super) fn print(out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Flag<'a> {
        name: &'a str,
        bool: bool,
        usage: String,
    }
    let theirs = THEIRS.iter().map(|&(name, bool, usage)| Flag { name, bool, usage: usage.to_owned() });
    let ours =
        OURS.iter().map(|&(name, bool)| Flag { name, bool, usage: format!("see undefer --help, --{name}") });
    serde_json::to_writer_pretty(&mut *out, &theirs.chain(ours).collect::<Vec<_>>())?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use undefer_transforms::Safety;

    use super::*;
    use crate::config::Config;

    fn read(args: &[&str]) -> Result<Call, UnitError> {
        Call::read(&args.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn flags_are_read_as_go_writes_them() {
        for (args, job, bar) in [
            (&["-json", "x.cfg"][..], Job::Tree, Safety::Safe),
            (&["-unsafe=true", "-fix", "-diff", "x.cfg"], Job::Patch, Safety::Unsafe),
            (&["-fix=1", "--unsafe=false", "x.cfg"], Job::Fix, Safety::Safe),
            (&["-c=2", "-form=closure", "-form-only=true", "x.cfg"], Job::Lines(Some(2)), Safety::Safe),
            (
                &["-c", "3", "-accept", "lock-split", "-json=false", "x.cfg"],
                Job::Lines(Some(3)),
                Safety::Safe,
            ),
            (&["x.cfg"], Job::Lines(None), Safety::Safe),
        ] {
            let call = read(args).unwrap_or_else(|error| panic!("{args:?}: {error}"));
            let config = Config::resolve(&call.cli).unwrap_or_else(|error| panic!("{args:?}: {error}"));
            assert_eq!((call.job, config.bar, call.cfg), (job, bar, PathBuf::from("x.cfg")), "{args:?}");
        }
        assert!(read(&["-nonsense", "x.cfg"]).is_err_and(|error| error.to_string().contains("nonsense")));
        assert!(read(&["y.go", "x.cfg"]).is_err());
        assert!(read(&[]).is_err());
    }
}
