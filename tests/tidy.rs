//! What is easy to let slip: the map in DESIGN.md, the direction of imports, headings, reasons, machine paths.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use undefer_transforms::PASSES;

/// Folders of the sources that DESIGN.md maps.
const SOURCES: [&str; 2] = ["src", "transforms/src"];

/// Folders with a dot that are ours; what else begins with one belongs to tools.
const DOTTED: [&str; 2] = [".ci", ".github"];

/// Crates that one file each may know.
const KEPT: &[(&str, &str)] = &[
    ("annotate_snippets", "src/report/full.rs"),
    ("anyhow", "src/main.rs"),
    ("clap", "src/cli.rs"),
    ("clap_complete", "src/cli.rs"),
    ("console", "src/style.rs"),
    ("flate2", "src/profile/proto.rs"),
    ("globset", "src/patterns.rs"),
    ("ignore", "src/walk.rs"),
    ("indicatif", "src/progress.rs"),
    ("quick_xml", "src/report/checkstyle.rs"),
    ("signal_hook", "src/interrupt.rs"),
    ("similar", "src/diff.rs"),
    ("tempfile", "src/apply.rs"),
    ("toml", "src/settings/read.rs"),
    ("tree_sitter", "transforms/src/parse.rs"),
    ("tree_sitter_go", "transforms/src/parse.rs"),
];

/// Crates that any file of the shell or, where it depends on them, of the engine may use.
const SHARED: &[&str] = &["memchr", "rayon", "serde", "serde_json", "thiserror", "undefer_transforms"];

/// Passes whose cases stand in a folder of another name than their own.
const CASES: &[(&str, &str)] = &[("closure", "lowering")];

#[test]
fn the_map_lists_every_source_file_and_no_other() {
    let mapped: BTreeSet<String> = map().into_iter().collect();
    assert_eq!(mapped.len(), map().len(), "DESIGN.md lists a file twice");
    let existing: BTreeSet<String> = sources().collect();
    let missing: Vec<_> = existing.difference(&mapped).collect();
    let gone: Vec<_> = mapped.difference(&existing).collect();
    assert!(missing.is_empty(), "DESIGN.md does not list {missing:?}");
    assert!(gone.is_empty(), "DESIGN.md lists what is not there: {gone:?}");
}

/// A module is a file or a folder directly below the root of its package. As the order of the map is one line, modules that
/// use only what stands above them form no cycle.
#[test]
fn a_module_uses_only_modules_that_stand_above_it_in_the_map() {
    let mut wrong = Vec::new();
    for root in SOURCES {
        let order: Vec<String> = map().iter().filter_map(|file| module_of(root, file)).collect();
        let place = |module: &str| order.iter().position(|known| known == module);
        for file in map() {
            let Some(module) = module_of(root, &file).filter(|module| module != "lib" && module != "main")
            else {
                continue;
            };
            let used = modules_used(&code(&read(&file)));
            let later = used.iter().filter(|used| place(used) > place(&module));
            wrong.extend(later.map(|used| format!("{file} uses {used}")));
        }
    }
    assert!(wrong.is_empty(), "against the order of DESIGN.md: {wrong:#?}");
}

#[test]
fn a_crate_is_known_where_it_is_meant_to_be_known() {
    for (manifest, root) in [("Cargo.toml", "src"), ("transforms/Cargo.toml", "transforms/src")] {
        for name in dependencies(&read(manifest)) {
            let Some((_, home)) = KEPT.iter().find(|(kept, _)| *kept == name) else {
                assert!(
                    SHARED.contains(&name.as_str()),
                    "{manifest}: who may know {name}? Say so in tests/tidy.rs"
                );
                continue;
            };
            let users = sources().filter(|file| file.starts_with(root));
            let users: Vec<String> = users.filter(|file| paths_from(&code(&read(file)), &name)).collect();
            assert_eq!(users, [*home], "files that know {name}");
        }
    }
}

#[test]
fn the_engine_does_not_know_the_shell() {
    let names = dependencies(&read("transforms/Cargo.toml"));
    assert!(!names.iter().any(|name| name == "undefer"), "{names:?}");
    for file in sources().filter(|file| file.starts_with("transforms/")) {
        assert!(!paths_from(&code(&read(&file)), "undefer"), "{file}");
    }
}

