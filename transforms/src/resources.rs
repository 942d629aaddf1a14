//! What is known about functions, methods and fields of packages: facts in a table, not code.
//!
//! The table is text. `@ net/http` begins a package, `@ net/http.Response` a type of it; `@ A = B` says that a package or
//! type A has what B has. Every other line is
//! `NAMES = RESULTS ; FLAGS`; a name that begins with a dot is a field or a package variable, `*` stands for
//! every name that has no line of its own. Results that are not written are plain data. A result is
//! `_` (plain data: number, bool, error, text that is a copy), `data` (the same, of a type that could hold more), `name` (text that names the operand),
//! `addr` (an address or a handle that answers while the operand lives),
//! `bytes` (memory of the operand), `T` (a new value of type `T`), `~T` (one that holds the operands too),
//! `~_` (text built from the operands), `func` (a function value), `~func`, `?` (nothing is known). `NAMES = plain` says
//! that the names are types of plain data, `NAMES = once` that a composite literal of such a type is made for many uses.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What one result of a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A number, a bool, an error, a copied text.
    Plain,
    /// Text that names the receiver: a path, an identifier.
    Name,
    /// An address that answers only while the receiver lives.
    Address,
    /// Text built from the arguments.
    Text,
    /// A view of the operand's memory.
    Memory,
    /// A value of a type of the table; `holds` says whether it holds the operands.
    Value { of: &'static str, holds: bool },
    /// Holds none of the operands. More is not known.
    Other,
    /// Nothing is known.
    Unknown,
}

/// What a call does besides returning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Trait {
    /// Ends the life of its receiver (of the value itself for a function value).
    Release,
    /// Ends the life of its first argument, which may be handed out again at once.
    ReleaseArgument,
    /// Ends the life of its first argument for good.
    ReleaseFirst,
    /// Ends a life, and writes to what the receiver holds.
    Flushes,
    /// Ending its second result leaves the first one usable.
    Apart,
    /// Removes what its first argument names.
    Removes,
    /// Keeps its arguments after it returned.
    Retains,
    /// Keeps function arguments and calls them later, or at the same time in another goroutine.
    Later,
    /// Calls those function arguments when a test has ended, behind what the function that asks for it has deferred.
    Behind,
    /// Waits, sends or checks: nothing that ends a life.
    Waits,
    /// Changes the state of the process.
    Sets,
    /// Reports to people only.
    Logs,
    /// Depends on the depth of the call stack.
    Depth,
    /// Makes something that nothing else can name: a temporary file or folder.
    Fresh,
    /// Does things that others may see, so that it matters when it is called.
    Acts,
    /// What it returns need not be the caller's alone.
    Shared,
    /// Keeps none of its operands after it returned, neither a resource nor its name.
    Forgets,
    /// Ends what counts by being there: a connection, a listener, a lock that others notice.
    Occupies,
    /// Sets up what works by itself until its receiver is released, and what others notice: a subscription.
    Registers,
    /// Hands its operands, or what is built from them, to the function that it gets as an argument.
    Lends,
    /// Uses the names that it gets, and writes them down nowhere.
    Names,
    /// Ending what it returns ends its first argument.
    Owns,
    /// What it returns is made for many uses, at the same time too: one for all iterations of a loop will do.
    Hoists,
    /// What it returns keeps a pool of connections.
    Pools,
    /// Changes its receiver for whoever uses it next.
    Alters,
    /// Ends a life and returns an error alone, which says something: not where it is one that is to be expected.
    Fails,
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// A field or a package's variable, not a function.
    pub(crate) field: bool,
    pub(crate) results: Vec<Outcome>,
    /// What the results behind those carry.
    pub(crate) rest: Outcome,
    /// How many results there are at most; a function with more is another one.
    pub(crate) most: usize,
    pub(crate) traits: Vec<Trait>,
}

impl Fact {
    pub(crate) fn is(&self, asked: Trait) -> bool {
        self.traits.contains(&asked)
    }

    /// What result number `index` carries.
    pub(crate) fn result(&self, index: usize) -> Outcome {
        self.results.get(index).copied().unwrap_or(self.rest)
    }

    /// Whether the first result is a new value that nobody else has.
    pub(crate) fn is_new(&self) -> bool {
        self.result(0) != Outcome::Unknown && !self.is(Trait::Shared)
    }

    /// Whether the call only computes plain data.
    pub(crate) fn is_plain(&self) -> bool {
        self.results.iter().all(|&result| result == Outcome::Plain) && !self.is(Trait::Acts)
    }
}

