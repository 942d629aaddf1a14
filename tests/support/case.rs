//! One case: a txtar file under `testdata/<topic>/`, read and made ready.
//!
//! The first line of the comment is the title. A line `key: value` may say:
//!
//! - `flags:` what is handed to the tool (`--unsafe`, `--go 1.21`);
//! - `language:` the Go language version, `1.N`, where a build constraint decides it;
//! - `vet:` `off`, with the reason, for input that go vet has something against;
//! - `eol:` `crlf`, `bom:` `yes`, `final newline:` `no`: how both texts are dressed before use.
//!
//! Other Go files of the archive are there to be looked at: `x.go` in the package of `in.go`, `sub/x.go` in one of its module.

use std::path::{Path, PathBuf};

use undefer::settings::Layer;
use undefer_transforms::{
    CloseErrors, Forms, GoVersion, Library, OnPanic, Options, PASSES, Reason, Resources, Rules, Safety,
};

use super::markers::{self, Marker};
use super::txtar::Archive;

/// The name of the part that is a configuration file.
pub(crate) const CONFIG: &str = ".undefer.toml";

/// One case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// `topic/name`.
    pub(crate) name: String,
    /// The file.
    pub(crate) path: PathBuf,
    /// What stands in the file.
    pub(crate) archive: Archive,
    /// What its configuration file and its flags say about packages and about reasons.
    settings: Settings,
    /// What the markers say.
    pub(crate) wanted: Vec<Marker>,
    /// `in.go` as the tool gets it: without markers, dressed.
    pub(crate) input: String,
    /// `out.go`, dressed; the input where it is absent.
    pub(crate) output: String,
}

impl Case {
    fn read(root: &Path, path: &Path) -> Self {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let relative = path.strip_prefix(root).expect("cases are found under their root");
        let archive = Archive::parse(&text);
        let marked = archive.part("in.go").unwrap_or_else(|| panic!("{}: no in.go", path.display()));
        let (input, wanted) = markers::strip(marked);
        let output = archive.part("out.go").unwrap_or(&input).to_owned();
        let name = relative.with_extension("").to_string_lossy().replace('\\', "/");
        let settings = Settings::of(&name, &archive);
        let bare = Case { name, path: path.to_owned(), archive, settings, wanted, input, output };
        Case { input: bare.dress(&bare.input), output: bare.dress(&bare.output), ..bare }
    }

