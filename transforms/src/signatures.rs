//! The types that functions, methods, fields and variables of the standard library have, as Go writes them.
//!
//! The table is text, written by `scripts/signatures.go`. `@ os` begins a package. `Open Create = *File, error` says what
//! functions give back; a method has its type in front, `File.Stat`, and what begins with a dot is a field or a variable,
//! `.Request.URL`. Types of other packages have their import path in front. `interface` and `value` are lists of types:
//! interfaces, and what may be copied and has no method that writes to the variable it is called on, but to decode into it.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

const TABLE: &str = include_str!("signatures.txt");

/// What the table says.
#[derive(Debug, Default)]
pub(crate) struct Signatures {
    types: HashMap<(&'static str, &'static str), &'static str>,
    interfaces: HashSet<(&'static str, &'static str)>,
    values: HashSet<(&'static str, &'static str)>,
}

impl Signatures {
    /// Those of the standard library.
    pub(crate) fn standard() -> &'static Signatures {
        static READ: OnceLock<Signatures> = OnceLock::new();
        READ.get_or_init(|| Signatures::read(TABLE))
    }

    fn read(table: &'static str) -> Signatures {
        let mut signatures = Signatures::default();
        let mut package = "";
        for line in table.lines() {
            match line.split_once(' ') {
                Some(("@", path)) => package = path,
                Some(("interface", names)) => {
                    signatures.interfaces.extend(names.split(' ').map(|name| (package, name)));
                }
                Some(("value", names)) => {
                    signatures.values.extend(names.split(' ').map(|name| (package, name)));
                }
                _ => {
                    let Some((names, types)) = line.split_once(" = ") else { continue };
                    signatures.types.extend(names.split(' ').map(|name| ((package, name), types)));
                }
            }
        }
        signatures
    }

    /// The types, separated by `, `, that a name of a package has: `Open`, `File.Stat`, `.Request.URL`.
    pub(crate) fn of(&self, package: &str, name: &str) -> Option<&'static str> {
        self.types.get(&(package, name)).copied()
    }

    /// Whether a type is an interface.
    pub(crate) fn is_interface(&self, package: &str, name: &str) -> bool {
        self.interfaces.contains(&(package, name))
    }

    /// Whether values of a type may be copied, and its methods leave the variable alone but to decode into it.
    pub(crate) fn is_value(&self, package: &str, name: &str) -> bool {
        self.values.contains(&(package, name))
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
