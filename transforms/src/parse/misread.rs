//! Where the grammar takes one thing for another.
//!
//! A block for a composite literal: that is marked as damage, so that nothing is built on it. Go decides by the place (spec,
//! "Composite literals"): in the header of an `if`, `for` or `switch` a brace behind the name of a type opens the block, unless
//! brackets stand around it. The grammar tries both, and where another block follows, as in `if x == p.Y { f() }` with a bare
//! block on the next line, it takes the first one for a literal and the second one for the body.
//!
//! A value for a type: since Go 1.26 `new(x)` makes a pointer to a copy of the value `x`, and only what `x` means tells.
//!
//! A call for a conversion: `hooks[name](x)` and `keep[int](x)` look like a conversion to a generic type.

use super::{Field, Kind, Node};

/// How far up a header is looked for. What stands deeper counts as damage.
const DEEPEST: usize = 1000;

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

/// The arguments of calls that were read as types and may be values, as `x`, `a.x`, `*x` and `(x)` in `new(x)`, each with the
/// name that tells.
pub(super) fn types_or_values(nodes: &[Node]) -> Vec<(usize, usize)> {
    let may_be =
        [Kind::TypeIdentifier, Kind::QualifiedType, Kind::PointerType, Kind::GenericType, Kind::Other];
    let in_call = |node: &Node| nodes[node.parent as usize].kind == Kind::ArgumentList;
    let arguments = nodes.iter().enumerate().filter(|(_, node)| may_be.contains(&node.kind) && in_call(node));
    let named = arguments.filter_map(|(index, node)| {
        let inside = index..node.last as usize;
        let mut names = inside.filter(|&at| nodes[at].kind != Kind::Token && nodes[at].kind != Kind::Comment);
        let name = names.find(|&at| matches!(nodes[at].kind, Kind::TypeIdentifier | Kind::PackageIdentifier));
        name.map(|name| (index, name))
    });
    named.collect()
}

/// Makes a value of what was read as a type at `index`; damage where it cannot be told which value it is.
pub(super) fn retype(nodes: &mut [Node], index: usize) {
    let mut at = index;
    loop {
        let first = at + 1;
        match nodes[at].kind {
            Kind::TypeIdentifier => {
                nodes[at].kind = Kind::Identifier;
                return;
            }
            Kind::QualifiedType => {
                let last = nodes[at].last as usize - 1;
                (nodes[first].kind, nodes[first].field) = (Kind::Identifier, Field::Operand);
                (nodes[last].kind, nodes[last].field) = (Kind::FieldIdentifier, Field::Selected);
                nodes[at].kind = Kind::Selector;
                return;
            }
            // A star or a parenthesis, and what stands behind it.
            kind @ (Kind::PointerType | Kind::Other)
                if nodes.get(first + 1).is_some_and(|next| next.parent as usize == at) =>
            {
                if kind == Kind::PointerType {
                    (nodes[at].kind, nodes[first].field) = (Kind::Unary, Field::Operator);
                    nodes[first + 1].field = Field::Operand;
                } else {
                    nodes[at].kind = Kind::Parenthesized;
                }
                at = first + 1;
            }
            _ => {
                nodes[at].kind = Kind::Error;
                return;
            }
        }
    }
}

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    Value,
    Function,
    Type,
    Package,
    /// The file does not declare it.
    Unknown,
}

/// A call that was read as a conversion.
#[derive(Clone, Copy, Debug)]
pub(super) struct Called {
    conversion: usize,
    /// A function with its type arguments is called, not an element.
    is_instance: bool,
}

/// Whether several variables are given what an expression gives, as no conversion does: `v, err := decode[T](r)`.
fn gives_several(nodes: &[Node], expression: usize) -> bool {
    let list = nodes[expression].parent as usize;
    let owner = nodes[list].parent as usize;
    let operands = |list: usize| {
        let inside = list + 1..nodes[list].last as usize;
        let is_one = |&at: &usize| {
            nodes[at].parent as usize == list && !matches!(nodes[at].kind, Kind::Token | Kind::Comment)
        };
        inside.filter(is_one).count()
    };
    nodes[list].kind == Kind::ExpressionList
        && nodes[list].field == Field::Right
        && matches!(nodes[owner].kind, Kind::ShortVar | Kind::Assignment)
        && operands(list) == 1
        && (owner + 1..list).any(|left| {
            nodes[left].parent as usize == owner && nodes[left].field == Field::Left && operands(left) > 1
        })
}

