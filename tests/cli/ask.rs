//! `-i`: each rewrite is shown and asked about; what was taken is written, and nothing else.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::workspace::{LEAKY, Ran, Workspace, ran};

/// Three functions with a site each, the last of another kind.
fn triple() -> String {
    let rest = LEAKY.split_once("func f").map_or("", |(_, rest)| rest);
    let other = "\nfunc h(fs []func()) {\n\tfor _, f := range fs {\n\t\tdefer f()\n\t}\n}\n";
    format!("{LEAKY}\nfunc g{rest}{other}")
}

fn asked(files: &[(&str, &str)], args: &[&str], answers: &str) -> io::Result<(Workspace, Ran)> {
    let workspace = Workspace::with(files)?;
    let ran = workspace.run_with_input(&[&["-i", "--unsafe"], args].concat(), answers)?;
    Ok((workspace, ran))
}

/// Which of the functions still have their defer.
fn left(text: &str) -> Vec<&str> {
    let functions = text.split("\nfunc ").skip(1);
    functions.filter(|function| function.contains("\t\tdefer ")).map(|function| &function[..1]).collect()
}

#[test]
fn what_is_taken_is_written_and_the_rest_is_left() -> io::Result<()> {
    let text = triple();
    let files = [("a.go", text.as_str()), ("b.go", text.as_str())];
    for (answers, in_a, in_b, said) in [
        ("y\nn\ny\nn\nn\nn\n", vec!["g"], vec!["f", "g", "h"], "2 rewrites applied in 1 file; 4 rejected"),
        ("n\na\nd\n", vec!["f"], vec!["f", "g", "h"], "2 rewrites applied in 1 file; 4 rejected"),
        ("d\na\n", vec!["f", "g", "h"], vec![], "3 rewrites applied in 1 file; 3 rejected"),
        ("A\nn\n", vec!["h"], vec!["h"], "4 rewrites applied in 2 files; 2 rejected"),
        ("D\ny\nn\n", vec!["f", "g"], vec!["f", "g", "h"], "1 rewrite applied in 1 file; 5 rejected"),
        ("y\nq\n", vec!["g", "h"], vec!["f", "g", "h"], "1 rewrite applied in 1 file; 5 rejected"),
        ("y\n", vec!["g", "h"], vec!["f", "g", "h"], "1 rewrite applied in 1 file; 5 rejected"),
        ("", vec!["f", "g", "h"], vec!["f", "g", "h"], "0 rewrites applied in 0 files; 6 rejected"),
    ] {
        let (workspace, ran) = asked(&files, &[], answers)?;
        assert_eq!(ran.code, Some(0), "{answers:?}: {ran:?}");
        let (a, b) = (workspace.read("a.go")?, workspace.read("b.go")?);
        assert_eq!(ran.err, format!("undefer: {said}\n"), "{answers:?}");
        assert_eq!((left(&a), left(&b)), (in_a, in_b), "{answers:?}: {}", ran.out);
    }
    Ok(())
}

#[test]
fn taking_everything_is_what_writing_does() -> io::Result<()> {
    let text = triple();
    let (workspace, ran) = asked(&[("a.go", &text)], &["-l"], "a\n")?;
    let (_, last) = ran.out.rsplit_once("? ").unwrap_or_default();
    assert_eq!(last, "a.go\n", "{ran:?}");
    let other = Workspace::with(&[("a.go", &text)])?;
    other.run(&["-w", "--unsafe"])?;
    assert_eq!(workspace.read("a.go")?, other.read("a.go")?);
    Ok(())
}

#[test]
fn a_rewrite_is_shown_with_its_reason_and_questions_are_answered() -> io::Result<()> {
    let (workspace, ran) = asked(&[("a.go", LEAKY)], &[], "?\nwhat\n\nn\n")?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (shown, rest) = ran.out.split_once("(1/1) ").unwrap_or_default();
    assert!(
        shown.starts_with("a.go:11:3: defer in loop ")
            && shown.contains("(UD001)\n--- a/a.go\n+++ b/a.go\n@@ "),
        "{shown}"
    );
    assert!(shown.contains("-\t\tdefer f.Close()\n"), "{shown}");
    assert_eq!(rest.matches("Rewrite this [y,n,a,d,A,D,e,q,?]? ").count(), 4, "{rest}");
    assert_eq!(rest.matches("q - quit: leave this").count(), 3, "{rest}");
    assert_eq!(rest.matches("of its kind (inline, ").count(), 6, "{rest}");
    assert_eq!(workspace.read("a.go")?, LEAKY);
    let (_, none) = asked(&[("a.go", "package p\n")], &[], "")?;
    assert_eq!((none.out.as_str(), none.err.as_str()), ("", "undefer: no defer in a loop in 1 file\n"));
    Ok(())
}

