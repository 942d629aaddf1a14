//! From an open bracket to the one that closes it, where no `defer` stands between them.
//!
//! Most of a file is in such brackets, and what is in them has no say in what the prefilter decides outside of them. Time is
//! linear: what lies in front of a `defer` is looked at once for all the brackets that open there.

use super::DEFER;
use super::tokens::{Bracket, Skim, Tokens, in_word};

/// What is known of the text ahead.
#[derive(Debug, Default)]
pub(super) struct Leaps {
    /// Offset of a `defer`, or of what may be read as one: there is none between this place and the last one that was asked about.
    next: usize,
    /// Where what is known ends.
    explored: usize,
    /// The offsets of the brackets that are open at `next`, innermost first.
    around: Vec<usize>,
    /// The brackets that are open during a search, with their offsets.
    open: Vec<(Bracket, usize)>,
}

impl Leaps {
    /// The latest token opens a bracket. If no `defer` stands in it, the next token will be the one that closes it. False if
    /// there is none, or if text comes first that no Go file holds.
    pub(super) fn leap(&mut self, tokens: &mut Tokens<'_>, bracket: Bracket) -> bool {
        let start = tokens.start();
        if start < self.explored {
            if self.around.last() == Some(&start) {
                self.around.pop();
                return true;
            }
        } else if self.next <= start {
            self.next = next_defer(tokens.source(), start);
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
                    self.next = next_defer(tokens.source(), tokens.position());
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
}

/// Offset of the first `defer` from an offset on that is a word, or that a parser could read as one which splits words
/// and numbers elsewhere than we do; the end of the text where there is none.
fn next_defer(source: &[u8], mut from: usize) -> usize {
    while let Some(found) = DEFER.find(&source[from..]) {
        let at = from + found;
        let before = source[from..at].iter().rev().take_while(|&&byte| in_word(byte)).count();
        let after = source[at..].iter().take_while(|&&byte| in_word(byte)).count();
        let word = &source[at - before..at + after];
        if word == b"defer" || !word.is_ascii() || word[0].is_ascii_digit() {
            return at;
        }
        from = at + after;
    }
    source.len()
}
