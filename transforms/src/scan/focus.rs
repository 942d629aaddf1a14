//! Which functions of a file the engine has to see: the others lose their bodies before the parser reads the text.
//!
//! Kept are the functions that may hold a site, those that the standard library calls by itself, and every function whose
//! name is mentioned by a kept one, to the last link, or outside of all functions, where function literals may stand. Any other body is filled with blanks, braces included, so that offsets stay, and a declaration without a
//! body is left, of which nothing is known. Text that cannot be Go is kept whole.

use super::declarations::{Declarations, Declared};
use super::tokens::{Token, Tokens};
use super::{GOTO, Scanner, holds_directive};
use crate::hash::Table;
use crate::rules::{Place, Rules};
use crate::span::Span;

/// Methods that packages of the standard library call on what they get, where it has them.
pub(crate) const CALLED_BACK: &[&str] = &[
    "Error",
    "Format",
    "GoString",
    "Len",
    "Less",
    "LogValue",
    "MarshalJSON",
    "MarshalText",
    "Pop",
    "Push",
    "Read",
    "ReadAt",
    "ReadByte",
    "ReadFrom",
    "ReadRune",
    "Scan",
    "ServeHTTP",
    "String",
    "Swap",
    "Write",
    "WriteAt",
    "WriteByte",
    "WriteString",
    "WriteTo",
];

/// The text with blanks for the bodies that do not matter to these rules; nothing where that would not save much.
pub(crate) fn focus(source: &str, rules: Rules) -> Option<String> {
    if rules.iter().any(|rule| rule.about().place != Place::DeferInLoop) {
        return None;
    }
    let bytes = source.as_bytes();
    if memchr::memchr(0, bytes).is_some() || holds_directive(bytes) {
        return None;
    }
    let hits = Scanner::new(bytes, GOTO.find(bytes).is_some()).hits()?;
    let functions = functions(bytes)?;
    let kept = kept(bytes, &functions, &hits);
    let idle: Vec<Span> =
        functions.iter().zip(kept).filter(|(_, kept)| !kept).map(|(function, _)| function.body).collect();
    let saved: usize = idle.iter().map(|body| body.len()).sum();
    (saved > source.len() / 8).then(|| blank(source, &idle))
}

/// A function or method declared at the top level.
struct Function<'a> {
    name: &'a [u8],
    /// Where the word `func` begins.
    start: usize,
    /// With its braces.
    body: Span,
}

/// All declarations with a body, in source order; nothing where the brackets do not match.
fn functions(source: &[u8]) -> Option<Vec<Function<'_>>> {
    let declared = Declarations::read(source)?.all.into_iter();
    let function = |one: Declared| {
        let name = &source[one.name.start..one.name.end];
        one.body.map(|body| Function { name, start: one.span.start, body })
    };
    Some(declared.filter_map(function).collect())
}

/// For each function whether it is kept.
fn kept(source: &[u8], functions: &[Function<'_>], hits: &[usize]) -> Vec<bool> {
    let mut by_name: Table<&[u8], Vec<usize>> = Table::default();
    for (index, function) in functions.iter().enumerate() {
        by_name.entry(function.name).or_default().push(index);
    }
    let mut kept = vec![false; functions.len()];
    let mut todo: Vec<usize> = Vec::new();
    for &hit in hits {
        let after = functions.partition_point(|function| function.body.start <= hit);
        if let Some(index) = after.checked_sub(1).filter(|&index| hit < functions[index].body.end)
            && !std::mem::replace(&mut kept[index], true)
        {
            todo.push(index);
        }
    }
    let mut mention = |todo: &mut Vec<usize>, text: &[u8]| {
        let mut tokens = Tokens::new(text);
        loop {
            match tokens.next() {
                Token::End | Token::Damage => break,
                Token::Word => {
                    for &callee in by_name.get(tokens.text()).into_iter().flatten() {
                        if !std::mem::replace(&mut kept[callee], true) {
                            todo.push(callee);
                        }
                    }
                }
                _ => {}
            }
        }
    };
    for name in CALLED_BACK {
        mention(&mut todo, name.as_bytes());
    }
    let mut from = 0;
    for function in functions {
        mention(&mut todo, &source[from..function.start]);
        from = function.body.end;
    }
    mention(&mut todo, &source[from..]);
    while let Some(index) = todo.pop() {
        mention(&mut todo, &source[functions[index].body.start..functions[index].body.end]);
    }
    kept
}

fn blank(source: &str, idle: &[Span]) -> String {
    let mut text = String::with_capacity(source.len());
    let mut from = 0;
    for body in idle {
        text.push_str(&source[from..body.start]);
        text.push_str(&" ".repeat(body.len()));
        from = body.end;
    }
    text.push_str(&source[from..]);
    text
}

#[cfg(test)]
mod tests {
    use crate::rules::Rules;

    fn focus(source: &str) -> Option<String> {
        super::focus(source, Rules::default_on())
    }

    const SITE: &str = "func f() {\n\tfor {\n\t\tdefer g()\n\t}\n}\n";

    #[test]
    fn bodies_that_nobody_asks_about_are_blank() {
        let text = format!(
            "package p\n\n{SITE}\nfunc (t *T) idle(struct{{}}) interface{{}} {{\n\tdefer f()\n\treturn \"{}\"\n}}\n",
            "x".repeat(80)
        );
        let focused = focus(&text).expect("there is something to save");
        assert_eq!(focused.len(), text.len());
        assert!(focused.contains(SITE) && focused.contains("idle(struct{}) interface{}  "));
        assert!(!focused.contains("return"));
    }

    #[test]
    fn a_literal_at_the_top_level_keeps_its_body() {
        let idle = format!("func idle() {{\n\treturn \"{}\"\n}}\n", "x".repeat(80));
        let text = format!("package p\n\nvar v = func() bool {{ return false }}\n\n{idle}\n{SITE}");
        let focused = focus(&text).expect("there is something to save");
        assert!(focused.contains("{ return false }") && focused.contains(SITE) && !focused.contains("xxx"));
    }

    #[test]
    fn what_a_literal_at_the_top_level_mentions_is_kept() {
        let idle = format!("func idle() {{\n\treturn \"{}\"\n}}\n", "x".repeat(80));
        let text = format!(
            "package p\n\nvar v = func() {{\n\tfor {{\n\t\tdefer h()\n\t}}\n}}\n\nfunc h() {{\n\ta := 1\n}}\n\n{idle}"
        );
        let focused = focus(&text).expect("there is something to save");
        assert!(focused.contains("a := 1") && !focused.contains("return"));
    }

    #[test]
    fn what_a_kept_function_mentions_is_kept() {
        let idle = format!("func idle() {{\n\treturn \"{}\"\n}}\n", "x".repeat(80));
        let text = format!(
            "package p\n\n{SITE}\nfunc (t T) g() {{\n\th()\n}}\n\nfunc h() {{\n\ta := 1\n}}\n\n{idle}"
        );
        let focused = focus(&text).expect("there is something to save");
        assert!(focused.contains("h()\n}") && focused.contains("a := 1") && !focused.contains("return"));
    }

    #[test]
    fn damage_and_small_savings_keep_the_text() {
        assert_eq!(focus(&format!("package p\n\n{SITE}\nfunc idle() {{ }}\n")), None);
        assert_eq!(focus(&format!("package p\n\n{SITE}\nfunc idle() {{ {} ) }}\n", "x ".repeat(80))), None);
        assert_eq!(
            focus(&format!("package p\n\n{SITE}\nfunc idle() {{ {} \"\n }}\n", "x ".repeat(80))),
            None
        );
    }
}
