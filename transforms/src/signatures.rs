//! The types that functions, methods, fields and variables of the standard library have, as Go writes them.
//!
//! The table is text, written by `scripts/signatures.go`. `@ os` begins a package. `Open Create = *File, error` says what
//! functions give back; a method has its type in front, `File.Stat`, and what begins with a dot is a field or a variable,
//! `.Request.URL`. Types of other packages have their import path in front. `interface` and `value` are lists of types:
//! interfaces, and what may be copied and has no method that writes to the variable it is called on, but to decode into it.

use std::sync::OnceLock;

use crate::hash::Table;

const TABLE: &str = include_str!("signatures.txt");

/// What the table says.
#[derive(Debug)]
pub(crate) struct Signatures {
    packages: Table<&'static str, Unread>,
}

/// The lines about a package, and what they say once somebody asks.
#[derive(Debug)]
struct Unread {
    lines: &'static str,
    read: OnceLock<Package>,
}

#[derive(Debug, Default)]
struct Package {
    types: Table<&'static str, &'static str>,
    interfaces: Vec<&'static str>,
    values: Vec<&'static str>,
}

impl Signatures {
    /// Those of the standard library.
    pub(crate) fn standard() -> &'static Signatures {
        static READ: OnceLock<Signatures> = OnceLock::new();
        READ.get_or_init(|| {
            let parts = TABLE.trim_start_matches("@ ").split("\n@ ").filter_map(|part| part.split_once('\n'));
            let packages =
                parts.map(|(path, lines)| (path, Unread { lines, read: OnceLock::new() })).collect();
            Signatures { packages }
        })
    }

    fn package(&self, path: &str) -> Option<&Package> {
        let unread = self.packages.get(path)?;
        Some(unread.read.get_or_init(|| Package::read(unread.lines)))
    }

    /// The types, separated by `, `, that a name of a package has: `Open`, `File.Stat`, `.Request.URL`.
    pub(crate) fn of(&self, package: &str, name: &str) -> Option<&'static str> {
        self.package(package)?.types.get(name).copied()
    }

    /// Whether a type is an interface.
    pub(crate) fn is_interface(&self, package: &str, name: &str) -> bool {
        self.package(package).is_some_and(|package| package.interfaces.contains(&name))
    }

    /// Whether values of a type may be copied, and its methods leave the variable alone but to decode into it.
    pub(crate) fn is_value(&self, package: &str, name: &str) -> bool {
        self.package(package).is_some_and(|package| package.values.contains(&name))
    }
}

impl Package {
    fn read(lines: &'static str) -> Package {
        let mut package = Package::default();
        for line in lines.lines() {
            match line.split_once(' ') {
                Some(("interface", names)) => package.interfaces.extend(names.split(' ')),
                Some(("value", names)) => package.values.extend(names.split(' ')),
                _ => {
                    let Some((names, types)) = line.split_once(" = ") else { continue };
                    package.types.extend(names.split(' ').map(|name| (name, types)));
                }
            }
        }
        package
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let table = Signatures::standard();
        assert_eq!(table.of("os", "Open"), Some("*File, error"));
        assert_eq!(table.of("net/http", ".Request.URL"), Some("*net/url.URL"));
        assert_eq!(table.of("os", "FileInfo.ModTime"), Some("time.Time"));
        assert!(table.is_interface("context", "Context") && !table.is_interface("os", "File"));
        assert!(table.is_value("time", "Time") && !table.is_value("strings", "Builder"));
    }
}
