//! Settings that cannot be obeyed.

use undefer_transforms::{Class, PASSES, Reason};

use crate::nearest::suggestion;
use crate::settings::SettingsError;

/// A setting that cannot be obeyed.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// Not the beginning of any rule's code.
    #[error("{place} {}: there is no such rule; `undefer rules` lists all codes", .code.escape_debug())]
    UnknownRule {
        /// The flag, or the file with the line and the key.
        place: String,
        /// What was given.
        code: String,
    },
    /// Not a reason.
    #[error("{place} {}: there is no such reason{}", .code.escape_debug(), suggestion(.code, unsafe_codes()))]
    UnknownReason {
        /// The flag, or the file with the line and the key.
        place: String,
        /// What was given.
        code: String,
    },
    /// A reason of another kind.
    #[error("{place} {}: its sites are not unsafe but `{}`, so there is nothing to accept", .reason.code(), .reason.class().word())]
    NotUnsafe {
        /// The flag, or the file with the line and the key.
        place: String,
        /// What was given.
        reason: Reason,
    },
    /// Not a form.
    #[error("{place} {}: there is no such form; the forms are {}{}", .form.escape_debug(), form_words().collect::<Vec<_>>().join(", "), suggestion(.form, form_words()))]
    UnknownForm {
        /// The flag, or the file with the line and the key.
        place: String,
        /// What was given.
        form: String,
    },
    /// `auto` among others.
    #[error("{place}: auto leaves the choice to undefer, so it goes with no other form")]
    AutoAndMore {
        /// The flag, or the file with the line and the key.
        place: String,
    },
    /// No other form than those of an empty list.
    #[error("{place}: no form was asked for but auto, so name one with --form")]
    OnlyAuto {
        /// The flag, or the file with the line and the key.
        place: String,
    },
    /// Not a Go version.
    #[error("{place} {}: not a Go version; write it as 1.N, for example 1.22", .version.escape_debug())]
    GoVersion {
        /// The flag, or the file with the line and the key.
        place: String,
        /// What was given.
        version: String,
    },
    /// Not a pattern of names.
    #[error("{place} {}: not a pattern: {words}", .pattern.escape_debug())]
    Pattern {
        /// The file with the line and the key.
        place: String,
        /// What was given.
        pattern: String,
        /// What is wrong with it.
        words: String,
    },
    /// A stanza that cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

fn form_words() -> impl Iterator<Item = &'static str> {
    ["auto"].into_iter().chain(PASSES.iter().map(|pass| pass.form.word()))
}

fn unsafe_codes() -> impl Iterator<Item = &'static str> {
    let of_unsafe = Reason::ALL.iter().filter(|reason| reason.class() == Class::Unsafe);
    of_unsafe.map(|reason| reason.code())
}
