//! Where something stands in a file: byte spans, and the lines and columns that people read.

/// A half-open range of byte offsets into the source text. Invariant: `start <= end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset one past the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end, "span ends before it starts");
        Self { start, end }
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it covers no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly inside this span; a span contains itself.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two spans share at least one byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The smallest span that contains both.
    #[must_use]
    pub fn hull(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The bytes of `text` that the span covers.
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }
}

/// A position for people: both count from 1, the column in bytes, as Go's own tools print them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
}

/// Offsets of all line starts of one text of less than 4 GiB. Lines end with `\n`; a lone `\r` ends none, as in Go.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Box<[u32]>,
}

impl LineIndex {
    /// Indexes `text` in one pass.
    pub fn new(text: &str) -> Self {
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1);
        Self { starts: std::iter::once(0).chain(newlines).collect() }
    }

    /// The position of a byte offset. An offset past the end is on the last line.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line(offset);
        Position { line, column: offset - self.starts[line - 1] as usize + 1 }
    }

    /// Offset of the first byte of the line that holds `offset`.
    pub fn line_start(&self, offset: usize) -> usize {
        self.starts[self.line(offset) - 1] as usize
    }

    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start as usize <= offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_bytes_from_one() {
        let index = LineIndex::new("a\nbc\n\nd");
        assert_eq!(index.position(0), Position { line: 1, column: 1 });
        assert_eq!(index.position(3), Position { line: 2, column: 2 });
        assert_eq!(index.position(5), Position { line: 3, column: 1 });
        assert_eq!(index.position(6), Position { line: 4, column: 1 });
        assert_eq!(index.line_start(3), 2);
    }
}