/// What is known about functions, methods and fields of packages: the facts that a verdict may rest on. A value of it is
/// lent to every call of [`crate::rewrite`] through [`crate::Options::resources`].
#[derive(Clone, Debug)]
pub struct Resources {
    facts: HashMap<String, Fact>,
    /// Types and packages that have a block.
    names: HashMap<String, &'static str>,
    /// Those that stanzas speak of.
    told: BTreeSet<String>,
    /// Packages and types that have what another one has.
    aliases: HashMap<&'static str, &'static str>,
    /// Types of plain data.
    plain: HashSet<String>,
    /// Types of what counts by being there.
    occupying: HashSet<&'static str>,
    /// Types whose composite literals are made for many uses.
    once: HashSet<String>,
}

impl Resources {
    /// The facts that are built in: much of the standard library, and some well-known modules. They are read once.
    pub fn standard() -> &'static Resources {
        static TABLE: OnceLock<Resources> = OnceLock::new();
        TABLE.get_or_init(|| Resources::read(STANDARD))
    }

    fn read(text: &'static str) -> Resources {
        let mut resources = Resources {
            facts: HashMap::new(),
            names: HashMap::new(),
            told: BTreeSet::new(),
            aliases: HashMap::new(),
            plain: HashSet::new(),
            occupying: HashSet::new(),
            once: HashSet::new(),
        };
        let (mut block, mut package) = ("", "");
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("@ ") {
                if let Some((name, of)) = name.split_once(" = ") {
                    resources.aliases.insert(name, of);
                    continue;
                }
                block = name;
                let dot = name.rfind('/').map_or(0, |slash| slash + 1);
                let end = name[dot..].find(['.']).filter(|_| !name.starts_with("gopkg.in"));
                package = end.map_or(name, |at| &name[..dot + at]);
                resources.names.insert(name.to_owned(), name);
                continue;
            }
            let Some((left, right)) = line.split_once(" = ") else { continue };
            if right == "plain" {
                resources.plain.extend(left.split_whitespace().map(|name| format!("{block}.{name}")));
                continue;
            }
            if right == "once" {
                resources.once.extend(left.split_whitespace().map(|name| format!("{block}.{name}")));
                continue;
            }
            let (results, traits) = right.split_once(';').unwrap_or((right, ""));
            let mut fact = Fact {
                field: false,
                rest: Outcome::Plain,
                most: usize::MAX,
                results: results.split_whitespace().map(|word| outcome(package, word)).collect(),
                traits: traits.split_whitespace().filter_map(flag).collect(),
            };
            if fact.is(Trait::Occupies) {
                resources.occupying.insert(block);
            }
            for name in left.split_whitespace() {
                fact.field = name.starts_with('.');
                resources.insert(block, name.trim_start_matches('.'), fact.clone());
            }
        }
        resources
    }

    /// Adds a fact about a name in a package or a type, in place of an older one.
    pub(crate) fn insert(&mut self, owner: &str, name: &str, fact: Fact) {
        self.facts.insert(format!("{owner}.{name}"), fact);
    }

    /// Makes the name of a package or a type known, of which a stanza speaks.
    pub(crate) fn tell(&mut self, name: &str) {
        self.names.insert(name.to_owned(), interned(name.to_owned()));
        self.told.insert(name.to_owned());
    }

    /// Whether there are stanzas.
    pub(crate) fn has_told(&self) -> bool {
        !self.told.is_empty()
    }

    /// Whether a stanza speaks of a package or a type.
    pub(crate) fn is_told(&self, name: &str) -> bool {
        self.told.contains(name)
    }

    /// Whether a package or a type of the table is the standard library's: the paths of other modules begin with a
    /// domain, and of what stanzas speak of nothing else is known.
    pub(crate) fn is_standard(&self, name: &str) -> bool {
        let (domain, _) = name.split_once('/').unwrap_or((name.split('.').next().unwrap_or(name), ""));
        !domain.contains('.') && !self.is_told(name)
    }

    /// The fact about `name` in a package or a type.
    pub(crate) fn fact(&self, owner: &str, name: &str) -> Option<&Fact> {
        let own = self.facts.get(&format!("{owner}.{name}"));
        own.or_else(|| self.facts.get(&format!("{owner}.*")))
            .or_else(|| self.aliases.get(owner).and_then(|of| self.fact(of, name)))
    }

    /// The table's own spelling of a type's or package's name.
    pub(crate) fn known(&self, name: &str) -> Option<&'static str> {
        let of_alias = || match (self.aliases.get(name), name.rsplit_once('.')) {
            (Some(of), _) => self.known(of),
            (None, Some((package, of))) => self.known(&format!("{}.{of}", self.aliases.get(package)?)),
            _ => None,
        };
        self.names.get(name).copied().or_else(of_alias)
    }

    /// Whether a type of a package is plain data.
    pub(crate) fn is_plain(&self, package: &str, name: &str) -> bool {
        let package = self.aliases.get(package).unwrap_or(&package);
        self.plain.contains(&format!("{package}.{name}"))
    }

    /// Whether a composite literal of a type of a package is made for many uses.
    pub(crate) fn is_once(&self, package: &str, name: &str) -> bool {
        let package = self.aliases.get(package).unwrap_or(&package);
        self.once.contains(&format!("{package}.{name}"))
    }

    /// Whether values of a type count by being there, and not only by what is done with them.
    pub(crate) fn is_occupying(&self, of: &str) -> bool {
        self.occupying.contains(of)
    }
}

