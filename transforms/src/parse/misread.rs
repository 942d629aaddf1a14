//! Where the grammar takes a block for a composite literal: marked as damage, so that nothing is built on it.
//!
//! Go decides by the place (spec, "Composite literals"): in the header of an `if`, `for` or `switch` a brace behind the name of a
//! type opens the block, unless brackets stand around it. The grammar tries both, and where another block follows, as in
//! `if x == p.Y { f() }` with a bare block on the next line, it takes the first one for a literal and the second one for the body.

use super::{Field, Kind, Node};

/// Makes damage of each literal that Go would not see.
pub(super) fn mark(nodes: &mut [Node]) {
    for index in 0..nodes.len() {
        if is_misread(nodes, index) {
            nodes[index].kind = Kind::Error;
        }
    }
}

/// Whether some literal has been marked: no other damage begins with a type in that role.
pub(super) fn is_marked(nodes: &[Node]) -> bool {
    (0..nodes.len()).any(|index| nodes[index].kind == Kind::Error && begins_with_name(nodes, index))
}

fn is_misread(nodes: &[Node], index: usize) -> bool {
    nodes[index].kind == Kind::CompositeLiteral && begins_with_name(nodes, index) && is_bare(nodes, index)
}

fn begins_with_name(nodes: &[Node], index: usize) -> bool {
    nodes.get(index + 1).is_some_and(|first| {
        let named = [Kind::TypeIdentifier, Kind::QualifiedType, Kind::GenericType];
        first.field == Field::Type && first.parent as usize == index && named.contains(&first.kind)
    })
}

/// Whether a node stands in a header without brackets around it.
fn is_bare(nodes: &[Node], index: usize) -> bool {
    let mut at = index;
    while at != 0 {
        let field = nodes[at].field;
        at = nodes[at].parent as usize;
        match nodes[at].kind {
            Kind::If | Kind::For | Kind::ExpressionSwitch | Kind::TypeSwitch => return true,
            Kind::Index | Kind::Slice if field != Field::Operand => return false,
            Kind::Parenthesized
            | Kind::ArgumentList
            | Kind::LiteralValue
            | Kind::StatementList
            | Kind::Block
            | Kind::ExpressionCase
            | Kind::TypeCase
            | Kind::CommunicationCase => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::{Tree, parse_by_grammar};
    use super::*;

    /// Whether something in a function with this body is marked.
    fn marks(body: &str) -> bool {
        let text = format!("package p\n\nfunc f() {{\n\t{body}\n}}\n");
        is_marked(&parse_by_grammar(&text, None).expect("the grammar reads everything").0)
    }

    #[test]
    fn a_block_that_is_taken_for_a_literal_is_damage() {
        assert!(marks("if x == p.Y {\n\t\tg()\n\t}\n\t{\n\t\th()\n\t}"));
        assert!(marks("for x != p.Y {\n\t\tg()\n\t}\n\t{\n\t}"));
        assert!(marks("if x == y[z] {\n\t}\n\t{\n\t}"));
    }

    #[test]
    fn literals_in_brackets_and_of_types_without_a_name_are_none() {
        assert!(!marks("if x == (T{}) {\n\t}\n\tif f(T{}) {\n\t}\n\tif m[T{}] {\n\t}"));
        assert!(!marks("for range []T{{}} {\n\t}\n\tif x == y {\n\t\tz = T{}\n\t}"));
        assert!(!marks(
            "switch {\n\tcase x == T{}:\n\t}\n\tif f := func() T { return T{} }; f() == y {\n\t}"
        ));
    }

    #[test]
    fn the_reader_sees_the_block() {
        let text = "package p\n\nfunc f() {\n\tif x == p.Y {\n\t\tg()\n\t}\n\t{\n\t\th()\n\t}\n}\n";
        let tree = Tree::parse(text).expect("it is read");
        assert_eq!(tree.faults(), 0);
        assert_eq!(tree.all().filter(|&id| tree.kind(id) == Kind::Block).count(), 3);
    }
}
