//! The identity of a site from one version of a file to the next: what it is, not on which line it stands.
//!
//! It is made of the rule, the declared function, the tokens of the defer, and those of its loop's header; sites of one
//! file that are the same in all of these are numbered. So it survives edits elsewhere in the file and in the function,
//! new function literals beside it, reformatting, other comments, other line ends, and a move within or between files.
//! The verdict is no part of it: a finding is the same finding when undefer learns more about it.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use undefer_transforms::{Site, Span};

use crate::job::FileReport;
use crate::report::region;

/// The identity of a site. Two sites of one file never have the same; in another file there may be one like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    /// A hash of what the site is.
    pub key: u128,
    /// Its number among the sites of its file with this key, from 1.
    pub ordinal: usize,
}

impl Fingerprint {
    /// The identity together with the file's name, for formats in which it has to be unique in a whole report.
    pub fn in_file(self, name: &str) -> String {
        let mut hash = Hash::new();
        hash.part(name);
        hash.part(&self.to_string());
        format!("{:032x}", hash.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}:{}", self.key, self.ordinal)
    }
}

/// A text is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 32 hexadecimal digits, a colon and a number")]
pub struct NoFingerprint;

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let (key, ordinal) = text.split_once(':').filter(|(key, _)| key.len() == 32).ok_or(NoFingerprint)?;
        let key = u128::from_str_radix(key, 16).map_err(|_| NoFingerprint)?;
        let ordinal = ordinal.parse().map_err(|_| NoFingerprint)?;
        Ok(Self { key, ordinal })
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// The fingerprints of all sites of a file, in their order. The text has to be there: [`crate::job::Needs::Source`].
pub fn fingerprints(file: &FileReport) -> Vec<Fingerprint> {
    let mut seen: HashMap<u128, usize> = HashMap::new();
    let mut number = |site: &Site| {
        let key = key(file, site);
        let ordinal = seen.entry(key).or_insert(0);
        *ordinal += 1;
        Fingerprint { key, ordinal: *ordinal }
    };
    file.rewrite.sites.iter().map(&mut number).collect()
}

fn key(file: &FileReport, site: &Site) -> u128 {
    let mut hash = Hash::new();
    hash.part(site.rule.code());
    hash.part(declared(&site.function));
    for span in [site.span, site.loop_span] {
        tokens(fitted(region::text(file), span), |token| hash.part(token));
        hash.part("");
    }
    hash.0
}

/// The function without its literals: their numbers change with each literal that is written in front of them.
fn declared(function: &str) -> &str {
    let mut name = function;
    while let Some((outer, number)) = name.rsplit_once(".func") {
        if outer.is_empty() || number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        name = outer;
    }
    name
}

fn fitted(text: &str, span: Span) -> &str {
    let start = text.floor_char_boundary(span.start);
    &text[start..text.ceil_char_boundary(span.end).max(start)]
}

/// Hands over the tokens of Go source, without comments, and without what only the layout asks for: semicolons, and the
/// comma in front of a closing bracket.
fn tokens<'a>(text: &'a str, mut each: impl FnMut(&'a str)) {
    let mut comma = None;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = length(rest, first);
        let (token, after) = rest.split_at(length);
        rest = after;
        if first.is_whitespace() || first == ';' || token.starts_with("//") || token.starts_with("/*") {
            continue;
        }
        if let Some(comma) = comma.take().filter(|_| !matches!(first, ')' | ']' | '}')) {
            each(comma);
        }
        match first {
            ',' => comma = Some(token),
            _ => each(token),
        }
    }
}

/// How many bytes the token at the start of `rest`, whose first character is `first`, takes up; at least one character.
fn length(rest: &str, first: char) -> usize {
    let until = |end: &str| rest[end.len()..].find(end).map_or(rest.len(), |at| at + 2 * end.len());
    match first {
        '`' => until("`"),
        '"' | '\'' => quoted(rest, first),
        '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
        '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |at| at + 4),
        _ if is_word(first) => rest.find(|next| !is_word(next)).unwrap_or(rest.len()),
        _ => first.len_utf8(),
    }
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, next) in rest.char_indices().skip(1) {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if next == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// FNV-1a of 128 bits: small, and the same on every machine and in every version of the compiler.
struct Hash(u128);

impl Hash {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    /// Adds a part. A carriage return counts nowhere, as in Go. No text holds the byte that ends the part, so that parts
    /// do not run together.
    fn part(&mut self, text: &str) {
        self.bytes(text.bytes().filter(|&byte| byte != b'\r').chain([0xff]));
    }

    fn bytes(&mut self, bytes: impl Iterator<Item = u8>) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(Self::PRIME);
        }
    }
}

#[cfg(test)]
mod tests {
    use undefer_transforms::{LineIndex, Options, rewrite};

    use super::*;
    use crate::walk::Target;

