//! What the engine answers for in the layout of a text, and what only gofmt can know.

use super::comments::continued;

/// The lines without what gofmt does to columns, and to the lines of a comment.
pub(crate) fn columns_aside(text: &str) -> Vec<(usize, String)> {
    let tabs = |line: &str| line.len() - line.trim_start_matches('\t').len();
    let inside = continued(text);
    let line = |(number, line)| {
        let indent = if inside.contains(&number) { 0 } else { tabs(line) };
        (indent, line.split_whitespace().collect())
    };
    text.lines().enumerate().map(line).collect()
}
