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
        let wish = wishes.iter().find(|wish| self.is_free(wish));
        wish.map_or_else(|| self.numbered(wishes[wishes.len() - 1]), |wish| (*wish).to_owned())
    }

    /// `base` with the first number from 2 that makes it free.
    fn numbered(&self, base: &str) -> String {
        let mut names = (2..).map(|number: usize| format!("{base}{number}"));
        names.find(|name| self.is_free(name)).unwrap_or_else(|| base.to_owned())
    }
}
