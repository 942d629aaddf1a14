//! What the text of one file says, gathered once: syntax tree, scopes and nesting.

use crate::flow::{Flow, Nest};
use crate::parse::{Field, Kind, Means, NodeId, Tree};
use crate::scope::Scopes;

/// The facts about one text. They own what is lent to the stages.
#[derive(Debug)]
pub(crate) struct Facts<'t> {
    pub(crate) tree: Tree<'t>,
    pub(crate) scopes: Scopes<'t>,
    pub(crate) nest: Nest,
}

impl<'t> Facts<'t> {
    /// Gathers the facts about a parsed text of which no other file is known.
    pub(crate) fn of(tree: Tree<'t>) -> Facts<'t> {
        Facts::among(tree, &[], |_, _| false)
    }

    /// The same where other files of the package declare these predeclared names. `is_function`: whether the package with an
    /// import path, or that of the text, declares a function of a name in another file.
    pub(crate) fn among(
        mut tree: Tree<'t>,
        elsewhere: &[&'static str],
        is_function: impl Fn(Option<&str>, &str) -> bool,
    ) -> Facts<'t> {
        let mut scopes = Scopes::resolve(&tree, elsewhere);
        let means = |tree: &Tree<'t>, name| match (scopes.means(name), generic_named(tree, &scopes, name)) {
            (Means::Unknown | Means::Package, Some((package, of))) if is_function(package, of) => {
                Means::Function
            }
            (told, _) => told,
        };
        if tree.settle(means) {
            scopes = Scopes::resolve(&tree, elsewhere);
        }
        let nest = Nest::of(&tree);
        Facts { tree, scopes, nest }
    }

    /// The flow questions about the text.
    pub(crate) fn flow(&self) -> Flow<'_, 't> {
        Flow::new(&self.tree, &self.scopes, &self.nest)
    }
}

/// The package and the name of what stands with its type arguments, which begins with a name; no package for that of the text.
fn generic_named<'t>(
    tree: &Tree<'t>,
    scopes: &Scopes<'t>,
    name: NodeId,
) -> Option<(Option<&'t str>, &'t str)> {
    let up = tree.parent(name)?;
    match tree.kind(up) {
        Kind::GenericType => Some((None, tree.text_of(name))),
        Kind::QualifiedType => {
            let is_generic = tree.parent(up).is_some_and(|up| tree.kind(up) == Kind::GenericType);
            let of = tree.child(up, Field::Name).filter(|_| is_generic)?;
            Some((Some(scopes.import_path(name)?), tree.text_of(of)))
        }
        _ => None,
    }
}
