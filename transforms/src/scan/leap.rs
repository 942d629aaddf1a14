//! From an open bracket to the one that closes it, where nothing between them can make the file pass.
//!
//! Most of a file is in such brackets, and what is in them has no say in what the prefilter decides outside of them. In a loop
//! that is where no `defer` stands in them, elsewhere where none stands behind a `for` in them. Time is linear: what lies in
//! front of the `defer` is looked at no more than twice for all the brackets that open there.

use memchr::memmem::Finder;

use super::tokens::{Bracket, Skim, Tokens, in_word};
use super::{DEFER, FOR};

/// What is known of the text ahead, for the brackets that stand in a loop or for those that do not.
#[derive(Debug)]
pub(super) struct Leaps {
    /// Offset of the first `for` behind the last bracket that was asked about, or of what may be read as one. What stands in a
    /// loop needs none.
    looped: usize,
    /// Offset of a `defer` behind that, or of what may be read as one: there is none between this place and the last one that was
    /// asked about.
    next: usize,
    /// Where what is known ends.
    explored: usize,
    /// The offsets of the brackets that are open at `next`, innermost first.
    around: Vec<usize>,
    /// The brackets that are open during a search, with their offsets.
    open: Vec<(Bracket, usize)>,
}

impl Leaps {
    /// For brackets that stand in a loop.
    pub(super) fn in_loop() -> Leaps {
        Leaps { looped: usize::MAX, ..Leaps::outside() }
    }

    /// For brackets that do not.
    pub(super) fn outside() -> Leaps {
        Leaps { looped: 0, next: 0, explored: 0, around: Vec::new(), open: Vec::new() }
    }

    /// The latest token opens a bracket. If nothing in it can make the file pass, the next token will be the one that closes it.
    /// False if there is none, or if text comes first that no Go file holds.
    pub(super) fn leap(&mut self, tokens: &mut Tokens<'_>, bracket: Bracket) -> bool {
        let start = tokens.start();
        let known = self.next;
        self.seek(tokens.source(), start);
        if start < self.explored && self.next == known {
            while self.around.last().is_some_and(|&at| at < start) {
                self.around.pop();
            }
            if self.around.last() == Some(&start) {
                self.around.pop();
                return true;
            }
        }
        self.open.clear();
        self.open.push((bracket, start));
        loop {
            match tokens.skim(&mut self.open, self.next) {
                Skim::Damaged => return false,
                Skim::Closed => {
                    self.explored = self.explored.max(tokens.position());
                    return true;
                }
                Skim::Stopped if tokens.position() > self.next => {
                    self.next = next_word(&DEFER, tokens.source(), tokens.position());
                }
                Skim::Stopped => break,
            }
        }
        self.explored = self.next;
        self.around.clear();
        self.around.extend(self.open.iter().skip(1).rev().map(|&(_, at)| at));
        tokens.back_to(start);
        true
    }

    /// Looks for the next `defer` that counts in a bracket which opens at `start`, unless the one that is known still is it.
    fn seek(&mut self, source: &[u8], start: usize) {
        if self.looped < start {
            self.looped = next_word(&FOR, source, start);
            self.next = next_word(&DEFER, source, self.looped.max(start));
        } else if self.next <= start {
            self.next = next_word(&DEFER, source, start);
        }
    }
}

/// Offset of the first keyword from an offset on that is a word, or that a parser could read as one which splits words
/// and numbers elsewhere than we do; the end of the text where there is none.
fn next_word(keyword: &Finder<'_>, source: &[u8], mut from: usize) -> usize {
    while let Some(found) = keyword.find(&source[from..]) {
        let at = from + found;
        let before = source[from..at].iter().rev().take_while(|&&byte| in_word(byte)).count();
        let after = source[at..].iter().take_while(|&&byte| in_word(byte)).count();
        let word = &source[at - before..at + after];
        if word == keyword.needle() || !word.is_ascii() || word[0].is_ascii_digit() {
            return at;
        }
        from = at + after;
    }
    source.len()
}
