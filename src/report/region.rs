//! Where something stands, in the units of other tools: lines from 1, and columns from 1 in bytes or in UTF-16 code units.

use undefer_transforms::Span;

use crate::job::FileReport;

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Bytes of UTF-8, as Go's tools count.
    Byte,
    /// Code units of UTF-16, as editors and web pages count.
    Utf16,
}

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// From the first column to the one behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) start: Point,
    pub(super) end: Point,
}

/// What a span of the text covers. A byte-order mark is no part of the text, and no column counts it.
pub(super) fn region(file: &FileReport, span: Span, unit: Unit) -> Region {
    Region { start: point(file, span.start, unit), end: point(file, span.end.max(span.start), unit) }
}

/// The first line of what a span covers, without blanks at its end: a whole loop is no place to point at.
pub(super) fn first_line(file: &FileReport, span: Span) -> Span {
    let text = text(file);
    let start = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end).max(start);
    let line = text[start..end].split('\n').next().unwrap_or_default();
    Span::new(start, start + line.trim_end().len())
}

/// The text that the sites of a file stand in; empty where nobody asked for it.
pub(super) fn text(file: &FileReport) -> &str {
    file.text.as_deref().unwrap_or_default()
}

fn point(file: &FileReport, offset: usize, unit: Unit) -> Point {
    let at = file.index.position(offset);
    let column = match unit {
        Unit::Byte => at.column,
        Unit::Utf16 => {
            let text = text(file);
            let end = text.floor_char_boundary(offset);
            let start = file.index.line_start(offset).min(end);
            text[start..end].chars().map(char::len_utf16).sum::<usize>() + 1
        }
    };
    Point { line: at.line, column }
}

#[cfg(test)]
mod tests {
    use undefer_transforms::LineIndex;

    use super::*;
    use crate::walk::Target;

    fn file(text: &str) -> FileReport {
        let target = Target { path: "a.go".into(), explicit: true };
        let mut file = FileReport::new(&target, "a.go".to_owned());
        file.index = LineIndex::new(text);
        file.text = Some(text.to_owned());
        file
    }

    #[test]
    fn columns_count_what_they_are_asked_to_count() {
        let text = "x\n\t/* é世🦀 */ defer f()\n";
        let file = file(text);
        let at = text.find("defer").unwrap_or_default();
        let span = Span::new(at, at + "defer f()".len());
        // A tab, three characters, "é" of two bytes, "世" of three, "🦀" of four and two units, four characters.
        let columns = |unit| {
            let Region { start, end } = region(&file, span, unit);
            assert_eq!((start.line, end.line), (2, 2));
            (start.column, end.column)
        };
        assert_eq!(columns(Unit::Byte), (18, 27));
        assert_eq!(columns(Unit::Utf16), (13, 22));
    }

    #[test]
    fn a_region_may_end_in_another_line_and_a_line_end_is_left_out() {
        let text = "defer func() {\r\n\tf()\r\n}()\r\n";
        let file = file(text);
        let whole = Span::new(0, text.len() - 2);
        let region = region(&file, whole, Unit::Utf16);
        assert_eq!((region.start, region.end), (Point { line: 1, column: 1 }, Point { line: 3, column: 4 }));
        assert_eq!(first_line(&file, whole), Span::new(0, "defer func() {".len()));
    }
}
