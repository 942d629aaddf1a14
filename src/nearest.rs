//! Which known word was probably meant by one that is not known.

/// The known word that is most like `word`, if one is like it: it begins with `word`, or at most half of the letters differ.
/// Case makes no difference. Of equals the first is taken.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let likeness = |known: &str| {
        let known = known.to_lowercase();
        (word.is_empty() || !known.starts_with(&word), edit_distance(&word, &known))
    };
    let nearest =
        known.into_iter().map(|known| (likeness(known), known)).min_by_key(|(likeness, _)| *likeness);
    let ((is_other_word, distance), nearest) = nearest?;
    (!is_other_word || distance * 2 <= word.chars().count()).then_some(nearest)
}

/// `; did you mean …?` for the end of a message, or nothing.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |known| format!("; did you mean `{known}`?"))
}

/// How many letters must be changed, added or dropped to make one word of the other.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for at in 0..to.len() {
            let replaced = diagonal + usize::from(letter != to[at]);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_answered_and_another_word_is_not() {
        let known = ["select", "ignore", "tests", "fail-on"];
        for (word, meant) in [
            ("selct", Some("select")),
            ("Fail_On", Some("fail-on")),
            ("ig", Some("ignore")),
            ("test", Some("tests")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(suggestion("tets", known), "; did you mean `tests`?");
        assert_eq!(suggestion("tets", []), "");
    }
}
