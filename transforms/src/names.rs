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

/// Fresh names that were given to functions one after the other, before any text changed.
#[derive(Debug, Default)]
pub(crate) struct Given(Vec<(NodeId, String)>);

impl Given {
    /// A name that nothing in `taken`'s function has, and that it has not been given before: `wish`, if need be with a number.
    pub(crate) fn name(&mut self, taken: Taken<'_, '_>, wish: &str) -> String {
        let own = self.0.iter().filter(|(function, _)| *function == taken.function);
        let others: Vec<String> = own.map(|(_, name)| name.clone()).collect();
        let name = taken.besides(&others, &[wish]);
        self.0.push((taken.function, name.clone()));
        name
    }
}

/// A name for something that generated code declares at package level: `wish`, if need be with the name of the file in front
/// or a number behind. No file of the folder holds the word, `text` (the file under analysis) included, so that nothing can mean
/// it, under no build constraint and in no test. Files are rewritten without looking at what others become; so where another
/// one may come to wish for the same, which takes a site and one of `words`, the name of the file tells the two apart. Nothing
/// where it does not.
pub(crate) fn package_level(text: &str, world: &World<'_>, wish: &str, words: &[&str]) -> Option<String> {
    let own = world.file_name().unwrap_or_default();
    let others = |files: Vec<String>| files.into_iter().filter(|file| file != own).collect::<Vec<_>>();
    let rivals = words.iter().flat_map(|word| others(world.mentioning(&[word])));
    let base = if rivals.into_iter().any(|rival| world.may_hold_site(&rival)) {
        let stem = stem_of(own);
        if others(world.mentioning(&[])).iter().any(|file| stem_of(file) == stem) {
            return None;
        }
        format!("{stem}{}", capitalized(wish))
    } else {
        wish.to_owned()
    };
    let mut names = std::iter::once(base.clone()).chain(numbered(&base));
    names.find(|name| is_free(text, world, name))
}

/// A name at package level that is none of `others`: `name`, which is free, or it with another number that is free too.
pub(crate) fn besides(text: &str, world: &World<'_>, name: &str, others: &[String]) -> String {
    let base = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let numbered = numbered(base).filter(|name| is_free(text, world, name));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !others.contains(name)).unwrap_or_else(|| name.to_owned())
}

/// Whether no file of the folder holds the word, `text` included.
fn is_free(text: &str, world: &World<'_>, name: &str) -> bool {
    !has_word(text, name) && world.mentioning(&[name]).is_empty()
}

fn numbered(base: &str) -> impl Iterator<Item = String> {
    (2..).map(move |number: usize| format!("{base}{number}"))
}

/// The name of a file as the beginning of a Go name: `read_all.go` is `readAll`.
fn stem_of(file: &str) -> String {
    let stem = file.strip_suffix(".go").unwrap_or(file);
    let parts = stem.split(|one: char| !one.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let mut name: String = parts
        .enumerate()
        .map(|(index, part)| if index == 0 { part.to_lowercase() } else { capitalized(part) })
        .collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "file");
    }
    name
}

/// The word with a capital letter.
pub(crate) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_the_beginning_of_a_name() {
        let stems = ["a.go", "read_all_test.go", "x-y.z.go", "2fa.go", "Up.go", ""].map(stem_of);
        assert_eq!(stems, ["a", "readAllTest", "xYZ", "file2fa", "up", ""]);
    }
}
