//! The text around a wrapped region: where it begins and ends, and one tab more for every line in it.

use crate::edit::{Edit, EditSet};
use crate::hash::Set;
use crate::parse::{Kind, NodeId, Tree};
use crate::region::Region;
use crate::span::{LineIndex, Span};

/// Where a region's text begins and ends, comments included, and how its lines are indented.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The wrapped bytes. Where possible they begin and end at a line's start.
    pub(crate) span: Span,
    /// The white space before the region's statements.
    pub(crate) indent: String,
    /// `\n` or `\r\n`, as the file has it.
    pub(crate) eol: &'static str,
    /// The region does not begin on a line of its own.
    open_inline: bool,
    /// The region does not end on a line of its own.
    close_inline: bool,
    /// What stands between the statements of a region on one line.
    separators: Vec<Span>,
}

impl Frame {
    pub(crate) fn of(tree: &Tree<'_>, lines: &LineIndex, region: &Region) -> Frame {
        let first = tree.start(region.statements()[0]);
        let (start, open_inline) = begin(tree, lines, region);
        let (end, close_inline) = end(tree, lines, region);
        let mut indent = indent_of(tree.text, lines.line_start(first)).to_owned();
        if !open_inline && labels_stand_out(tree, lines, region.statements()[0]) {
            indent.push('\t');
        }
        let separators = if open_inline && close_inline { semicolons(tree, region) } else { Vec::new() };
        if open_inline && tree.text[..start].ends_with(['{', ':']) {
            indent.push('\t');
        }
        Frame {
            span: Span::new(start, end),
            indent,
            eol: eol_of(tree.text),
            open_inline,
            close_inline,
            separators,
        }
    }

    /// The edits that put `header` before the region, `footer` lines behind it, and indent what is between, beside those that are
    /// made `inside` of it. `tail` is the closure's last statement, where it needs one.
    pub(crate) fn edits(
        &self,
        tree: &Tree<'_>,
        inside: Vec<Edit>,
        (header, tail, footer): (&str, Option<&str>, &[String]),
    ) -> Vec<Edit> {
        let Frame { span, indent, eol, .. } = self;
        let line_starts = self.line_starts(tree, &inside);
        let mut edits = inside;
        if self.open_inline {
            let spaces = leading_spaces(&tree.text[span.start..]);
            let open = format!("{eol}{indent}{header}{eol}{indent}\t");
            edits.push(Edit::replace(span.start, span.start + spaces, open));
        } else {
            edits.push(Edit::insert(span.start, format!("{indent}{header}{eol}")));
        }
        edits.extend(line_starts.into_iter().map(|at| Edit::insert(at, "\t")));
        edits.extend(
            self.separators.iter().map(|gap| Edit::replace(gap.start, gap.end, format!("{eol}{indent}\t"))),
        );
        let mut close = String::new();
        if self.close_inline {
            close.push_str(eol);
        }
        if let Some(tail) = tail {
            close.extend([indent.as_str(), "\t", tail, eol]);
        }
        for (index, line) in footer.iter().enumerate() {
            close.push_str(indent);
            close.push_str(line);
            if index + 1 < footer.len() || !self.close_inline {
                close.push_str(eol);
            }
        }
        let mut end = span.end;
        if self.close_inline && !self.at_line_end(tree) {
            close.push_str(eol);
            close.push_str(indent.strip_suffix('\t').unwrap_or(indent));
            end += leading_spaces(&tree.text[span.end..]);
        }
        edits.push(Edit::replace(span.end, end, close));
        edits
    }

    /// The edit that puts `lines` in the place of the region.
    pub(crate) fn replaced(&self, tree: &Tree<'_>, lines: &[String]) -> Edit {
        let Frame { span, indent, eol, .. } = self;
        let mut text = if self.open_inline { (*eol).to_owned() } else { String::new() };
        let ends = |index: usize| index + 1 < lines.len() || !self.close_inline;
        for (index, line) in lines.iter().enumerate() {
            text.extend([indent.as_str(), line, if ends(index) { eol } else { "" }]);
        }
        let mut end = span.end;
        if self.close_inline && !self.at_line_end(tree) {
            text.extend([eol, indent.strip_suffix('\t').unwrap_or(indent)]);
            end += leading_spaces(&tree.text[span.end..]);
        }
        Edit::replace(span.start, end, text)
    }