fn outcome(package: &'static str, word: &'static str) -> Outcome {
    match word {
        "_" | "data" => Outcome::Plain,
        "name" => Outcome::Name,
        "addr" => Outcome::Address,
        "~_" => Outcome::Text,
        "bytes" => Outcome::Memory,
        "?" => Outcome::Unknown,
        _ => {
            let holds = word.starts_with('~');
            let name = word.trim_start_matches('~');
            let of = if name == "func" || name.contains('.') { name } else { qualified(package, name) };
            Outcome::Value { of, holds }
        }
    }
}

/// Types of the block's own package are written without its path.
fn qualified(package: &str, name: &str) -> &'static str {
    interned(format!("{package}.{name}"))
}

/// A name for the rest of the run. Each is kept once, however many tables hold it, so that what is never freed is
/// bounded by the different names in tables, whatever files are read.
pub(crate) fn interned(name: String) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name.as_str()) {
        return known;
    }
    let name: &'static str = name.leak();
    names.insert(name);
    name
}

fn flag(word: &str) -> Option<Trait> {
    Some(match word {
        "release" => Trait::Release,
        "frees" => Trait::ReleaseArgument,
        "flushes" => Trait::Flushes,
        "apart" => Trait::Apart,
        "removes" => Trait::Removes,
        "retains" => Trait::Retains,
        "later" => Trait::Later,
        "behind" => Trait::Behind,
        "waits" => Trait::Waits,
        "sets" => Trait::Sets,
        "logs" => Trait::Logs,
        "depth" => Trait::Depth,
        "fresh" => Trait::Fresh,
        "shared" => Trait::Shared,
        "occupies" => Trait::Occupies,
        "registers" => Trait::Registers,
        "lends" => Trait::Lends,
        "names" => Trait::Names,
        "owns" => Trait::Owns,
        "hoists" => Trait::Hoists,
        "pools" => Trait::Pools,
        "alters" => Trait::Alters,
        "fails" => Trait::Fails,
        _ => return None,
    })
}

const STANDARD: &str = include_str!("resources.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        let table = Resources::standard();
        assert!(table.fact("os", "Open").is_some());
        assert!(table.fact("os.File", "Close").unwrap().is(Trait::Release));
        let opened = table.fact("os", "Open").unwrap().result(0);
        assert_eq!(opened, Outcome::Value { of: "os.File", holds: false });
        assert_eq!(
            table.fact("bufio", "NewReader").unwrap().result(0),
            Outcome::Value { of: "bufio.Reader", holds: true }
        );
    }

    #[test]
    fn every_type_that_a_result_names_has_a_block() {
        let table = Resources::standard();
        for (name, fact) in &table.facts {
            for result in &fact.results {
                if let Outcome::Value { of, .. } = result {
                    assert!(*of == "func" || table.known(of).is_some(), "{name} returns {of}");
                }
            }
        }
    }

    #[test]
    fn another_name_leads_to_what_has_a_block() {
        let table = Resources::standard();
        for (name, of) in &table.aliases {
            assert!(table.names.contains_key(*of), "{name} = {of}");
            assert!(!table.names.contains_key(*name), "{name} has a block too");
        }
        assert_eq!(table.known("net.TCPConn"), Some("net.Conn"));
        assert_eq!(table.known("github.com/klauspost/compress/gzip.Reader"), Some("compress/gzip.Reader"));
        assert!(table.fact("github.com/klauspost/compress/gzip", "NewReader").is_some());
        assert!(table.is_plain("os", "FileInfo") && !table.is_plain("os", "File"));
    }

    #[test]
    fn what_a_name_does_is_said_once() {
        let mut said = HashSet::new();
        let mut block = "";
        for line in STANDARD.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("@ ") {
                block = name;
                assert!(said.insert(format!("@ {name}")), "another block of {name}");
                continue;
            }
            let (names, _) = line.split_once(" = ").unwrap();
            for name in names.split_whitespace() {
                let name = format!("{block}.{}", name.trim_start_matches('.'));
                assert!(said.insert(name.clone()), "{name} stands in the table twice");
            }
        }
    }

    #[test]
    fn every_flag_is_known() {
        for line in STANDARD.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '@'])) {
            assert!(line.contains(" = "), "{line}");
            let flags = line.split_once(';').map_or("", |(_, flags)| flags);
            assert!(flags.split_whitespace().all(|word| flag(word).is_some()), "{line}");
        }
    }
}
