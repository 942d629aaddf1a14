//! `// want "verdict code"` markers: what a case says about the defers of a line.

/// What is said about one line: the words for each of its defers, from left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// The line, from 1.
    pub(crate) line: usize,
    /// One text for each defer.
    pub(crate) wants: Vec<String>,
}

const OPENER: &str = "// want \"";

/// Takes the markers out of a Go text: the tool must not see them.
pub(crate) fn strip(text: &str) -> (String, Vec<Marker>) {
    let mut markers = Vec::new();
    let mut bare = String::with_capacity(text.len());
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let Some(at) = line.find(OPENER) else {
            bare.push_str(line);
            continue;
        };
        bare.push_str(line[..at].trim_end());
        bare.push_str(if line.ends_with('\n') { "\n" } else { "" });
        let wants = line[at..].split('"').skip(1).step_by(2).map(str::to_owned).collect();
        markers.push(Marker { line: index + 1, wants });
    }
    (bare, markers)
}

/// Puts markers at the ends of their lines.
pub(crate) fn put(text: &str, markers: &[Marker]) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for marker in markers {
        let line = &mut lines[marker.line - 1];
        let wants: Vec<String> = marker.wants.iter().map(|want| format!("\"{want}\"")).collect();
        *line = format!("{} // want {}\n", line.trim_end_matches('\n'), wants.join(" "));
    }
    lines.concat()
}

/// Whether the words of `want` are the first words of `got`.
pub(crate) fn matches(want: &str, got: &str) -> bool {
    let mut got = got.split_whitespace();
    want.split_whitespace().all(|word| got.next() == Some(word))
}

/// Compares line by line; the answer is one complaint for each difference.
pub(crate) fn compare(wanted: &[Marker], got: &[Marker]) -> Vec<String> {
    let at = |markers: &[Marker], line: usize| {
        markers.iter().find(|marker| marker.line == line).map_or(Vec::new(), |marker| marker.wants.clone())
    };
    let mut lines: Vec<usize> = wanted.iter().chain(got).map(|marker| marker.line).collect();
    lines.sort_unstable();
    lines.dedup();
    let same = |want: &[String], got: &[String]| {
        want.len() == got.len() && want.iter().zip(got).all(|(want, got)| matches(want, got))
    };
    lines
        .into_iter()
        .map(|line| (line, at(wanted, line), at(got, line)))
        .filter(|(_, want, got)| !same(want, got))
        .map(|(line, want, got)| format!("in.go:{line}: want {want:?}, got {got:?}"))
        .collect()
}

#[test]
fn markers_come_off_and_go_back() {
    let text = "a() // why // want \"keep\"\nb()\n\tc() // want \"once\" \"rewrite safe\"\n";
    let (bare, markers) = strip(text);
    assert_eq!(bare, "a() // why\nb()\n\tc()\n");
    assert_eq!(put(&bare, &markers), text);
}

#[test]
fn the_words_of_a_marker_are_a_prefix() {
    assert!(matches("rewrite", "rewrite unsafe unknown-callee"));
    assert!(matches("keep appended", "keep appended"));
    assert!(!matches("rewrite safe", "rewrite unsafe unknown-callee"));
    assert!(!matches("keep appended", "keep"));
}
