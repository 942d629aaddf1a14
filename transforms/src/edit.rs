//! Byte edits on the original text: checked when they are inserted, applied whole or not at all.

use crate::span::Span;

/// Replaces the bytes of `span` by `new`; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) span: Span,
    pub(crate) new: String,
}

impl Edit {
    pub(crate) fn insert(at: usize, new: impl Into<String>) -> Self {
        Self { span: Span::new(at, at), new: new.into() }
    }

    pub(crate) fn replace(start: usize, end: usize, new: impl Into<String>) -> Self {
        Self { span: Span::new(start, end), new: new.into() }
    }

    /// An insertion comes before what is replaced at its place.
    fn order(&self) -> (usize, bool, usize) {
        (self.span.start, !self.span.is_empty(), self.span.end)
    }
}

/// Edits that do not touch each other. Insertions at one offset keep the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct EditSet {
    edits: Vec<Edit>,
}

/// Bytes between edits below which a parser has nothing to keep of what is between them.
const CLOSE: usize = 256;

/// Two edits want the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overlap(pub(crate) Span);

impl EditSet {
    /// Takes all of `edits`, or none where one of them overlaps another or one that is here already.
    pub(crate) fn merge(&mut self, mut edits: Vec<Edit>) -> Result<(), Overlap> {
        edits.sort_by_key(Edit::order);
        let Some(first) = edits.first().map(Edit::order) else { return Ok(()) };
        // Edits mostly come in the order of the text: what is before them stays where it is.
        let before = self.edits.partition_point(|edit| edit.order() <= first);
        let mut tail = self.edits[before..].to_vec();
        tail.extend(edits);
        tail.sort_by_key(Edit::order);
        let mut last = before.checked_sub(1).map_or(0, |last| self.edits[last].span.end);
        for edit in &tail {
            if edit.span.start < last {
                return Err(Overlap(edit.span));
            }
            last = edit.span.end;
        }
        self.edits.truncate(before);
        self.edits.extend(tail);
        Ok(())
    }

    /// The text with all edits made.
    pub(crate) fn apply(&self, text: &str) -> String {
        let grown: usize = self.edits.iter().map(|edit| edit.new.len()).sum();
        let mut out = String::with_capacity(text.len() + grown);
        let mut from = 0;
        for edit in &self.edits {
            out.push_str(&text[from..edit.span.start]);
            out.push_str(&edit.new);
            from = edit.span.end;
        }
        out.push_str(&text[from..]);
        out
    }

    /// The edits of `text` in fewer and larger ones: those that stand close to each other become one.
    pub(crate) fn coalesced(&self, text: &str) -> Vec<Edit> {
        let mut blocks: Vec<Edit> = Vec::new();
        for edit in &self.edits {
            match blocks.last_mut() {
                Some(last) if edit.span.start - last.span.end < CLOSE => {
                    last.new.push_str(&text[last.span.end..edit.span.start]);
                    last.new.push_str(&edit.new);
                    last.span.end = edit.span.end;
                }
                _ => blocks.push(edit.clone()),
            }
        }
        blocks
    }

    /// Where what stands before `offset` of the old text ends in the new one, without the insertions at `offset`.
    pub(crate) fn map_before(&self, offset: usize) -> usize {
        let before = self.edits.iter().filter(|edit| edit.span.start < offset);
        before.fold(offset, |moved, edit| moved + edit.new.len() - edit.span.len())
    }

    /// Where the byte at `offset` of the old text stands in the new one. Insertions at `offset` stand before it.
    pub(crate) fn map(&self, offset: usize) -> usize {
        let before = self.edits.iter().take_while(|edit| edit.span.start <= offset);
        let before = before.filter(|edit| edit.span.end <= offset);
        before.fold(offset, |moved, edit| moved + edit.new.len() - edit.span.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clash_leaves_the_set_as_it_was() {
        let mut set = EditSet::default();
        set.merge(vec![Edit::replace(2, 4, "XY")]).unwrap();
        assert_eq!(
            set.merge(vec![Edit::insert(0, "a"), Edit::replace(3, 5, "")]),
            Err(Overlap(Span::new(3, 5)))
        );
        assert_eq!(set.apply("012345"), "01XY45");
    }

    #[test]
    fn insertions_at_one_place_keep_their_order_and_move_what_follows() {
        let mut set = EditSet::default();
        set.merge(vec![Edit::insert(2, "a"), Edit::insert(2, "b"), Edit::replace(2, 3, "")]).unwrap();
        assert_eq!(set.apply("01234"), "01ab34");
        assert_eq!((set.map(1), set.map(3), set.map(4)), (1, 4, 5));
    }
}
