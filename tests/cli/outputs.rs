//! Reports that go to files: beside what is printed, whole or not at all, and never in anybody's way.

use std::fs;
use std::io;
use std::process::Stdio;

use serde_json::Value;

use crate::workspace::{LEAKY, Ran, TIDY, Workspace, ran};

const FORMATS: [&str; 12] = [
    "text",
    "full",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "rdjson",
    "rdjsonl",
    "checkstyle",
    "markdown",
    "html",
];

#[test]
fn one_analysis_gives_every_report() -> io::Result<()> {
    let workspace = Workspace::with(&[("d/a.go", LEAKY), ("b.go", TIDY)])?;
    let outputs = FORMATS.map(|format| format!("--output={format}=r.{format}"));
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    let plain = workspace.run(&["check"])?;
    assert_eq!(workspace.run(&[&["check"], &outputs[..]].concat())?, plain);
    for format in FORMATS {
        let printed = workspace.run(&["check", "--output-format", format])?;
        assert_eq!(workspace.read(&format!("r.{format}"))?, printed.out, "{format}");
        fs::remove_file(workspace.path(&format!("r.{format}")))?;
    }
    let diff = workspace.run(&["--unsafe"])?;
    assert_eq!(workspace.run(&[&["--unsafe"], &outputs[..]].concat())?, diff);
    assert!(workspace.read("r.sarif")?.contains("deletedRegion"));
    Ok(())
}

#[test]
fn reports_are_asked_for_before_the_job_and_after_it() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let args = ["--output=text=one", "--pr-body=two", "check", "--output=text=three", "--summary-json=four"];
    assert_eq!(workspace.run(&args)?.code, Some(1));
    assert_eq!(workspace.names("")?, ["a.go", "four", "one", "three", "two"]);
    Ok(())
}

#[test]
fn reports_in_files_have_no_colours() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let ran = workspace.run(&["check", "--color=always", "--output=full=r"])?;
    assert!(ran.out.contains('\u{1b}') && !workspace.read("r")?.contains('\u{1b}'));
    Ok(())
}

#[test]
fn what_cannot_be_obeyed_is_said_before_anything_is_done() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    for (args, line) in [
        (&["-w", "--output=sarif=no/r"][..], "--output sarif=no/r: there is no folder no; make it first"),
        (&["-w", "--pr-body=no/r"], "--pr-body no/r: there is no folder no; make it first"),
        (
            &["-w", "--pr-body=r", "--output=text=./r"],
            "--output text=./r and --pr-body r name the same file; give each report a file of its own",
        ),
        (
            &["-w", "--summary-json=-"],
            "--summary-json -: `-` is no file; name one, or print a report with `undefer check --output-format`",
        ),
        (
            &["-w", "--step-summary"],
            "--step-summary: GITHUB_STEP_SUMMARY names no file, as it does in a step of GitHub Actions",
        ),
        (
            &["check", "--statistics", "--output-format=sarif"],
            "--statistics goes with --output-format text, full, json or jsonl",
        ),
        (&["--pr-body=r", "rules"], "--pr-body does not go with `rules`: leave one of the two out"),
    ] {
        let ran = workspace.run(args)?;
        let expected = Ran { code: Some(2), out: String::new(), err: format!("undefer: {line}\n") };
        assert_eq!(ran, expected, "{args:?}");
    }
    let ran = workspace.run(&["--show-files", "--pr-body=r"])?;
    assert!(ran.code == Some(2) && ran.err.contains("'--show-files' cannot be used with"), "{ran:?}");
    for (value, words) in [
        ("sarif", "write it as FORMAT=PATH, for example sarif=undefer.sarif"),
        ("sarif=", "write it as FORMAT=PATH"),
        ("sarf=r", "`sarf` is no format; there are text, full, json, jsonl, sarif, github, "),
    ] {
        let ran = workspace.run(&["-w", "--output", value])?;
        assert!(ran.code == Some(2) && ran.err.contains(words), "{ran:?}");
    }
    assert_eq!(workspace.read("a.go")?, LEAKY);
    assert_eq!(workspace.names("")?, ["a.go"]);
    Ok(())
}

