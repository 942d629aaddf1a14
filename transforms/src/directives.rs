//! Directives in comments: whoever reads the code has decided that a defer stays.
//!
//! `//undefer:ignore [RULES] [reason]` stands behind the defer or on a line above it, `//undefer:ignore-file` anywhere.
//! `//nolint`, alone or with `undefer`, `gocritic`, `revive` or `all`, counts as golangci-lint reads it: behind the
//! defer, or above the statement or declaration that holds it. A defer that runs at most once stays `once` with or without.

use crate::file::File;
use crate::parse::{Kind, NodeId, Tree};
use crate::rules::{Rule, Rules};
use crate::span::Span;
use crate::verdict::Reason;

/// Linters that report a defer in a loop.
const LINTERS: &[&str] = &["undefer", "gocritic", "revive", "all"];

/// Those of them whose report of it has another name: they say nothing about other rules.
const NARROW: &[&str] = &["gocritic", "revive"];

/// A directive that does not do what its writer may think.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// The comment, bytes of the original text.
    pub span: Span,
    /// What is wrong with it, and what to do.
    pub message: String,
}

/// What a directive is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// The whole file.
    File,
    /// The defer that begins, or with code before the comment ends, on this line.
    Defer { line: usize, behind: bool },
    /// What begins on this line and in this column, and all that it holds.
    Node { line: usize, column: usize },
}

struct Directive {
    comment: NodeId,
    reason: Reason,
    scope: Scope,
    rules: Rules,
    used: bool,
}

/// The directives of a file.
pub(crate) struct Directives {
    all: Vec<Directive>,
    strays: Vec<Stray>,
}

impl Directives {
    /// Reads all comments.
    pub(crate) fn read(file: &File<'_, '_>) -> Directives {
        let mut found = Directives { all: Vec::new(), strays: Vec::new() };
        for comment in file.tree.comments() {
            let Some(text) = file.tree.text_of(comment).strip_prefix("//") else { continue };
            match parse(text) {
                Parsed::Other => {}
                Parsed::Stray(message) => {
                    found.strays.push(Stray { span: file.tree.span(comment), message });
                }
                Parsed::Ignore { file: whole, rules } => {
                    let scope = if whole { Scope::File } else { defer_scope(file, comment) };
                    let reason = Reason::IgnoreDirective;
                    found.all.push(Directive { comment, reason, scope, rules, used: false });
                }
                Parsed::Nolint { rules } => {
                    let (scope, reason) = (nolint_scope(file, comment), Reason::Nolint);
                    found.all.push(Directive { comment, reason, scope, rules, used: false });
                }
            }
        }
        found
    }

    /// The directive that keeps what a rule finds at a statement as it is.
    pub(crate) fn about(&mut self, file: &File<'_, '_>, rule: Rule, statement: NodeId) -> Option<Reason> {
        let mut reason = None;
        for directive in &mut self.all {
            if directive.rules.has(rule) && covers(file, directive.scope, statement) {
                directive.used = true;
                reason = reason.or(Some(directive.reason));
            }
        }
        reason
    }

    /// What does nothing, in source order, once every site of some rules has been asked about. A linter's own directive may
    /// well be there for another finding, and one for rules that this run does not look for is not for it to judge.
    pub(crate) fn strays(self, tree: &Tree<'_>, asked: Rules) -> Vec<Stray> {
        let unused = self.all.iter().filter(|one| !one.used && one.reason == Reason::IgnoreDirective);
        let unused = unused.filter(|one| !one.rules.only(asked).is_empty());
        let what = if asked == Rules::default_on() { "defer in a loop" } else { "finding" };
        let mut strays = self.strays;
        strays.extend(unused.map(|one| Stray {
            span: tree.span(one.comment),
            message: format!("this directive is about no {what}; remove it"),
        }));
        strays.sort_by_key(|stray| stray.span);
        strays
    }
}

/// What a comment says, `//` aside.
#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    Other,
    Ignore { file: bool, rules: Rules },
    Nolint { rules: Rules },
    Stray(String),
}

fn parse(text: &str) -> Parsed {
    let trimmed = text.trim_start();
    if let Some(rest) = trimmed.strip_prefix("nolint") {
        return nolint(rest);
    }
    let Some(head) = trimmed.get(.."undefer".len()).filter(|head| head.eq_ignore_ascii_case("undefer"))
    else {
        return Parsed::Other;
    };
    let rest = &trimmed[head.len()..];
    let spaced = rest.trim_start();
    let named = spaced.strip_prefix(':').map(str::trim_start);
    let (word, after) = words(named.unwrap_or(spaced));
    let file = match word {
        "ignore" => false,
        "ignore-file" => true,
        _ if rest.starts_with(':') => {
            return Parsed::Stray(format!(
                "`//undefer:{word}` is no directive; there are `//undefer:ignore` and `//undefer:ignore-file`"
            ));
        }
        _ => return Parsed::Other,
    };
    let exact = format!("undefer:{word}");
    if !text.starts_with(&exact) {
        return Parsed::Stray(format!("not read as a directive; write `//{exact}`, without spaces"));
    }
    let (codes, _) = words(after);
    if !is_rules(codes) {
        return Parsed::Ignore { file, rules: all_rules() };
    }
    match codes.split(',').find(|code| Rules::beginning(code).is_none()) {
        None => {
            let rules = codes.split(',').filter_map(Rules::beginning);
            Parsed::Ignore { file, rules: rules.fold(Rules::NONE, Rules::and) }
        }
        Some(unknown) => Parsed::Stray(format!(
            "`{unknown}` is no rule of undefer, so nothing is ignored; `undefer rules` lists them"
        )),
    }
}

