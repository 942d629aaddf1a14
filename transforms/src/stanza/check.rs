//! What can be wrong with a stanza by itself.

use super::{List, Stanza, StanzaError};

/// Lists that one name cannot stand in together.
const CONTRADICTIONS: &[(List, List)] = &[
    (List::Acquires, List::Plain),
    (List::Acquires, List::Releases),
    (List::Acquires, List::Flushes),
    (List::Wraps, List::Consumes),
    (List::Wraps, List::Plain),
    (List::Wraps, List::Releases),
    (List::Wraps, List::Flushes),
    (List::Consumes, List::Retains),
    (List::Consumes, List::Releases),
    (List::Consumes, List::Flushes),
    (List::Retains, List::Releases),
    (List::Retains, List::Flushes),
    (List::Hoists, List::Plain),
    (List::Hoists, List::Releases),
    (List::Hoists, List::Flushes),
    (List::Acquires, List::Fails),
    (List::Wraps, List::Fails),
    (List::Hoists, List::Fails),
];

/// What is wrong with one stanza, and where in it.
pub(super) struct Wrong {
    key: &'static str,
    name: Option<String>,
    message: String,
}

impl Wrong {
    pub(super) fn name(key: &'static str, name: &str, message: String) -> Self {
        Wrong { key, name: Some(name.to_owned()), message }
    }

    pub(super) fn of(self, stanza: usize) -> StanzaError {
        StanzaError { stanza, key: self.key, name: self.name, message: self.message }
    }
}

impl Stanza {
    /// Whether its parts are well-formed and fit together; types of results are looked at later, when all are known.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        if !is_import_path(&self.package) {
            let message = format!("`{}` is no import path; write it as import declarations do", self.package);
            return Err(Wrong::name("package", &self.package, message));
        }
        if let Some(of) = &self.of {
            check_type(of).map_err(|message| Wrong::name("type", of, message))?;
        }
        let names = self.names();
        if names.is_empty() {
            let keys = List::ALL.map(|list| format!("`{}`", list.key())).join(", ");
            let message = format!("it says nothing; name functions under one of {keys}");
            return Err(Wrong { key: "", name: None, message });
        }
        names.iter().try_for_each(|(name, lists)| self.check_name(name, lists))?;
        self.check_returns()
    }

    fn check_name(&self, name: &str, lists: &[List]) -> Result<(), Wrong> {
        let wrong = |message: String| Err(Wrong::name(lists[0].key(), name, message));
        if let Some(field) = name.strip_prefix('.') {
            let fits = lists.iter().all(|list| matches!(list, List::Plain | List::Wraps));
            if !fits || !is_exported(field) {
                return wrong(format!(
                    "`{name}`: a field or variable is exported, and stands under `plain` or `wraps`"
                ));
            }
        } else if name == "()" && self.of.is_none() {
            return wrong("`()` is the call of a value, so the stanza needs a `type`".to_owned());
        } else if name != "()" && !is_exported(name) {
            return wrong(format!("`{name}` is no name that another package can use"));
        }
        let both = CONTRADICTIONS.iter().find(|(one, other)| lists.contains(one) && lists.contains(other));
        let Some((one, other)) = both else { return Ok(()) };
        let (one, other) = (one.key(), other.key());
        let message = format!("`{name}` stands under `{one}` and `{other}`, which contradict each other");
        Err(Wrong::name(other, name, message))
    }

    fn check_returns(&self) -> Result<(), Wrong> {
        let names = self.names();
        let is_plain =
            |list: &&List| matches!(list, List::Plain | List::Releases | List::Flushes | List::Fails);
        for (name, types) in &self.returns {
            if types.is_empty() {
                return Err(Wrong::name(
                    "returns",
                    name,
                    format!("`{name}` has no type; name one, or leave it out"),
                ));
            }
            let Some(lists) = names.get(name.as_str()) else {
                let message =
                    format!("`{name}` stands in no list: say under `acquires` or another key what it does");
                return Err(Wrong::name("returns", name, message));
            };
            if let Some(list) = lists.iter().find(is_plain) {
                let message =
                    format!("`{name}` stands under `{}`, so it returns plain data only", list.key());
                return Err(Wrong::name("returns", name, message));
            }
        }
        Ok(())
    }
}

/// As the Go specification lets compilers restrict import paths; relative ones mean something else in each folder.
pub(super) fn is_import_path(path: &str) -> bool {
    const EXCLUDED: &str = "!\"#$%&'()*,:;<=>?[\\]^`{|}\u{FFFD}";
    path.split('/').all(|part| !matches!(part, "" | "." | ".." | "..."))
        && !path.contains(|letter: char| {
            letter.is_whitespace() || letter.is_control() || EXCLUDED.contains(letter)
        })
}

/// Whether a word can name a type of another package; else what is wrong with it.
pub(super) fn check_type(name: &str) -> Result<(), String> {
    if is_exported(name) {
        return Ok(());
    }
    Err(match name.strip_prefix('*') {
        Some(name) => format!("write `{name}`: a pointer is not told from what it points to"),
        None => format!("`{name}` is no type that another package can name"),
    })
}

