//! What the settings come to: of each the strongest word, checked, with the place that it comes from.

mod error;

use std::fmt::{Display, Write as _};
use std::path::{Path, PathBuf};

use undefer_transforms as engine;
use undefer_transforms::{Class, Form, Forms, GoVersion, PASSES, Reason, Resources, Rule, Rules};

use crate::cli::{CheckArgs, Cli, CloseErrors, Command, FailOn, OnPanic, ReportFormat, Tests, Value};
use crate::layers::{Found, Layers, Origin};
use crate::paths::{absolute, relative};
use crate::patterns::Patterns;
use crate::settings::{Located, Settings};
use crate::version::parse_go_version;
pub use error::ResolveError;

/// All settings that a configuration file may hold.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The rules that are looked for.
    pub rules: Rules,
    /// Reasons of unsafe rewrites that are good enough for the safe bar.
    pub accepted: Vec<Reason>,
    /// The forms that rewrites may have.
    pub forms: Forms,
    /// What becomes of errors of releases.
    pub close_errors: engine::CloseErrors,
    /// What becomes of panics.
    pub on_panic: engine::OnPanic,
    /// Whether tests are read.
    pub tests: Tests,
    /// Read also generated files.
    pub include_generated: bool,
    /// What git ignores is passed over.
    pub gitignore: bool,
    /// The Go version, where the user stated it.
    pub go: Option<GoVersion>,
    /// The least finding that makes `check` fail; of other jobs no matter.
    pub fail_on: FailOn,
    /// So many findings do not make `check` fail; of other jobs no matter.
    pub max_findings: usize,
    /// How `check` writes its report; of other jobs no matter.
    pub format: ReportFormat,
    /// The baseline of `check`, relative to the current directory or absolute; of other jobs no matter.
    pub baseline: Option<PathBuf>,
    /// Files in which some rules are not looked for.
    pub unselected: Vec<(Patterns, Rules)>,
    /// The built-in facts and those of the user, where there are any.
    pub resources: Option<Resources>,
    /// All of it in the words of a configuration file, for people.
    pub shown: Vec<Shown>,
}

/// A setting for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// As a configuration file would have it; the place goes behind its first line.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl Resolved {
    /// Resolves what the command line, the environment and the layers say.
    pub fn of(cli: &Cli, layers: &Layers) -> Result<Self, ResolveError> {
        let (common, mut choice) = (&cli.common, Choice { cli, layers, shown: Vec::new() });
        let mut resolved = Self {
            rules: choice.rules()?,
            accepted: choice.accepted()?,
            forms: choice.forms()?,
            close_errors: choice.close_errors(),
            on_panic: choice.on_panic(),
            tests: choice.word("tests", common.tests, |file| file.tests.as_ref(), Tests::True),
            include_generated: choice.simple(
                "include-generated",
                common.include_generated,
                |file| file.include_generated.as_ref(),
                false,
            ),
            gitignore: choice.simple("gitignore", common.gitignore, |file| file.gitignore.as_ref(), false),
            go: choice.go()?,
            fail_on: FailOn::Unsafe,
            max_findings: 0,
            format: ReportFormat::Text,
            baseline: None,
            unselected: Vec::new(),
            resources: None,
            shown: Vec::new(),
        };
        if let Some(Command::Check(CheckArgs { fail_on, max_findings, format, baseline, .. })) = &cli.command
        {
            let (fail_on, max_findings, format) = (*fail_on, *max_findings, *format);
            resolved.fail_on =
                choice.word("fail-on", fail_on, |file| file.fail_on.as_ref(), resolved.fail_on);
            resolved.max_findings =
                choice.simple("max-findings", max_findings, |file| file.max_findings.as_ref(), 0);
            resolved.format =
                choice.word("output-format", format, |file| file.output_format.as_ref(), resolved.format);
            resolved.baseline = choice.baseline(baseline.clone());
        }
        resolved.unselected = choice.unselected()?;
        resolved.resources = choice.resources()?;
        Ok(Self { shown: choice.shown, ..resolved })
    }

    /// The rules that are looked for in the file at `path`, which is absolute or relative to the directory `here`.
    pub fn rules_for(&self, path: &Path, here: &Path) -> Rules {
        if self.unselected.is_empty() {
            return self.rules;
        }
        let path = absolute(path, here);
        let holds = self.unselected.iter().filter(|(patterns, _)| patterns.hold_for(&path));
        holds.fold(self.rules, |rules, (_, ignored)| rules.without(*ignored))
    }
}

/// The choice among the places that say something.
struct Choice<'a> {
    cli: &'a Cli,
    layers: &'a Layers,
    shown: Vec<Shown>,
}

