//! What flags and settings say about findings that are known already: which count in this run, and what is written about them.

use std::path::PathBuf;

use crate::cli::CheckArgs;

/// Which findings count, and what becomes of the baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adoption {
    /// The baseline, and what is done with it.
    pub baseline: Option<(PathBuf, Use)>,
    /// Only what is new or changed since this revision counts.
    pub since: Option<String>,
}

/// What a run does with a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// What stands in it does not count.
    Apply,
    /// The same, and what matches nothing any more is taken out.
    Prune,
    /// The findings of this run are written to it.
    Write,
}

/// Flags about known findings that cannot be obeyed.
#[derive(Debug, thiserror::Error)]
pub enum AdoptionError {
    /// Nothing to prune.
    #[error("--prune-baseline: there is no baseline; name it with --baseline FILE")]
    NoBaseline,
    /// It would hold a part only.
    #[error(
        "--write-baseline does not go with --new-from-rev: a baseline holds all findings; leave one of the two out"
    )]
    Partial,
    /// The same.
    #[error(
        "{0} does not go with --shard: a baseline holds the findings of all packages; leave one of the two out"
    )]
    Shard(&'static str),
    /// The text stands in no file.
    #[error("{0} does not go with standard input: name files")]
    Stdin(&'static str),
    /// The text of a directive is a line.
    #[error(
        "--add-ignore: give the reason in one line of text, for example --add-ignore='the process ends here'"
    )]
    Reason,
}

impl Adoption {
    /// What `args` say; `baseline` is what the settings come to, `piped` whether standard input is read, and
    /// `is_sharded` whether the run looks at a part of all packages only.
    pub fn of(
        args: &CheckArgs,
        baseline: Option<&PathBuf>,
        piped: bool,
        is_sharded: bool,
    ) -> Result<Self, AdoptionError> {
        let since = args.new_from_rev.clone().filter(|revision| !revision.is_empty());
        let flags = [
            (args.write_baseline.is_some(), "--write-baseline"),
            (args.prune_baseline, "--prune-baseline"),
            (since.is_some(), "--new-from-rev"),
            (args.add_ignore.is_some(), "--add-ignore"),
        ];
        if let Some((_, flag)) = flags.iter().find(|(given, _)| *given && piped) {
            return Err(AdoptionError::Stdin(flag));
        }
        if let Some((_, flag)) = flags[..2].iter().find(|(given, _)| *given && is_sharded) {
            return Err(AdoptionError::Shard(flag));
        }
        let baseline = match (&args.write_baseline, baseline) {
            (Some(_), _) if since.is_some() => return Err(AdoptionError::Partial),
            (Some(file), _) => Some((file.clone(), Use::Write)),
            (None, None) if args.prune_baseline => return Err(AdoptionError::NoBaseline),
            (None, None) => None,
            (None, Some(file)) => {
                Some((file.clone(), if args.prune_baseline { Use::Prune } else { Use::Apply }))
            }
        };
        Ok(Self { baseline, since })
    }
}

/// The reason to be written into directives, where that was asked for.
pub fn reason(args: &CheckArgs) -> Result<Option<String>, AdoptionError> {
    let Some(text) = args.add_ignore.as_deref().map(str::trim) else { return Ok(None) };
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(AdoptionError::Reason);
    }
    Ok(Some(text.to_owned()))
}
