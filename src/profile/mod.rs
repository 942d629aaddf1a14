//! `--profile`: how much of a program's time goes through the functions that sites stand in, and into making and running their defers.

mod proto;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::job::Heat;
use crate::modules::Modules;
use crate::paths::absolute;
use crate::report::Outcome;
use crate::trouble::plain;
use proto::{Function, Stacks};

/// What the runtime does to make a defer and to run those that are pending.
const DEFERS: [&str; 3] = ["runtime.deferproc", "runtime.deferreturn", "runtime.newdefer"];

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It cannot be read.
    #[error("--profile {name}: {}", plain(error))]
    Unreadable {
        /// As it was named.
        name: String,
        /// What the system said.
        error: io::Error,
    },
    /// It is none.
    #[error(
        "--profile {name}: {words}; take one with `go test -cpuprofile FILE` or from /debug/pprof/profile"
    )]
    Broken {
        /// As it was named.
        name: String,
        /// What is wrong.
        words: String,
    },
    /// It is about nothing.
    #[error("--profile {0}: it has no samples; let the program run longer")]
    Empty(String),
}

/// A declared function: what its package is called in the profile, its own name, and its file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Declared {
    package: String,
    name: String,
    file: String,
}

/// What goes through each declared function, function literals in it included.
#[derive(Debug)]
pub struct Profile {
    total: f64,
    functions: HashMap<Declared, Heat>,
}

impl Profile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        let name = path.display().to_string();
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return Err(ProfileError::Unreadable { name, error }),
        };
        match proto::read(&bytes).map(Self::of) {
            Ok(profile) if profile.total > 0.0 => Ok(profile),
            Ok(_) => Err(ProfileError::Empty(name)),
            Err(error) => Err(ProfileError::Broken { name, words: error.to_string() }),
        }
    }

    fn of(stacks: Stacks) -> Self {
        let declared: Vec<Declared> = stacks.functions.iter().map(declared).collect();
        let is_defer = |at: usize| DEFERS.iter().any(|name| stacks.functions[at].name.starts_with(name));
        let (mut total, mut functions) = (0.0, HashMap::<Declared, Heat>::new());
        for (stack, value) in stacks.samples {
            #[allow(clippy::cast_precision_loss, reason = "shares are shown with one decimal")]
            let value = value as f64;
            total += value;
            let (mut seen, mut deferring) = (HashSet::new(), HashSet::new());
            for (place, &at) in stack.iter().enumerate() {
                let heat = functions.entry(declared[at].clone()).or_default();
                if seen.insert(&declared[at]) {
                    heat.function += value;
                }
                let calls_defer = place > 0 && is_defer(stack[place - 1]);
                if calls_defer && deferring.insert(&declared[at]) {
                    heat.defers += value;
                }
            }
        }
        Profile { total, functions }
    }

    /// Marks every site of the outcome whose function is in the profile; `here` is absolute. How many those are.
    pub fn mark(&self, here: &Path, outcome: &mut Outcome) -> usize {
        let modules = Modules::default();
        let mut found = 0;
        for file in &mut outcome.files {
            let path = absolute(&file.path, here);
            let path = path.canonicalize().unwrap_or(path);
            let place = Place::of(&path, &modules);
            for site in &file.rewrite.sites {
                let heat = self.heat(&place, &bare(&site.function));
                file.heat.extend(heat.map(|heat| (site.span.start, heat)));
                found += usize::from(heat.is_some());
            }
        }
        found
    }

    fn heat(&self, place: &Place, name: &str) -> Option<Heat> {
        let mut sum = Heat::default();
        let found =
            self.functions.iter().filter(|(declared, _)| declared.name == name && place.holds(declared));
        for (_, heat) in found {
            sum.function += heat.function / self.total;
            sum.defers += heat.defers / self.total;
        }
        (sum.function > 0.0).then_some(sum)
    }
}

/// Where a file is, as a profile tells it.
#[derive(Debug)]
struct Place {
    /// The path of the package, where there is a module.
    package: Option<String>,
    /// The file as seen from its module, or its name.
    file: PathBuf,
}

impl Place {
    fn of(path: &Path, modules: &Modules) -> Self {
        let folder = path.parent().unwrap_or(path);
        let name = PathBuf::from(path.file_name().unwrap_or_default());
        match modules.of(folder) {
            Some(module) => {
                let file = path.strip_prefix(module.root()).map_or(name, Path::to_owned);
                Place { package: module.import_path(folder), file }
            }
            None => Place { package: None, file: name },
        }
    }

