//! `UNDEFER_BLESS=1`: the cases take over what the tool does, for a person to read as a diff.

use super::case::Case;
use super::{finding, markers, outlets};

/// Rewrites the markers that do not match and the `out.go` of one case.
pub(crate) fn bless(case: &Case) {
    let rewrite = outlets::rewrite(case, &case.input, case.bar());
    let found = finding::of_library(&case.input, &rewrite);
    let mut archive = case.archive.clone();
    let marked = archive.part("in.go").expect("every case has its in.go").to_owned();
    if !markers::compare(&case.wanted, &finding::markers(&found)).is_empty() {
        let (bare, _) = markers::strip(&marked);
        archive.set("in.go", Some(markers::put(&bare, &finding::new_markers(&found))));
    }
    let got = outlets::write(case).unwrap_or_else(|_| outlets::library(case));
    archive.set("out.go", (got != case.input).then(|| Case::undress(&got)));
    if archive != case.archive {
        std::fs::write(&case.path, archive.write()).expect("a case can be written");
    }
}
