//! Builds and runs many functions at once: one Go module, a package per variant of the text, one program.

use crate::ast::Function;
use crate::print;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// How many pairs of arguments the prelude runs each function with, and which.
pub(crate) const ARGUMENTS: [(i64, i64); 4] = [(0, 0), (1, 2), (2, 5), (5, 3)];

pub(crate) const PRELUDE: &str = include_str!("prelude.go");

/// The program around the variants: `IMPORTS` and `CALLS` stand for theirs.
const PROGRAM: &str = include_str!("program.go");

/// One text of a function, in the package of its variant.
pub(crate) struct Text<'a> {
    pub(crate) variant: &'static str,
    pub(crate) function: &'a Function,
    pub(crate) go: String,
}

/// What a batch gave.
#[derive(Default)]
pub(crate) struct Ran {
    /// Trace by variant, function and number of the arguments.
    pub(crate) traces: BTreeMap<(String, usize, usize), String>,
    /// What the compiler or vet said, by variant and function.
    pub(crate) complaints: BTreeMap<(String, usize), String>,
}

/// Writes, vets, builds and runs the texts. Those that the compiler refuses are reported and left out.
pub(crate) fn run(texts: &[Text<'_>]) -> Ran {
    let folder = TempDir::new().expect("a temporary folder");
    let mut ran = Ran::default();
    let mut dropped = BTreeSet::new();
    loop {
        write(folder.path(), texts, &dropped);
        let built = go(
            folder.path(),
            &["build", "-gcflags=example.com/differential/...=-e -N -l", "-o", "program", "."],
        );
        if built.status.success() {
            break;
        }
        let found = complaints(&built);
        assert!(
            !found.is_empty(),
            "the batch does not build, and no function is to blame:\n{}",
            shown(&built)
        );
        for (key, text) in found {
            fs::remove_file(folder.path().join(&key.0).join(format!("f{}.go", key.1)))
                .expect("a file to drop");
            dropped.insert(key.clone());
            ran.complaints.entry(key).or_insert(text);
        }
    }
    let vetted = go(folder.path(), &["vet", "./..."]);
    let found = complaints(&vetted);
    assert!(vetted.status.success() || !found.is_empty(), "vet fails on nothing:\n{}", shown(&vetted));
    ran.complaints.extend(found);
    // A collection would make the stack small again: see `deep` in the program.
    let mut program = Command::new(folder.path().join("program"));
    let output = program.env("GOGC", "off").output().expect("the program starts");
    assert!(output.status.success(), "the program failed:\n{}", shown(&output));
    ran.traces = parse(&String::from_utf8_lossy(&output.stdout));
    ran
}

fn write(root: &Path, texts: &[Text<'_>], dropped: &BTreeSet<(String, usize)>) {
    let mut tables: BTreeMap<&str, String> = BTreeMap::new();
    for text in texts {
        let folder = root.join(text.variant);
        fs::create_dir_all(&folder).expect("a package folder");
        let table = tables.entry(text.variant).or_default();
        if dropped.contains(&(text.variant.to_owned(), text.function.id)) {
            continue;
        }
        table.push_str(&print::entry(text.function));
        put(&folder.join(format!("f{}.go", text.function.id)), &text.go);
    }
    put(&root.join("go.mod"), "module example.com/differential\n\ngo 1.24\n");
    let mut imports = String::new();
    let mut calls = String::new();
    for (variant, table) in tables {
        let folder = root.join(variant);
        put(&folder.join("prelude.go"), &PRELUDE.replace("package PACKAGE", &format!("package {variant}")));
        let head = "var table []entry\n\ntype entry struct {\n\tid   int\n\tcall func(a, b int)\n}\n\n";
        let body = format!("func init() {{\n\ttable = []entry{{\n{table}\t}}\n}}\n");
        put(&folder.join("table.go"), &format!("package {variant}\n\n{head}{body}"));
        let _ = writeln!(imports, "\t\"example.com/differential/{variant}\"");
        let _ = write!(
            calls,
            "\t{variant}.Run(func(id, pair int, trace string) {{\n\
             \t\tfmt.Fprintf(out, \"@ {variant} %d %d\\n%s\", id, pair, trace)\n\t}})\n"
        );
    }
    let main = PROGRAM.replace("\tIMPORTS\n", &imports).replace("\tCALLS\n", &calls);
    put(&root.join("main.go"), &main);
}

fn put(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn go(root: &Path, args: &[&str]) -> Output {
    let mut command = Command::new("go");
    command.args(args).current_dir(root).env("GOWORK", "off").env("GOFLAGS", "-buildvcs=false");
    command.output().expect("this test needs the go command")
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Finds `VARIANT/fID.go:…` in what the go command said; the first sentence per file counts.
fn complaints(output: &Output) -> BTreeMap<(String, usize), String> {
    let mut found = BTreeMap::new();
    // What is indented continues the sentence before it, often with a second place.
    for line in shown(output).lines().filter(|line| !line.starts_with('\t')) {
        let line = line.trim_start_matches("vet: ").trim_start_matches("./");
        let Some((place, _)) = line.split_once(".go:") else { continue };
        let Some((variant, file)) = place.split_once("/f") else { continue };
        if let Ok(id) = file.parse() {
            found.entry((variant.to_owned(), id)).or_insert_with(|| line.to_owned());
        }
    }
    found
}

fn parse(output: &str) -> BTreeMap<(String, usize, usize), String> {
    let mut traces = BTreeMap::new();
    let mut current = None;
    for line in output.lines() {
        if let Some(head) = line.strip_prefix("@ ") {
            let words: Vec<&str> = head.split(' ').collect();
            let number = |at: usize| words[at].parse::<usize>().expect("a number");
            let key = (words[0].to_owned(), number(1), number(2));
            current = Some(traces.entry(key).or_insert_with(String::new));
        } else if let Some(trace) = &mut current {
            trace.push_str(line);
            trace.push('\n');
        }
    }
    traces
}
