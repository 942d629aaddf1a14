//! Fresh names: what generated code may call its own.

use std::collections::HashSet;

use crate::parse::{Kind, NodeId, Tree};

/// The names that a function mentions anywhere, labels and fields included.
#[derive(Debug)]
pub(crate) struct Taken<'t> {
    names: HashSet<&'t str>,
}

impl<'t> Taken<'t> {
    /// Every word in the subtree of `node`.
    pub(crate) fn by(tree: &Tree<'t>, node: NodeId) -> Taken<'t> {
        let word = |&id: &NodeId| {
            tree.kind(id).is_name() || matches!(tree.kind(id), Kind::LabelName | Kind::FieldIdentifier)
        };
        Taken { names: tree.subtree(node).filter(word).map(|id| tree.text_of(id)).collect() }
    }

    /// Whether nothing is called `name`.
    pub(crate) fn is_free(&self, name: &str) -> bool {
        !self.names.contains(name)
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
