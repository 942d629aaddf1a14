//! A Go text with its syntax tree, straight from the parser: the engine's own view of a tree is under test.

use std::collections::BTreeSet;

use tree_sitter::{Node, Parser, Tree};

/// A text and its tree.
pub(crate) struct Syntax<'t> {
    pub(crate) text: &'t str,
    tree: Tree,
}

impl<'t> Syntax<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_go::LANGUAGE.into()).expect("the grammar fits the library");
        Self { text, tree: parser.parse(text, None).expect("no time limit is set") }
    }

    /// All nodes in source order, found without recursion.
    pub(crate) fn nodes(&self) -> Vec<Node<'_>> {
        let mut cursor = self.tree.walk();
        let mut nodes = vec![cursor.node()];
        loop {
            if cursor.goto_first_child() {
                nodes.push(cursor.node());
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return nodes;
                }
            }
            nodes.push(cursor.node());
        }
    }

    /// The nodes of some kinds.
    pub(crate) fn of_kinds(&self, kinds: &[&str]) -> Vec<Node<'_>> {
        self.nodes().into_iter().filter(|node| kinds.contains(&node.kind())).collect()
    }

    /// The statements, each of which stands in a list.
    pub(crate) fn statements(&self) -> Vec<Node<'_>> {
        let listed = |node: &Node<'_>| node.parent().is_some_and(|list| list.kind() == "statement_list");
        let statement = |node: &Node<'_>| node.is_named() && node.kind() != "comment";
        self.nodes().into_iter().filter(|node| statement(node) && listed(node)).collect()
    }

    /// How many places are damaged.
    pub(crate) fn faults(&self) -> usize {
        self.nodes().iter().filter(|node| node.is_error() || node.is_missing()).count()
    }

    /// The names of the functions and methods in which nothing is damaged.
    pub(crate) fn whole_functions(&self) -> BTreeSet<&'t str> {
        let functions = self.of_kinds(&["function_declaration", "method_declaration"]).into_iter();
        let whole = functions.filter(|function| !function.has_error());
        whole.filter_map(|function| Some(self.text_of(function.child_by_field_name("name")?))).collect()
    }

    pub(crate) fn text_of(&self, node: Node<'_>) -> &'t str {
        &self.text[node.byte_range()]
    }
}

/// From the parent up to the root.
pub(crate) fn ancestors(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(node.parent(), Node::parent)
}

/// The function declaration or literal around a node.
pub(crate) fn function_around(node: Node<'_>) -> Option<Node<'_>> {
    ancestors(node).find(|at| is_function(*at))
}

/// The loops around a node in its own function, innermost first.
pub(crate) fn loops_around(node: Node<'_>) -> Vec<Node<'_>> {
    let own = ancestors(node).take_while(|at| !is_function(*at));
    own.filter(|at| at.kind() == "for_statement").collect()
}

fn is_function(node: Node<'_>) -> bool {
    matches!(node.kind(), "function_declaration" | "method_declaration" | "func_literal")
}
