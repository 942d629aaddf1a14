//! One program of a run: which seed it comes from, and what was done to it.

use undefer_transforms::GoVersion;

use crate::grow::GROWTHS;
use crate::judge::Judge;
use crate::random::Random;
use crate::splice::splice;
use crate::syntax::Syntax;
use crate::tokens::{CHAOS, LAYOUT};

/// Mutations stop where a text becomes longer than this.
const LONGEST: usize = 20_000;

/// A text to try, and the language version to try it with.
#[derive(Clone, Debug)]
pub(crate) struct Mutant {
    pub(crate) text: String,
    pub(crate) go: GoVersion,
}

impl Mutant {
    /// Program `index` of the run `seed`.
    pub(crate) fn make(seeds: &[String], seed: u64, index: u64, judge: &mut Judge) -> Self {
        let mut random = Random::of(seed, index);
        let pick = |random: &mut Random| random.pick(seeds).cloned().unwrap_or_default();
        let mut text = pick(&mut random);
        if random.chance(15) {
            text = splice(&text, &pick(&mut random), 1).unwrap_or(text);
        }
        for mark in 0..random.below(6) {
            text = grown(&mut random, text, mark, judge);
        }
        if random.chance(30)
            && let Some(formatted) = judge.ask(&text).formatted
        {
            text = formatted;
        }
        for (mutations, percent) in [(LAYOUT, 40), (CHAOS, 25)] {
            let times = if random.chance(percent) { 1 + random.below(4) } else { 0 };
            for mark in 0..times {
                let mutation = mutations[random.below(mutations.len())];
                text = mutation(&mut random, &text, mark).unwrap_or(text);
            }
        }
        let go = if random.chance(85) { GoVersion::NEWEST } else { GoVersion(21) };
        Self { text, go }
    }
}

/// One growth; one that stops a program from compiling is mostly taken back, so that the next ones have a chance.
fn grown(random: &mut Random, text: String, mark: usize, judge: &mut Judge) -> String {
    for _ in 0..3 {
        let growth = GROWTHS[random.below(GROWTHS.len())];
        let Some(new) = growth(random, &Syntax::of(&text), mark).filter(|new| new.len() < LONGEST) else {
            continue;
        };
        if random.chance(10) || judge.ask(&new).error.is_none() {
            return new;
        }
    }
    text
}
