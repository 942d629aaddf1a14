//! What a configuration file may say.

mod read;
mod resource;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use undefer_transforms::{Stanza, StanzaError};

use crate::cli::{CloseErrors, FailOn, OnPanic, ReportFormat, Tests};
pub use read::Located;
pub use resource::Resource;

/// What `.undefer.toml` may say. Flags and variables of the environment come before it.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Rules to look for, by code or the beginning of codes.
    pub select: Option<Located<Vec<String>>>,
    /// Rules to leave out, in the same way.
    pub ignore: Option<Located<Vec<String>>>,
    /// Reasons of unsafe rewrites that are good enough to be taken without --unsafe.
    pub accept: Option<Located<Vec<String>>>,
    /// Forms of rewrite, tried in this order; `["auto"]` leaves the choice to undefer.
    pub form: Option<Located<Vec<String>>>,
    /// Take no other form than those.
    pub form_only: Option<Located<bool>>,
    /// What becomes of an error that a deferred call returns and nobody looks at.
    pub close_errors: Option<Located<CloseErrors>>,
    /// What becomes of a panic in an iteration that is rewritten.
    pub on_panic: Option<Located<OnPanic>>,
    /// Whether _test.go files are read.
    pub tests: Option<Located<Tests>>,
    /// Read also files that are marked as generated.
    pub include_generated: Option<Located<bool>>,
    /// Pass over what git ignores.
    pub gitignore: Option<Located<bool>>,
    /// The Go version of the code, such as "1.22", instead of what the nearest go.mod says.
    pub go: Option<Located<String>>,
    /// The least finding that makes `check` fail.
    pub fail_on: Option<Located<FailOn>>,
    /// So many findings do not make it fail.
    pub max_findings: Option<Located<usize>>,
    /// How `check` writes its report.
    pub output_format: Option<Located<ReportFormat>>,
    /// The baseline of `check`, relative to this file: findings that stand in it do not count.
    pub baseline: Option<Located<String>>,
    /// Rules to leave out in some files: patterns of names relative to this file, each with rules by code or the beginning of
    /// codes.
    pub per_file_ignores: Option<Located<BTreeMap<String, Located<Vec<String>>>>>,
    /// What you know about the packages that your code uses.
    pub resource: Option<Located<Vec<Located<Resource>>>>,
}

/// A place that settings come from, with what it says.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The file as it is to be named; nothing for a `--config 'KEY = VALUE'`.
    file: Option<String>,
    text: String,
    /// What it says.
    pub settings: Settings,
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct SettingsError {
    /// The file and the line, or the flag.
    pub place: String,
    /// What is wrong and what to do, one line.
    pub message: String,
}

impl Layer {
    /// Reads the text of a file; `name` is what messages call it.
    pub fn of_file(name: String, text: String) -> Result<Self, SettingsError> {
        Layer { file: Some(name), text, settings: Settings::default() }.read()
    }

    /// Reads what was given to `--config` instead of the name of a file.
    pub fn of_flag(text: String) -> Result<Self, SettingsError> {
        Layer { file: None, text, settings: Settings::default() }.read()
    }

    fn read(mut self) -> Result<Self, SettingsError> {
        self.settings = read::settings(&self.text)
            .map_err(|(at, message)| SettingsError { place: self.place_of(at), message })?;
        Ok(self)
    }

    /// Where a value stands: the file and the line, or the flag.
    pub fn place<T>(&self, value: &Located<T>) -> String {
        self.place_of(value.at)
    }

    fn place_of(&self, at: usize) -> String {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        match &self.file {
            Some(name) => format!("{name}:{line}"),
            None => format!("--config '{}'", self.text.trim().replace(['\n', '\r'], " ")),
        }
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        self.file.is_some()
    }

    /// What its stanzas say, with their places.
    pub fn stanzas(&self) -> Vec<(Stanza, String)> {
        self.resources().iter().map(|resource| (resource.value.stanza(), self.place(resource))).collect()
    }

    /// The error of one of its stanzas, with the place.
    pub fn refuse(&self, error: &StanzaError) -> SettingsError {
        let at = self
            .resources()
            .get(error.stanza)
            .map_or(0, |resource| resource.value.place(error).unwrap_or(resource.at));
        SettingsError { place: self.place_of(at), message: format!("[[resource]]: {}", error.message) }
    }

    fn resources(&self) -> &[Located<Resource>] {
        self.settings.resource.as_ref().map_or(&[], |resources| &resources.value)
    }
}

/// `true`, `false` or `"only"`, as the flag takes them.
impl<'de> Deserialize<'de> for Tests {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;

        impl Visitor<'_> for Word {
            type Value = Tests;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or \"only\"")
            }

            fn visit_bool<E: Error>(self, read: bool) -> Result<Tests, E> {
                Ok(if read { Tests::True } else { Tests::False })
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Tests, E> {
                match word {
                    "only" => Ok(Tests::Only),
                    _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
                }
            }
        }

        deserializer.deserialize_any(Word)
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Tests {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Tests".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "enum": [true, false, "only"] })
    }
}

#[cfg(test)]
mod tests {
    use undefer_transforms::{List, Reason, Resources};

    use super::*;

    fn read(text: &str) -> Result<Layer, SettingsError> {
        Layer::of_file("f.toml".to_owned(), text.to_owned())
    }