/// An identifier that begins with an upper-case letter (Go specification, Exported identifiers).
fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Resources;

    type Lists<'a> = &'a [(List, &'a str)];

    fn stanza(package: &str, of: &str, lists: Lists<'_>, returns: &[(&str, &str)]) -> Stanza {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        Stanza {
            package: package.to_owned(),
            of: (!of.is_empty()).then(|| of.to_owned()),
            lists: lists.iter().map(|(list, names)| (*list, words(names))).collect(),
            returns: returns
                .iter()
                .map(|(name, types)| ((*name).to_owned(), words(types)))
                .collect::<BTreeMap<_, _>>(),
        }
    }

    #[track_caller]
    fn refused(wrong: &Stanza, key: &str, name: &str, words: &str) {
        let right = stanza("os", "", &[(List::Plain, "Getpagesize")], &[]);
        let error = Resources::standard().with(&[right, wrong.clone()]).expect_err(&wrong.to_string());
        let found = (error.stanza, error.key, error.name.as_deref().unwrap_or_default());
        assert_eq!(found, (1, key, name), "{error}");
        assert!(error.message.contains(words), "{error}");
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_place() {
        use List::{Acquires, Consumes, Flushes, Plain, Releases, Retains, Wraps};
        let path = "example.com/store";
        let returns: &[(&str, &str)] = &[("Open", "Conn")];
        for package in
            ["", "a b", "./store", "../store", "/store", "a//b", "https://example.com", "a/...", "\"os\""]
        {
            refused(&stanza(package, "", &[(Plain, "Len")], &[]), "package", package, "no import path");
        }
        refused(&stanza(path, "*Conn", &[(Plain, "Len")], &[]), "type", "*Conn", "write `Conn`");
        refused(
            &stanza(path, "conn", &[(Plain, "Len")], &[]),
            "type",
            "conn",
            "no type that another package can name",
        );
        refused(&stanza(path, "", &[], &[]), "", "", "it says nothing");
        for name in ["open", "Open()", "*", "_", "a.B"] {
            refused(&stanza(path, "", &[(Consumes, name)], &[]), "consumes", name, "no name");
        }
        refused(&stanza(path, "", &[(Releases, "()")], &[]), "releases", "()", "needs a `type`");
        refused(&stanza(path, "", &[(Releases, ".Body")], &[]), "releases", ".Body", "field or variable");
        refused(&stanza(path, "", &[(Plain, ".body")], &[]), "plain", ".body", "field or variable");
        for (one, other) in [
            (Acquires, Plain),
            (Wraps, Consumes),
            (Wraps, Plain),
            (Consumes, Retains),
            (Acquires, Releases),
            (Retains, Flushes),
            (Consumes, Releases),
            (Wraps, Flushes),
        ] {
            refused(
                &stanza(path, "", &[(one, "Open"), (other, "Open")], &[]),
                other.key(),
                "Open",
                "contradict",
            );
        }
        let mut empty = stanza(path, "", &[(Acquires, "Open")], &[]);
        empty.returns.insert("Open".to_owned(), Vec::new());
        refused(&empty, "returns", "Open", "no type");
        refused(&stanza(path, "", &[(Plain, "Len")], returns), "returns", "Open", "in no list");
        refused(&stanza(path, "", &[(Releases, "Open")], returns), "returns", "Open", "plain data only");
        refused(
            &stanza(path, "", &[(Acquires, "Open")], returns),
            "returns",
            "Open",
            "nothing is known about the type `Conn`",
        );
        for (word, words) in [
            ("*File", "write `File`"),
            ("conn", "no type here"),
            ("[]File", "no type"),
            ("os.file", "no type"),
        ] {
            refused(&stanza("os", "", &[(Acquires, "Open")], &[("Open", word)]), "returns", "Open", words);
        }
        refused(
            &stanza("os", "", &[(Wraps, "Getpagesize")], &[]),
            "wraps",
            "Getpagesize",
            "another [[resource]]",
        );
    }

    #[test]
    fn what_fits_together_is_taken() {
        use List::{Acquires, Consumes, Flushes, Plain, Releases, Retains, Wraps};
        let of = stanza(
            "gopkg.in/store.v2",
            "Conn",
            &[(Releases, "Close ()"), (Flushes, "Close"), (Plain, ".Name")],
            &[],
        );
        let functions = stanza(
            "gopkg.in/store.v2",
            "",
            &[
                (Acquires, "Open Lease New"),
                (Wraps, "Open"),
                (Consumes, "New"),
                (Retains, "Lease Set"),
                (Plain, "Set"),
            ],
            &[
                ("Open", "Conn"),
                ("Lease", "io.ReadCloser release error"),
                ("New", "gopkg.in/store.v2.Conn func"),
            ],
        );
        let all = Resources::standard().with(&[functions, of]);
        assert!(all.is_ok_and(
            |all| all.fact("os", "Open").is_some() && all.known("gopkg.in/store.v2.Conn").is_some()
        ));
    }
}
