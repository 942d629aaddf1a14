//! One program out of two: the imports of both, and the declarations of the second under other names.

use std::collections::BTreeSet;

use tree_sitter::Node;

use crate::syntax::Syntax;

/// `first` with all that `second` declares.
pub(crate) fn splice(first: &str, second: &str, mark: usize) -> Option<String> {
    let (one, two) = (Syntax::of(first), Syntax::of(second));
    let imports: BTreeSet<&str> = imports(&one).into_iter().chain(imports(&two)).collect();
    let names: BTreeSet<&str> = declared(&two);
    let other = two.nodes().into_iter().filter(|node| {
        matches!(node.kind(), "identifier" | "type_identifier" | "field_identifier")
            && names.contains(two.text_of(*node))
    });
    let suffix = format!("S{mark}");
    let mut renamed = String::new();
    let mut from = 0;
    for node in other {
        renamed.push_str(second.get(from..node.end_byte())?);
        renamed.push_str(&suffix);
        from = node.end_byte();
    }
    renamed.push_str(second.get(from..)?);
    let list = imports.into_iter().collect::<Vec<_>>().join("\n\t");
    Some(format!("package p\n\nimport (\n\t{list}\n)\n{}\n{}", declarations(first)?, declarations(&renamed)?))
}

fn imports<'t>(syntax: &Syntax<'t>) -> Vec<&'t str> {
    syntax.of_kinds(&["import_spec"]).into_iter().map(|spec| syntax.text_of(spec)).collect()
}

/// The names at package level, methods included.
fn declared<'t>(syntax: &Syntax<'t>) -> BTreeSet<&'t str> {
    let kinds = ["function_declaration", "method_declaration", "type_spec", "var_spec", "const_spec"];
    let top = |node: &Node<'_>| std::iter::successors(node.parent(), Node::parent).count() <= 3;
    let named = syntax.of_kinds(&kinds).into_iter().filter(top);
    named.filter_map(|node| node.child_by_field_name("name")).map(|name| syntax.text_of(name)).collect()
}

/// What stands behind the package clause and the imports.
fn declarations(text: &str) -> Option<String> {
    let syntax = Syntax::of(text);
    let heads = syntax.of_kinds(&["package_clause", "import_declaration"]);
    let end = heads.iter().map(Node::end_byte).max()?;
    Some(text[end..].to_owned())
}
