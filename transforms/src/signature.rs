//! The results of a function: their names, their types, and what a type's text means elsewhere.

use crate::parse::{Field, Kind, NodeId, Tree};
use crate::scope::{BindingId, Scopes};

/// One result of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter<'t> {
    /// Its name where it has one; `_` counts as none.
    pub(crate) name: Option<&'t str>,
    /// The declaration of the name.
    pub(crate) binding: Option<BindingId>,
    /// The node of the blank identifier, where it is the name.
    pub(crate) blank: Option<NodeId>,
    /// The node of its type.
    pub(crate) kind: NodeId,
}

/// The results of a function declaration or literal.
#[derive(Clone, Debug)]
pub(crate) struct Results<'t> {
    /// In order; `a, b T` are two.
    pub(crate) all: Vec<Parameter<'t>>,
    /// Whether the results have names, `_` included.
    pub(crate) named: bool,
    /// The node of the result: a parameter list, or the one type without parentheses.
    pub(crate) node: Option<NodeId>,
}

impl<'t> Results<'t> {
    pub(crate) fn of(tree: &Tree<'t>, scopes: &Scopes<'t>, function: NodeId) -> Results<'t> {
        let node = tree.child(function, Field::Result);
        let mut results = Results { all: Vec::new(), named: false, node };
        let Some(node) = node else { return results };
        if tree.kind(node) != Kind::ParameterList {
            results.all.push(Parameter { name: None, binding: None, blank: None, kind: node });
            return results;
        }
        for declaration in tree.named(node) {
            results.declaration(tree, scopes, declaration);
        }
        results
    }

    fn declaration(&mut self, tree: &Tree<'t>, scopes: &Scopes<'t>, declaration: NodeId) {
        let Some(kind) = tree.child(declaration, Field::Type) else { return };
        let names: Vec<NodeId> =
            tree.children(declaration).filter(|&id| tree.field(id) == Field::Name).collect();
        let names = names.into_iter().filter(|&id| tree.kind(id) != Kind::Token);
        let mut any = false;
        for name in names {
            any = true;
            let text = tree.text_of(name);
            let binding = scopes.meaning(name);
            let is_blank = text == "_";
            let (own, blank) = ((!is_blank).then_some(text), is_blank.then_some(name));
            self.all.push(Parameter { name: own, binding, blank, kind });
        }
        self.named |= any;
        if !any {
            self.all.push(Parameter { name: None, binding: None, blank: None, kind });
        }
    }

    /// Whether every result has a name that can be assigned to.
    pub(crate) fn assignable(&self) -> bool {
        self.named && self.all.iter().all(|result| result.name.is_some())
    }

    /// Whether the last result is the predeclared `error`.
    pub(crate) fn ends_in_error(&self, tree: &Tree<'_>, scopes: &Scopes<'_>) -> bool {
        self.all.last().is_some_and(|last| is_error(tree, scopes, last.kind))
    }
}

/// Whether a type is the predeclared `error`.
pub(crate) fn is_error(tree: &Tree<'_>, scopes: &Scopes<'_>, kind: NodeId) -> bool {
    tree.text_of(kind) == "error" && scopes.meaning(kind).is_none()
}

/// The text of a type, to be written a second time: without its comments, which stay where they are.
pub(crate) fn type_text(tree: &Tree<'_>, kind: NodeId) -> String {
    let span = tree.span(kind);
    let mut text = String::new();
    let mut from = span.start;
    for comment in tree.subtree(kind).filter(|&id| tree.kind(id) == Kind::Comment) {
        text.push_str(&tree.text[from..tree.start(comment)]);
        let rest = tree.text[tree.end(comment)..span.end].trim_start_matches([' ', '\t']);
        text.truncate(text.trim_end_matches([' ', '\t']).len());
        let is_word = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
        if tree.text_of(comment).contains('\n') {
            text.push('\n');
        } else if is_word(text.chars().next_back()) && is_word(rest.chars().next()) {
            text.push(' ');
        }
        from = span.end - rest.len();
    }
    text + &tree.text[from..span.end]
}

/// Whether the text of a node means at `offset` what it means where it stands.
pub(crate) fn means_the_same(tree: &Tree<'_>, scopes: &Scopes<'_>, node: NodeId, offset: usize) -> bool {
    tree.subtree(node).filter(|&id| tree.kind(id).is_name()).all(|id| {
        let meaning = scopes.meaning(id);
        let declared_inside = meaning.is_some_and(|binding| tree.within(scopes.get(binding).at, node));
        declared_inside || scopes.lookup(tree, tree.text_of(id), offset) == meaning
    })
}

/// The text of a type's zero value, where the type alone tells it, and the predeclared name it uses.
pub(crate) fn zero(tree: &Tree<'_>, scopes: &Scopes<'_>, kind: NodeId) -> Option<&'static str> {
    match tree.kind(kind) {
        Kind::PointerType
        | Kind::SliceType
        | Kind::MapType
        | Kind::ChannelType
        | Kind::FunctionType
        | Kind::InterfaceType => Some("nil"),
        Kind::TypeIdentifier if scopes.meaning(kind).is_none() => predeclared_zero(tree.text_of(kind)),
        _ => None,
    }
}

fn predeclared_zero(name: &str) -> Option<&'static str> {
    match name {
        "any" | "error" => Some("nil"),
        "bool" => Some("false"),
        "string" => Some("\"\""),
        "byte" | "complex128" | "complex64" | "float32" | "float64" | "int" | "int16" | "int32" | "int64"
        | "int8" | "rune" | "uint" | "uint16" | "uint32" | "uint64" | "uint8" | "uintptr" => Some("0"),
        _ => None,
    }
}