#[test]
fn a_rewrite_of_several_sites_names_each_of_them() -> io::Result<()> {
    let text = "package p\n\nimport \"os\"\n\nfunc f(names []string) {\n\tfor _, name := range names {\n\t\ta, _ := os.Open(name)\n\t\tdefer a.Close()\n\t\tb, _ := os.Open(name)\n\t\tdefer b.Close()\n\t}\n}\n";
    let (_, ran) = asked(&[("a.go", text)], &["--form", "closure"], "n\n")?;
    assert!(ran.out.contains("a.go:8:3: ") && ran.out.contains("\na.go:10:3: "), "{ran:?}");
    assert_eq!((ran.out.matches("--- a/a.go").count(), ran.out.matches("(1/1)").count()), (1, 1), "{ran:?}");
    Ok(())
}

/// Runs with an editor that is a script; its argument is the file.
fn with_editor(text: &str, script: &str, answers: &str) -> io::Result<(Workspace, Ran)> {
    let workspace = Workspace::with(&[("m/a.go", text), ("editor", &format!("#!/bin/sh\n{script}\n"))])?;
    std::fs::set_permissions(workspace.path("editor"), std::fs::Permissions::from_mode(0o755))?;
    let mut command = workspace.command("m", &["-i", "--unsafe"]);
    command.env("VISUAL", format!("{} -f", workspace.path("editor").display())).env("EDITOR", "false");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(answers.as_bytes())?;
    }
    let ran = ran(&child.wait_with_output()?);
    Ok((workspace, ran))
}

#[test]
fn a_rewrite_can_be_edited() -> io::Result<()> {
    let (workspace, ran) =
        with_editor(LEAKY, "test \"$1\" = -f && sed -i 's/f.Close()/_ = f.Close()/' \"$2\"", "e\n")?;
    assert_eq!(ran.err, "undefer: 1 rewrite applied in 1 file\n", "{ran:?}");
    let text = workspace.read("m/a.go")?;
    assert!(text.contains("\t\t_ = f\n\t\t_ = f.Close()\n") && !text.contains("defer"), "{text}");
    Ok(())
}

#[test]
fn an_edit_that_comes_to_nothing_is_asked_about_again() -> io::Result<()> {
    for (script, words) in [
        ("exit 1", "failed, so nothing was edited\n"),
        (": > \"$2\"", "nothing is left of the text, so it is not taken\n"),
        ("echo '((' >> \"$2\"", "left as it is: gofmt: "),
    ] {
        let (workspace, ran) = with_editor(LEAKY, script, "e\nn\n")?;
        assert!(ran.out.contains(words) && ran.out.matches("(1/1)").count() == 2, "{script}: {ran:?}");
        assert_eq!(workspace.read("m/a.go")?, LEAKY, "{script}");
    }
    Ok(())
}

#[test]
fn other_uses_of_standard_input_and_other_jobs_are_refused() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    for (args, words) in [
        (&["-i", "-"][..], "undefer: --interactive reads answers from standard input"),
        (&["-i", "--files-from", "-"], "undefer: --interactive reads answers from standard input"),
        (&["-i", "check"], "undefer: --interactive does not go with `check`"),
        (&["-i", "-d"], "error: the argument '--interactive' cannot be used with '--diff'"),
        (&["-i", "--pr-body", "x"], "error: the argument '--interactive' cannot be used with"),
    ] {
        let ran = workspace.run(args)?;
        assert_eq!(ran.code, Some(2), "{args:?}: {ran:?}");
        assert!(ran.err.starts_with(words), "{args:?}: {ran:?}");
    }
    Ok(())
}
