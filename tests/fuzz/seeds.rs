//! What the mutations start from: every Go text of `testdata`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::markers;
use crate::txtar::Archive;

/// All seeds, in the order of their paths: inputs of cases without their markers, modules, and the tour.
pub(crate) fn load() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut seeds = Vec::new();
    for path in files(&root) {
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
