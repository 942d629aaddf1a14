//! A text with some of its rewrites and not with others.

use crate::diff::{self, Edit};
use crate::gofmt::{Gofmt, GofmtError};
use crate::job::{Change, FileReport};
use crate::load::Source;
use undefer_transforms::{Safety, applied};

/// Rewrites that cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// Two of them want the same place.
    #[error("two rewrites overlap at byte {0}")]
    Overlap(usize),
    /// There is no such place.
    #[error("there is no place for a rewrite at byte {0}")]
    Nowhere(usize),
    /// gofmt does not take the result.
    #[error(transparent)]
    Gofmt(#[from] GofmtError),
}

/// The rewrites that a run at `bar` makes of a file, by their indices: what goes, in bytes of the file, and what comes. The
/// layout of a text is due when all that it is to have has been put in.
pub fn pieces(file: &FileReport, bar: Safety) -> Vec<(usize, Edit)> {
    let piece = |index: usize| {
        let fix = &file.rewrite.fixes[index];
        let old = fix.span.start + file.bom_len..fix.span.end + file.bom_len;
        (index, Edit { old, new: fix.new.clone() })
    };
    applied(&file.rewrite.fixes, bar).into_iter().map(piece).collect()
}

/// The file `old` with these pieces, in any order, laid out as a run lays it out.
pub fn compose(gofmt: &Gofmt, old: &str, pieces: &[Edit]) -> Result<Change, ComposeError> {
    let source = Source::new(old.to_owned());
    let mut pieces: Vec<Edit> = pieces.to_vec();
    pieces.sort_by_key(|piece| (piece.old.start, piece.old.end));
    let mut end = source.bom_len;
    for piece in &pieces {
        let is_place = |at| old.is_char_boundary(at);
        if piece.old.start > piece.old.end || !is_place(piece.old.start) || !is_place(piece.old.end) {
            return Err(ComposeError::Nowhere(piece.old.start));
        }
        if piece.old.start < end {
            return Err(ComposeError::Overlap(piece.old.start));
        }
        end = piece.old.end;
    }
    let text = diff::apply(old, &pieces);
    let new = gofmt.finish(gofmt.standing(&source), &text[source.bom_len..]);
    match new {
        Ok(new) => Ok(Change { old: old.to_owned(), new: source.with_text(&new) }),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_go_where_there_is_room_for_them() {
        let old = "package p\n\nvar a = 1\nvar ä = 2\n";
        let piece = |old: std::ops::Range<usize>, new: &str| Edit { old, new: new.to_owned() };
        let composed = |pieces: &[Edit]| compose(&Gofmt::default(), old, pieces);
        let both = composed(&[piece(30..31, "4"), piece(19..20, "3")]).map(|change| change.new);
        assert_eq!(both.expect("they are apart"), "package p\n\nvar a = 3\nvar ä = 4\n");
        for (pieces, words) in [
            (vec![piece(19..25, ""), piece(24..30, "")], "overlap at byte 24"),
            (vec![piece(26..27, "")], "no place for a rewrite at byte 26"),
            (vec![piece(30..99, "")], "no place for a rewrite at byte 30"),
            #[allow(clippy::reversed_empty_ranges, reason = "it is what is tested")]
            (vec![piece(20..19, "")], "no place for a rewrite at byte 20"),
            (vec![piece(19..20, "(")], "gofmt: "),
        ] {
            let error = composed(&pieces).expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
