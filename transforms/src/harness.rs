//! Which parameter of a test or benchmark is in scope at a place: what `t.Cleanup` and `t.Run` could be called on.

use crate::facts::Facts;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::rules::Rules;
use crate::scan::focus::focus;
use crate::scope::{Declares, Scopes};
use crate::span::Span;

/// The types of package testing whose values run sub-tests.
const TYPES: [&str; 2] = ["T", "B"];

/// For each span of `source`, the name of the nearest parameter of type `*testing.T` or `*testing.B` that is in scope where
/// the span begins; nothing where there is none, or where the loop around that place does not range over a table, which is
/// anything but a number: `b.N`, a literal. Spans are bytes of the text; one outside of it gets nothing.
pub fn test_parameters(source: &str, spans: &[Span]) -> Vec<Option<String>> {
    let Some(tree) = Tree::parse_from(source, focus(source, Rules::default_on()), None) else {
        return vec![None; spans.len()];
    };
    let facts = Facts::of(tree);
    spans.iter().map(|span| parameter(&facts.tree, &facts.scopes, span.start)).collect()
}

fn parameter(tree: &Tree<'_>, scopes: &Scopes<'_>, offset: usize) -> Option<String> {
    let defer = tree.all().find(|&id| tree.kind(id) == Kind::Defer && tree.start(id) == offset)?;
    let around = tree.ancestors(defer).take_while(|&id| !tree.kind(id).is_function());
    if !around.into_iter().find(|&id| tree.kind(id) == Kind::For).is_some_and(|id| is_over_table(tree, id)) {
        return None;
    }
    let functions = tree.ancestors(defer).filter(|&id| tree.kind(id).is_function());
    functions.into_iter().find_map(|function| {
        let parameters = tree.child(function, Field::Parameters)?;
        let declarations =
            tree.children(parameters).filter(|&id| tree.kind(id) == Kind::ParameterDeclaration);
        declarations.into_iter().find_map(|declaration| {
            let names = tree.children(declaration).filter(|&id| tree.field(id) == Field::Name);
            let runs = tree.child(declaration, Field::Type).is_some_and(|of| is_harness(tree, scopes, of));
            let mut visible =
                names.into_iter().filter(|&name| runs && is_visible(tree, scopes, name, offset));
            visible.next().map(|name| tree.text_of(name).to_owned())
        })
    })
}

fn is_over_table(tree: &Tree<'_>, iteration: NodeId) -> bool {
    let clause = tree.child_of_kind(iteration, Kind::RangeClause);
    let table = clause.and_then(|clause| tree.child(clause, Field::Right));
    table.is_some_and(|table| match tree.kind(table) {
        Kind::IntLiteral => false,
        Kind::Selector => tree.child(table, Field::Selected).is_none_or(|name| tree.text_of(name) != "N"),
        _ => true,
    })
}

/// `*testing.T` and its like, whatever the file calls the package.
fn is_harness(tree: &Tree<'_>, scopes: &Scopes<'_>, of: NodeId) -> bool {
    let pointed = (tree.kind(of) == Kind::PointerType).then(|| tree.named(of).next()).flatten();
    pointed.filter(|&id| tree.kind(id) == Kind::QualifiedType).is_some_and(|qualified| {
        let mut parts = tree.named(qualified);
        let (package, name) = (parts.next(), parts.next());
        package.is_some_and(|package| scopes.import_path(package) == Some("testing"))
            && name.is_some_and(|name| TYPES.contains(&tree.text_of(name)))
    })
}

/// Whether the name still means the parameter at `offset`.
fn is_visible(tree: &Tree<'_>, scopes: &Scopes<'_>, name: NodeId, offset: usize) -> bool {
    let word = tree.text_of(name);
    word != "_"
        && scopes.lookup(tree, word, offset).is_some_and(|id| {
            let binding = scopes.get(id);
            binding.declares == Declares::Parameter && binding.at == name
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parameter for the one defer of a file with these declarations.
    fn found(declarations: &str) -> Option<String> {
        let text = format!("package p\n\nimport \"testing\"\n\n{declarations}\n");
        let at = text.find("defer").expect("there is one");
        test_parameters(&text, &[Span::new(at, at + 5)]).remove(0)
    }

    #[test]
    fn a_parameter_counts_where_it_can_be_called_and_the_loop_is_over_a_table() {
        for (declarations, name) in [
            ("func TestX(t *testing.T) {\n\tfor _, c := range cases {\n\t\tdefer c()\n\t}\n}", Some("t")),
            (
                "func check(n int, tt *testing.T, fs []func()) {\n\tfor _, f := range fs {\n\t\tdefer f()\n\t}\n}",
                Some("tt"),
            ),
            (
                "func BenchmarkX(b *testing.B) {\n\tfor _, c := range cases {\n\t\tdefer c()\n\t}\n}",
                Some("b"),
            ),
            (
                "func TestX(t *testing.T) {\n\tt.Run(\"\", func(u *testing.T) {\n\t\tfor _, c := range cases {\n\t\t\tdefer c()\n\t\t}\n\t})\n}",
                Some("u"),
            ),
            (
                "func TestX(t *testing.T) {\n\tgo func(n int) {\n\t\tfor _, c := range cases {\n\t\t\tdefer c()\n\t\t}\n\t}(1)\n}",
                Some("t"),
            ),
            ("func TestX(t *testing.T) {\n\tfor _, t := range cases {\n\t\tdefer t()\n\t}\n}", None),
            ("func TestX(_ *testing.T) {\n\tfor _, c := range cases {\n\t\tdefer c()\n\t}\n}", None),
            ("func TestX(t testing.TB) {\n\tfor _, c := range cases {\n\t\tdefer c()\n\t}\n}", None),
            ("func TestX(t *other.T) {\n\tfor _, c := range cases {\n\t\tdefer c()\n\t}\n}", None),
            ("func check(c func()) {\n\tfor range cases {\n\t\tdefer c()\n\t}\n}", None),
            ("func BenchmarkX(b *testing.B) {\n\tfor range b.N {\n\t\tdefer c()\n\t}\n}", None),
            ("func BenchmarkX(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tdefer c()\n\t}\n}", None),
            ("func TestX(t *testing.T) {\n\tfor range 3 {\n\t\tdefer c()\n\t}\n}", None),
        ] {
            assert_eq!(found(declarations).as_deref(), name, "{declarations}");
        }
    }

    #[test]
    fn the_package_may_have_another_name_here_and_spans_may_be_wrong() {
        let text = "package p\n\nimport unit \"testing\"\n\nfunc TestX(t *unit.T) {\n\tfor range cases {\n\t\tdefer f()\n\t}\n}\n";
        let at = text.find("defer").expect("there is one");
        let spans = [at, 0, 9999].map(|at| Span::new(at, at + 5));
        assert_eq!(test_parameters(text, &spans), [Some("t".to_owned()), None, None]);
        assert_eq!(test_parameters("", &spans), [None, None, None]);
    }
}