#[test]
fn every_rust_file_opens_with_a_sentence() {
    for file in files("rs") {
        let text = read(&file);
        let heading: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//! ")).collect();
        assert!(heading.join(" ").trim_end().ends_with(['.', '?', ':']), "{file} opens with: {heading:?}");
    }
}

#[test]
fn every_lint_that_is_off_says_why() {
    let openings = ["#[allow(", "#![allow(", "#[expect(", "#![expect("];
    for file in files("rs") {
        let text = read(&file);
        let mut from = 0;
        for line in text.split_inclusive('\n') {
            let attribute = text[from..].split(")]").next().unwrap_or_default();
            let is_off = openings.iter().any(|opening| line.trim_start().starts_with(opening));
            assert!(!is_off || attribute.contains("reason = \""), "{file}: {line}");
            from += line.len();
        }
    }
    for file in ["Cargo.toml", "transforms/Cargo.toml"] {
        let text = read(file);
        let mut above = "";
        for line in text.lines() {
            let is_off = line.contains("= \"allow\"") || line.contains("level = \"allow\"");
            assert!(!is_off || above.starts_with("# "), "{file}: {line}");
            above = line;
        }
    }
}

#[test]
fn every_pass_has_a_folder_of_cases() {
    for pass in PASSES {
        let form = pass.form.word();
        let folder = CASES.iter().find(|(known, _)| *known == form).map_or(form, |(_, folder)| folder);
        assert!(root().join("testdata").join(folder).is_dir(), "no testdata/{folder} for {form}");
    }
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    // In two parts each, so that this file does not hold them.
    let places = [("/ho", "me/"), ("/ro", "ot/"), ("/Us", "ers/"), ("/wo", "rk/"), ("C:\\", "Users")];
    for file in all_files() {
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        for place in places.map(|(one, other)| [one, other].concat()) {
            let line = text.lines().find(|line| names_place(line, &place));
            assert!(line.is_none(), "{file} names {place}: {line:?}");
        }
    }
}

#[test]
fn the_changelog_knows_the_current_version() {
    let heading = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    assert!(read("CHANGELOG.md").lines().any(|line| line.starts_with(&heading)), "no `{heading}`");
}

#[test]
fn contributors_are_told_of_every_script_topic_and_setting() {
    let told = read("CONTRIBUTING.md") + &read("DESIGN.md");
    for file in all_files() {
        if let Some(name) = file.strip_prefix("scripts/") {
            assert!(told.contains(&format!("scripts/{name}")), "nobody is told of {file}");
        }
        let topic = file.strip_prefix("testdata/").and_then(|file| file.split('/').next()).unwrap_or("tour");
        assert!(
            told.contains(&format!("`{topic}`")) || told.contains(&format!("testdata/{topic}")),
            "{topic}"
        );
    }
    let told = told + &read("docs/configuration.md");
    for file in files("rs") {
        for setting in settings(&read(&file)) {
            assert!(told.contains(&setting), "nobody is told of {setting}, which {file} reads");
        }
    }
}

#[test]
fn users_are_told_of_every_key_of_a_configuration_file() {
    let schema: serde_json::Value =
        serde_json::from_str(&read("docs/schema/settings.json")).expect("it is JSON");
    let told = read("docs/configuration.md");
    for part in [&schema, &schema["$defs"]["Resource"]] {
        let keys = part["properties"].as_object().expect("it has keys");
        for key in keys.keys() {
            assert!(told.contains(&format!("`{key}`")), "nobody is told of {key}");
        }
    }
}

/// A list for scripts/mutants whose text a change has moved shows nothing any more.
#[test]
fn every_mistake_for_the_tests_still_applies_to_the_source() {
    let part = |block: &str, mark: char| {
        let lines = block.lines().filter_map(|line| line.strip_prefix(mark));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    };
    let lists = all_files().into_iter().filter(|file| file.starts_with("testdata/mutants/"));
    for list in lists {
        let text = read(&list);
        let blocks: Vec<&str> = text.split("\n= ").skip(1).collect();
        assert!(!blocks.is_empty(), "{list} has no mistake");
        for block in blocks {
            let file = block.lines().find_map(|line| line.strip_prefix("file: "));
            let source = read(file.unwrap_or_else(|| panic!("{list}: no file: {block}")));
            let (old, new) = (part(block, '-'), part(block, '+'));
            assert_eq!(source.matches(&old).count(), 1, "{list}: its text stands nowhere, or twice: {block}");
            assert_ne!(old, new, "{list}: no mistake: {block}");
        }
    }
}

