//! How deep groups of defers stand inside one another.

use crate::parse::{NodeId, Tree};
use crate::region::Group;

/// How many groups inside one another are rewritten: each level is a round over the whole text.
pub(super) const MOST_LEVELS: usize = 16;

/// How many groups stand inside one another. Groups come in reverse source order, inner before outer.
#[derive(Default)]
pub(super) struct Levels {
    /// Groups that no later one has been found to hold, with their heights.
    open: Vec<(NodeId, usize)>,
}

impl Levels {
    /// The height of a group: 1 where its loop holds no other group's loop.
    pub(super) fn above(&mut self, tree: &Tree<'_>, group: &Group) -> usize {
        let mut height = 0;
        while let Some(&(inner, below)) = self.open.last()
            && tree.within(inner, group.iteration)
        {
            height = height.max(below);
            self.open.pop();
        }
        self.open.push((group.iteration, height + 1));
        height + 1
    }
}
