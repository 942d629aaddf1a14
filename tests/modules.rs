//! Go modules whose own tests must pass before and after their loops are rewritten.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use undefer_transforms::{Form, PASSES};

/// The module whose tests need the cleanups also after a panic.
const PANICS: &str = "panics";

/// The module whose defers are all meant to last until the function returns.
const KEPT: &str = "kept";

#[test]
fn every_module_passes_its_tests_before_and_after() {
    let modules = modules();
    assert!(modules.len() >= 6, "{modules:?}");
    let failures: Vec<_> = modules.iter().filter_map(|module| check(module).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn modules() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/modules");
    let mut modules: Vec<_> = fs::read_dir(folder)
        .expect("the folder of modules can be read")
        .map(|entry| entry.expect("its entries can be read").path())
        .collect();
    modules.sort();
    modules
}

/// What is wrong with one module, in words.
fn check(module: &Path) -> Result<(), String> {
    let name = module.file_name().and_then(|name| name.to_str()).expect("names of modules are UTF-8");
    let first = copy(module);
    vet_and_test(first.path(), name, "before")?;
    let mut seen = vec![texts(first.path())];
    for flags in ways(name) {
        let copy = copy(module);
        undefer(copy.path(), &flags)?;
        let after = texts(copy.path());
        let alone = flags.len() > 1;
        match (name == KEPT, alone, seen[0] == after) {
            (true, _, false) => return Err(format!("{name}: what was meant to stay is rewritten")),
            (false, false, true) => return Err(format!("{name}: nothing is rewritten")),
            _ => {}
        }
        if !seen.contains(&after) {
            vet_and_test(copy.path(), name, &format!("after {flags:?}"))?;
            seen.push(after.clone());
        }
        undefer(copy.path(), &flags)?;
        if after != texts(copy.path()) {
            return Err(format!("{name}: a second run changes something, with {flags:?}"));
        }
    }
    Ok(())
}

/// The flags to try: what undefer picks, and each form alone. A plain call that a panic would skip is not safe, so that at
/// the safe bar it is none where that can be seen.
fn ways(name: &str) -> Vec<Vec<&'static str>> {
    let mut ways = vec![vec!["--unsafe"]];
    for pass in PASSES {
        let mut flags = vec!["--form", pass.form.word(), "--form-only"];
        if (name, pass.form) != (PANICS, Form::Inline) {
            flags.push("--unsafe");
        }
        ways.push(flags);
    }
    ways
}

/// A copy of the module's files, outside of any repository. Modules have no folders of their own.
fn copy(module: &Path) -> TempDir {
    let target = tempfile::tempdir().expect("a temporary folder can be made");
    for entry in fs::read_dir(module).expect("a module can be read") {
        let source = entry.expect("its entries can be read").path();
        let name = source.file_name().expect("an entry has a name");
        fs::copy(&source, target.path().join(name)).expect("its files can be copied");
    }
    target
}

/// The names and texts of all files, sorted.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut texts: Vec<_> = fs::read_dir(folder)
        .expect("the copy can be read")
        .map(|entry| entry.expect("its entries can be read").path())
        .map(|path| (name_of(&path), fs::read_to_string(&path).expect("its files are text")))
        .collect();
    texts.sort();
    texts
}

fn name_of(path: &Path) -> String {
    path.file_name().and_then(|name| name.to_str()).expect("names of files are UTF-8").to_owned()
}

fn vet_and_test(folder: &Path, name: &str, when: &str) -> Result<(), String> {
    for arguments in [["vet", "./..."], ["test", "./..."]] {
        let mut command = Command::new("go");
        command.args(arguments).current_dir(folder).env("GOWORK", "off").env("GOFLAGS", "");
        let output = command.output().expect("`go` is on the path");
        if !output.status.success() {
            return Err(format!("{name}: go {arguments:?} fails {when}:\n{}", told(&output)));
        }
    }
    Ok(())
}

fn undefer(folder: &Path, flags: &[&str]) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undefer"));
    command.args(["-w", "--allow-dirty", "./..."]).args(flags).current_dir(folder);
    let output = command.output().expect("the binary starts");
    if output.status.success() { Ok(()) } else { Err(format!("undefer fails:\n{}", told(&output))) }
}

/// All that a command has written.
fn told(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).join("\n")
}
