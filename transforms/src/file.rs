//! What the later stages ask about one file.

use crate::facts::Facts;
use crate::flow::Flow;
use crate::lifetime::{Around, Ask};
use crate::parse::Tree;
use crate::scope::Scopes;
use crate::span::LineIndex;

/// One file, with what is around it.
#[derive(Clone, Copy)]
pub(crate) struct File<'a, 't> {
    pub(crate) tree: &'a Tree<'t>,
    pub(crate) lines: &'a LineIndex,
    pub(crate) scopes: &'a Scopes<'t>,
    pub(crate) flow: &'a Flow<'a, 't>,
    pub(crate) around: &'a Around<'a, 't>,
}

impl<'a, 't> File<'a, 't> {
    pub(crate) fn of(facts: &'a Facts<'t>, flow: &'a Flow<'a, 't>, around: &'a Around<'a, 't>) -> Self {
        File { tree: &facts.tree, lines: facts.tree.lines(), scopes: &facts.scopes, flow, around }
    }

    /// Answers questions about calls, types, and the variables that hold a resource.
    pub(crate) fn ask(&self) -> Ask<'a, 't> {
        Ask::new(self.tree, self.scopes, self.flow, self.around)
    }
}