    /// Whether a function of the profile is declared in the file. A program is always called `main`, so there the file decides.
    fn holds(&self, declared: &Declared) -> bool {
        let is_file = Path::new(&declared.file).ends_with(&self.file);
        match &self.package {
            Some(package) if declared.package != "main" => {
                let own = declared.package.strip_suffix("_test").unwrap_or(&declared.package);
                is_file && (own == package || declared.package == *package)
            }
            _ => is_file,
        }
    }
}

fn declared(function: &Function) -> Declared {
    let start = function.name.rfind('/').map_or(0, |slash| slash + 1);
    let (package, name) = match function.name[start..].split_once('.') {
        Some((package, name)) => (format!("{}{package}", &function.name[..start]), name),
        None => (String::new(), function.name.as_str()),
    };
    // The linker writes a dot of the last part of a path like this.
    Declared { package: package.replace("%2e", "."), name: bare(name), file: function.file.clone() }
}

/// The declared function of `(*T[...]).m.func1.2`, `f.deferwrap1` or `f-range1`: its name without type arguments, and without
/// what is made inside it.
fn bare(name: &str) -> String {
    let (mut depth, mut plain) = (0_usize, String::new());
    for letter in name.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            letter if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    let plain = plain.split('-').next().unwrap_or_default();
    let (receiver, rest) = match plain.find(").") {
        Some(end) if plain.starts_with('(') => plain.split_at(end + 2),
        _ => ("", plain),
    };
    let mut parts = rest.split('.');
    let first = parts.next().unwrap_or_default();
    let is_made = |part: &&str| {
        let kinds = ["func", "gowrap", "deferwrap"];
        let number = kinds.iter().find_map(|kind| part.strip_prefix(kind)).unwrap_or(part);
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    match parts.next().filter(|part| receiver.is_empty() && !is_made(part)) {
        Some(method) => format!("{first}.{method}"),
        None => format!("{receiver}{first}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_known_by_their_declarations() {
        for (name, plain) in [
            ("f", "f"),
            ("f.func1", "f"),
            ("f.func1.2.func3", "f"),
            ("f[...]", "f"),
            ("f[go.shape.int].func1", "f"),
            ("(*T).m", "(*T).m"),
            ("(*T[...]).m.func2", "(*T).m"),
            ("T.m", "T.m"),
            ("T.m.func1", "T.m"),
            ("f.deferwrap1", "f"),
            ("f.gowrap2", "f"),
            ("f-range1", "f"),
            ("(*T).m-fm", "(*T).m"),
        ] {
            assert_eq!(bare(name), plain, "{name}");
        }
        let function = |name: &str| Function { name: name.to_owned(), file: String::new() };
        for (name, package, own) in [
            ("example.com/m/a.(*T).M", "example.com/m/a", "(*T).M"),
            ("gopkg.in/yaml%2ev3.f.func1", "gopkg.in/yaml.v3", "f"),
            ("main.main", "main", "main"),
            ("runtime.deferproc", "runtime", "deferproc"),
        ] {
            let declared = declared(&function(name));
            assert_eq!((declared.package.as_str(), declared.name.as_str()), (package, own), "{name}");
        }
    }

    #[test]
    fn shares_are_of_all_samples_and_defers_are_those_of_the_function_itself() {
        let (f, g) = (("example.com/m/a.f", "/b/m/a/a.go"), ("example.com/m/a.g.func1", "/b/m/a/a.go"));
        let bytes = proto::written(&[
            (&[("runtime.deferproc", "r.go"), f, g], 30),
            (&[("os.Open", "o.go"), f, f, g], 50),
            (&[("runtime.deferreturn", "r.go"), ("b.h", "b.go"), f], 10),
            (&[("runtime.idle", "r.go")], 10),
        ]);
        let profile = Profile::of(proto::read(&bytes).expect("it is a profile"));
        let place =
            |package: &str, file: &str| Place { package: Some(package.to_owned()), file: file.into() };
        let shares =
            |place: &Place, name: &str| profile.heat(place, name).map(|heat| (heat.function, heat.defers));
        let a = place("example.com/m/a", "a/a.go");
        assert_eq!(shares(&a, "f"), Some((0.9, 0.3)));
        assert_eq!(shares(&a, "g"), Some((0.8, 0.0)));
        assert_eq!(shares(&a, "h"), None);
        assert_eq!(shares(&place("example.com/m", "a.go"), "f"), None, "another package");
        assert_eq!(shares(&Place { package: None, file: "a.go".into() }, "f"), Some((0.9, 0.3)));
    }
}