/// The conversions that are calls: those of a name that means no type, and those that stand where no conversion can: as statements
/// (spec, "Expression statements", "Defer statements"), or as what several variables are given (spec, "Assignment statements").
pub(super) fn calls(nodes: &[Node], means: impl Fn(usize) -> Means) -> Vec<Called> {
    let all = (0..nodes.len()).filter(|&index| nodes[index].kind == Kind::TypeConversion);
    all.filter_map(|conversion| {
        let generic = conversion + 1;
        let name = generic + 1;
        if nodes.get(generic)?.kind != Kind::GenericType {
            return None;
        }
        let is_qualified = nodes[name].kind == Kind::QualifiedType;
        let told = means(if is_qualified { name + 1 } else { name });
        let parent = nodes[nodes[conversion].parent as usize].kind;
        let is_statement = matches!(parent, Kind::Defer | Kind::Go | Kind::ExpressionStatement)
            || gives_several(nodes, conversion);
        let arguments = nodes[name].last as usize;
        let inside = arguments + 1..nodes[arguments].last as usize;
        if inside.clone().any(|at| nodes[at].kind == Kind::Comment) {
            return None;
        }
        let several = inside.clone().filter(|&at| nodes[at].parent as usize == arguments).count() > 3;
        let values = || inside.clone().any(|at| means(at) == Means::Value);
        match told {
            Means::Value => Some(Called { conversion, is_instance: several }),
            Means::Function => Some(Called { conversion, is_instance: true }),
            // Of another package it may be a type, of this one too where another file declares it.
            _ if is_statement => Some(Called { conversion, is_instance: several || !values() }),
            _ => None,
        }
    })
    .collect()
}

/// Makes a call of what was read as a conversion. There are as many nodes as before: that of the arguments takes the place of the
/// one that goes, of the generic type or of the list of its arguments.
pub(super) fn as_call(nodes: &mut [Node], Called { conversion, is_instance }: Called) {
    let generic = conversion + 1;
    let end = nodes[generic].last as usize;
    let types = nodes[generic + 1].last as usize;
    let (gone, heir) = if is_instance { (generic, conversion) } else { (types, generic) };
    let arguments = end - 1;
    for at in gone..arguments {
        let mut node = nodes[at + 1];
        node.parent = if node.parent as usize == gone {
            heir as u32
        } else {
            node.parent - u32::from(node.parent as usize > gone)
        };
        node.last -= 1;
        nodes[at] = node;
    }
    let (whole, open) = (nodes[conversion], nodes[end]);
    nodes[arguments] = Node {
        kind: Kind::ArgumentList,
        field: Field::Arguments,
        missing: false,
        start: open.start,
        end: whole.end,
        parent: conversion as u32,
        last: whole.last,
    };
    for node in &mut nodes[end..whole.last as usize] {
        if node.parent as usize == conversion {
            (node.parent, node.field) = (arguments as u32, Field::Other);
        }
    }
    nodes[conversion].kind = Kind::Call;
    if is_instance {
        nodes[generic].field = Field::Function;
        retype(nodes, generic);
        return;
    }
    (nodes[generic].kind, nodes[generic].field) = (Kind::Index, Field::Function);
    nodes[generic].last -= 1;
    nodes[generic + 1].field = Field::Operand;
    retype(nodes, generic + 1);
    // What the grammar has around each type stands where brackets could.
    let key = types + 1;
    (nodes[key].kind, nodes[key].field) = (Kind::Parenthesized, Field::Index);
    retype(nodes, key + 1);
}

