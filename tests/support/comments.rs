//! A lexer for Go that knows enough to find comments: strings, raw strings and runes hide them.

/// Whether a piece of Go may hide something that looks like a comment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Comment,
    Literal,
    Other,
}

/// All comments of a text, sorted. The indentation of their lines and the carriage returns do not count.
pub(crate) fn multiset(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (token, length) = next(rest);
        if token == Token::Comment {
            found.push(rest[..length].lines().map(str::trim).collect::<Vec<_>>().join("\n"));
        }
        rest = &rest[length..];
    }
    found.sort();
    found
}

/// The lines, counted from 0, that begin inside a comment.
pub(crate) fn continued(text: &str) -> Vec<usize> {
    let (mut lines, mut line, mut rest) = (Vec::new(), 0, text);
    while !rest.is_empty() {
        let (token, length) = next(rest);
        let breaks = rest[..length].matches('\n').count();
        if token == Token::Comment {
            lines.extend(line + 1..=line + breaks);
        }
        line += breaks;
        rest = &rest[length..];
    }
    lines
}

fn next(rest: &str) -> (Token, usize) {
    let end_of = |stop: &str, from: usize| rest[from..].find(stop).map(|at| from + at);
    let close = |stop: &str, from: usize| end_of(stop, from).map_or(rest.len(), |at| at + stop.len());
    match rest.chars().next() {
        _ if rest.starts_with("//") => (Token::Comment, end_of("\n", 2).unwrap_or(rest.len())),
        _ if rest.starts_with("/*") => (Token::Comment, close("*/", 2)),
        Some('`') => (Token::Literal, close("`", 1)),
        Some(quote @ ('"' | '\'')) => (Token::Literal, quoted(rest, quote)),
        Some(other) => (Token::Other, other.len_utf8()),
        None => (Token::Other, 0),
    }
}

/// Length of an interpreted literal; one that is not closed ends with its line.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        match char {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if char == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn literals_hide_comments() {
    let text = "a := \"// no\" // yes\nb := `/* no\n*/` /* also\n\t yes */\nc := '\"' // \"end\r\n";
    assert_eq!(multiset(text), ["/* also\nyes */", "// \"end", "// yes"]);
    assert_eq!(continued(text), [3]);
}
