//! Examples in documents: what the README, the pages, the tour and the registry of passes show is what the tool does.
//!
//! `TRYCMD=overwrite cargo test --test readme` puts in what the commands print now, for a person to read as a diff.

use std::fs;
use std::path::Path;

use undefer::settings::Layer;
use undefer_transforms::{
    CloseErrors, Forms, GoVersion, OnPanic, Options, PASSES, Resources, Rule, Rules, Safety, rewrite,
};

#[test]
fn commands_print_what_the_documents_show() {
    trycmd::TestCases::new()
        .register_bin("undefer", Path::new(env!("CARGO_BIN_EXE_undefer")))
        .env("NO_COLOR", "1")
        .case("README.md")
        .case("docs/configuration.md")
        .case("tests/tour/*.trycmd");
}

#[test]
fn every_pass_makes_its_after_of_its_before() {
    for pass in PASSES {
        let forms = Forms { list: vec![pass.form], only: true };
        let options = Options { bar: Safety::Unsafe, forms, ..Options::default() };
        let made = rewrite(pass.before, &options).text;
        assert_eq!(made.as_deref(), Some(pass.after), "{}", pass.form.word());
    }
}

#[test]
fn errors_arrive_as_the_page_about_them_shows() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md"))
        .expect("it is there");
    let blocks = page.split("```go\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let [before, joined, returned] = blocks.map(|(block, _)| block).collect::<Vec<_>>()[..] else {
        panic!("three programs")
    };
    for (close_errors, on_panic, after) in
        [(CloseErrors::Join, OnPanic::Propagate, joined), (CloseErrors::Return, OnPanic::Error, returned)]
    {
        let options = Options { bar: Safety::Unsafe, close_errors, on_panic, ..Options::default() };
        assert_eq!(rewrite(before, &options).text.as_deref(), Some(after), "{close_errors:?}");
    }
}

#[test]
fn every_rule_makes_its_after_of_its_before() {
    for rule in Rule::ALL {
        let (about, rules) = (rule.about(), Rules::from_iter([*rule]));
        let options = Options { bar: Safety::Unsafe, go: GoVersion(21), rules, ..Options::default() };
        let made = rewrite(about.before, &options).text;
        assert_eq!(made.as_deref(), Some(about.after), "{}", about.code);
    }
}

#[test]
fn the_configurations_that_the_documents_show_are_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read =
        |file: &str| fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let blocks = |text: String| -> Vec<String> {
        let blocks = text.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```"));
        blocks.map(|(block, _)| block.to_owned()).collect()
    };
    let shown = blocks(read("docs/configuration.md"));
    assert_eq!(shown.first(), Some(&read("docs/configuration.in/.undefer.toml")));
    let others = ["README.md", "docs/adoption.md"].map(read).map(blocks);
    for text in shown.into_iter().chain(others.into_iter().flatten()) {
        let layer = Layer::of_file("block".to_owned(), text.clone())
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        let stanzas: Vec<_> = layer.stanzas().into_iter().map(|(stanza, _)| stanza).collect();
        let taken = Resources::standard().with(&stanzas);
        assert!(taken.is_ok(), "{:?}: {text}", taken.map(|_| ()));
    }
}

/// The two commands of the first screen cannot run inside of a test run; `.ci/run` runs the second one.
#[test]
fn the_first_screen_names_both_commands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README");
    let first_screen: Vec<&str> = readme.lines().take(40).collect();
    for command in ["cargo run --release -- testdata/tour", "cargo test --workspace"] {
        assert!(first_screen.iter().any(|line| line.starts_with(command)), "{command}");
    }
    let script = fs::read_to_string(root.join(".ci/run")).expect("there is a .ci/run");
    assert!(script.lines().any(|line| line.contains("cargo test --workspace 2>&1")), "another test command");
}
