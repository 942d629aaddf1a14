//! The Go version that a file's `//go:build` line asks for.
//!
//! As the go command has it (`go/build/constraint`, `GoVersion`): the least version that the expression implies,
//! `&&` taking the larger side and `||` the smaller. The type checker raises it to 1.21, the first version that
//! read the line this way.

use undefer_transforms::GoVersion;

use crate::version::parse_go_version;

/// The language version that the constraint sets for the file; nothing where there is none or it implies none.
pub fn version(source: &str) -> Option<GoVersion> {
    let header =
        source.lines().map(str::trim_start).take_while(|line| line.is_empty() || line.starts_with("//"));
    let expression = header.into_iter().find_map(|line| line.strip_prefix("//go:build "))?;
    implied(&tokens(expression)).map(|version| version.max(GoVersion(21)))
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

/// An operator precedence reading with explicit stacks: nothing for a tag that says no version, and under `!`.
fn implied(tokens: &[&str]) -> Option<GoVersion> {
    let mut values: Vec<Option<GoVersion>> = Vec::new();
    let mut operators: Vec<&str> = Vec::new();
    for &token in tokens {
        match token {
            "(" | "!" => operators.push(token),
            ")" => {
                while operators.last().is_some_and(|&top| top != "(") {
                    apply(operators.pop(), &mut values);
                }
                operators.pop();
            }
            "&&" | "||" => {
                let binds = |top: &str| top == "!" || top == "&&" || (top == "||" && token == "||");
                while operators.last().is_some_and(|&top| top != "(" && binds(top)) {
                    apply(operators.pop(), &mut values);
                }
                operators.push(token);
            }
            tag => values.push(tag.strip_prefix("go").and_then(parse_go_version)),
        }
    }
    while !operators.is_empty() {
        apply(operators.pop(), &mut values);
    }
    values.pop().flatten()
}

fn apply(operator: Option<&str>, values: &mut Vec<Option<GoVersion>>) {
    let Some(right) = values.pop() else { return };
    let value = match operator {
        Some("!") => None,
        Some("&&") => values.pop().flatten().max(right),
        // Either side may hold: what both imply.
        Some("||") => values.pop().flatten().zip(right).map(|(left, right)| left.min(right)),
        _ => right,
    };
    values.push(value);
}

#[cfg(test)]
mod tests {
    use super::*;

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
