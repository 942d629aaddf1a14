//! Fresh names: what generated code may call its own.

use crate::parse::{NodeId, Tree};
use crate::scope::Scopes;

/// The names that a function mentions anywhere, labels and fields included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken<'a, 't> {
    tree: &'a Tree<'t>,
    scopes: &'a Scopes<'t>,
    function: NodeId,
}

impl<'a, 't> Taken<'a, 't> {
    /// Every word in the subtree of `function`.
    pub(crate) fn by(tree: &'a Tree<'t>, scopes: &'a Scopes<'t>, function: NodeId) -> Self {
        Self { tree, scopes, function }
    }

    /// Whether nothing is called `name`.
    pub(crate) fn is_free(&self, name: &str) -> bool {
        !self.scopes.writes(self.tree, self.function, name)
    }

    /// The first free one of `wishes`, else the last with the first number that makes it free.
    pub(crate) fn fresh(&self, wishes: &[&str]) -> String {
        self.besides(&[], wishes)
    }

    /// As `fresh`, and none of `others`.
    pub(crate) fn besides(&self, others: &[String], wishes: &[&str]) -> String {
        let is_free = |name: &String| self.is_free(name) && !others.contains(name);
        let last = wishes.last().map_or("", |wish| *wish);
        let numbered = (2..).map(|number: usize| format!("{last}{number}"));
        let mut names = wishes.iter().map(|wish| (*wish).to_owned()).chain(numbered);
        names.find(is_free).unwrap_or_else(|| last.to_owned())
    }
}
