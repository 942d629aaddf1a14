//! What users say about the packages that their programs use.

mod check;
mod facts;

use std::collections::BTreeMap;
use std::fmt;

use crate::verdict::Reason;

/// What somebody says about functions and variables of one package, or about methods and fields of one of its types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stanza {
    /// The import path, as it stands in import declarations.
    pub package: String,
    /// The type, without its package; nothing where the stanza is about the package itself.
    pub of: Option<String>,
    /// Names of functions or methods by what they do. `.Name` is a variable or a field, `()` the call of a value of the type.
    pub lists: BTreeMap<List, Vec<String>>,
    /// Types of results in order, by the names of functions. An error behind them need not be written.
    pub returns: BTreeMap<String, Vec<String>>,
}

/// What a function does with its operands, which are its arguments and its receiver, and what it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// Returns a new value that has to be released. It holds the operands, unless the function consumes them.
    Acquires,
    /// Returns something that holds the operands.
    Wraps,
    /// Uses its operands while it runs. Nothing holds them or their names afterwards, what it returns neither.
    Consumes,
    /// Keeps its arguments after it has returned.
    Retains,
    /// Uses its operands while it runs, and returns plain data.
    Plain,
    /// Ends the life of its receiver; a function of a package that of its first argument.
    Releases,
    /// The same, and writes to what the ended value holds.
    Flushes,
    /// What it returns is made for many uses: one for all iterations of a loop will do.
    Hoists,
    /// Returns an error and nothing else.
    Fails,
}

impl List {
    /// All of them.
    pub const ALL: [List; 9] = [
        List::Acquires,
        List::Wraps,
        List::Consumes,
        List::Retains,
        List::Plain,
        List::Releases,
        List::Flushes,
        List::Hoists,
        List::Fails,
    ];

    /// The key that stands for it in configuration files.
    pub fn key(self) -> &'static str {
        match self {
            List::Acquires => "acquires",
            List::Wraps => "wraps",
            List::Consumes => "consumes",
            List::Retains => "retains",
            List::Plain => "plain",
            List::Releases => "releases",
            List::Flushes => "flushes",
            List::Hoists => "hoists",
            List::Fails => "fails",
        }
    }
}

/// A stanza that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StanzaError {
    /// Which one, from 0.
    pub stanza: usize,
    /// The key that is wrong; empty for the stanza as a whole.
    pub key: &'static str,
    /// The name below the key that is wrong, if it is one.
    pub name: Option<String>,
    /// What is wrong and what to do, one line.
    pub message: String,
}

impl fmt::Display for StanzaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StanzaError {}

impl Stanza {
    /// The stanza that would settle a site of this reason, if what the reason is about is a call of `name`: a function of
    /// the package, or a method of its type `of`. Nothing where no stanza can. That of a function that acquires leaves the
    /// type of its result open.
    pub fn settling(reason: Reason, package: &str, of: Option<&str>, name: &str) -> Option<Stanza> {
        let list = match reason {
            Reason::UnknownResource => List::Acquires,
            Reason::UnknownUse => List::Consumes,
            Reason::UnknownResultLeaves => List::Plain,
            Reason::ReleaseUnknown => List::Releases,
            _ => return None,
        };
        Some(Stanza {
            package: package.to_owned(),
            of: of.map(str::to_owned),
            lists: BTreeMap::from([(list, vec![name.to_owned()])]),
            returns: BTreeMap::new(),
        })
    }

    /// The package or the type, as the table knows it.
    fn owner(&self) -> String {
        self.of.as_ref().map_or_else(|| self.package.clone(), |of| format!("{}.{of}", self.package))
    }

    /// Every name once, with the lists that it stands in.
    fn names(&self) -> BTreeMap<&str, Vec<List>> {
        let mut names: BTreeMap<&str, Vec<List>> = BTreeMap::new();
        for (&list, members) in &self.lists {
            for name in members {
                names.entry(name).or_default().push(list);
            }
        }
        names
    }
}

/// As a configuration file has it.
impl fmt::Display for Stanza {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[[resource]]\npackage = {}", quoted(&self.package))?;
        if let Some(of) = &self.of {
            writeln!(f, "type = {}", quoted(of))?;
        }
        for (list, names) in self.lists.iter().filter(|(_, names)| !names.is_empty()) {
            writeln!(f, "{} = {}", list.key(), array(names))?;
        }
        if self.returns.is_empty() {
            return Ok(());
        }
        let entry = |(name, types): (&String, &Vec<String>)| match &types[..] {
            [one] => format!("{} = {}", key(name), quoted(one)),
            several => format!("{} = {}", key(name), array(several)),
        };
        let entries: Vec<String> = self.returns.iter().map(entry).collect();
        writeln!(f, "returns = {{ {} }}", entries.join(", "))
    }
}

