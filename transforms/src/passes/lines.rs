//! Statements that come and go: whole lines where the source has a statement on each, semicolons where it has not.

use crate::edit::Edit;
use crate::file::File;
use crate::parse::{Kind, NodeId};
use crate::passes::pieces::Piece;
use crate::span::Span;
use crate::wrap::{eol_of, indent_of, leads_line, rest_of_line, starts_line};

/// Makes the edits of one file.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'f, 'a, 't> {
    file: &'f File<'a, 't>,
    pub(crate) eol: &'static str,
}

/// Comments that belong to a statement: those above it, and those behind it on its line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Comments {
    above: Vec<Span>,
    behind: Option<Span>,
}

impl<'f, 'a, 't> Lines<'f, 'a, 't> {
    pub(crate) fn new(file: &'f File<'a, 't>) -> Self {
        Lines { file, eol: eol_of(file.tree.text) }
    }

    /// The white space before the line of a statement.
    pub(crate) fn indent(&self, at: NodeId) -> &'t str {
        let tree = self.file.tree;
        indent_of(tree.text, self.file.lines.line_start(tree.start(at)))
    }

    /// Whether nothing but white space stands before a statement on its line.
    pub(crate) fn leads(&self, at: NodeId) -> bool {
        let tree = self.file.tree;
        leads_line(tree.text, self.file.lines, tree.start(at))
    }

    /// The text of some statements in front of another one that is indented by `indent`, up to where that begins.
    pub(crate) fn before(&self, at: NodeId, statements: &[Piece]) -> String {
        let (indent, separator) = (self.indent(at), self.separator(at, statements));
        statements.iter().map(|statement| statement.text(indent, self.eol) + &separator).collect()
    }

    /// What stands between statements where `at` stands.
    pub(crate) fn separator(&self, at: NodeId, statements: &[Piece]) -> String {
        let on_lines = self.leads(at) || statements.iter().any(Piece::ends_lines);
        if on_lines { format!("{}{}", self.eol, self.indent(at)) } else { "; ".to_owned() }
    }

    /// Some statements behind another one, or what comes `in_place` of it, and behind the comment on its line.
    pub(crate) fn behind(&self, at: NodeId, in_place: Option<&Piece>, statements: &[Piece]) -> Edit {
        let tree = self.file.tree;
        let inner = self.unlabelled(at);
        // A label without a statement stands further to the left than what comes behind it.
        let more = if tree.kind(inner) == Kind::LabelName { "\t" } else { "" };
        let indent = format!("{}{more}", self.indent(inner));
        let end = tree.end(at);
        let rest = &tree.text[end..];
        let line = rest.find('\n').map_or(rest.len(), |length| length);
        let comment = self.comment_behind(at);
        let alone = rest[..line].trim().is_empty() || comment.is_some();
        let on_lines = self.leads(at) && alone || statements.iter().chain(in_place).any(Piece::ends_lines);
        let separator = if on_lines { format!("{}{indent}", self.eol) } else { "; ".to_owned() };
        let text = statements.iter().map(|statement| separator.clone() + &statement.text(&indent, self.eol));
        let text = text.collect::<String>();
        if !on_lines || alone {
            let place = comment.filter(|_| on_lines).map_or(end, |comment| comment.end);
            return Edit::insert(place, text);
        }
        // What follows on the line must not become part of a comment.
        if let Some(next) = rest[..line].trim_start_matches([' ', '\t', '\r']).strip_prefix(';') {
            let next = next.trim_start_matches([' ', '\t']);
            return Edit::replace(end, end + line - next.len(), text + self.eol + &indent);
        }
        Edit::insert(end, text + self.eol)
    }

    /// A statement in the place of another one, and apart from the comment behind that where it ends in one itself.
    pub(crate) fn in_place(&self, at: NodeId, statement: &Piece) -> Edit {
        let tree = self.file.tree;
        let (start, end, indent) = (tree.start(at), tree.end(at), self.indent(at));
        let text = statement.text(indent, self.eol);
        match self.comment_behind(at).filter(|_| statement.ends_in_comment()) {
            Some(comment) => Edit::replace(start, comment.start, text + self.eol + indent),
            None => Edit::replace(start, end, text),
        }
    }

    /// Whether nothing but a comment follows a statement on its line.
    pub(crate) fn ends_line(&self, at: NodeId) -> bool {
        let tree = self.file.tree;
        self.comment_behind(at).is_some() || rest_of_line(tree.text, tree.end(at)).trim().is_empty()
    }

    /// The statement behind the labels of another one, which stand further to the left.
    fn unlabelled(&self, mut at: NodeId) -> NodeId {
        let tree = self.file.tree;
        while tree.kind(at) == Kind::Labeled
            && let Some(inner) = tree.named(at).last().filter(|&inner| self.leads(inner))
        {
            at = inner;
        }
        at
    }

    /// The comments on the line where a statement ends, if nothing else follows there.
    fn comment_behind(&self, at: NodeId) -> Option<Span> {
        let tree = self.file.tree;
        let end = tree.end(at);
        let line = tree.text[end..].find('\n').map_or(tree.text.len(), |length| end + length);
        let comments = tree.verbatim(Span::new(end, line)).filter(|&id| tree.kind(id) == Kind::Comment);
        let (mut all, mut from): (Option<Span>, usize) = (None, end);
        // Up to the line feed is the comment, a carriage return too.
        let spans = comments.map(|id| {
            Span::new(tree.start(id), tree.start(id) + tree.text_of(id).trim_end_matches('\r').len())
        });
        for comment in spans {
            if !tree.text[from..comment.start].trim().is_empty() {
                return None;
            }
            from = comment.end;
            all = Some(all.map_or(comment, |before| before.hull(comment)));
        }
        all.filter(|_| tree.text.get(from..line).is_some_and(|after| after.trim().is_empty()))
    }

    /// The comments that go where a statement goes: right above it, and behind it. None where it shares its line, on which
    /// they may be about the others.
    pub(crate) fn comments(&self, at: NodeId) -> Comments {
        let File { tree, lines, .. } = *self.file;
        if self.ends_line(at) && starts_line(tree.text, lines, tree.start(at)) {
            Comments { above: self.comments_above(at), behind: self.comment_behind(at) }
        } else {
            Comments::default()
        }
    }

    /// The comments right above a statement that its line begins with.
    fn comments_above(&self, at: NodeId) -> Vec<Span> {
        let File { tree, lines, .. } = *self.file;
        let start = tree.start(at);
        if !starts_line(tree.text, lines, start) {
            return Vec::new();
        }
        let mut above = Vec::new();
        let mut below = start;
        let floor = tree.parent(at).map_or(0, |list| tree.parent(list).map_or(0, |owner| tree.start(owner)));
        let earlier: Vec<NodeId> = tree.verbatim(Span::new(floor, start)).collect();
        for &id in earlier.iter().rev() {
            let span = tree.span(id);
            let gap = &tree.text[span.end..below];
            let attached = gap.trim().is_empty() && gap.matches('\n').count() == 1;
            if tree.kind(id) != Kind::Comment || !attached || !starts_line(tree.text, lines, span.start) {
                break;
            }
            above.push(span);
            below = span.start;
        }
        above.reverse();
        above
    }

    /// Where the line of a statement begins, or of the comments right above it.
    pub(crate) fn first_line(&self, at: NodeId) -> usize {
        let File { tree, lines, .. } = *self.file;
        let first = self.comments_above(at).first().map_or(tree.start(at), |span| span.start);
        lines.line_start(first)
    }

    /// A statement with the comments that go with it.
    pub(crate) fn with_comments(&self, statement: Piece, comments: &Comments) -> Piece {
        let File { tree, lines, .. } = *self.file;
        let piece = |span: Span| Piece::of(tree, lines, span, span.start, "");
        let above = comments.above.iter().map(|&span| piece(span));
        if statement.ends_in_comment() {
            return Piece::stacked(above.chain([statement]).chain(comments.behind.map(piece)));
        }
        let text = |span: Span| format!(" {}", span.of(tree.text));
        let behind = comments.behind.map_or(String::new(), text);
        Piece::stacked(above.chain([statement.between("", &behind)]))
    }

    /// Takes statements away, each with its comments. Of the blank lines around them one stays between statements, and
    /// none at the beginning or the end of a block.
    pub(crate) fn remove(&self, statements: &[(NodeId, Comments)]) -> Vec<Edit> {
        let mut spans: Vec<Span> = Vec::new();
        for (at, comments) in statements {
            let span = self.whole_lines(*at, comments);
            match spans.last_mut() {
                Some(last) if last.end == span.start => last.end = span.end,
                _ => spans.push(span),
            }
        }
        spans.into_iter().map(|span| self.without_blanks(span)).collect()
    }

    /// The lines of a statement and its comments; where it shares them, the statement and the semicolon behind it.
    fn whole_lines(&self, at: NodeId, comments: &Comments) -> Span {
        let File { tree, lines, .. } = *self.file;
        let text = tree.text;
        let (start, end) = (tree.start(at), comments.behind.map_or(tree.end(at), |behind| behind.end));
        let rest = &text[end..];
        let line = rest.find('\n').map_or(rest.len(), |length| length + 1);
        if starts_line(text, lines, start) && rest[..line].trim().is_empty() {
            let first = comments.above.first().map_or(start, |span| span.start);
            return Span::new(lines.line_start(first), end + line);
        }
        let after = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
        match rest[after..].strip_prefix(';') {
            Some(more) => {
                let blanks = more.len() - more.trim_start_matches([' ', '\t']).len();
                Span::new(start, end + after + 1 + blanks)
            }
            None => Span::new(start, end),
        }
    }

    fn without_blanks(&self, span: Span) -> Edit {
        let text = self.file.tree.text;
        let line_before = text[..span.start]
            .trim_end_matches([' ', '\t'])
            .strip_suffix('\n')
            .map(|before| before.rsplit('\n').next().unwrap_or(before).trim());
        let mut span = span;
        let rest = &text[span.end..];
        let line = rest.find('\n').map_or(rest.len(), |length| length + 1);
        let blank_behind = line > 0 && rest[..line].trim().is_empty();
        match line_before {
            Some(before) if before.is_empty() || before.ends_with(['{', ':']) => {
                if blank_behind {
                    span.end += line;
                } else if before.is_empty() && rest.trim_start_matches([' ', '\t']).starts_with('}') {
                    let kept = text[..span.start].trim_end_matches([' ', '\t']);
                    let kept = kept.strip_suffix('\n').unwrap_or(kept).trim_end_matches(['\r', ' ', '\t']);
                    span.start = kept.len();
                }
            }
            _ => {}
        }
        Edit::replace(span.start, span.end, "")
    }
}
