//! `--form` and `--form-only`.

use std::io;

use crate::workspace::{LEAKY, Workspace};

#[test]
fn a_form_that_is_not_known_is_refused_and_those_that_are_known_are_named() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let ran = workspace.run(&["--form", "closure,clsure"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    let words = "--form clsure: there is no such form; the forms are auto, inline, closure, guard, pool, hoist, extract; did you mean `closure`?";
    assert!(ran.err.contains(words), "{ran:?}");
    Ok(())
}

#[test]
fn auto_goes_with_no_other_form_and_is_nothing_to_insist_on() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    for (args, words) in [
        (
            &["--form", "auto,closure"][..],
            "--form: auto leaves the choice to undefer, so it goes with no other form",
        ),
        (
            &["--form=auto", "--form-only"],
            "--form-only: no form was asked for but auto, so name one with --form",
        ),
        (&["--form-only"], "--form-only: no form was asked for but auto, so name one with --form"),
        (
            &["--config", "form = ['inline', 'auto']"],
            "--config 'form = ['inline', 'auto']': form: auto leaves the choice to undefer",
        ),
    ] {
        let ran = workspace.run(args)?;
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        assert!(ran.err.contains(words), "{args:?} {ran:?}");
    }
    Ok(())
}

#[test]
fn forms_may_stand_in_the_configuration_file() -> io::Result<()> {
    let conditional =
        PANICKY.replace("\t\tdefer f.Close()\n", "\t\tif i > 0 {\n\t\t\tdefer f.Close()\n\t\t}\n");
    let settings = "form = ['guard', 'inline']\nform-only = true\n";
    let workspace = Workspace::with(&[("a.go", &conditional), (".undefer.toml", settings)])?;
    let ran = workspace.run(&["check", "--unsafe"])?;
    assert!(ran.out.contains("[refused, conditional-defer]"), "{ran:?}");
    let ran = workspace.run(&["check", "--unsafe", "--form-only=false"])?;
    assert!(ran.out.contains("; not guard: the defer stands in a block"), "{ran:?}");
    let ran = workspace.run(&["check", "--unsafe", "--form", "closure"])?;
    assert!(ran.out.contains(" [closure, ") && !ran.out.contains("; not "), "{ran:?}");
    Ok(())
}

#[test]
fn auto_is_what_happens_anyway() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let ran = workspace.run(&["--unsafe"])?;
    assert_eq!(workspace.run(&["--unsafe", "--form", "auto"])?, ran);
    assert_ne!(ran.out, "");
    Ok(())
}

const PANICKY: &str = r#"package p

import "os"

func f(names []string, sizes []int) {
	for i, name := range names {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		defer f.Close()
		sizes[i] = len(f.Name())
		f.Sync()
	}
}
"#;

#[test]
fn a_report_names_the_form_and_why_it_is_not_the_one_that_was_asked_for() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", PANICKY)])?;
    let ran = workspace.run(&["check", "--form", "inline"])?;
    assert!(
        ran.out.contains("; not inline: a panic in between would skip the release [guard, safe, "),
        "{ran:?}"
    );
    let ran = workspace.run(&["check", "--form", "inline", "--unsafe"])?;
    assert!(
        ran.out.contains("a panic in between would skip the release [inline, unsafe, panic-skips"),
        "{ran:?}"
    );
    let ran = workspace.run(&["check"])?;
    assert!(ran.out.contains("`f` is used up inside the iteration [closure, safe, "), "{ran:?}");
    let ran = workspace.run(&["check", "--output-format", "full"])?;
    let note = "= note: not inline: a panic in between would skip the release, line 12 (panic-skips-release)";
    assert!(ran.out.contains(note), "{ran:?}");
    let ran = workspace.run(&["check", "--output-format", "json"])?;
    let report: serde_json::Value = serde_json::from_str(&ran.out)?;
    let passed = &report["sites"][0]["passed_over"][0];
    assert_eq!((&passed["form"], &passed["code"]), (&"inline".into(), &"panic-skips-release".into()));
    assert_eq!((&passed["line"], &passed["column"]), (&12.into(), &3.into()));
    Ok(())
}

#[test]
fn a_list_goes_on_to_the_next_form_and_alone_it_refuses() -> io::Result<()> {
    let conditional =
        PANICKY.replace("\t\tdefer f.Close()\n", "\t\tif i > 0 {\n\t\t\tdefer f.Close()\n\t\t}\n");
    let workspace = Workspace::with(&[("a.go", &conditional)])?;
    let ran = workspace.run(&["check", "--form", "guard,inline,closure", "--unsafe"])?;
    assert!(ran.out.contains("; not guard: the defer stands in a block"), "{ran:?}");
    assert!(ran.out.contains(" [closure, "), "{ran:?}");
    let ran = workspace.run(&["check", "--form", "guard,inline", "--form-only", "--unsafe"])?;
    assert!(ran.out.contains("[refused, conditional-defer]"), "{ran:?}");
    assert_eq!(workspace.run(&["--form", "guard,inline", "--form-only", "--unsafe"])?.out, "");
    Ok(())
}
