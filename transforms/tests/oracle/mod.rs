//! What the parser finds: the truth that the prefilter is held against. Shares no code with it.
//!
//! Only what parsed counts: a loop whose tree holds an error, or a cycle by `goto` in a function that holds one, is no
//! site. There the tree is a guess at what was meant, and the engine refuses the function.

use tree_sitter::{Node, Parser, TreeCursor};

/// One open function: how many loops without an error are open in it, and the offsets that matter for cycles by `goto`.
#[derive(Default)]
struct Function<'a> {
    damaged: bool,
    loops: usize,
    defers: Vec<usize>,
    labels: Vec<(usize, &'a [u8])>,
    gotos: Vec<(usize, &'a [u8])>,
}

impl Function<'_> {
    /// Whether a jump leads from behind a defer to a label before it.
    fn has_cycle(&self) -> bool {
        !self.damaged
            && self.gotos.iter().any(|(goto, target)| {
                self.labels.iter().any(|(label, name)| {
                    name == target && self.defers.iter().any(|defer| label <= defer && defer < goto)
                })
            })
    }
}

/// Whether the tree of `source` holds a defer inside a loop of its own function, loops by `goto` included.
pub(crate) fn has_site(source: &[u8]) -> bool {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).expect("the grammar fits the library");
    let tree = parser.parse(source, None).expect("no time limit is set");
    walk(&mut tree.walk(), source)
}

/// Goes over the tree without recursion: trees may be deeper than the stack.
fn walk(cursor: &mut TreeCursor<'_>, source: &[u8]) -> bool {
    let mut functions = vec![Function::default()];
    loop {
        if enter(cursor.node(), source, &mut functions) {
            return true;
        }
        if cursor.goto_first_child() {
            continue;
        }
        loop {
            if leave(cursor.node(), &mut functions) {
                return true;
            }
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return functions.iter().any(Function::has_cycle);
            }
        }
    }
}

/// Takes in a node before its children. True if it is a defer in a loop.
fn enter<'a>(node: Node<'_>, source: &'a [u8], functions: &mut Vec<Function<'a>>) -> bool {
    if is_function(node) {
        functions.push(Function { damaged: node.has_error(), ..Function::default() });
    }
    let function = functions.last_mut().expect("the file's own entry stays");
    match node.kind() {
        "for_statement" if !node.has_error() => function.loops += 1,
        "labeled_statement" => function.labels.extend(label(node, source)),
        "goto_statement" => function.gotos.extend(label(node, source)),
        "defer_statement" => {
            function.defers.push(node.start_byte());
            return function.loops > 0;
        }
        _ => {}
    }
    false
}

/// Takes in a node after its children. True if it is a function with a cycle across a defer.
fn leave(node: Node<'_>, functions: &mut Vec<Function<'_>>) -> bool {
    if is_function(node) {
        return functions.pop().is_some_and(|function| function.has_cycle());
    }
    if node.kind() == "for_statement" && !node.has_error() {
        functions.last_mut().expect("the file's own entry stays").loops -= 1;
    }
    false
}

fn is_function(node: Node<'_>) -> bool {
    matches!(node.kind(), "function_declaration" | "method_declaration" | "func_literal")
}

/// Where the statement begins, and the name it declares or jumps to.
fn label<'a>(node: Node<'_>, source: &'a [u8]) -> Option<(usize, &'a [u8])> {
    let name = (0..node.named_child_count() as u32)
        .filter_map(|index| node.named_child(index))
        .find(|child| child.kind() == "label_name")?;
    Some((node.start_byte(), &source[name.byte_range()]))
}