#[test]
fn both_licences_are_there() {
    let manifest = read("Cargo.toml");
    assert!(manifest.contains("license = \"MIT OR Apache-2.0\""));
    assert!(read("LICENSE-MIT").contains("The undefer authors"));
    assert!(read("LICENSE-APACHE").contains("Version 2.0, January 2004"));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The files that the tables of DESIGN.md list in their first column, in order.
fn map() -> Vec<String> {
    let is_source = |file: &&str| SOURCES.iter().any(|root| file.starts_with(&format!("{root}/")));
    let first = |line: &str| line.strip_prefix("| `")?.split_once("` |").map(|(file, _)| file.to_owned());
    read("DESIGN.md").lines().filter_map(first).filter(|file| is_source(&file.as_str())).collect()
}

/// `lifetime` for `transforms/src/lifetime/mod.rs`; nothing for files of the other package.
fn module_of(root: &str, file: &str) -> Option<String> {
    let inside = file.strip_prefix(root)?.strip_prefix('/')?;
    let top = inside.split('/').next()?;
    Some(top.strip_suffix(".rs").unwrap_or(top).to_owned())
}

/// All files of the repository, sorted, with `/`.
fn all_files() -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let entry = entry.expect("a folder that was opened can be read");
            let kind = entry.file_type().expect("an entry has a type");
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_foreign = name == "target" || name == ".git" || kind.is_dir() && is_hidden(&name);
            if kind.is_dir() && !is_foreign {
                folders.push(entry.path());
            } else if kind.is_file() && !is_foreign {
                found.push(relative(&entry.path()));
            }
        }
    }
    found.sort();
    found
}

fn is_hidden(folder: &str) -> bool {
    folder.starts_with('.') && !DOTTED.contains(&folder)
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).expect("files are found below the root");
    path.to_string_lossy().replace('\\', "/")
}

fn files(extension: &str) -> Vec<String> {
    let is_wanted = |file: &String| Path::new(file).extension().is_some_and(|found| found == extension);
    all_files().into_iter().filter(is_wanted).collect()
}

fn sources() -> impl Iterator<Item = String> {
    files("rs").into_iter().filter(|file| SOURCES.iter().any(|root| file.starts_with(&format!("{root}/"))))
}

/// A file without its line comments and without the tests at its end. Text that looks like a comment is cut too, which hides no import.
fn code(text: &str) -> String {
    let code = text.split_once("#[cfg(test)]\nmod tests {").map_or(text, |(code, _)| code);
    code.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code).to_owned() + "\n").collect()
}

/// Names `a`, `b` and `c` of `crate::a::x`, `crate::{b, c::y}`.
fn modules_used(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, prefix) in code.match_indices("crate::") {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => used.extend(heads(list)),
            None => used.extend(word(rest)),
        }
    }
    used
}

/// The first words of the items of a list, up to its closing brace.
fn heads(list: &str) -> Vec<String> {
    let (mut depth, mut item, mut heads) = (0_usize, String::new(), Vec::new());
    for letter in list.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.extend(word(std::mem::take(&mut item).trim())),
            _ if depth == 0 => item.push(letter),
            _ => {}
        }
    }
    heads.extend(word(item.trim()));
    heads
}

/// The identifier that a text begins with.
fn word(text: &str) -> Option<String> {
    let end = text.find(|letter: char| !is_word(letter)).unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Whether some path begins with `name`.
fn paths_from(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    code.match_indices(&path).any(|(at, _)| !code[..at].ends_with(|before| is_word(before) || before == ':'))
}

/// The names under `[dependencies]`, as paths spell them.
fn dependencies(manifest: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim().replace('-', "_")).collect()
}

/// Whether the line names the place itself: as a part of a longer path the words mean something else.
fn names_place(line: &str, place: &str) -> bool {
    line.match_indices(place)
        .any(|(at, _)| !line[..at].ends_with(|before| is_word(before) || "./-".contains(before)))
}

/// The names of variables of the environment that begin with ours.
fn settings(text: &str) -> BTreeSet<String> {
    let prefix = ["\"UNDEFER", "_"].concat();
    text.match_indices(&prefix).filter_map(|(at, _)| word(&text[at + 1..])).collect()
}