/// Whether a node stands in a header without brackets around it.
fn is_bare(nodes: &[Node], index: usize) -> bool {
    let mut at = index;
    for _ in 0..DEEPEST {
        if at == 0 {
            return false;
        }
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
    true
}

#[cfg(test)]
mod tests {
    use super::super::{NodeId, Tree, parse_by_grammar};
    use super::*;

    /// The kinds of the nodes of `new(ARGUMENT)` below its list, if what it names is a value.
    fn retyped(argument: &str) -> Vec<Kind> {
        let text = format!("package p\n\nfunc f() {{\n\tg(new({argument}))\n}}\n");
        let mut tree = Tree::parse(&text).expect("it is read");
        tree.settle(|_, _| Means::Value);
        let new = tree.all().filter(|&id| tree.kind(id) == Kind::ArgumentList).nth(1).expect("a call");
        tree.subtree(new).skip(1).map(|id| tree.kind(id)).filter(|&kind| kind != Kind::Token).collect()
    }

    #[test]
    fn a_type_becomes_the_value_that_it_is() {
        assert_eq!(retyped("x"), [Kind::Identifier]);
        assert_eq!(retyped("a.x"), [Kind::Selector, Kind::Identifier, Kind::FieldIdentifier]);
        assert_eq!(retyped("*x"), [Kind::Unary, Kind::Identifier]);
        assert_eq!(retyped("(**x)"), [Kind::Parenthesized, Kind::Unary, Kind::Unary, Kind::Identifier]);
        assert_eq!(retyped("a[i]")[0], Kind::Error);
        assert_eq!(retyped("[]T"), [Kind::SliceType, Kind::TypeIdentifier]);
        assert_eq!(retyped("f(x)")[0], Kind::Call);
    }

    /// The kinds of the nodes of a call with one argument, where what its name means is known, and how they are nested.
    fn called(call: &str, means: Means) -> (String, Vec<Kind>) {
        let text = format!("package p\n\nfunc f() {{\n\tx := {call}\n}}\n");
        let mut tree = Tree::parse(&text).expect("it is read");
        tree.settle(|_, _| means);
        let call = tree.all().find(|&id| tree.kind(id) == Kind::Call).expect("a call");
        let whole = |id: &NodeId| tree.within(*id, tree.parent(*id).expect("it has one"));
        assert!(tree.subtree(call).skip(1).all(|id| whole(&id)));
        let arguments = tree.child(call, Field::Arguments).map(|list| tree.text_of(list).to_owned());
        let function = tree.child(call, Field::Function).expect("a function");
        (arguments.expect("a list"), tree.subtree(function).map(|id| tree.kind(id)).collect())
    }

    #[test]
    fn a_conversion_becomes_the_call_that_it_is() {
        let of_index =
            [Kind::Index, Kind::Identifier, Kind::Token, Kind::Parenthesized, Kind::Identifier, Kind::Token];
        assert_eq!(called("g[n](a)", Means::Value), ("(a)".to_owned(), of_index.to_vec()));
        assert_eq!(called("g[n](h(a, b),)", Means::Value), ("(h(a, b),)".to_owned(), of_index.to_vec()));
        assert_eq!(called("g[n](a)", Means::Function), ("(a)".to_owned(), vec![Kind::Identifier]));
        assert_eq!(called("g[int, n](a)", Means::Value), ("(a)".to_owned(), vec![Kind::Identifier]));
        assert_eq!(called("s.g[n](a)", Means::Value).1[..2], [Kind::Index, Kind::Selector]);
    }

    #[test]
    fn a_conversion_to_a_type_stays_one() {
        let stays = |text: &str, means| {
            let mut tree = Tree::parse(text).expect("it is read");
            tree.settle(|_, _| means);
            tree.all().any(|id| tree.kind(id) == Kind::TypeConversion)
        };
        let value = "package p\n\nfunc f() {\n\tx := g[n](a)\n}\n";
        assert!(stays(value, Means::Type) && stays(value, Means::Unknown));
        assert!(!stays("package p\n\nfunc f() {\n\tx, err := g[n](a)\n}\n", Means::Unknown));
        assert!(stays("package p\n\nfunc f() {\n\tx, y := g[n](a), 1\n}\n", Means::Unknown));
        // No statement is a conversion (spec, "Expression statements", "Defer statements").
        for statement in ["defer g[n](a)", "go g[n](a)", "g[n](a)"] {
            assert!(!stays(&format!("package p\n\nfunc f() {{\n\t{statement}\n}}\n"), Means::Unknown));
        }
    }

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
