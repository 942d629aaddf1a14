//! What is known about functions, methods and fields of packages: facts in a table, not code.

mod blocks;

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use blocks::{Block, Blocks};

use crate::hash::Table;

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
    /// Keeps its arguments in place of what its receiver has kept before.
    Renews,
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
    /// Only looks at its operands.
    Looks,
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
    /// What the table says.
    table: &'static Blocks,
    /// What stanzas say, by package or type and by name.
    facts: Table<String, Table<String, Fact>>,
    /// The packages and types that stanzas speak of.
    told: Table<String, &'static str>,
}

impl Resources {
    /// The facts that are built in: much of the standard library, and some well-known modules.
    pub fn standard() -> &'static Resources {
        static STANDARD: OnceLock<Resources> = OnceLock::new();
        STANDARD.get_or_init(|| Resources {
            table: Blocks::standard(),
            facts: Table::default(),
            told: Table::default(),
        })
    }

    /// Adds a fact about a name in a package or a type, in place of an older one.
    pub(crate) fn insert(&mut self, owner: &str, name: &str, fact: Fact) {
        self.facts.entry(owner.to_owned()).or_default().insert(name.to_owned(), fact);
    }

    /// Makes the name of a package or a type known, of which a stanza speaks.
    pub(crate) fn tell(&mut self, name: &str) {
        self.told.insert(name.to_owned(), interned(name.to_owned()));
    }

    /// Whether there are stanzas.
    pub(crate) fn has_told(&self) -> bool {
        !self.told.is_empty()
    }

    /// Whether a stanza speaks of a package or a type.
    pub(crate) fn is_told(&self, name: &str) -> bool {
        self.told.contains_key(name)
    }

    /// Whether a package or a type of the table is the standard library's: the paths of other modules begin with a
    /// domain, and of what stanzas speak of nothing else is known.
    pub(crate) fn is_standard(&self, name: &str) -> bool {
        let (domain, _) = name.split_once('/').unwrap_or((name.split('.').next().unwrap_or(name), ""));
        !domain.contains('.') && !self.is_told(name)
    }

    /// The fact about `name` in a package or a type.
    pub(crate) fn fact(&self, owner: &str, name: &str) -> Option<&Fact> {
        let block = self.table.block(owner);
        let own = |name| {
            let told = self.facts.get(owner).and_then(|facts| facts.get(name));
            told.or_else(|| block.and_then(|block| block.facts.get(name)))
        };
        own(name).or_else(|| own("*")).or_else(|| self.table.alias(owner).and_then(|of| self.fact(of, name)))
    }

    /// The table's own spelling of a type's or package's name.
    pub(crate) fn known(&self, name: &str) -> Option<&'static str> {
        let of_alias = || match (self.table.alias(name), name.rsplit_once('.')) {
            (Some(of), _) => self.known(of),
            (None, Some((package, of))) => self.known(&format!("{}.{of}", self.table.alias(package)?)),
            _ => None,
        };
        self.told.get(name).copied().or_else(|| self.table.spelling(name)).or_else(of_alias)
    }

    /// Whether a type of a package is plain data.
    pub(crate) fn is_plain(&self, package: &str, name: &str) -> bool {
        self.block_of(package).is_some_and(|block| block.plain.contains(&name))
    }

    /// Whether a type of a package is one of bytes.
    pub(crate) fn is_memory(&self, package: &str, name: &str) -> bool {
        self.block_of(package).is_some_and(|block| block.memory.contains(&name))
    }

    /// Whether a composite literal of a type of a package is made for many uses.
    pub(crate) fn is_once(&self, package: &str, name: &str) -> bool {
        self.block_of(package).is_some_and(|block| block.once.contains(&name))
    }

    /// Whether the methods of a type of the table only lock, tell the time, log or make something new.
    pub(crate) fn is_quiet(&self, of: &str) -> bool {
        let name = of.rsplit('.').next().unwrap_or(of);
        let package = of.strip_suffix(name).and_then(|package| package.strip_suffix('.'));
        package.and_then(|package| self.block_of(package)).is_some_and(|block| block.quiet.contains(&name))
    }

    /// Whether values of a type count by being there, and not only by what is done with them.
    pub(crate) fn is_occupying(&self, of: &str) -> bool {
        self.table.block(of).is_some_and(|block| block.occupies)
    }

    fn block_of(&self, package: &str) -> Option<&Block> {
        // What has another name has no block under its own.
        self.table.block(package).or_else(|| self.table.block(self.table.alias(package)?))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_leads_to_what_has_a_block() {
        let table = Resources::standard();
        assert_eq!(table.known("net.TCPConn"), Some("net.Conn"));
        assert_eq!(table.known("github.com/klauspost/compress/gzip.Reader"), Some("compress/gzip.Reader"));
        assert!(table.fact("github.com/klauspost/compress/gzip", "NewReader").is_some());
        assert!(table.is_plain("os", "FileInfo") && !table.is_plain("os", "File"));
    }
}
