//! The prefilter against the parser on real text: Go's own source, or the tree that `UNDEFER_CORPUS` names.

#[path = "../transforms/tests/oracle/mod.rs"]
mod oracle;
#[path = "support/sources.rs"]
mod sources;

use std::fs;
use std::path::PathBuf;

use sources::{files, goroot};
use undefer_transforms::scan::may_hold_site;

/// How many of Go's own files are read; they are spread evenly over the sorted list.
const SAMPLE: usize = 1_500;

/// What became of the files of one tree.
#[derive(Debug, Default)]
struct Count {
    files: usize,
    passed: usize,
    passed_without_site: usize,
    missed: Vec<PathBuf>,
}

#[test]
fn no_site_of_gos_own_source_is_missed() {
    let files = files(&goroot().join("src"), "go", None);
    assert!(files.len() >= SAMPLE, "the source of the Go installation holds {} files", files.len());
    let step = files.len() / SAMPLE;
    let count = count(files.into_iter().step_by(step).take(SAMPLE));
    assert!(count.missed.is_empty(), "{count:?}");
    assert!(count.passed * 50 <= count.files, "more than 2 % pass: {count:?}");
}

/// Without the variable the test reads the repository that it stands in, which has both kinds of files.
#[test]
fn no_site_of_a_given_tree_is_missed() {
    let tree = std::env::var_os("UNDEFER_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let count = count(files(&tree, "go", None));
    println!(
        "{}: {} files, {} passed, {} of them without a site",
        tree.display(),
        count.files,
        count.passed,
        count.passed_without_site
    );
    assert!(count.missed.is_empty(), "{count:?}");
}

fn count(files: impl IntoIterator<Item = PathBuf>) -> Count {
    let mut count = Count::default();
    for path in files {
        let text = fs::read(&path).expect("a file that was just listed can be read");
        count.files += 1;
        match (may_hold_site(&text), oracle::has_site(&text)) {
            (true, true) => count.passed += 1,
            (true, false) => {
                count.passed += 1;
                count.passed_without_site += 1;
            }
            (false, true) => count.missed.push(path),
            (false, false) => {}
        }
    }
    count
}
