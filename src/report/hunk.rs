//! A fix as one replacement of whole lines, for tools that take a single suggestion for each finding.

use std::ops::Range;

use undefer_transforms::Site;

use crate::job::FileReport;
use crate::report::region;

/// Whole lines and what comes for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    /// The first line that goes, from 1.
    pub(super) first: usize,
    /// The last line that goes; none goes if it is the one before `first`.
    pub(super) last: usize,
    /// What comes, with line ends.
    pub(super) new: String,
    /// How the last line that goes ends: `\n`, `\r\n`, or nothing at the end of a file.
    pub(super) end: &'static str,
}

/// The fix of a site from its first changed line to its last one; nothing where there is none, or where edits and text were
/// not asked for.
pub(super) fn hunk(file: &FileReport, site: &Site) -> Option<Hunk> {
    let edits = file.edits.get(site.fix?)?;
    let text = region::text(file);
    let old = edits.first()?.old.start..edits.last()?.old.end;
    let old = with_a_line(text, old);
    let mut new = String::new();
    let mut at = old.start;
    for edit in edits {
        new.push_str(&text[at..edit.old.start]);
        new.push_str(&edit.new);
        at = edit.old.end;
    }
    new.push_str(&text[at..old.end]);
    let gone = &text[old.clone()];
    let end = ["\r\n", "\n"].into_iter().find(|end| gone.ends_with(end)).unwrap_or_default();
    let first = file.index.position(old.start).line;
    Some(Hunk { first, last: first + gone.split_inclusive('\n').count() - 1, new, end })
}

/// The first site of the fix that `site` belongs to, which shows it; the site itself where there is no fix.
pub(super) fn leader<'a>(file: &'a FileReport, site: &'a Site) -> &'a Site {
    let same = |other: &&Site| site.fix.is_some() && other.fix == site.fix;
    file.rewrite.sites.iter().find(same).unwrap_or(site)
}

/// Where nothing goes, the line in front of it goes and comes back: a place between lines is none to comment on.
fn with_a_line(text: &str, old: Range<usize>) -> Range<usize> {
    if !old.is_empty() {
        return old;
    }
    match text[..old.start].strip_suffix('\n') {
        Some(before) => before.rfind('\n').map_or(0, |end| end + 1)..old.end,
        None => old.start..text[old.end..].find('\n').map_or(text.len(), |end| old.end + end + 1),
    }
}
