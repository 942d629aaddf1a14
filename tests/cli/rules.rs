//! Several rules in one run: which of them are looked for, where, and under which code reports and directives speak of them.

use std::io;

use crate::workspace::{LEAKY, Workspace};

/// A finding of UD002 where the version is old, and one of UD003, in a function each.
const OLD_VALUES: &str = r#"package p

import "log"

func visit(names []string) {
	for _, name := range names {
		defer func() { log.Println(name) }()
	}
}

func report(work func() error) error {
	var err error
	defer log.Println(err)
	err = work()
	return err
}
"#;

fn workspace() -> io::Result<Workspace> {
    Workspace::with(&[("go.mod", "module m\n\ngo 1.21\n"), ("a.go", OLD_VALUES), ("b.go", LEAKY)])
}

/// The codes at the ends of the lines of a report, with the files.
fn found(report: &str) -> Vec<(String, String)> {
    let code =
        |line: &str| line.rsplit_once('(').map_or("", |(_, code)| code).trim_end_matches(')').to_owned();
    let file = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
    report.lines().map(|line| (file(line), code(line))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(file, code)| ((*file).to_owned(), (*code).to_owned())).collect()
}

#[test]
fn a_run_looks_for_the_rules_that_it_is_told_and_else_for_one() -> io::Result<()> {
    let workspace = workspace()?;
    for (flags, expected) in [
        (&["check"][..], &[("a.go", "UD001"), ("b.go", "UD001")][..]),
        (&["check", "--select", "UD003"], &[("a.go", "UD003")]),
        (&["check", "--select", "UD002,ud003"], &[("a.go", "UD002"), ("a.go", "UD003")]),
        (&["check", "--select", "UD", "--ignore", "UD001,UD002"], &[("a.go", "UD003")]),
    ] {
        let ran = workspace.run(flags)?;
        assert_eq!((found(&ran.out), ran.code), (pairs(expected), Some(1)), "{flags:?}");
    }
    let none = workspace.run(&["check", "--select", "UD004"])?;
    assert_eq!(
        (none.code, none.out.as_str(), none.err.as_str()),
        (Some(0), "", "undefer: nothing found in 2 files\n")
    );
    Ok(())
}

#[test]
fn the_go_version_decides_what_a_loop_variable_is() -> io::Result<()> {
    let workspace = workspace()?;
    let flags = ["check", "--select", "UD002", "--show", "all"];
    let old = workspace.run(&flags)?;
    assert!(
        old.out.contains("which all iterations share in this version of Go") && old.code == Some(1),
        "{old:?}"
    );
    let new = workspace.run(&[&flags[..], &["--go", "1.22"]].concat())?;
    assert!(new.out.contains("[keep, own-variable] (UD002)") && new.code == Some(0), "{new:?}");
    Ok(())
}

#[test]
fn repairs_wait_for_unsafe_and_are_whole() -> io::Result<()> {
    let workspace = workspace()?;
    let flags = ["-w", "--allow-dirty", "--select", "UD002,UD003"];
    workspace.run(&flags)?;
    assert_eq!(workspace.read("a.go")?, OLD_VALUES);
    workspace.run(&[&flags[..], &["--unsafe"]].concat())?;
    let mended = OLD_VALUES
        .replace("\t\tdefer func", "\t\tname := name\n\t\tdefer func")
        .replace("defer log.Println(err)", "defer func() { log.Println(err) }()");
    assert_eq!(workspace.read("a.go")?, mended);
    let again = workspace.run(&[&flags[..], &["--unsafe"]].concat())?;
    assert_eq!((again.code, workspace.read("a.go")?), (Some(0), mended));
    Ok(())
}

#[test]
fn files_and_directives_leave_out_the_rules_that_they_name() -> io::Result<()> {
    let workspace = workspace()?;
    workspace.write(".undefer.toml", "select = ['UD']\n[per-file-ignores]\n'a.go' = ['UD001', 'UD003']\n")?;
    let ran = workspace.run(&["check"])?;
    assert_eq!(found(&ran.out), pairs(&[("a.go", "UD002"), ("b.go", "UD001")]), "{ran:?}");
    workspace.run(&["check", "--add-ignore=known", "--config", "select = ['UD']"])?;
    let text = workspace.read("a.go")?;
    assert_eq!(text.matches("\t\t//undefer:ignore UD002 known\n").count(), 1, "{text}");
    assert!(workspace.read("b.go")?.contains("\t\t//undefer:ignore UD001 known\n"));
    let clean = workspace.run(&["check"])?;
    assert_eq!((clean.code, clean.out.as_str()), (Some(0), ""), "{clean:?}");
    // For the other rules they are no directives, and no strays either.
    let others = workspace.run(&["check", "--isolated", "--select", "UD001,UD003"])?;
    assert_eq!(found(&others.out), pairs(&[("a.go", "UD001"), ("a.go", "UD003")]), "{others:?}");
    assert!(!others.err.contains("directive"), "{others:?}");
    Ok(())
}

#[test]
fn findings_of_one_line_share_a_directive() -> io::Result<()> {
    let workspace = workspace()?;
    let ran = workspace.run(&["check", "--add-ignore=known", "--select", "UD001,UD002"])?;
    assert!(workspace.read("a.go")?.contains("\t\t//undefer:ignore UD001,UD002 known\n"), "{ran:?}");
    assert_eq!(ran.err, "undefer: 2 directives written in 2 files\n");
    Ok(())
}

#[test]
fn a_baseline_and_the_report_for_code_scanning_know_findings_by_their_rules() -> io::Result<()> {
    let workspace = workspace()?;
    workspace.run(&["check", "--select", "UD002", "--write-baseline", "known.json"])?;
    let flags = ["check", "--select", "UD001,UD002", "--baseline", "known.json"];
    let ran = workspace.run(&flags)?;
    assert_eq!(found(&ran.out), pairs(&[("a.go", "UD001"), ("b.go", "UD001")]), "{ran:?}");
    let sarif = workspace.run(&["check", "--select", "UD", "--output-format", "sarif"])?;
    let log: serde_json::Value = serde_json::from_str(&sarif.out).map_err(io::Error::other)?;
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    let results = log["runs"][0]["results"].as_array().expect("there are results");
    assert!(results.len() >= 4, "{results:#?}");
    for result in results {
        let index = result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok());
        assert_eq!(index.map(|index| &rules[index]["id"]), Some(&result["ruleId"]));
    }
    Ok(())
}
