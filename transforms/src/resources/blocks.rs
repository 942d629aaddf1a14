//! The table of facts: blocks of text, of which each is read when something is first asked about its package or type.
//!
//! The table is text. `@ net/http` begins a package, `@ net/http.Response` a type of it; `@ A = B` says that a package or
//! type A has what B has. Every other line is
//! `NAMES = RESULTS ; FLAGS`; a name that begins with a dot is a field or a package variable, `*` stands for
//! every name that has no line of its own. Results that are not written are plain data. A result is
//! `_` (plain data: number, bool, error, text that is a copy), `data` (the same, of a type that could hold more), `name` (text that names the operand),
//! `addr` (an address or a handle that answers while the operand lives),
//! `bytes` (memory of the operand), `T` (a new value of type `T`), `~T` (one that holds the operands too),
//! `~_` (text built from the operands), `func` (a function value), `~func`, `?` (nothing is known). `NAMES = plain` says
//! that the names are types of plain data, `NAMES = memory` that they are types of bytes, `NAMES = once` that a composite
//! literal of such a type is made for many uses, `NAMES = quiet` that the methods of such a type only lock, tell the time, log or make something new.

use std::sync::OnceLock;

use super::{Fact, Outcome, Trait, interned};
use crate::hash::Table;

const STANDARD: &str = include_str!("../resources.txt");

/// The table.
#[derive(Debug)]
pub(super) struct Blocks {
    /// By the package or type that they are about.
    blocks: Table<&'static str, Unread>,
    /// Packages and types that have what another one has.
    aliases: Table<&'static str, &'static str>,
}

/// The lines of a block, and what they say once somebody asks.
#[derive(Debug)]
struct Unread {
    name: &'static str,
    lines: &'static str,
    read: OnceLock<Block>,
}

/// What is known of a package or a type.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) facts: Table<&'static str, Fact>,
    /// Types of plain data.
    pub(super) plain: Vec<&'static str>,
    /// Types of bytes, which may be somebody else's memory.
    pub(super) memory: Vec<&'static str>,
    /// Types whose composite literals are made for many uses.
    pub(super) once: Vec<&'static str>,
    /// Types whose methods only lock, tell the time, log or make something new.
    pub(super) quiet: Vec<&'static str>,
    /// Whether its values count by being there.
    pub(super) occupies: bool,
}

impl Blocks {
    /// The table that is built in.
    pub(super) fn standard() -> &'static Blocks {
        static TABLE: OnceLock<Blocks> = OnceLock::new();
        TABLE.get_or_init(|| Blocks::of(STANDARD))
    }

    fn of(text: &'static str) -> Blocks {
        let mut table = Blocks { blocks: Table::default(), aliases: Table::default() };
        for part in text.split("\n@ ").skip(1) {
            let (name, lines) = part.split_once('\n').unwrap_or((part, ""));
            if let Some((name, of)) = name.split_once(" = ") {
                table.aliases.insert(name, of);
            } else {
                table.blocks.insert(name, Unread { name, lines, read: OnceLock::new() });
            }
        }
        table
    }

    /// What is known of a package or a type under its own name.
    pub(super) fn block(&self, name: &str) -> Option<&Block> {
        let unread = self.blocks.get(name)?;
        Some(unread.read.get_or_init(|| Block::read(unread.name, unread.lines)))
    }

    /// The package or type that has what this one has.
    pub(super) fn alias(&self, name: &str) -> Option<&'static str> {
        self.aliases.get(name).copied()
    }

    /// The name as it stands in the table, of a package or type that has a block.
    pub(super) fn spelling(&self, name: &str) -> Option<&'static str> {
        self.blocks.get(name).map(|unread| unread.name)
    }
}

impl Block {
    fn read(block: &'static str, lines: &'static str) -> Block {
        let package = package_of(block);
        let mut read = Block::default();
        for line in lines.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            let Some((left, right)) = line.split_once(" = ") else { continue };
            let names = left.split_whitespace();
            match right {
                "plain" => read.plain.extend(names),
                "memory" => read.memory.extend(names),
                "once" => read.once.extend(names),
                "quiet" => read.quiet.extend(names),
                _ => {
                    let fact = fact(package, right);
                    read.occupies |= fact.is(Trait::Occupies);
                    read.facts.extend(names.map(|name| {
                        let field = name.starts_with('.');
                        (name.trim_start_matches('.'), Fact { field, ..fact.clone() })
                    }));
                }
            }
        }
        read
    }
}

/// The package that a block's types belong to.
fn package_of(block: &'static str) -> &'static str {
    let last = block.rfind('/').map_or(0, |slash| slash + 1);
    let end = block[last..].find('.').filter(|_| !block.starts_with("gopkg.in"));
    end.map_or(block, |at| &block[..last + at])
}

/// What stands behind the names.
fn fact(package: &'static str, text: &'static str) -> Fact {
    let (results, traits) = text.split_once(';').unwrap_or((text, ""));
    Fact {
        field: false,
        rest: Outcome::Plain,
        most: usize::MAX,
        results: results.split_whitespace().map(|word| outcome(package, word)).collect(),
        traits: traits.split_whitespace().filter_map(flag).collect(),
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

fn flag(word: &str) -> Option<Trait> {
    Some(match word {
        "release" => Trait::Release,
        "frees" => Trait::ReleaseArgument,
        "flushes" => Trait::Flushes,
        "apart" => Trait::Apart,
        "removes" => Trait::Removes,
        "retains" => Trait::Retains,
        "renews" => Trait::Renews,
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
        "acts" => Trait::Acts,
        "looks" => Trait::Looks,
        "fails" => Trait::Fails,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::resources::Resources;

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
        let (table, known) = (Blocks::standard(), Resources::standard());
        for owner in table.blocks.keys() {
            for (name, fact) in &table.block(owner).unwrap().facts {
                for result in &fact.results {
                    if let Outcome::Value { of, .. } = result {
                        assert!(*of == "func" || known.known(of).is_some(), "{owner}.{name} returns {of}");
                    }
                }
            }
        }
    }

    #[test]
    fn another_name_is_one_of_a_block() {
        let table = Blocks::standard();
        for (name, of) in &table.aliases {
            assert!(table.blocks.contains_key(of), "{name} = {of}");
            assert!(!table.blocks.contains_key(name), "{name} has a block too");
        }
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
