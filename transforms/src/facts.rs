//! What the text of one file says, gathered once: syntax tree, scopes and nesting.

use crate::flow::{Flow, Nest};
use crate::parse::Tree;
use crate::scope::Scopes;

/// The facts about one text. They own what is lent to the stages.
#[derive(Debug)]
pub(crate) struct Facts<'t> {
    pub(crate) tree: Tree<'t>,
    pub(crate) scopes: Scopes<'t>,
    pub(crate) nest: Nest,
}

impl<'t> Facts<'t> {
    /// Gathers the facts about a parsed text in whose package no other file gives a name of the language another meaning.
    pub(crate) fn of(tree: Tree<'t>) -> Facts<'t> {
        Facts::among(tree, &[])
    }

    /// The same where other files of the package declare these predeclared names.
    pub(crate) fn among(mut tree: Tree<'t>, elsewhere: &[&'static str]) -> Facts<'t> {
        let mut scopes = Scopes::resolve(&tree, elsewhere);
        if tree.settle(|name| scopes.means(name)) {
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
