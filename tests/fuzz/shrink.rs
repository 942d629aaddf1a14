//! Makes a text that shows a problem small, so that a person can read it.

use crate::judge::Judge;
use crate::mutant::Mutant;
use crate::properties::{Problem, check};

/// The mutant without the lines that the problem does not need; nothing where the problem does not show again.
pub(crate) fn shrink(mutant: &Mutant, property: &str, judge: &mut Judge) -> Option<(String, Problem)> {
    let mut shows = |text: &str| {
        let outcome = check(text, mutant.go, judge);
        outcome.problems.into_iter().find(|problem| problem.property == property)
    };
    let mut found = shows(&mutant.text)?;
    let mut lines: Vec<&str> = mutant.text.split_inclusive('\n').collect();
    let mut size = lines.len().next_power_of_two();
    while size > 0 {
        let mut at = 0;
        let mut smaller = false;
        while at < lines.len() {
            let rest: Vec<&str> = [&lines[..at], &lines[(at + size).min(lines.len())..]].concat();
            if let Some(problem) = shows(&rest.concat()) {
                (lines, found, smaller) = (rest, problem, true);
            } else {
                at += size;
            }
        }
        size = if smaller && size == 1 { 1 } else { size / 2 };
    }
    Some((lines.concat(), found))
}
