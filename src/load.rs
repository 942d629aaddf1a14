//! From a target to text worth parsing. Most files stop at the byte prefilter, so it comes before everything else.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use undefer_transforms::{Rules, scan};

use crate::trouble::{Kind, Trouble, plain};
use crate::walk::Target;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How UTF-16 begins, in both orders of its bytes. The prefilter would see no words in it.
const UTF_16: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// The longest file that is read. The engine counts bytes in 32 bits.
const LIMIT: u64 = u32::MAX as u64;

/// Room for the bytes of a file. Few files are longer.
const ROOM: usize = 1 << 16;

thread_local! {
    /// Where this thread reads its files, one after the other: most are looked at and forgotten.
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A file that may hold a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// All of the file: writing compares it with what is on disk before it replaces that.
    raw: String,
    /// How many of its bytes come before the text.
    pub bom_len: usize,
}

/// What became of a file that was looked at.
#[derive(Debug)]
pub enum Loaded {
    /// It goes to the engine.
    Source(Source),
    /// It holds no site.
    NoSite,
    /// It is generated, and nobody asked for it.
    Generated,
    /// It cannot be used.
    Trouble(Trouble),
}

impl Source {
    /// A file with these bytes.
    pub fn new(raw: String) -> Self {
        let bom_len = if raw.as_bytes().starts_with(BOM) { BOM.len() } else { 0 };
        Source { raw, bom_len }
    }

    /// The bytes on disk.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The text, without a byte-order mark.
    pub fn text(&self) -> &str {
        &self.raw[self.bom_len..]
    }

    /// The bytes on disk, had they this text.
    pub fn with_text(&self, text: &str) -> String {
        [&self.raw[..self.bom_len], text].concat()
    }

    /// Whether gofmt would keep its line ends and its byte-order mark.
    pub fn is_plain(&self) -> bool {
        self.bom_len == 0 && memchr::memchr(b'\r', self.raw.as_bytes()).is_none()
    }
}

/// What is looked for in a file.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Also in generated files.
    pub include_generated: bool,
    /// The rules.
    pub rules: Rules,
}

/// Reads a target, or takes `piped` in its place; `name` is what reports call it.
pub fn load(target: &Target, name: &str, wanted: Wanted, piped: Option<&[u8]>) -> Loaded {
    let report = |kind, message: String| {
        Loaded::Trouble(Trouble { failure: target.explicit, ..Trouble::noted(kind, name, message) })
    };
    if let Some(text) = piped {
        return judge(text, wanted, report);
    }
    with_bytes(&target.path, |bytes| match bytes {
        Ok(None) => report(Kind::Unreadable, "larger than 4 GiB, so it was left alone; split it".to_owned()),
        Ok(Some(bytes)) => judge(bytes, wanted, report),
        Err(error) => report(Kind::Unreadable, plain(&error)),
    })
}

/// Whether a file is generated; one that cannot be read is not.
pub fn is_generated_file(target: &Target) -> bool {
    with_bytes(&target.path, |bytes| matches!(bytes, Ok(Some(bytes)) if is_generated(bytes)))
}

/// Lends all bytes of a file; nothing where it is too long.
fn with_bytes<T>(path: &Path, look: impl FnOnce(io::Result<Option<&[u8]>>) -> T) -> T {
    BYTES.with_borrow_mut(|room| {
        let length = read(path, room);
        let seen = look(length.map(|length| length.map(|length| &room[..length])));
        if room.len() > ROOM {
            room.truncate(ROOM);
            room.shrink_to_fit();
        }
        seen
    })
}

/// Reads a file to the beginning of `room`, and gives back its length; nothing where it is too long.
fn read(path: &Path, room: &mut Vec<u8>) -> io::Result<Option<usize>> {
    room.resize(ROOM, 0);
    let mut file = File::open(path)?;
    let mut length = 0;
    loop {
        if length == room.len() {
            let whole = file.metadata()?.len().max(length as u64 * 2);
            if whole > LIMIT {
                return Ok(None);
            }
            // One byte more shows the end of a file that did not grow meanwhile.
            let whole = usize::try_from(whole).unwrap_or(usize::MAX).saturating_add(1);
            room.try_reserve_exact(whole - length)?;
            room.resize(whole, 0);
        }
        match file.read(&mut room[length..]) {
            Ok(0) => return Ok(Some(length)),
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn judge(bytes: &[u8], wanted: Wanted, report: impl Fn(Kind, String) -> Loaded) -> Loaded {
    let not_utf8 =
        |line| report(Kind::NotUtf8, format!("not UTF-8 on line {line}, so it is not Go; left alone"));
    if UTF_16.iter().any(|mark| bytes.starts_with(mark)) {
        return not_utf8(1);
    }
    if !scan::may_hold(bytes, wanted.rules) {
        return Loaded::NoSite;
    }
    if !wanted.include_generated && is_generated(bytes) {
        return Loaded::Generated;
    }
    match str::from_utf8(bytes) {
        Ok(raw) => Loaded::Source(Source::new(raw.to_owned())),
        Err(error) => {
            let valid = &bytes[..error.valid_up_to()];
            not_utf8(memchr::memchr_iter(b'\n', valid).count() + 1)
        }
    }
}

/// Go's rule: a whole line `// Code generated … DO NOT EDIT.` before the package clause.
fn is_generated(bytes: &[u8]) -> bool {
    const START: &[u8] = b"// Code generated ";
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let header = &bytes[..package_clause(bytes)];
    header.split(|&byte| byte == b'\n').any(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.strip_prefix(START).is_some_and(|rest| rest.ends_with(b" DO NOT EDIT."))
    })
}

/// Offset of the first byte that is neither blank nor in a comment.
fn package_clause(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let skipped = if rest.starts_with(b"//") {
            memchr::memchr(b'\n', rest)
        } else if rest.starts_with(b"/*") {
            memchr::memmem::find(&rest[2..], b"*/").map(|end| end + 4)
        } else {
            match rest.iter().position(|byte| !byte.is_ascii_whitespace()) {
                Some(0) => return at,
                blank => blank,
            }
        };
        let Some(skipped) = skipped else { return bytes.len() };
        at += skipped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_known_by_the_line_that_go_defines() {
        for yes in [
            "// Code generated by x. DO NOT EDIT.\n\npackage p\n",
            "// Licence\n\n// Code generated by x. DO NOT EDIT.\r\npackage p\n",
            "/* x\n// Code generated by x. DO NOT EDIT.\n*/ package p\n",
            "\u{feff}// Code generated by x. DO NOT EDIT.\npackage p\n",
        ] {
            assert!(is_generated(yes.as_bytes()), "{yes}");
        }
        for no in [
            "package p\n// Code generated by x. DO NOT EDIT.\n",
            "// Code generated by x. DO NOT EDIT\npackage p\n",
            "// Code generated by x. DO NOT EDIT. Really.\npackage p\n",
            "//Code generated by x. DO NOT EDIT.\npackage p\n",
            " // Code generated by x. DO NOT EDIT.\npackage p\n",
            "/* unclosed",
            "// only a comment",
            "",
        ] {
            assert!(!is_generated(no.as_bytes()), "{no}");
        }
    }
}