fn all_rules() -> Rules {
    Rule::ALL.iter().copied().collect()
}

/// Codes of rules, with commas between: capitals and at least one digit.
fn is_rules(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.contains(|char: char| char.is_ascii_digit())
        && word.chars().all(|char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == ',')
}

/// `//nolint`, or `//nolint:a,b` with a linter that looks at defers.
fn nolint(rest: &str) -> Parsed {
    let Some(list) = rest.strip_prefix(':') else {
        let ends = rest.is_empty() || rest.starts_with([' ', '\t', '/']);
        return if ends { Parsed::Nolint { rules: all_rules() } } else { Parsed::Other };
    };
    let list = list.split("//").next().unwrap_or("");
    let linters: Vec<&str> = list.split(',').map(|linter| words(linter).0).collect();
    let is_among = |names: &[&str], linter: &str| names.iter().any(|own| linter.eq_ignore_ascii_case(own));
    let mut about_defers = linters.iter().filter(|linter| is_among(LINTERS, linter)).peekable();
    if about_defers.peek().is_none() {
        return Parsed::Other;
    }
    let is_narrow = about_defers.all(|linter| is_among(NARROW, linter));
    let rules = if is_narrow { Rules::from_iter([Rule::DeferInLoop]) } else { all_rules() };
    Parsed::Nolint { rules }
}

/// The first word, and what follows it.
fn words(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once([' ', '\t']).unwrap_or((text, ""))
}

fn line_of(file: &File<'_, '_>, offset: usize) -> usize {
    file.lines.position(offset).line
}

/// Whether code stands before a comment on its line.
fn is_behind(file: &File<'_, '_>, comment: NodeId) -> bool {
    let start = file.tree.start(comment);
    !file.tree.text[file.lines.line_start(start)..start].trim().is_empty()
}

/// The offset of the first code behind a comment that stands alone on its line; blank lines end the search.
fn code_below(file: &File<'_, '_>, comment: NodeId) -> Option<usize> {
    let text = file.tree.text;
    let mut at = file.tree.end(comment);
    loop {
        let gap = text[at..].len() - text[at..].trim_start().len();
        if text[at..at + gap].matches('\n').count() > 1 {
            return None;
        }
        at += gap;
        if !text[at..].starts_with("//") {
            return (at < text.len()).then_some(at);
        }
        at += memchr::memchr(b'\n', &text.as_bytes()[at..])?;
    }
}

fn defer_scope(file: &File<'_, '_>, comment: NodeId) -> Scope {
    let own = line_of(file, file.tree.start(comment));
    if is_behind(file, comment) {
        return Scope::Defer { line: own, behind: true };
    }
    let line = code_below(file, comment).map_or(0, |at| line_of(file, at));
    Scope::Defer { line, behind: false }
}

fn nolint_scope(file: &File<'_, '_>, comment: NodeId) -> Scope {
    if is_behind(file, comment) {
        return Scope::Defer { line: line_of(file, file.tree.start(comment)), behind: false };
    }
    let Some(at) = code_below(file, comment) else { return Scope::Defer { line: 0, behind: false } };
    let package = file.tree.children(Tree::ROOT).find(|&id| file.tree.kind(id) != Kind::Comment);
    if package.is_some_and(|package| file.tree.start(package) == at) {
        return Scope::File;
    }
    let position = file.lines.position(at);
    Scope::Node { line: position.line, column: position.column }
}

fn covers(file: &File<'_, '_>, scope: Scope, defer: NodeId) -> bool {
    let tree = file.tree;
    match scope {
        Scope::File => true,
        Scope::Defer { line, behind } => {
            line_of(file, tree.start(defer)) == line || behind && line_of(file, tree.end(defer)) == line
        }
        Scope::Node { line, column } => std::iter::once(defer).chain(tree.ancestors(defer)).any(|id| {
            let at = file.lines.position(tree.start(id));
            id != Tree::ROOT && (at.line, at.column) == (line, column)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_as_written() {
        for text in [
            "undefer:ignore",
            "undefer:ignore UD001",
            "undefer:ignore UD001,UD003 kept",
            "undefer:ignore the process ends here",
            "undefer:ignore\tUD001",
        ] {
            assert!(matches!(parse(text), Parsed::Ignore { file: false, .. }), "{text}");
        }
        let rules = Rules::from_iter([Rule::DeferInLoop]);
        assert_eq!(parse("undefer:ignore-file UD001 tools"), Parsed::Ignore { file: true, rules });
        assert_eq!(parse("undefer:ignore"), Parsed::Ignore { file: false, rules: all_rules() });
        assert_eq!(parse("nolint:revive"), Parsed::Nolint { rules });
        assert_eq!(parse("nolint:revive,undefer"), Parsed::Nolint { rules: all_rules() });
        for text in [
            "nolint",
            " nolint",
            "nolint // why",
            "nolint:gocritic",
            "nolint:errcheck,Revive // why",
            "nolint:all",
            "nolint: undefer",
        ] {
            assert!(matches!(parse(text), Parsed::Nolint { .. }), "{text}");
        }
        for text in ["", " undefer is a tool", "nolint:errcheck", "nolintlint", " undeferred"] {
            assert_eq!(parse(text), Parsed::Other, "{text}");
        }
        for text in [
            " undefer:ignore",
            "undefer: ignore UD001",
            "undefer ignore",
            "Undefer:ignore",
            "undefer:disable",
            "undefer:ignored",
            "undefer:",
            "undefer:ignore SA1000",
            "undefer:ignore UD001,SA1000",
            "undefer:ignore UD010 kept",
        ] {
            assert!(matches!(parse(text), Parsed::Stray(_)), "{text}");
        }
    }
}