    const LEAKY: &str = "package p\n\nimport \"os\"\n\nfunc f(names []string) {\n\tfor _, name := range names {\n\t\tf, _ := os.Open(name)\n\t\tdefer f.Close()\n\t}\n}\n";

    fn prints(text: &str) -> Vec<Fingerprint> {
        let target = Target { path: "a.go".into(), explicit: true };
        let mut file = FileReport::new(&target, "a.go".to_owned());
        file.index = LineIndex::new(text);
        file.rewrite = rewrite(text, &Options::default());
        file.text = Some(text.to_owned());
        fingerprints(&file)
    }

    fn edited(from: &str, to: &str) -> Vec<Fingerprint> {
        assert!(LEAKY.contains(from), "{from}");
        prints(&LEAKY.replacen(from, to, 1))
    }

    #[test]
    fn edits_elsewhere_layout_and_moves_do_not_matter() {
        let known = prints(LEAKY);
        assert_eq!(known.len(), 1);
        for (from, to) in [
            ("package p\n", "// A comment.\npackage other\n"),
            ("f, _ := os.Open(name)", "println(name)\n\t\tf, _ := os.Open(name + \".go\")"),
            ("func f(", "func other() {}\n\nfunc f("),
            ("\tfor ", "\tg := func() {}\n\tg()\n\tfor "),
            ("defer f.Close()", "defer f.Close() // done"),
            ("defer f.Close()", "defer  f . Close ( /* nothing */ ) ;"),
            ("_, name := range names {", "_,name:=range names{ // all"),
            ("\t\tdefer", "\n\t\tif name == \"\" {\n\t\t\tcontinue\n\t\t}\n\t\tdefer"),
        ] {
            assert_eq!(edited(from, to), known, "{to}");
        }
        assert_eq!(prints(&LEAKY.replace('\n', "\r\n")), known);
    }

    #[test]
    fn literals_around_a_site_count_for_nothing() {
        let inside = "go func() {\n\tfor _, name := range names {";
        let text = LEAKY.replace("for _, name := range names {", inside).replace("\n\t}\n}", "\n\t}\n}()\n}");
        let other = text.replace("go func", "h := func() {}\n\th()\n\tgo func");
        assert_eq!(prints(&text).len(), 1);
        assert_eq!(prints(&text), prints(&other));
    }

    #[test]
    fn what_is_shown_can_be_read() {
        let print = prints(LEAKY)[0];
        assert_eq!(print.to_string().parse(), Ok(print));
        for broken in [
            "",
            ":1",
            "0:1",
            "0123456789abcdef0123456789abcdef",
            "0123456789abcdef0123456789abcdef:x",
            "+123456789abcdef0123456789abcdefg:1",
        ] {
            assert_eq!(broken.parse::<Fingerprint>(), Err(NoFingerprint), "{broken}");
        }
    }

    #[test]
    fn another_site_is_another_one() {
        let known = prints(LEAKY);
        for (from, to) in [
            ("func f(", "func g("),
            ("defer f.Close()", "defer f.Sync()"),
            ("defer f.Close()", "defer f.Close(1)"),
            ("range names", "range names[1:]"),
        ] {
            let other = edited(from, to);
            assert!(other.len() == 1 && other[0].key != known[0].key, "{to}");
        }
    }

    #[test]
    fn equal_sites_are_numbered_and_a_report_tells_them_apart_by_file() {
        let loops = LEAKY.split_once("string) {\n").map_or("", |(_, rest)| rest);
        let twice = LEAKY.replace("\n\t}\n}\n", &format!("\n\t}}\n{loops}"));
        let found = prints(&twice);
        assert_eq!(found.iter().map(|print| print.ordinal).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(found[0], prints(LEAKY)[0]);
        assert_eq!(found[0].key, found[1].key);
        let told: Vec<_> =
            found.iter().flat_map(|print| ["a.go", "b.go"].map(|name| print.in_file(name))).collect();
        let unique: std::collections::BTreeSet<_> = told.iter().collect();
        assert!(unique.len() == 4 && told.iter().all(|print| print.len() == 32), "{told:?}");
    }

    #[test]
    fn tokens_are_told_apart_as_go_tells_them() {
        let split = |text| {
            let mut found = Vec::new();
            tokens(text, |token| found.push(token));
            found
        };
        assert_eq!(
            split("defer f(`a // b`, 'x', \"\\\"/*\",)"),
            ["defer", "f", "(", "`a // b`", ",", "'x'", ",", "\"\\\"/*\"", ")"]
        );
        assert_eq!(split("x /* y */ . é世9 // z"), ["x", ".", "é世9"]);
        assert_eq!(split("a; b\n"), ["a", "b"]);
        for broken in ["\"open", "`open", "'", "/* open", "/", "\"\\"] {
            assert!(split(broken).len() <= 1, "{broken}");
        }
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // Fingerprints stand in other people's files: they may not change from one version to the next.
        let mut hash = Hash::new();
        hash.bytes("a".bytes());
        assert_eq!(hash.0, 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
