//! Go texts of the Go installation and of other trees.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the Go installation is.
pub(crate) fn goroot() -> PathBuf {
    let output = Command::new("go").args(["env", "GOROOT"]).output().expect("`go` is on the path");
    assert!(output.status.success(), "`go env GOROOT` fails");
    PathBuf::from(String::from_utf8(output.stdout).expect("the path is UTF-8").trim_end())
}

/// All files below `root` that end in `ending`, sorted; folders called `passed_over` and symbolic links are not followed.
pub(crate) fn files(root: &Path, ending: &str, passed_over: Option<&str>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("a directory that was just listed can be read") {
            let entry = entry.expect("its entries can be read");
            let kind = entry.file_type().expect("an entry has a type");
            if kind.is_dir() && passed_over.is_none_or(|name| entry.file_name() != name) {
                directories.push(entry.path());
            } else if kind.is_file() && entry.path().extension().is_some_and(|found| found == ending) {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}
