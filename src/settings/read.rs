//! From the text of a configuration file to its values, with their places and with errors in one line. `toml` is known here only.

use serde::de::{Deserialize, Deserializer};

use super::Settings;
use crate::nearest::suggestion;

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Offset of its first byte.
    pub(super) at: usize,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = toml::Spanned::deserialize(deserializer)?;
        let at = spanned.span().start;
        Ok(Located { value: spanned.into_inner(), at })
    }
}

#[cfg(test)]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

/// Reads a text. An error comes with the offset of what it is about.
pub(super) fn settings(text: &str) -> Result<Settings, (usize, String)> {
    toml::from_str(text).map_err(|mut error| {
        let at = error.span().map_or(0, |span| span.start);
        let message = error.message().to_owned();
        // Without the text the error shows the keys that lead to the place, below its message.
        error.set_input(None);
        let shown = error.to_string();
        let keys =
            shown.strip_prefix(&message).and_then(|keys| keys.trim().strip_prefix("in `")?.strip_suffix('`'));
        (at, words(&message, keys.unwrap_or_default()))
    })
}

/// The message of the crate in one line, with the key and with what was probably meant.
fn words(message: &str, keys: &str) -> String {
    let message = message.replace(['\n', '\r'], " ");
    let about = if keys.is_empty() { String::new() } else { format!("{keys}: ") };
    if let Some((word, known)) = message.strip_prefix("unknown field `").and_then(unknown) {
        let meant = suggestion(word, known.iter().copied());
        let meant = if meant.is_empty() { format!("; the keys are {}", known.join(", ")) } else { meant };
        return format!("there is no key `{word}`{meant}");
    }
    if let Some((word, known)) = message.strip_prefix("unknown variant `").and_then(unknown) {
        return format!("{about}`{word}` is none of {}{}", known.join(", "), suggestion(word, known));
    }
    let wrong = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((found, expected)) = wrong.and_then(|wrong| wrong.split_once(", expected ")) {
        // What serde calls a sequence and a map, TOML calls an array and a table.
        let expected = expected
            .replace("a sequence", "an array")
            .replace("a map", "a table")
            .replace("usize", "a number from 0 on");
        let found = if found == "map" {
            "a table"
        } else if found == "sequence" {
            "an array"
        } else {
            found
        };
        return format!("{about}expected {expected}, found {found}");
    }
    format!("{about}{}", message.replace("wanted string or table", "expected a string"))
}

/// The word that is not known, up to its backtick, and behind it in backticks those that are.
fn unknown(message: &str) -> Option<(&str, Vec<&str>)> {
    let (word, known) = message.rsplit_once("`, expected ")?;
    Some((word, known.split('`').skip(1).step_by(2).collect()))
}
