//! Operands of a `return` over several lines, where they become the values of another statement.
//!
//! gofmt indents all further lines of a `return` once more where its operands stand on several lines, but those of an
//! assignment only from the first line end between two values on (go/printer, `indentList` and `exprList`).

use crate::edit::Edit;
use crate::file::File;
use crate::parse::NodeId;
use crate::span::Span;
use crate::wrap::{continued_lines, indent_of};

/// The operands of the `return` at a node.
pub(super) struct Operands<'o, 'a, 't> {
    file: &'o File<'a, 't>,
    all: &'o [NodeId],
    /// The white space in front of the statement's line.
    indent: &'t str,
    /// Whether gofmt indents the further lines once more.
    is_indented: bool,
}

impl<'o, 'a, 't> Operands<'o, 'a, 't> {
    pub(super) fn of(file: &'o File<'a, 't>, at: NodeId, all: &'o [NodeId]) -> Self {
        let indent = indent_of(file.tree.text, file.lines.line_start(file.tree.start(at)));
        let breaks = all.windows(2).any(|pair| is_break(file, pair[0], pair[1]));
        let long = all.iter().filter(|&&operand| is_long(file, operand)).count();
        Operands { file, all, indent, is_indented: breaks || long > 1 }
    }

    /// The edits that take a tab from the lines which lose it, where the operands of these indices become the values of
    /// an assignment, or one of them all that is returned. Of two that are not neighbours the second one moves up.
    pub(super) fn raised(&self, kept: &[usize]) -> Vec<Edit> {
        if !self.is_indented {
            return Vec::new();
        }
        let breaks = |pair: &&[usize]| {
            pair[1] == pair[0] + 1 && is_break(self.file, self.all[pair[0]], self.all[pair[1]])
        };
        let last = kept.windows(2).find(breaks).map(|pair| pair[0]).or(kept.last().copied());
        let raised = kept.iter().filter(|&&index| Some(index) <= last);
        raised.flat_map(|&index| self.without_tab(self.file.tree.span(self.all[index]))).collect()
    }

    /// The text of an operand that comes to stand on one line with others, `is_alone` in being over several lines itself.
    pub(super) fn text(&self, index: usize, is_alone: bool) -> String {
        let tree = self.file.tree;
        let span = tree.span(self.all[index]);
        let edits = if self.is_indented && is_alone { self.without_tab(span) } else { Vec::new() };
        let (mut text, mut from) = (String::new(), span.start);
        for edit in edits {
            text.push_str(&tree.text[from..edit.span.start]);
            from = edit.span.end;
        }
        text + &tree.text[from..span.end]
    }

    /// Whether an operand is over several lines.
    pub(super) fn is_long(&self, index: usize) -> bool {
        is_long(self.file, self.all[index])
    }

    /// The edits that give a tab to the further lines of the only operand, which becomes the value of an assignment in a
    /// block of its own.
    pub(super) fn lowered(&self) -> Vec<Edit> {
        let tree = self.file.tree;
        let span = |&operand: &NodeId| tree.span(operand);
        let starts = self.all.iter().map(span).flat_map(|span| self.further_lines(span).collect::<Vec<_>>());
        starts
            .filter(|&at| !tree.text[at..].starts_with(['\r', '\n']))
            .map(|at| Edit::insert(at, "\t"))
            .collect()
    }

    /// Where the lines of a span begin but the first, and those inside a raw string or a comment.
    fn further_lines(&self, span: Span) -> impl Iterator<Item = usize> {
        let tree = self.file.tree;
        let continued = continued_lines(tree, span);
        let newlines = memchr::memchr_iter(b'\n', span.of(tree.text).as_bytes());
        newlines.map(move |at| span.start + at + 1).filter(move |at| !continued.contains(at))
    }

    /// The edits that take a tab from each of these lines.
    fn without_tab(&self, span: Span) -> Vec<Edit> {
        let tree = self.file.tree;
        let starts = self.further_lines(span);
        let tab = |at: usize| {
            let deeper = tree.text[at..span.end].strip_prefix(self.indent)?;
            let at = at + self.indent.len();
            deeper.starts_with('\t').then(|| Edit::replace(at, at + 1, ""))
        };
        starts.filter_map(tab).collect()
    }
}

/// Whether a line ends between two operands.
fn is_break(file: &File<'_, '_>, one: NodeId, next: NodeId) -> bool {
    file.tree.text[file.tree.end(one)..file.tree.start(next)].contains('\n')
}

fn is_long(file: &File<'_, '_>, operand: NodeId) -> bool {
    file.tree.text_of(operand).contains('\n')
}
