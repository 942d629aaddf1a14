//! An interrupt or a kill in the middle of a run: every file is old or new, and of an interrupted run nothing stays behind.
//!
//! Programs that stand in for gofmt and git send the signal themselves, so that it comes where it is meant to come. Inside
//! the writing no other program runs: there the test waits for a temporary file, and what it then expects holds at
//! whatever step of the writing the signal meets the run, even after the last.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fmt::Write};

use crate::workspace::{LEAKY, Ran, Workspace, ran};

/// A file that takes a while to be written, as far as disks go.
const LARGE: usize = 4 << 20;

#[test]
fn an_interrupt_of_the_reading_leaves_all_files_as_they_were() -> io::Result<()> {
    for signal in ["INT", "TERM", "HUP"] {
        for args in [&["-w", "--unsafe", "-j1"][..], &["--unsafe"], &["check", "--output-format=json"]] {
            let workspace = with_files(20, LEAKY)?;
            stand_in(&workspace, "gofmt", &format!("kill -{signal} $PPID\ncat"))?;
            let ran = run(&workspace, args)?;
            assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(130), "", ""), "{args:?}");
            assert_eq!(written(&workspace, LEAKY)?, 0);
        }
    }
    Ok(())
}

#[test]
fn an_interrupt_before_the_writing_says_that_nothing_was_written() -> io::Result<()> {
    let workspace = with_files(20, LEAKY)?;
    fs::create_dir(workspace.path("src/.git"))?;
    stand_in(&workspace, "git", "kill -INT $PPID")?;
    let ran = run(&workspace, &["-w", "-l", "--unsafe"])?;
    let words = "undefer: interrupted: 0 of 20 files written, the others are as they were\n";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(130), "", words));
    assert_eq!(written(&workspace, LEAKY)?, 0);
    Ok(())
}

#[test]
fn an_interrupt_of_the_writing_leaves_whole_files_and_tells_how_many_are_new() -> io::Result<()> {
    let text = large()?;
    let workspace = with_files(8, &text)?;
    stand_in(&workspace, "gofmt", "exec cat")?;
    let (ran, _) = signal_in_the_writing(&workspace, "-INT", &["-w", "-l", "--unsafe", "-j2"])?;
    let written = written(&workspace, &text)?;
    assert_eq!(ran.out.lines().count(), written, "{ran:?}");
    let words = match ran.code {
        Some(130) => {
            format!("undefer: interrupted: {written} of 8 files written, the others are as they were\n")
        }
        _ => "undefer: 8 sites rewritten in 8 files\n".to_owned(),
    };
    assert_eq!(ran.err, words, "{ran:?}");
    Ok(())
}

#[test]
fn a_kill_leaves_whole_files_and_at_most_one_stray_a_thread_that_the_next_run_removes() -> io::Result<()> {
    let text = large()?;
    let workspace = with_files(4, &text)?;
    stand_in(&workspace, "gofmt", "exec cat")?;
    let (_, signal) = signal_in_the_writing(&workspace, "-KILL", &["-w", "--unsafe", "-j2"])?;
    let strays = workspace.names("src")?.len() - 4;
    assert!(strays <= 2, "{strays} strays after signal {signal:?}");
    for name in names(4) {
        let now = workspace.read(&format!("src/{name}"))?;
        assert!(now == text || now == new_of(&text), "{name} is neither old nor new");
    }
    let next = run(&workspace, &["-w", "--unsafe"])?;
    assert_eq!(next.code, Some(0), "{next:?}");
    assert_eq!(next.err.matches("left by a run that was killed; removed").count(), strays, "{next:?}");
    assert_eq!(written(&workspace, &text)?, 4);
    Ok(())
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("a{number:02}.go")).collect()
}

/// Files in `src`, beside a folder for stand-ins.
fn with_files(count: usize, text: &str) -> io::Result<Workspace> {
    let workspace = Workspace::with(&[])?;
    for name in names(count) {
        workspace.write(&format!("src/{name}"), text)?;
    }
    Ok(workspace)
}

fn large() -> io::Result<String> {
    let mut text = LEAKY.to_owned();
    while text.len() < LARGE {
        writeln!(text, "// {}", "A long line of a comment. ".repeat(100)).map_err(io::Error::other)?;
    }
    Ok(text)
}

/// A shell script that is found on PATH before the program of that name.
fn stand_in(workspace: &Workspace, name: &str, script: &str) -> io::Result<()> {
    let name = format!("bin/{name}");
    workspace.write(&name, format!("#!/bin/sh\n{script}\n"))?;
    fs::set_permissions(workspace.path(&name), fs::Permissions::from_mode(0o755))
}

fn command(workspace: &Workspace, args: &[&str]) -> Command {
    let path = format!("{}:{}", workspace.path("bin").display(), env::var("PATH").unwrap_or_default());
    let mut command = workspace.command("src", args);
    command.env("PATH", path).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(workspace: &Workspace, args: &[&str]) -> io::Result<Ran> {
    command(workspace, args).output().map(|output| ran(&output))
}

/// Sends the signal as soon as there is a temporary file, and tells by which signal the run ended.
fn signal_in_the_writing(
    workspace: &Workspace,
    signal: &str,
    args: &[&str],
) -> io::Result<(Ran, Option<i32>)> {
    let mut child = command(workspace, args).spawn()?;
    while child.try_wait()?.is_none() && !holds_temporary(&workspace.path("src"))? {
        std::thread::yield_now();
    }
    if child.try_wait()?.is_none() {
        Command::new("kill").args([signal, &child.id().to_string()]).status()?;
    }
    let output = child.wait_with_output()?;
    Ok((ran(&output), output.status.signal()))
}

fn holds_temporary(folder: &Path) -> io::Result<bool> {
    let mut names = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name()));
    names.try_fold(false, |found, name| Ok(found | name?.as_encoded_bytes().starts_with(b".undefer-")))
}

/// What becomes of a text that begins with the leaky file.
fn new_of(old: &str) -> String {
    old.replacen("\t\tdefer f.Close()\n\t\t_ = f\n", "\t\t_ = f\n\t\tf.Close()\n", 1)
}

/// How many files of `src` are new; all others are as they were, and there is nothing else.
fn written(workspace: &Workspace, old: &str) -> io::Result<usize> {
    let names = workspace.names("src")?;
    let mut new = 0;
    for name in names.iter().filter(|name| *name != ".git") {
        let text = workspace.read(&format!("src/{name}"))?;
        let is_new = text == new_of(old);
        assert!(is_new || text == old, "{name} is neither old nor new");
        new += usize::from(is_new);
    }
    assert!(names.iter().all(|name| !name.starts_with(".undefer-")), "{names:?}");
    Ok(new)
}
