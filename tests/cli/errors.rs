//! `--close-errors` and `--on-panic`: where they may stand, and what is said where they do not apply.

use std::io;

use crate::workspace::{LEAKY, Workspace};

const FAILING: &str = r#"package p

import (
	"io"
	"os"
)

func f(names []string) error {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := io.ReadAll(f); err != nil {
			return err
		}
	}
	return nil
}
"#;

#[test]
fn what_arrives_is_unsafe_and_may_be_accepted() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", FAILING)])?;
    assert_eq!(workspace.run(&["--close-errors=join"])?.out, "");
    assert!(workspace.run(&["--close-errors=join", "--unsafe"])?.out.contains("errors.Join"));
    let accepted = ["--close-errors=join", "--accept", "error-arrives"];
    assert!(workspace.run(&accepted)?.out.contains("errors.Join"));
    // Each thing that changes has to be accepted.
    let both = [&accepted[..], &["--on-panic=error"]].concat();
    assert_eq!(workspace.run(&both)?.out, "");
    let both = [&both[..], &["--accept", "panic-arrives"]].concat();
    let ran = workspace.run(&both)?;
    assert!(ran.out.contains("recover()") && ran.out.contains("errors.Join"), "{ran:?}");
    Ok(())
}

#[test]
fn the_environment_and_the_file_say_it_too() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", FAILING), (".undefer.toml", "close-errors = 'return'\n")])?;
    let ran = workspace.run(&["--unsafe"])?;
    assert!(ran.out.contains("closeErr != nil && retErr == nil"), "{ran:?}");
    let ran = workspace.run(&["--close-errors=keep"])?;
    assert!(ran.code == Some(1) && !ran.out.contains("closeErr"), "{ran:?}");
    let mut command = workspace.command("", &["--unsafe"]);
    let out = command.env("UNDEFER_CLOSE_ERRORS", "join").env("UNDEFER_ON_PANIC", "error").output()?.stdout;
    let out = String::from_utf8_lossy(&out);
    assert!(out.contains("errors.Join(fmt.Errorf(\"panic: %w\", r), retErr)"), "{out}");
    Ok(())
}

#[test]
fn what_has_no_way_is_rewritten_as_before_and_said() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let asked = ["--close-errors=join", "--on-panic=error"];
    assert_eq!(workspace.run(&asked)?.out, workspace.run(&[])?.out);
    let ran = workspace.run(&[&["check"], &asked[..]].concat())?;
    let words = "; an error of `f.Close()` is dropped as it is today: the function itself returns none; \
                 a panic goes on as it does today: the function itself returns none [";
    assert!(ran.out.contains(words), "{ran:?}");
    Ok(())
}

#[test]
fn other_forms_are_passed_over_with_a_reason() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", FAILING)])?;
    let asked = ["check", "--unsafe", "--close-errors=join", "--form=inline"];
    let ran = workspace.run(&asked)?;
    let words = "; not inline: an error that a deferred function stores, or that was asked for, would not reach the caller [closure, unsafe, error-arrives]";
    assert!(ran.out.contains(words), "{ran:?}");
    let ran = workspace.run(&[&asked[..], &["--form-only"]].concat())?;
    assert!(ran.out.contains("[refused, error-lost]"), "{ran:?}");
    Ok(())
}

#[test]
fn a_word_that_is_not_known_is_one_line() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", FAILING)])?;
    let ran = workspace.run(&["--config", "close-errors = 'jion'"])?;
    let words = "close-errors: `jion` is none of keep, join, return; did you mean `join`?";
    assert!(ran.code == Some(2) && ran.err.contains(words), "{ran:?}");
    let ran = workspace.run(&["--on-panic=eror"])?;
    assert!(ran.code == Some(2) && ran.err.contains("error"), "{ran:?}");
    Ok(())
}