#[test]
fn a_report_that_cannot_be_written_fails_the_run_and_nothing_else() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY), ("folder/x", "")])?;
    let ran = workspace.run(&["-w", "--output=text=folder", "--output=json=r"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    let line = ran.err.lines().next().unwrap_or_default();
    assert_eq!(line, "undefer: --output text=folder: cannot be written: is a directory");
    assert_ne!(workspace.read("a.go")?, LEAKY);
    assert_eq!(workspace.names("")?, ["a.go", "folder", "r"]);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_report_takes_the_place_of_the_last_one_and_keeps_its_mode_and_its_links() -> io::Result<()> {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let mode = |workspace: &Workspace, name: &str| -> io::Result<u32> {
        Ok(fs::metadata(workspace.path(name))?.permissions().mode() & 0o777)
    };
    let workspace = Workspace::with(&[("a.go", LEAKY), ("real", "an old report")])?;
    fs::set_permissions(workspace.path("real"), fs::Permissions::from_mode(0o640))?;
    symlink("real", workspace.path("link"))?;
    workspace.run(&["check", "--output=text=link", "--output=text=new"])?;
    assert!(fs::symlink_metadata(workspace.path("link"))?.is_symlink());
    assert_eq!((workspace.read("real")?, mode(&workspace, "real")?), (workspace.read("new")?, 0o640));
    // As any other program would make it, whatever the user's umask.
    workspace.write("ordinary", "")?;
    assert_eq!(mode(&workspace, "new")?, mode(&workspace, "ordinary")?);
    assert_eq!(workspace.names("")?, ["a.go", "link", "new", "ordinary", "real"]);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_to_as_it_stands() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let text = workspace.run(&["check"])?;
    let ran = workspace.run(&[
        "check",
        "--fail-on=never",
        "-q",
        "--output-format=gitlab",
        "--output=text=/dev/stderr",
    ])?;
    assert_eq!((ran.code, ran.err), (Some(0), text.out));
    Ok(())
}

#[test]
fn a_closed_pipe_costs_no_report() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let mut command = workspace.command("", &["check", "--output=gitlab=r"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    drop(child.stdout.take());
    assert_eq!(child.wait()?.code(), Some(1));
    assert!(workspace.read("r")?.contains("fingerprint"));
    Ok(())
}

#[test]
fn the_figures_of_a_run_are_those_of_its_last_line() -> io::Result<()> {
    let unproved = LEAKY.replace("_ = f", "store(f)");
    let once = LEAKY.replace("_ = f", "return");
    let workspace =
        Workspace::committed(&[("a.go", LEAKY), ("b.go", LEAKY), ("c.go", &unproved), ("d.go", &once)])?;
    workspace.write("b.go", format!("{LEAKY}\n// An edit.\n"))?;
    let ran = workspace.run(&["-w", "--summary-json=s.json", "--pr-body=body.md"])?;
    assert_eq!(ran.code, Some(2));
    let last = ran.err.lines().last().unwrap_or_default();
    let expected =
        "undefer: 1 site rewritten in 1 file; 1 left: 1 once; 1 more with --unsafe; 1 in 1 file not written";
    assert_eq!(last, expected);
    let digest: Value = serde_json::from_str(&workspace.read("s.json")?)?;
    let sites = serde_json::json!({
        "rewritten": 1, "accepted": 0, "unwritten": 1, "below": 1, "refused": 0, "keep": 0, "once": 1, "suppressed": 0,
        "baseline": 0, "unchanged": 0
    });
    assert_eq!((&digest["sites"], &digest["writes"], &digest["bar"]), (&sites, &true.into(), &"safe".into()));
    let left = "has uncommitted edits, so it was left alone; commit them, or give --allow-dirty".to_owned();
    let changes = serde_json::json!([
        {"path": "a.go", "sites": 1, "written": true, "left": null}, {"path": "b.go", "sites": 1, "written": false, "left": left}
    ]);
    assert_eq!(digest["changes"], changes);
    assert_eq!(digest["statistics"].as_array().map(Vec::len), Some(3));
    let body = workspace.read("body.md")?;
    for row in [
        "### Rewritten\n",
        "| `a.go:11` | `f` | inline, safe |",
        "| `b.go:11` | `f` | not written | has uncommitted edits, ",
        "| `c.go:11` | `f` | not proved |",
        "| `d.go:11` | `f` | once |",
    ] {
        assert!(body.contains(row), "{row}: {body}");
    }
    Ok(())
}

#[test]
fn the_text_of_a_pull_request_fits_where_it_goes() -> io::Result<()> {
    let head = LEAKY.split_once("func f").map_or("", |(head, _)| head);
    let function = LEAKY.split_once("func f").map_or("", |(_, function)| function);
    let functions: Vec<String> = (0..900).map(|number| format!("func f{number}{function}\n")).collect();
    let workspace = Workspace::with(&[("a.go", &format!("{head}{}", functions.concat()))])?;
    workspace.run(&["check", "--pr-body=body.md", "--output=markdown=all.md"])?;
    let (body, all) = (workspace.read("body.md")?, workspace.read("all.md")?);
    assert!(all.len() > 65_536 && body.len() < 65_536, "{} {}", all.len(), body.len());
    let rows = body.lines().filter(|line| line.starts_with("| `a.go:")).count();
    assert!(body.contains(&format!("\n{} more sites would not fit here; ", 900 - rows)), "{rows}");
    assert!(rows > 450, "{rows}");
    assert_eq!(all.lines().filter(|line| line.starts_with("| `a.go:")).count(), 900);
    Ok(())
}

#[test]
fn a_step_summary_is_added_to_what_the_step_has_written() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY), ("summary", "# Build\n")])?;
    let mut command = workspace.command("", &["check", "--step-summary", "--fail-on=never"]);
    assert_eq!(ran(&command.env("GITHUB_STEP_SUMMARY", "summary").output()?).code, Some(0));
    let report = workspace.run(&["check", "--output-format=markdown"])?.out;
    assert_eq!(workspace.read("summary")?, format!("# Build\n{report}"));
    // Nobody asked for it.
    let mut command = workspace.command("", &["check"]);
    command.env("GITHUB_STEP_SUMMARY", "summary").output()?;
    assert_eq!(workspace.read("summary")?, format!("# Build\n{report}"));
    Ok(())
}