    #[test]
    fn what_is_wrong_is_one_line_with_its_place() {
        let resource = "[[resource]]\npackage = 'a'\n";
        let keys = "the keys are select, ignore, accept, form, form-only, close-errors, on-panic, tests, include-generated, gitignore, go, fail-on, \
                    max-findings, output-format, baseline, per-file-ignores, resource";
        for (text, words) in [
            ("selct = []", "1: there is no key `selct`; did you mean `select`?"),
            ("\r\n\nfail_on = 'safe'", "3: there is no key `fail_on`; did you mean `fail-on`?"),
            ("colour = 1", &format!("1: there is no key `colour`; {keys}")),
            ("'a`b' = 1", &format!("1: there is no key `a`b`; {keys}")),
            ("x", "1: key with no value, expected `=`"),
            ("gitignore = true\ngitignore = true", "2: duplicate key"),
            ("go = 1.22", "1: go: expected a string, found floating point `1.22`"),
            ("select = 'x'", "1: select: expected an array, found string \"x\""),
            ("select = [\n 'x',\n 1]", "3: select: expected a string, found integer `1`"),
            ("tests = 'onyl'", "1: tests: expected true, false or \"only\", found string \"onyl\""),
            ("max-findings = -1", "1: max-findings: expected a number from 0 on, found integer `-1`"),
            ("max-findings = '1'", "1: max-findings: expected a number from 0 on, found string \"1\""),
            ("fail-on = 1", "1: fail-on: expected a string"),
            (
                "fail-on = 'saef'",
                "1: fail-on: `saef` is none of safe, unsafe, refused, never; did you mean `safe`?",
            ),
            ("per-file-ignores = ['x']", "1: per-file-ignores: expected a table, found an array"),
            (
                "[per-file-ignores]\n'*.go' = 'UD001'",
                "2: per-file-ignores.*.go: expected an array, found string \"UD001\"",
            ),
            ("[resource]", "1: resource: expected an array, found a table"),
            (
                "resource = [{ package = 'a', returns = [] }]",
                "1: resource.returns: expected a table, found an array",
            ),
            ("[[resource]]", "1: resource: missing field `package`"),
            (&format!("{resource}consums = ['X']"), "3: there is no key `consums`; did you mean `consumes`?"),
            (&format!("{resource}plain = [1]"), "3: resource.plain: expected a string, found integer `1`"),
            (
                &format!("{resource}returns = {{ A = 1 }}"),
                "3: resource.returns.A: expected a string or an array of strings, found integer `1`",
            ),
        ] {
            let error = read(text).map(|_| ()).expect_err(text);
            assert_eq!(error.to_string(), format!("f.toml:{words}"), "{text}");
        }
        let error = Layer::of_flag("x\n=1".to_owned()).map(|_| ()).expect_err("no key");
        assert!(error.to_string().starts_with("--config 'x =1': key with no value"), "{error}");
    }

    #[test]
    fn what_is_wrong_with_a_stanza_has_the_line_of_its_name() {
        for (rest, words) in [
            ("\npackage = './a'\nplain = ['X']", "7: [[resource]]: `./a` is no import path"),
            ("\npackage = 'a'", "6: [[resource]]: it says nothing"),
            ("\npackage = 'a'\ntype = 'x'\nplain = ['X']", "8: [[resource]]: `x` is no type"),
            ("\npackage = 'a'\nplain = [\n'X',\n'y',\n]", "10: [[resource]]: `y` is no name"),
            (
                "\npackage = 'a'\nplain = ['X']\nreturns = { Y = 'T' }",
                "9: [[resource]]: `Y` stands in no list",
            ),
            (
                "\npackage = 'a'\nwraps = ['X']\n[resource.returns]\nX = 'T'",
                "10: [[resource]]: nothing is known",
            ),
        ] {
            let layer =
                read(&format!("[[resource]]\npackage = 'b'\nplain = ['X']\n\n# two\n[[resource]]{rest}"));
            let layer = layer.unwrap_or_else(|error| panic!("{rest}: {error}"));
            let stanzas: Vec<Stanza> = layer.stanzas().into_iter().map(|(stanza, _)| stanza).collect();
            let error = Resources::standard().with(&stanzas).expect_err(rest);
            assert!(
                layer.refuse(&error).to_string().starts_with(&format!("f.toml:{words}")),
                "{}",
                layer.refuse(&error)
            );
        }
    }

    #[test]
    fn a_stanza_is_read_as_it_is_printed() {
        let text = "[[resource]]\npackage = 'a/b'\ntype = 'T'\nacquires = ['New']\nwraps = ['.Body']\nconsumes = ['Use', 'New']\n\
                    retains = ['Keep']\nplain = ['Len']\nreleases = ['()']\nflushes = ['Close']\nhoists = ['Dial']\nfails = ['Close']\n\
                    returns = { New = ['T', 'release'], '.Body' = 'T' }";
        let layer = read(text).expect("it is right");
        let [(stanza, place)] = &layer.stanzas()[..] else { panic!("one stanza") };
        assert_eq!((stanza.lists.len(), place.as_str()), (List::ALL.len(), "f.toml:1"));
        assert_eq!(read(&stanza.to_string()).expect("it is right").stanzas()[0].0, *stanza);
        let missing = Stanza::settling(Reason::UnknownUse, "a\"b", Some("T"), "F").expect("there is one");
        assert_eq!(read(&missing.to_string()).expect("it is right").stanzas()[0].0, missing);
    }

    #[test]
    fn the_committed_schema_is_that_of_the_types() -> std::io::Result<()> {
        crate::report::json::check_schema::<Settings>("settings")
    }
}
