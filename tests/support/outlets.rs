//! The four ways out of the tool: the library, the diff, `--write` and the JSON report.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use undefer_transforms::{Library, Options, Reason, Rewrite, Safety};

use super::case::{CONFIG, Case};
use super::finding::{self, Finding};
use super::others::{self, Others};
use super::process;

const BINARY: &str = env!("CARGO_BIN_EXE_undefer");
const BOM: char = '\u{feff}';

/// The library's answer for any text of the case; the byte-order mark is the shell's affair.
pub(crate) fn rewrite(case: &Case, text: &str, bar: Safety) -> Rewrite {
    let text = text.trim_start_matches(BOM);
    let others = Others::of(&case.archive, text);
    let library = others.as_ref().map(|others| others as &dyn Library);
    undefer_transforms::rewrite(text, &case.options(bar, library))
}

/// The library's answer at the safe bar to somebody who accepts these reasons.
pub(crate) fn accepting(case: &Case, text: &str, accepted: &[Reason]) -> Rewrite {
    let text = text.trim_start_matches(BOM);
    let others = Others::of(&case.archive, text);
    let library = others.as_ref().map(|others| others as &dyn Library);
    undefer_transforms::rewrite(text, &Options { accepted, ..case.options(Safety::Safe, library) })
}

/// The library's text, through gofmt where the input was as gofmt wants it.
pub(crate) fn library(case: &Case) -> String {
    let Some(text) = rewrite(case, &case.input, case.bar()).text else {
        return case.input.clone();
    };
    let clean = process::gofmt(&case.input).is_some_and(|formatted| formatted == case.input);
    let formatted = if clean { process::gofmt(&text) } else { None };
    let bom = if case.input.starts_with(BOM) { "\u{feff}" } else { "" };
    formatted.unwrap_or_else(|| format!("{bom}{text}"))
}

/// What is printed as a diff, applied by git.
pub(crate) fn diff(case: &Case) -> Result<String, String> {
    let dir = folder(case);
    let patch = tool(case, &[], &dir);
    let changed = !patch.stdout.is_empty();
    let patch = patch.expect("undefer", &[i32::from(changed)])?;
    if changed {
        let applied = process::run("git", &["apply", "--whitespace=nowarn", "-"], dir.path(), &patch);
        applied.expect("git apply", &[0]).map_err(|error| format!("{error}{patch}"))?;
    }
    read(&dir)
}

/// What `--write` leaves in the folder. A second run over it must have nothing to say.
pub(crate) fn write(case: &Case) -> Result<String, String> {
    let dir = folder(case);
    tool(case, &["-w", "--allow-dirty"], &dir).expect("undefer -w", &[0])?;
    let text = read(&dir)?;
    let second = tool(case, &[], &dir).expect("undefer after undefer -w", &[0])?;
    if !second.is_empty() {
        return Err(format!("a second run finds more to do:\n{second}"));
    }
    Ok(text)
}

/// The JSON report: its findings, and the text that its edits make.
pub(crate) fn json(case: &Case) -> Result<(Vec<Finding>, String), String> {
    let dir = folder(case);
    let ended = tool(case, &["check", "--output-format", "json"], &dir);
    let report = ended.expect("undefer check", &[0, 1])?;
    let report: Value = serde_json::from_str(&report).map_err(|error| format!("{error} in {report:?}"))?;
    Ok((finding::of_json(&report)?, apply(case, &report)?))
}

fn tool(case: &Case, before: &[&str], dir: &TempDir) -> process::Ended {
    let args: Vec<&str> = before.iter().copied().chain(case.flags()).chain(["in.go"]).collect();
    process::run(BINARY, &args, dir.path(), "")
}

fn folder(case: &Case) -> TempDir {
    let dir = TempDir::new().expect("a temporary folder");
    put(dir.path(), "in.go", &case.input);
    for name in ["go.mod", CONFIG] {
        if let Some(text) = case.archive.part(name) {
            put(dir.path(), name, text);
        }
    }
    for (name, text) in others::files(&case.archive) {
        put(dir.path(), name, text);
    }
    dir
}

fn put(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    let folder = path.parent().expect("a file stands in a folder");
    std::fs::create_dir_all(folder).expect("a temporary folder can be written");
    std::fs::write(path, text).expect("a temporary folder can be written");
}

fn read(dir: &TempDir) -> Result<String, String> {
    std::fs::read_to_string(dir.path().join("in.go")).map_err(|error| format!("in.go: {error}"))
}

/// One replacement of the report: start, end, new text.
type Edit = (usize, usize, String);

/// Applies the edits of every fix up to the bar; two of them must not touch the same bytes.
fn apply(case: &Case, report: &Value) -> Result<String, String> {
    let fixes = report["fixes"].as_array().ok_or("the report has no fixes")?;
    let reaches =
        |fix: &&Value| case.bar() == Safety::Unsafe || fix["safety"] == "safe" || fix["accepted"] == true;
    let mut wanted: Vec<&Value> = fixes.iter().filter(reaches).collect();
    // Of two that conflict, the one that is not safe covers what the other does, and more.
    wanted.sort_by_key(|fix| fix["safety"] == "safe");
    let mut chosen: Vec<&Value> = Vec::new();
    for fix in wanted {
        let ids = fix["conflicts"].as_array().ok_or("a fix has no conflicts")?;
        match chosen.iter().find(|other| ids.contains(&other["id"])) {
            None => chosen.push(fix),
            Some(other) if other["safety"] != fix["safety"] => {}
            Some(_) => return Err(format!("two fixes of one safety conflict: {fix}")),
        }
    }
    let edits = chosen.iter().flat_map(|fix| fix["edits"].as_array().into_iter().flatten());
    let mut edits: Vec<Edit> =
        edits.map(|edit| read_edit(edit).ok_or(format!("not an edit: {edit}"))).collect::<Result<_, _>>()?;
    edits.sort();
    splice(&case.input, &edits)
}

fn read_edit(edit: &Value) -> Option<Edit> {
    let offset = |key: &str| edit[key].as_u64().and_then(|number| usize::try_from(number).ok());
    Some((offset("start")?, offset("end")?, edit["new"].as_str()?.to_owned()))
}

fn splice(text: &str, edits: &[Edit]) -> Result<String, String> {
    let mut out = String::new();
    let mut done = 0;
    for (start, end, new) in edits {
        let kept = text.get(done..*start).ok_or(format!("edit at {start} overlaps or splits a character"))?;
        out.extend([kept, new]);
        done = *end;
    }
    Ok(out + text.get(done..).ok_or("an edit ends outside the file")?)
}
