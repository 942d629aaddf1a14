//! What a file's `//go:build` line asks for: tags, and a Go version.
//!
//! Of the version: as the go command has it (`go/build/constraint`, `GoVersion`): the least version that the expression implies,
//! `&&` taking the larger side and `||` the smaller. The type checker raises it to 1.21, the first version that
//! read the line this way.

use std::collections::BTreeSet;

use undefer_transforms::GoVersion;

use crate::version::parse_go_version;

/// The language version that the constraint sets for the file; nothing where there is none or it implies none.
pub fn version(source: &str) -> Option<GoVersion> {
    let meaning = Meaning {
        of: |tag: &str| tag.strip_prefix("go").and_then(parse_go_version),
        not: |_| None,
        and: Ord::max,
        or: least,
    };
    evaluate(&tokens(expression(source)?), &meaning).flatten().map(|version| version.max(GoVersion(21)))
}

/// What stands behind `//go:build`; nothing where there is no such line in front of the package clause.
pub fn expression(source: &str) -> Option<&str> {
    let header =
        source.lines().map(str::trim_start).take_while(|line| line.is_empty() || line.starts_with("//"));
    header.into_iter().find_map(|line| line.strip_prefix("//go:build "))
}

/// The tags of an expression, each once.
pub fn tags(expression: &str) -> BTreeSet<&str> {
    tokens(expression).into_iter().filter(|token| !["(", ")", "!", "&&", "||"].contains(token)).collect()
}

/// Whether an expression holds where these tags do; one that cannot be read does not.
pub fn holds(expression: &str, has: impl Fn(&str) -> bool) -> bool {
    let meaning = Meaning { of: has, not: |value: bool| !value, and: |a, b| a && b, or: |a, b| a || b };
    evaluate(&tokens(expression), &meaning).unwrap_or(false)
}

/// Either side may hold: what both imply.
fn least(left: Option<GoVersion>, right: Option<GoVersion>) -> Option<GoVersion> {
    left.zip(right).map(|(left, right)| left.min(right))
}

/// What tags and operators stand for.
struct Meaning<Of, T> {
    of: Of,
    not: fn(T) -> T,
    and: fn(T, T) -> T,
    or: fn(T, T) -> T,
}

/// Parentheses, operators and tags.
fn tokens(expression: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | '!' => 1,
            '&' | '|' => rest.len().min(2),
            _ => rest.find(|next: char| next.is_whitespace() || "()!&|".contains(next)).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at_checked(length.max(1)).unwrap_or((rest, ""));
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

/// An operator precedence reading with explicit stacks; nothing where an operand is missing.
fn evaluate<T>(tokens: &[&str], meaning: &Meaning<impl Fn(&str) -> T, T>) -> Option<T> {
    let mut values: Vec<T> = Vec::new();
    let mut operators: Vec<&str> = Vec::new();
    for &token in tokens {
        match token {
            "(" | "!" => operators.push(token),
            ")" => {
                while operators.last().is_some_and(|&top| top != "(") {
                    apply(operators.pop(), &mut values, meaning)?;
                }
                operators.pop();
            }
            "&&" | "||" => {
                let binds = |top: &str| top == "!" || top == "&&" || (top == "||" && token == "||");
                while operators.last().is_some_and(|&top| top != "(" && binds(top)) {
                    apply(operators.pop(), &mut values, meaning)?;
                }
                operators.push(token);
            }
            tag => values.push((meaning.of)(tag)),
        }
    }
    while !operators.is_empty() {
        apply(operators.pop(), &mut values, meaning)?;
    }
    values.pop()
}

fn apply<Of, T>(operator: Option<&str>, values: &mut Vec<T>, meaning: &Meaning<Of, T>) -> Option<()> {
    let right = values.pop()?;
    let value = match operator {
        Some("!") => (meaning.not)(right),
        Some("&&") => (meaning.and)(values.pop()?, right),
        Some("||") => (meaning.or)(values.pop()?, right),
        _ => right,
    };
    values.push(value);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_holds_where_its_tags_do() {
        let on_linux = |tag: &str| tag == "linux" || tag == "unix";
        for yes in ["linux", "!windows", "unix && !(windows || x)", "x || linux && !y", "!!linux"] {
            assert!(holds(yes, on_linux), "{yes}");
        }
        for no in ["!linux", "x", "linux && x", "!(linux || x)", "", "&&", "linux &&", "(", "!"] {
            assert!(!holds(no, on_linux), "{no}");
        }
        assert_eq!(tags("a && !(b || a)"), BTreeSet::from(["a", "b"]));
    }

    #[test]
    fn a_constraint_implies_its_least_version() {
        let of = |expression: &str| version(&format!("// A file.\n\n//go:build {expression}\n\npackage p\n"));
        assert_eq!(of("go1.22"), Some(GoVersion(22)));
        assert_eq!(of("linux && go1.23"), Some(GoVersion(23)));
        assert_eq!(of("go1.24 || go1.22 && linux"), Some(GoVersion(22)));
        assert_eq!(of("go1.24 || linux"), None);
        assert_eq!(of("!go1.22"), None);
        assert_eq!(of("(linux || darwin) && !(go1.25) && go1.23"), Some(GoVersion(23)));
        assert_eq!(of("go1.17"), Some(GoVersion(21)), "older versions did not read the line so");
        assert_eq!(of(") && ("), None);
        assert_eq!(
            version("package p\n\n//go:build go1.23\n"),
            None,
            "behind the package clause it is a comment"
        );
    }
}