    /// The lines of the region after `edits` in it, each with its line end, as the body of a function at package level.
    /// Nothing where the edits overlap.
    pub(crate) fn moved(&self, tree: &Tree<'_>, edits: &[Edit]) -> Option<String> {
        let Frame { span, indent, eol, .. } = self;
        let own = |edit: &Edit| {
            let new = edit.new.replace(&format!("{eol}{indent}"), eol);
            Edit::replace(edit.span.start - span.start, edit.span.end - span.start, new)
        };
        let starts: Vec<Edit> =
            self.line_starts(tree, edits).into_iter().map(|at| self.start_of_line(tree, at)).collect();
        // In a text that gofmt has not laid out, the white space that an edit takes away may be what goes anyway.
        let goes =
            |edit: &&Edit| edit.new.is_empty() && starts.iter().any(|start| start.span.contains(edit.span));
        let mut all: Vec<Edit> =
            edits.iter().filter(|edit| edit.span.is_empty() || !goes(edit)).chain(&starts).map(own).collect();
        let separators = self.separators.iter();
        all.extend(
            separators
                .map(|gap| Edit::replace(gap.start - span.start, gap.end - span.start, format!("{eol}\t"))),
        );
        let mut set = EditSet::default();
        set.merge(all).ok()?;
        let text = set.apply(span.of(tree.text));
        let (before, behind) =
            (if self.open_inline { "\t" } else { "" }, if self.close_inline { eol } else { "" });
        let text = if self.open_inline { text.trim_start_matches([' ', '\t']) } else { &text };
        Some(format!("{before}{text}{behind}"))
    }

    /// The edit of the white space before a line that moves to a function at package level.
    fn start_of_line(&self, tree: &Tree<'_>, at: usize) -> Edit {
        let indent = &self.indent;
        let old = leading_spaces(&tree.text[at..]);
        // Further in stands what other edits may take away; labels stand further out than statements.
        if tree.text[at..].starts_with(indent.as_str()) {
            return Edit::replace(at, at + indent.len(), "\t");
        }
        Edit::replace(at, at + old, "\t".repeat((old + 1).saturating_sub(indent.len())))
    }

    fn at_line_end(&self, tree: &Tree<'_>) -> bool {
        let rest = &tree.text[self.span.end..];
        rest.is_empty() || rest.starts_with('\n') || rest.starts_with("\r\n")
    }

    /// Starts of the lines in the frame that are not blank, not inside a raw string or a comment, and that no edit takes away.
    fn line_starts(&self, tree: &Tree<'_>, edits: &[Edit]) -> Vec<usize> {
        let Span { start, end } = self.span;
        let mut inside = continued_lines(tree, self.span);
        for edit in edits.iter().filter(|edit| !edit.span.is_empty()) {
            // What follows a line that goes as a whole stays.
            inside.extend(line_starts(tree, Span::new(edit.span.start, edit.span.end - 1)));
        }
        let bytes = tree.text.as_bytes();
        let first = (!self.open_inline).then_some(start);
        let newlines = memchr::memchr_iter(b'\n', &bytes[start..end]).map(|at| start + at + 1);
        let blank =
            |at: usize| matches!(bytes.get(at), None | Some(b'\n')) || bytes[at..].starts_with(b"\r\n");
        first
            .into_iter()
            .chain(newlines)
            .filter(|&at| at < end && !inside.contains(&at) && !blank(at))
            .collect()
    }
}

/// The gaps between the region's statements that hold a semicolon and nothing else.
fn semicolons(tree: &Tree<'_>, region: &Region) -> Vec<Span> {
    let gaps = region.statements().windows(2).map(|pair| Span::new(tree.end(pair[0]), tree.start(pair[1])));
    gaps.filter(|gap| gap.of(tree.text).trim() == ";" && !gap.of(tree.text).contains('\n')).collect()
}

/// Whether a statement begins with labels on lines of their own, which are indented one tab less than statements.
fn labels_stand_out(tree: &Tree<'_>, lines: &LineIndex, mut statement: NodeId) -> bool {
    let label = statement;
    while tree.kind(statement) == Kind::Labeled {
        match tree.named(statement).find(|&id| tree.kind(id) != Kind::LabelName) {
            Some(inner) => statement = inner,
            None => return true,
        }
    }
    statement != label && starts_line(tree.text, lines, tree.start(statement))
}

