//! What the text of one file says, gathered once: syntax tree, scopes and nesting.

use crate::flow::{Flow, Nest};
use crate::parse::Tree;
use crate::scope::Scopes;
use crate::span::LineIndex;

/// The facts about one text. They own what is lent to the stages.
#[derive(Debug)]
pub(crate) struct Facts<'t> {
    pub(crate) tree: Tree<'t>,
    pub(crate) lines: LineIndex,
    pub(crate) scopes: Scopes<'t>,
    pub(crate) nest: Nest,
}

impl<'t> Facts<'t> {
    /// Gathers the facts about a parsed text.
    pub(crate) fn of(tree: Tree<'t>) -> Facts<'t> {
        let (scopes, nest) = (Scopes::resolve(&tree), Nest::of(&tree));
        Facts { lines: LineIndex::new(tree.text), tree, scopes, nest }
    }

    /// The flow questions about the text.
    pub(crate) fn flow(&self) -> Flow<'_, 't> {
        Flow::new(&self.tree, &self.scopes, &self.nest)
    }
}
