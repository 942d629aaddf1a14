//! go vet over inputs and outputs that compile: a rewrite must not give it anything new to say.

use std::collections::BTreeMap;
use std::path::Path;

use crate::judge::go;

/// The complaints that only the second text of a pair gets, one package for each text.
pub(crate) fn news(folder: &Path, pairs: &[(String, String)]) -> Vec<(usize, Vec<String>)> {
    std::fs::write(folder.join("go.mod"), "module fuzz\n\ngo 1.26\n").expect("the folder can be written");
    for (index, (old, new)) in pairs.iter().enumerate() {
        for (side, text) in [("old", old), ("new", new)] {
            let package = folder.join(format!("{side}{index}"));
            std::fs::create_dir_all(&package).expect("the folder can be written");
            std::fs::write(package.join("in.go"), text).expect("the folder can be written");
        }
    }
    // Mutants are full of dead code, and where it stands moves with the rest.
    let output = go()
        .args(["vet", "-unreachable=false", "./..."])
        .current_dir(folder)
        .output()
        .expect("`go` is on the path");
    let said = complaints(&String::from_utf8_lossy(&output.stderr));
    let of = |side: &str, index: usize| said.get(&format!("{side}{index}")).cloned().unwrap_or_default();
    let fresh = |index: usize| {
        let mut old = of("old", index);
        let mut new = of("new", index);
        new.retain(|line| match old.iter().position(|known| known == line) {
            Some(at) => {
                old.swap_remove(at);
                false
            }
            None => true,
        });
        (index, new)
    };
    (0..pairs.len()).map(fresh).filter(|(_, new)| !new.is_empty()).collect()
}

/// By package, the messages without their places.
fn complaints(output: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in output.lines() {
        let line = line.trim_start_matches("vet: ").trim_start_matches("./");
        if let Some((package, rest)) = line.split_once("/in.go:") {
            let message = rest.splitn(3, ':').last().unwrap_or(rest).trim();
            // Some messages name lines.
            let message = message.replace(|char: char| char.is_ascii_digit(), "");
            found.entry(package.to_owned()).or_default().push(message);
        }
    }
    found
}