impl Choice<'_> {
    /// The strongest word on a key: `said` on the command line or in the environment, else in a layer, else the default.
    fn find<T: Clone>(
        &self,
        key: &str,
        said: Option<T>,
        of: impl Fn(&Settings) -> Option<&Located<T>>,
        default: T,
    ) -> (T, Origin) {
        let origin = if self.cli.is_from_environment(key) {
            Origin::Variable(format!("UNDEFER_{}", key.replace('-', "_").to_uppercase()))
        } else {
            Origin::Flag(format!("--{key}"))
        };
        said.map(|said| (said, origin)).or_else(|| self.layers.find(of)).unwrap_or((default, Origin::Default))
    }

    fn show(&mut self, text: String, origin: Origin) {
        self.shown.push(Shown { text, origin });
    }

    /// A value that a configuration file writes as it is.
    fn simple<T: Copy + Display>(
        &mut self,
        key: &str,
        said: Option<T>,
        of: impl Fn(&Settings) -> Option<&Located<T>>,
        default: T,
    ) -> T {
        let (value, origin) = self.find(key, said, of, default);
        self.show(format!("{key} = {value}"), origin);
        value
    }

    fn word<T: Value>(
        &mut self,
        key: &str,
        said: Option<T>,
        of: impl Fn(&Settings) -> Option<&Located<T>>,
        default: T,
    ) -> T {
        let (value, origin) = self.find(key, said, of, default);
        let word = value.word();
        let is_bool = word == "true" || word == "false";
        self.show(if is_bool { format!("{key} = {word}") } else { format!("{key} = \"{word}\"") }, origin);
        value
    }

    /// A list of codes, and what messages about one of them begin with.
    fn codes(
        &mut self,
        key: &str,
        said: Option<&Vec<String>>,
        of: impl Fn(&Settings) -> Option<&Located<Vec<String>>>,
        default: &[&str],
    ) -> (Vec<String>, String) {
        let default = default.iter().map(|code| (*code).to_owned()).collect();
        let (codes, origin) = self.find(key, said.cloned(), of, default);
        let place = origin.about(key);
        self.show(format!("{key} = {codes:?}"), origin);
        (codes, place)
    }

    /// The rules that are looked for.
    fn rules(&mut self) -> Result<Rules, ResolveError> {
        let common = &self.cli.common;
        let default: Vec<&str> =
            Rule::ALL.iter().filter(|rule| rule.about().is_default).map(|rule| rule.code()).collect();
        let select = self.codes("select", common.select.as_ref(), |file| file.select.as_ref(), &default);
        let ignore = some(common.ignore.as_ref());
        let ignore = self.codes("ignore", ignore.as_ref(), |file| file.ignore.as_ref(), &[]);
        Ok(rules_of(&select.0, &select.1)?.without(rules_of(&ignore.0, &ignore.1)?))
    }

    fn accepted(&mut self) -> Result<Vec<Reason>, ResolveError> {
        let said = some(self.cli.common.accept.as_ref());
        let (codes, place) = self.codes("accept", said.as_ref(), |file| file.accept.as_ref(), &[]);
        let reason = |code: &String| match Reason::ALL.iter().find(|reason| reason.code() == code) {
            Some(&reason) if reason.class() == Class::Unsafe => Ok(reason),
            Some(&reason) => Err(ResolveError::NotUnsafe { place: place.clone(), reason }),
            None => Err(ResolveError::UnknownReason { place: place.clone(), code: code.clone() }),
        };
        codes.iter().map(reason).collect()
    }

    fn forms(&mut self) -> Result<Forms, ResolveError> {
        let common = &self.cli.common;
        let (words, place) = self.codes("form", common.form.as_ref(), |file| file.form.as_ref(), &["auto"]);
        let (only, origin) = self.find("form-only", common.form_only, |file| file.form_only.as_ref(), false);
        let only_place = origin.about("form-only");
        self.show(format!("form-only = {only}"), origin);
        let form = |word: &String| -> Result<Form, ResolveError> {
            let pass = PASSES.iter().find(|pass| pass.form.word() == word);
            let unknown = || ResolveError::UnknownForm { place: place.clone(), form: word.clone() };
            pass.map(|pass| pass.form).ok_or_else(unknown)
        };
        let list: Vec<Form> = match &words[..] {
            [word] if word == "auto" => Vec::new(),
            words if words.iter().any(|word| word == "auto") => {
                return Err(ResolveError::AutoAndMore { place });
            }
            words => words.iter().map(form).collect::<Result<_, _>>()?,
        };
        if only && list.is_empty() {
            return Err(ResolveError::OnlyAuto { place: only_place });
        }
        Ok(Forms { list, only })
    }

    fn close_errors(&mut self) -> engine::CloseErrors {
        let said = self.cli.common.close_errors;
        match self.word("close-errors", said, |file| file.close_errors.as_ref(), CloseErrors::Keep) {
            CloseErrors::Keep => engine::CloseErrors::Keep,
            CloseErrors::Join => engine::CloseErrors::Join,
            CloseErrors::Return => engine::CloseErrors::Return,
        }
    }

    fn on_panic(&mut self) -> engine::OnPanic {
        let said = self.cli.common.on_panic;
        match self.word("on-panic", said, |file| file.on_panic.as_ref(), OnPanic::Propagate) {
            OnPanic::Propagate => engine::OnPanic::Propagate,
            OnPanic::Error => engine::OnPanic::Error,
        }
    }

    fn go(&mut self) -> Result<Option<GoVersion>, ResolveError> {
        let (version, origin) =
            self.find("go", self.cli.common.go.clone(), |file| file.go.as_ref(), String::new());
        if origin == Origin::Default {
            self.show("# go: of each file, as its build line or the nearest go.mod says".to_owned(), origin);
            return Ok(None);
        }
        let place = origin.about("go");
        self.show(format!("go = {version:?}"), origin);
        match parse_go_version(&version) {
            Some(version) => Ok(Some(version)),
            None => Err(ResolveError::GoVersion { place, version }),
        }
    }

    /// The file of the baseline. An empty name takes back what a weaker place says.
    fn baseline(&mut self, said: Option<String>) -> Option<PathBuf> {
        let (name, origin) = self.find("baseline", said, |file| file.baseline.as_ref(), String::new());
        if name.is_empty() {
            self.show("# baseline: none".to_owned(), origin);
            return None;
        }
        self.show(format!("baseline = {name:?}"), origin.clone());
        let found = self.layers.strongest(|file| file.baseline.as_ref());
        Some(match (origin, found) {
            (Origin::Place(_), Some(found)) => {
                relative(&absolute(Path::new(&name), found.folder), &self.layers.here)
            }
            _ => PathBuf::from(name),
        })
    }

    /// The files in which some rules are not looked for.
    fn unselected(&mut self) -> Result<Vec<(Patterns, Rules)>, ResolveError> {
        let Some(Found { layer, value, folder }) =
            self.layers.strongest(|file| file.per_file_ignores.as_ref())
        else {
            return Ok(Vec::new());
        };
        let place = |codes: &Located<Vec<String>>| format!("{}: per-file-ignores", layer.place(codes));
        let mut text = "[per-file-ignores]".to_owned();
        let mut unselected = Vec::new();
        for (pattern, codes) in &value.value {
            let rules = rules_of(&codes.value, &place(codes))?;
            let _ = write!(text, "\n{pattern:?} = {:?}", codes.value);
            if !rules.is_empty() {
                let broken = |(pattern, words)| ResolveError::Pattern { place: place(codes), pattern, words };
                let patterns = Patterns::read(std::iter::once(pattern.as_str()), folder).map_err(broken)?;
                unselected.push((patterns, rules));
            }
        }
        let origin = Origin::Place(layer.place(value));
        self.show(text, origin);
        Ok(unselected)
    }

    fn resources(&mut self) -> Result<Option<Resources>, ResolveError> {
        let Some(layer) = self.layers.with_resources() else { return Ok(None) };
        let (stanzas, places): (Vec<_>, Vec<_>) = layer.stanzas().into_iter().unzip();
        let resources = Resources::standard().with(&stanzas).map_err(|error| layer.refuse(&error))?;
        for (stanza, place) in stanzas.iter().zip(places) {
            self.show(stanza.to_string().trim_end().to_owned(), Origin::Place(place));
        }
        Ok(Some(resources))
    }
}

/// The rules that are meant by codes or the beginnings of codes.
fn rules_of(codes: &[String], place: &str) -> Result<Rules, ResolveError> {
    codes.iter().try_fold(Rules::NONE, |rules, code| match Rules::beginning(code) {
        Some(more) => Ok(rules.and(more)),
        None => Err(ResolveError::UnknownRule { place: place.to_owned(), code: code.clone() }),
    })
}

/// A list that was given, where nothing between commas is nothing: `--accept=` takes back what a file accepts.
fn some(codes: Option<&Vec<String>>) -> Option<Vec<String>> {
    codes.map(|codes| codes.iter().filter(|code| !code.is_empty()).cloned().collect())
}