fn key(name: &str) -> String {
    let is_bare =
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if is_bare { name.to_owned() } else { quoted(name) }
}

fn array(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", names.join(", "))
}

fn quoted(text: &str) -> String {
    let escaped = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        _ if letter.is_control() => format!("\\u{:04X}", u32::from(letter)),
        _ => letter.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Resources, Safety, rewrite};

    const STORE: &str = "example.com/store";

    /// A loop that opens a file, defers `deferred`, and does `work`.
    fn program(opened: &str, deferred: &str, work: &str) -> String {
        format!(
            "package p\n\nimport (\n\t\"os\"\n\n\t\"{STORE}\"\n)\n\nfunc f(paths []string) (all []any, err error) {{\n\
             \tfor _, path := range paths {{\n\t\tf, err := {opened}(path)\n\t\tif err != nil {{\n\t\t\treturn nil, err\n\t\t}}\n\
             \t\tdefer {deferred}\n\t\t{work}\n\t}}\n\treturn all, nil\n}}\n"
        )
    }

    fn verdict(program: &str, stanzas: &[Stanza]) -> (Reason, Option<Safety>) {
        let resources = Resources::standard().with(stanzas).unwrap();
        let options = Options { resources: &resources, ..Options::default() };
        let site = rewrite(program, &options).sites.remove(0);
        (site.reason, site.verdict.safety())
    }

    fn settling(reason: Reason, of: Option<&str>, name: &str) -> Stanza {
        Stanza::settling(reason, STORE, of, name).unwrap()
    }

    #[test]
    fn the_stanza_that_settles_a_reason_settles_it() {
        let released = settling(Reason::ReleaseUnknown, Some("File"), "Close");
        let mut opened = settling(Reason::UnknownResource, None, "Open");
        opened.returns.insert("Open".to_owned(), vec!["File".to_owned()]);
        let cases = [
            (
                program("os.Open", "f.Close()", "store.Put(f)"),
                vec![],
                (Reason::UnknownUse, settling(Reason::UnknownUse, None, "Put")),
            ),
            (
                program("os.Open", "store.CloseQuietly(f)", "f.Sync()"),
                vec![],
                (Reason::ReleaseUnknown, settling(Reason::ReleaseUnknown, None, "CloseQuietly")),
            ),
            (
                program(
                    "store.Open",
                    "f.Close()",
                    "if n := f.Size(); n > 0 {\n\t\t\tall = append(all, n)\n\t\t}",
                ),
                vec![released, opened],
                (Reason::UnknownUse, settling(Reason::UnknownResultLeaves, Some("File"), "Size")),
            ),
        ];
        for (program, mut stanzas, (reason, missing)) in cases {
            // The two halves of a resource have to be known before a use of it is what is missing.
            let (found, safety) = verdict(&program, &stanzas);
            assert_eq!((found, safety), (reason, Some(Safety::Unsafe)), "{program}");
            if let Some(missing_type) =
                stanzas.iter_mut().find(|one| one.of == missing.of && missing.of.is_some())
            {
                missing_type.lists.extend(missing.lists);
            } else {
                stanzas.push(missing);
            }
            assert_eq!(verdict(&program, &stanzas), (Reason::Released, Some(Safety::Safe)), "{program}");
        }
    }

    #[test]
    fn a_stanza_is_printed_as_a_configuration_file_has_it() {
        let mut stanza = settling(Reason::UnknownResource, Some("Client"), "Open");
        stanza.lists.insert(List::Plain, vec![".Name".to_owned()]);
        stanza.lists.insert(List::Retains, vec![]);
        stanza.returns.insert("Open".to_owned(), vec!["Conn".to_owned(), "release".to_owned()]);
        stanza.returns.insert(".Body".to_owned(), vec!["io.Reader".to_owned()]);
        let text = "[[resource]]\npackage = \"example.com/store\"\ntype = \"Client\"\nacquires = [\"Open\"]\nplain = [\".Name\"]\n\
                    returns = { \".Body\" = \"io.Reader\", Open = [\"Conn\", \"release\"] }\n";
        assert_eq!(stanza.to_string(), text);
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000A\"");
    }
}
