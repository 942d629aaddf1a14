//! Fresh names: what generated code may call its own.

use crate::library::has_word;
use crate::parse::{NodeId, Tree};
use crate::scope::Scopes;
use crate::world::World;

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

/// A name for something that generated code declares at package level: `wish`, or `wish` with a number. No file of the folder
/// holds the word, `text` (the file under analysis) included, so that nothing can mean it, under no build constraint and in no
/// test. Files are rewritten without looking at what others become; so each file with a defer that holds one of `words`, without
/// which no file would come to wish for the same, has numbers of its own.
pub(crate) fn package_level(text: &str, world: &World<'_>, wish: &str, words: &[&str]) -> String {
    let mut rivals: Vec<String> = words.iter().flat_map(|word| world.mentioning(&["defer", word])).collect();
    rivals.sort_unstable();
    rivals.dedup();
    let own = world.file_name().and_then(|name| rivals.iter().position(|rival| rival == name));
    let numbers = (own.unwrap_or(0) + 1..).step_by(rivals.len().max(1));
    let names = numbers.map(|number| if number == 1 { wish.to_owned() } else { format!("{wish}{number}") });
    let is_free = |name: &String| !has_word(text, name) && world.mentioning(&[name]).is_empty();
    names.into_iter().find(is_free).unwrap_or_else(|| wish.to_owned())
}