    /// The value of a `key: value` line of the comment.
    pub(crate) fn setting(&self, key: &str) -> Option<&str> {
        let value = |line: &'_ str| -> Option<usize> {
            line.strip_prefix(key)?.strip_prefix(':').map(|value| line.len() - value.len())
        };
        self.archive.comment.lines().find_map(|line| value(line).map(|at| line[at..].trim()))
    }

    /// The flags for the tool.
    pub(crate) fn flags(&self) -> Vec<&str> {
        self.setting("flags").unwrap_or("").split_whitespace().collect()
    }

    /// The bar that the flags set.
    pub(crate) fn bar(&self) -> Safety {
        if self.flags().contains(&"--unsafe") { Safety::Unsafe } else { Safety::Safe }
    }

    /// The forms that the flags ask for.
    fn forms(&self) -> Forms {
        let flags = self.flags();
        let words = flags.iter().position(|flag| *flag == "--form").map(|at| flags[at + 1]);
        let form = |word: &str| {
            let pass = PASSES.iter().find(|pass| pass.form.word() == word);
            pass.unwrap_or_else(|| panic!("{}: no form: {word}", self.name)).form
        };
        let list = words.into_iter().flat_map(|words| words.split(',')).map(form).collect();
        Forms { list, only: flags.contains(&"--form-only") }
    }

    /// The rules that the flags ask for.
    fn rules(&self) -> Rules {
        let flags = self.flags();
        let codes = flags.iter().position(|flag| *flag == "--select").map(|at| flags[at + 1]);
        let rules =
            |code: &str| Rules::beginning(code).unwrap_or_else(|| panic!("{}: no rule: {code}", self.name));
        codes
            .map_or_else(Rules::default_on, |codes| codes.split(',').map(rules).fold(Rules::NONE, Rules::and))
    }

    /// What the flags say becomes of errors of releases.
    fn close_errors(&self) -> CloseErrors {
        match self.word("--close-errors=").unwrap_or("keep") {
            "keep" => CloseErrors::Keep,
            "join" => CloseErrors::Join,
            "return" => CloseErrors::Return,
            other => panic!("{}: --close-errors={other}", self.name),
        }
    }

    /// What the flags say becomes of panics.
    fn on_panic(&self) -> OnPanic {
        match self.word("--on-panic=").unwrap_or("propagate") {
            "propagate" => OnPanic::Propagate,
            "error" => OnPanic::Error,
            other => panic!("{}: --on-panic={other}", self.name),
        }
    }

    /// The word behind a flag.
    fn word(&self, flag: &str) -> Option<&str> {
        self.flags().into_iter().find_map(|text| text.strip_prefix(flag))
    }

    /// The language version: as stated, else by the flags, else by go.mod, else the newest.
    pub(crate) fn go(&self) -> GoVersion {
        let flags = self.flags();
        let flag = flags.iter().position(|flag| *flag == "--go").map(|at| flags[at + 1]);
        let module = self.archive.part("go.mod");
        let line =
            module.map(|text| text.lines().find_map(|line| line.strip_prefix("go ")).unwrap_or("1.16"));
        let minor = |version: &str| version.trim().strip_prefix("1.")?.split('.').next()?.parse().ok();
        let version = self.setting("language").or(flag).or(line);
        version.map_or(GoVersion::NEWEST, |text| {
            GoVersion(minor(text).unwrap_or_else(|| panic!("{}: no Go version: {text}", self.name)))
        })
    }

    /// The engine's options.
    pub(crate) fn options<'o>(&'o self, bar: Safety, library: Option<&'o dyn Library>) -> Options<'o> {
        let Settings { resources, accepted } = &self.settings;
        let resources = resources.as_ref().unwrap_or_else(|| Resources::standard());
        let (close_errors, on_panic) = (self.close_errors(), self.on_panic());
        Options {
            close_errors,
            on_panic,
            bar,
            go: self.go(),
            rules: self.rules(),
            forms: self.forms(),
            library,
            resources,
            accepted,
        }
    }

    /// Why go vet does not look at this case.
    pub(crate) fn vet_off(&self) -> Option<&str> {
        let reason = self.setting("vet")?.strip_prefix("off").map(str::trim);
        Some(
            reason
                .filter(|why| !why.is_empty())
                .unwrap_or_else(|| panic!("{}: vet: off, and why?", self.name)),
        )
    }

    /// Gives a text the line ends, the byte-order mark and the end that the comment asks for.
    pub(crate) fn dress(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if self.setting("final newline") == Some("no") {
            text.truncate(text.trim_end_matches('\n').len());
        }
        if self.setting("eol") == Some("crlf") {
            text = text.replace('\n', "\r\n");
        }
        if self.setting("bom") == Some("yes") { format!("\u{feff}{text}") } else { text }
    }

    /// Takes off what [`Case::dress`] put on.
    pub(crate) fn undress(text: &str) -> String {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        if text.ends_with('\n') { text } else { text + "\n" }
    }
}

/// What a case says about packages and about reasons.
#[derive(Clone, Debug)]
struct Settings {
    resources: Option<Resources>,
    accepted: Vec<Reason>,
}

impl Settings {
    fn of(name: &str, archive: &Archive) -> Self {
        let text = archive.part(CONFIG).unwrap_or_default();
        let layer = Layer::of_file(CONFIG.to_owned(), text.to_owned());
        let layer = layer.unwrap_or_else(|error| panic!("{name}: {error}"));
        let stanzas: Vec<_> = layer.stanzas().into_iter().map(|(stanza, _)| stanza).collect();
        let resources = Resources::standard().with(&stanzas);
        let resources = resources.unwrap_or_else(|error| panic!("{name}: {}", layer.refuse(&error)));
        let codes = layer.settings.accept.map_or_else(Vec::new, |accept| accept.value);
        let reason = |code: &String| Reason::ALL.iter().copied().find(|reason| reason.code() == code);
        let accepted = codes.iter().map(|code| reason(code).unwrap_or_else(|| panic!("{name}: {code}")));
        Settings { resources: (!stanzas.is_empty()).then_some(resources), accepted: accepted.collect() }
    }
}

/// All cases below `root`, sorted by name; with `UNDEFER_CASE` those whose name contains it.
pub(crate) fn load(root: &Path) -> Vec<Case> {
    let wanted = std::env::var("UNDEFER_CASE").unwrap_or_default();
    let entries = |dir: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
        entries.map(|entry| entry.expect("a readable folder entry").path()).collect()
    };
    let topics = entries(root).into_iter().filter(|path| path.is_dir());
    let files = topics.flat_map(|topic| entries(&topic));
    let archives = files.filter(|path| path.extension().is_some_and(|extension| extension == "txtar"));
    let mut cases: Vec<Case> = archives.map(|path| Case::read(root, &path)).collect();
    cases.retain(|case| case.name.contains(&wanted));
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}