/// The line end that a file uses, by its first line.
pub(crate) fn eol_of(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// The white space at the beginning of the line that starts at `at`.
pub(crate) fn indent_of(text: &str, at: usize) -> &str {
    &text[at..at + leading_spaces(&text[at..])]
}

/// How many blanks and tabs a text begins with.
fn leading_spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// Starts of lines that continue a raw string or a comment.
pub(crate) fn continued_lines(tree: &Tree<'_>, frame: Span) -> Set<usize> {
    tree.verbatim(frame).flat_map(|id| line_starts(tree, tree.span(id))).collect()
}

/// Starts of the lines that begin behind a newline of a span.
fn line_starts(tree: &Tree<'_>, span: Span) -> impl Iterator<Item = usize> {
    let newlines = memchr::memchr_iter(b'\n', &tree.text.as_bytes()[span.start..span.end]);
    newlines.map(move |at| span.start + at + 1)
}

/// Where the region's text begins: comments right above its first statement belong to it.
fn begin(tree: &Tree<'_>, lines: &LineIndex, region: &Region) -> (usize, bool) {
    let first = tree.start(region.statements()[0]);
    if !starts_line(tree.text, lines, first) {
        let spaces = tree.text[..first].len() - tree.text[..first].trim_end_matches([' ', '\t']).len();
        return (first - spaces, true);
    }
    let whole = region.first == 0;
    let floor = if whole { opening(tree, region.owner) } else { tree.end(region.list[region.first - 1]) };
    let mut start = first;
    for comment in comments(tree, Span::new(floor, first)).into_iter().rev() {
        let span = tree.span(comment);
        let gap = &tree.text[span.end..start];
        let attached = gap.matches('\n').count() <= 1;
        if !starts_line(tree.text, lines, span.start) || !(whole || attached) {
            break;
        }
        start = span.start;
    }
    (lines.line_start(start), false)
}

/// The end of the brace or the colon that a statement list stands behind.
fn opening(tree: &Tree<'_>, list_owner: NodeId) -> usize {
    let opens = |&id: &NodeId| tree.kind(id) == Kind::Token && matches!(tree.text_of(id), "{" | ":");
    tree.children(list_owner).find(opens).map_or(tree.start(list_owner), |id| tree.end(id))
}

/// Where the region's text ends: comments behind its last statement belong to it.
fn end(tree: &Tree<'_>, lines: &LineIndex, region: &Region) -> (usize, bool) {
    let last = tree.end(region.list[region.list.len() - 1]);
    let ceiling = tree.end(region.owner);
    if tree.kind(region.owner) == Kind::Block {
        let brace = ceiling - 1;
        if starts_line(tree.text, lines, brace) {
            return (lines.line_start(brace), false);
        }
        let behind = comments(tree, Span::new(last, brace)).last().map_or(last, |&id| tree.end(id));
        return (behind, true);
    }
    clause_end(tree, lines, region, last)
}

/// A clause has no brace: comments belong to it as long as they are indented deeper than its `case`.
fn clause_end(tree: &Tree<'_>, lines: &LineIndex, region: &Region, last: usize) -> (usize, bool) {
    let ceiling = tree.parent(region.owner).map_or(last, |owner| {
        let next = tree.children(owner).find(|&id| tree.kind(id).is_clause() && id > region.owner);
        next.map_or(tree.end(owner), |next| tree.start(next))
    });
    let case = indent_of(tree.text, lines.line_start(tree.start(region.owner))).len();
    let mut end = last;
    for comment in comments(tree, Span::new(last, ceiling)) {
        let at = tree.start(comment);
        let own_line = starts_line(tree.text, lines, at);
        if own_line && indent_of(tree.text, lines.line_start(at)).len() <= case {
            break;
        }
        end = tree.end(comment);
    }
    match tree.text[end..].find('\n') {
        Some(at) if tree.text[end..end + at].trim().is_empty() => (end + at + 1, false),
        _ => (end, true),
    }
}

/// The comments that begin in a span, in source order.
fn comments(tree: &Tree<'_>, span: Span) -> Vec<NodeId> {
    let comments = tree.verbatim(span).filter(|&id| tree.kind(id) == Kind::Comment);
    comments.filter(|&id| span.start <= tree.start(id)).collect()
}

/// What stands behind `at` on its line, without the line's end.
pub(crate) fn rest_of_line(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let line = rest.find('\n').map_or(rest, |length| &rest[..length]);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Whether only white space stands before `at` on its line.
pub(crate) fn starts_line(text: &str, lines: &LineIndex, at: usize) -> bool {
    text[lines.line_start(at)..at].trim().is_empty()
}

/// Whether no code stands before `at` on its line: white space, or comments from end to end.
pub(crate) fn leads_line(text: &str, lines: &LineIndex, at: usize) -> bool {
    let before = text[lines.line_start(at)..at].trim();
    before.is_empty() || before.starts_with("/*") && before.ends_with("*/")
}
