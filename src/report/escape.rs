//! Text as Markdown shows it unchanged, also within the cell of a table.

use std::fmt::Write;

use crate::report::wording;

/// Words: no character of theirs becomes markup.
pub(super) fn text(words: &str) -> String {
    let mut escaped = String::new();
    for letter in words.chars() {
        if letter.is_ascii_punctuation()
            && !matches!(letter, ',' | '.' | ':' | ';' | '\'' | '"' | '(' | ')' | '-' | '/')
        {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Code. Where backticks would not do, because the code holds one or because a table would be cut at it, it is HTML.
pub(super) fn code(source: &str) -> String {
    if source.trim().is_empty() {
        return String::new();
    }
    if !source.contains(['`', '|', '\\']) {
        return format!("`{source}`");
    }
    let mut html = "<code>".to_owned();
    for letter in source.chars() {
        if letter.is_ascii_punctuation() {
            let _ = write!(html, "&#{};", u32::from(letter));
        } else {
            html.push(letter);
        }
    }
    html + "</code>"
}

/// A message of ours: words, with code between backticks.
pub(super) fn message(message: &str) -> String {
    wording::marked(message, text, code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(
            text("a*b_|<i>[x](y)#`~\\, it's (so)"),
            "a\\*b\\_\\|\\<i\\>\\[x\\](y)\\#\\`\\~\\\\, it's (so)"
        );
        assert_eq!(code("f(*p)"), "`f(*p)`");
        assert_eq!(code("a|`b`"), "<code>a&#124;&#96;b&#96;</code>");
        assert_eq!(code(" "), "");
        assert_eq!(message("`a.b` is _used_"), "`a.b` is \\_used\\_");
        assert_eq!(message("a ` alone"), "a \\` alone");
        assert_eq!(message("`x | y` or"), "<code>x &#124; y</code> or");
    }
}
