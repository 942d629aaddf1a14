//! What the mutations start from: every Go text of `testdata`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::markers;
use crate::txtar::Archive;

/// Cases that nothing is grown from yet: their mutants still show faults that README.md names.
const LATER: &[&str] = &[
    "callees/error-holds-it",
    "callees/formatted-into-an-error",
    "callees/memory-changed-by-close",
    "extract/return-over-lines",
    "format/return-over-lines",
    "guard/inside-of-plain-calls",
    "hoist/around-a-guard",
    "hoist/defer-mentions-the-outer-loop",
    "inline/comment-above-a-shared-line",
    "inline/crlf-comment-behind",
    "inline/literal-ends-in-a-comment",
    "lifetime/cleared-before-pooled",
    "lifetime/copied-into-outer-slice",
    "lifetime/fixed-path",
    "lifetime/flushes-into-builder",
    "lifetime/logs-in-a-literal-after",
    "lifetime/release-behind-a-field",
    "lifetime/release-ends-a-field",
    "lifetime/release-waits-for-its-group",
    "lifetime/test-cleanup-behind",
    "pool/in-order-of-use",
];

/// All seeds, in the order of their paths: inputs of cases without their markers, modules, and the tour.
pub(crate) fn load() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut seeds = Vec::new();
    let later = |path: &Path| LATER.iter().any(|name| path == root.join(name).with_extension("txtar"));
    for path in files(&root).into_iter().filter(|path| !later(path)) {
        let text = || fs::read_to_string(&path).expect("a file that was just listed can be read");
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("go") => seeds.push(text()),
            Some("txtar") => {
                let archive = Archive::parse(&text());
                let input = archive.part("in.go").expect("every case has its in.go");
                seeds.push(markers::strip(input).0);
            }
            _ => {}
        }
    }
    seeds
}

/// All files below `root`, sorted.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("testdata can be read") {
            let path = entry.expect("its entries can be read").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}
