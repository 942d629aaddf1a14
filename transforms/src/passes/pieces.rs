//! Text that is moved or copied to another place, with the indentation that it needs there.

use crate::parse::{NodeId, Tree};
use crate::span::{LineIndex, Span};
use crate::wrap::{continued_lines, indent_of};

/// Some lines of code without the indentation of the place that they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Each line, and whether it begins where the text that it continues does: inside a raw string or a comment.
    lines: Vec<(String, bool)>,
}

impl Piece {
    /// One line.
    pub(crate) fn line(text: impl Into<String>) -> Piece {
        Piece { lines: vec![(text.into(), false)] }
    }

    /// Several lines.
    pub(crate) fn lines(texts: impl IntoIterator<Item = impl Into<String>>) -> Piece {
        Piece { lines: texts.into_iter().map(|text| (text.into(), false)).collect() }
    }

    /// A span of the source. Lines after its first one lose the indentation that the line of `from` has, and `more`.
    pub(crate) fn of(tree: &Tree<'_>, lines: &LineIndex, span: Span, from: usize, more: &str) -> Piece {
        let indent = indent_of(tree.text, lines.line_start(from));
        let prefix = format!("{indent}{more}");
        let continued = continued_lines(tree, span);
        let mut start = span.start;
        let mut piece = Vec::new();
        for line in span.of(tree.text).split('\n') {
            let is_continued = continued.contains(&start);
            let text = line.strip_suffix('\r').unwrap_or(line);
            let text = if is_continued { text } else { text.strip_prefix(&prefix).unwrap_or(text) };
            piece.push((text.to_owned(), is_continued));
            start += line.len() + 1;
        }
        Piece { lines: piece }
    }

    /// The piece with more text before and behind it.
    pub(crate) fn between(mut self, before: &str, behind: &str) -> Piece {
        if let Some((first, _)) = self.lines.first_mut() {
            first.insert_str(0, before);
        }
        if let Some((last, _)) = self.lines.last_mut() {
            last.push_str(behind);
        }
        self
    }

    /// The same where the piece is a whole statement of the source, with another name for some mentions in it.
    pub(crate) fn renamed(
        mut self,
        tree: &Tree<'_>,
        statement: NodeId,
        mentions: &[NodeId],
        name: &str,
    ) -> Piece {
        let span = tree.span(statement);
        // Where what is left of each line of the statement begins in the source.
        let mut starts = Vec::new();
        let mut start = span.start;
        for (line, (text, _)) in span.of(tree.text).split('\n').zip(&self.lines) {
            starts.push(start + line.strip_suffix('\r').unwrap_or(line).len() - text.len());
            start += line.len() + 1;
        }
        // From the last one on: a name of another length moves what stands behind it.
        for &id in mentions.iter().filter(|&&id| tree.within(id, statement)).rev() {
            let (at, old) = (tree.start(id), tree.text_of(id));
            let Some(line) = starts.partition_point(|&start| start <= at).checked_sub(1) else { continue };
            let column = at - starts[line];
            let text = &mut self.lines[line].0;
            if text.get(column..column + old.len()) == Some(old) {
                text.replace_range(column..column + old.len(), name);
            }
        }
        self
    }

    /// The lines of several pieces.
    pub(crate) fn stacked(pieces: impl IntoIterator<Item = Piece>) -> Piece {
        Piece { lines: pieces.into_iter().flat_map(|piece| piece.lines).collect() }
    }

    /// Whether a line ends in a comment that only a line end can end.
    pub(crate) fn ends_lines(&self) -> bool {
        self.lines.iter().any(|(text, _)| text.contains("//"))
    }

    /// Whether what is put behind it on its last line may become part of a comment.
    pub(crate) fn ends_in_comment(&self) -> bool {
        self.lines.last().is_some_and(|(text, _)| text.contains("//"))
    }

    /// The piece one level deeper.
    pub(crate) fn indented(mut self) -> Piece {
        for (text, is_continued) in &mut self.lines {
            if !*is_continued && !text.is_empty() {
                text.insert(0, '\t');
            }
        }
        self
    }

    /// Whether it is one line.
    pub(crate) fn is_single(&self) -> bool {
        self.lines.len() == 1
    }

    /// The text for a place whose line is indented by `indent`; the first line stands where the caller puts it.
    pub(crate) fn text(&self, indent: &str, eol: &str) -> String {
        let mut out = String::new();
        for (index, (text, is_continued)) in self.lines.iter().enumerate() {
            if index > 0 {
                out.push_str(eol);
                if !is_continued && !text.is_empty() {
                    out.push_str(indent);
                }
            }
            out.push_str(text);
        }
        out
    }
}
