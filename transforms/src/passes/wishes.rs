//! Good names for variables that keep what a defer evaluated.

use crate::parse::{Field, Kind, NodeId, Tree};
use crate::predeclared::predeclared;

/// `closeBody` for `resp.Body.Close`; `release` for what has no such name.
pub(super) fn for_callee(tree: &Tree<'_>, function: NodeId) -> String {
    let name = |id: Option<NodeId>| id.map(|id| tree.unparenthesized(id)).and_then(|id| last_name(tree, id));
    match (name(tree.child(function, Field::Operand)), tree.child(function, Field::Selected)) {
        (Some(owner), Some(method)) => small(tree.text_of(method)) + &capitalized(owner),
        (None, Some(method)) => variable(tree.text_of(method), "release"),
        _ => "release".to_owned(),
    }
}

/// `name` for `f.Name()`, `i0` for `i`; `arg` for what has no such name.
pub(super) fn for_argument(tree: &Tree<'_>, value: NodeId) -> String {
    match tree.kind(value) {
        Kind::Identifier => format!("{}0", tree.text_of(value)),
        Kind::Call => {
            let callee = tree.child(value, Field::Function);
            let method = callee.and_then(|callee| tree.child(callee, Field::Selected));
            method.map_or("arg".to_owned(), |method| variable(tree.text_of(method), "arg"))
        }
        _ => "arg".to_owned(),
    }
}

/// The name at the end of `x` or `x.f`.
fn last_name<'t>(tree: &Tree<'t>, id: NodeId) -> Option<&'t str> {
    match tree.kind(id) {
        Kind::Identifier => Some(tree.text_of(id)),
        Kind::Selector => tree.child(id, Field::Selected).map(|name| tree.text_of(name)),
        _ => None,
    }
}

/// With a capital letter in front.
fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// With a small letter in front.
fn small(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The name of a variable after that of a method; `otherwise` where Go has the word for itself.
fn variable(method: &str, otherwise: &str) -> String {
    let name = small(method);
    if KEYWORDS.contains(&name.as_str()) || predeclared(&name).is_some() {
        otherwise.to_owned()
    } else {
        name
    }
}

/// The keywords (spec, Keywords).
const KEYWORDS: &[&str] = &[
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];