#[test]
fn so_many_findings_may_stay() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY), ("b.go", LEAKY)])?;
    for (most, code, line) in [
        ("1", 1, "--max-findings: 2 found, 1 allowed"),
        ("2", 0, "--max-findings: 2 found, 2 allowed"),
        ("3", 0, "--max-findings: 2 found, 3 allowed; lower it to 2"),
    ] {
        let ran = workspace.run(&["check", "--max-findings", most])?;
        assert_eq!(
            (ran.code, ran.err.lines().last()),
            (Some(code), Some(format!("undefer: {line}").as_str()))
        );
        assert_eq!(ran.out.lines().count(), 2);
    }
    Ok(())
}

#[test]
fn standard_input_is_reported_under_its_name() -> io::Result<()> {
    let workspace = Workspace::with(&[])?;
    let args = ["-", "-w", "--unsafe", "--stdin-filename=x/y.go", "--output=gitlab=r"];
    let ran = workspace.run_with_input(&args, LEAKY)?;
    assert!(ran.code == Some(0) && ran.out.contains("\t\tf.Close()\n"), "{ran:?}");
    let issues: Value = serde_json::from_str(&workspace.read("r")?)?;
    assert_eq!(issues[0]["location"]["path"], "x/y.go");
    Ok(())
}
