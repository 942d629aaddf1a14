//! Every command of `docs/recipes.md` and `docs/adoption.md` does what its page shows, in a repository that holds the bundled example.
//!
//! `UNDEFER_BLESS=1 cargo test --test recipes` puts in what the commands print now, for a person to read as a diff.
#![cfg(unix)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// What opens commands, and what opens the text that they print.
const COMMANDS: &str = "```sh\n";
const PRINTED: &str = "```text\n";
const CLOSING: &str = "```\n";

/// The last line of commands that do not end with 0.
const CODE: &str = "# exit code ";

#[test]
fn commands_of_the_recipes_do_what_the_page_shows() -> io::Result<()> {
    check("docs/recipes.md", 10)
}

#[test]
fn commands_for_old_code_do_what_the_page_shows() -> io::Result<()> {
    check("docs/adoption.md", 6)
}

/// Runs the commands of a page, which has more than `least` blocks of them.
fn check(page: &str, least: usize) -> io::Result<()> {
    let page = root().join(page);
    let text = fs::read_to_string(&page)?;
    let (mut told, mut rest, mut wrong) = (String::new(), text.as_str(), Vec::new());
    while let Some((before, after)) = rest.split_once(COMMANDS) {
        let (commands, after) = after.split_once(CLOSING).expect("commands are closed");
        let shown = after.strip_prefix('\n').and_then(|after| after.strip_prefix(PRINTED));
        let (shown, after) = shown.and_then(|after| after.split_once(CLOSING)).expect("their output follows");
        let (code, printed) = run(commands)?;
        let wanted = commands.lines().last().and_then(|line| line.strip_prefix(CODE)).unwrap_or("0");
        if (code.to_string().as_str(), printed.as_str()) != (wanted, shown) {
            wrong.push(format!("{commands}ended with {code} and printed:\n{printed}"));
        }
        told += &[before, COMMANDS, commands, CLOSING, "\n", PRINTED, &printed, CLOSING].concat();
        rest = after;
    }
    if std::env::var_os("UNDEFER_BLESS").is_some() {
        fs::write(&page, told + rest)?;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(text.matches(COMMANDS).count() > least);
    Ok(())
}

/// Runs commands in a repository of their own. The exit code, and all that they print, in order.
fn run(commands: &str) -> io::Result<(i32, String)> {
    let folder = repository()?;
    let binary = Path::new(env!("CARGO_BIN_EXE_undefer")).parent().expect("it lies in a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(binary.to_owned()).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(path).map_err(io::Error::other)?;
    let script = format!("exec 2>&1\n{commands}");
    let output = bash(&folder, &script).env("PATH", path).output()?;
    Ok((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// A git repository with the bundled example in the folder `tour`, where everything is committed.
fn repository() -> io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("go.mod"), "module example.org/tour\n\ngo 1.22\n")?;
    fs::create_dir(folder.path().join("tour"))?;
    for entry in fs::read_dir(root().join("testdata/tour"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "go") {
            fs::copy(&path, folder.path().join("tour").join(path.file_name().unwrap_or_default()))?;
        }
    }
    let script =
        "git init --quiet --initial-branch=main && git add --all && git commit --quiet --message start";
    let output = bash(&folder, script).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(folder)
}

/// A script that stops at the first command that fails, away from anybody's settings.
fn bash(folder: &TempDir, script: &str) -> Command {
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", script]).current_dir(folder.path());
    for (name, value) in [
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@example.org"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@example.org"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GOPROXY", "off"),
        ("GOTOOLCHAIN", "local"),
        ("GOFLAGS", ""),
        ("NO_COLOR", "1"),
        ("LC_ALL", "C"),
    ] {
        command.env(name, value);
    }
    command
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
