//! The reports of `check`: text for problem matchers, source and diff for people, JSON as the contract says.

use std::io;

use serde_json::{Value, json};

use crate::workspace::{LEAKY, Ran, TIDY, Workspace, crlf};

#[test]
fn a_finding_is_one_line_that_problem_matchers_read() -> io::Result<()> {
    let workspace = Workspace::with(&[("d/a.go", LEAKY)])?;
    let ran = workspace.run(&["check"])?;
    let line = ran.out.strip_suffix('\n').unwrap_or_default();
    assert!(line.starts_with("d/a.go:11:3: defer in loop can run in each iteration: "), "{line}");
    assert!(line.ends_with(" (UD001)"), "{line}");
    assert!(line.contains(" [inline, "), "{line}");
    assert_eq!(ran.out.lines().count(), 1);
    Ok(())
}

#[test]
fn the_json_report_has_the_keys_of_the_contract() -> io::Result<()> {
    let workspace = Workspace::with(&[("d/a.go", LEAKY), ("b.go", TIDY)])?;
    let report = json(&workspace, &["check", "--output-format", "json"])?;
    assert_eq!(keys(&report), ["fixes", "schema", "sites", "tool", "troubles"]);
    assert_eq!((&report["schema"], &report["tool"]["name"]), (&1.into(), &"undefer".into()));
    let site = &report["sites"][0];
    let expected = [
        "accepted",
        "aside",
        "column",
        "evidence",
        "exits",
        "fix",
        "form",
        "function",
        "line",
        "message",
        "passed_over",
        "path",
        "profile",
        "reason",
        "rule",
        "safety",
        "verdict",
    ];
    assert_eq!(keys(site), expected);
    assert_eq!((&site["path"], &site["line"], &site["column"]), (&"d/a.go".into(), &11.into(), &3.into()));
    assert_eq!(
        (&site["function"], &site["verdict"], &site["form"]),
        (&"f".into(), &"rewrite".into(), &"inline".into())
    );
    let fix = &report["fixes"][0];
    assert_eq!(keys(fix), ["accepted", "conflicts", "edits", "form", "id", "path", "safety"]);
    assert_eq!(fix["id"], site["fix"]);
    assert_eq!(keys(&fix["edits"][0]), ["end", "new", "start"]);
    Ok(())
}

#[test]
fn an_empty_report_is_a_report() -> io::Result<()> {
    let workspace = Workspace::with(&[("b.go", TIDY)])?;
    let report = json(&workspace, &["check", "--output-format=json"])?;
    assert_eq!((&report["sites"], &report["troubles"]), (&Value::Array(vec![]), &Value::Array(vec![])));
    Ok(())
}

#[test]
fn troubles_are_reported_with_their_codes() -> io::Result<()> {
    let workspace = Workspace::with(&[])?;
    workspace.write("b.go", [LEAKY.as_bytes(), b"// \xff\n"].concat())?;
    let report = json(&workspace, &["check", "--output-format=json", "nope", "."])?;
    let codes: Vec<_> =
        report["troubles"].as_array().into_iter().flatten().map(|trouble| &trouble["code"]).collect();
    assert_eq!(codes, ["unreadable", "not-utf8"]);
    Ok(())
}

#[test]
fn the_edits_applied_in_one_step_give_what_is_written() -> io::Result<()> {
    let aligned =
        LEAKY.replace("defer f.Close()", "defer f.Close() // close").replace("_ = f", "_ = f // use it");
    let twice =
        format!("{LEAKY}{}", LEAKY.split_once("\"os\"\n").map_or("", |(_, rest)| rest).replace("f(n", "g(n"));
    let untidy = format!("{LEAKY}\nvar   x  =  1\n");
    let texts = [LEAKY.to_owned(), aligned, twice, untidy, crlf(LEAKY), format!("\u{feff}{LEAKY}")];
    for (text, bar) in texts.iter().flat_map(|text| [(text, "--unsafe"), (text, "--tests=true")]) {
        let workspace = Workspace::with(&[("a.go", text)])?;
        let report = json(&workspace, &["check", "--output-format=json", bar])?;
        workspace.run(&["-w", "--unsafe"])?;
        assert_eq!(apply_all(text, &report), workspace.read("a.go")?, "{bar}");
    }
    Ok(())
}

#[test]
fn the_lines_of_jsonl_are_the_objects_of_json() -> io::Result<()> {
    let workspace = Workspace::with(&[("d/a.go", LEAKY), ("e/b.go", LEAKY)])?;
    workspace.write("c.go", [LEAKY.as_bytes(), b"// \xff\n"].concat())?;
    for paths in [&["."][..], &["nope", "."], &["nope"]] {
        let report = json(&workspace, &[&["check", "--output-format=json"], paths].concat())?;
        let ran = workspace.run(&[&["check", "--output-format=jsonl"], paths].concat())?;
        let mut lines = ran.out.lines();
        let header: Value = serde_json::from_str(lines.next().unwrap_or_default())?;
        assert_eq!(header, with_kind("run", &json!({"schema": report["schema"], "tool": report["tool"]})));
        let lines: Vec<Value> = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
        let kinds = [("site", "sites"), ("fix", "fixes"), ("trouble", "troubles")];
        let objects = kinds.iter().flat_map(|(kind, key)| {
            report[key].as_array().into_iter().flatten().map(|object| with_kind(kind, object))
        });
        assert_eq!(lines, objects.collect::<Vec<_>>(), "{paths:?}");
    }
    Ok(())
}

#[test]
fn formats_of_reports_are_for_reports_only() -> io::Result<()> {
    let workspace = Workspace::with(&[])?;
    for (job, format) in [(&["rules"][..], "jsonl"), (&["explain", "UD001"], "jsonl"), (&["rules"], "full")] {
        let ran = workspace.run(&[job, &["--output-format", format]].concat())?;
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{job:?}");
        let line = ran.err.lines().next().unwrap_or_default();
        assert!(line.contains(&format!("'{format}' for '--output-format <FORMAT>'")), "{job:?}: {line}");
    }
    Ok(())
}

#[test]
fn the_full_report_shows_source_and_diff() -> io::Result<()> {
    for text in [LEAKY.to_owned(), crlf(LEAKY), format!("\u{feff}{LEAKY}")] {
        let workspace = Workspace::with(&[("d/a.go", &text)])?;
        let line = workspace.run(&["check", "--form=closure"])?;
        let diff = workspace.run(&["--form=closure"])?.out;
        let hunk = diff.split_once("+++ b/d/a.go\n").map_or("", |(_, hunk)| hunk);
        let full = workspace.run(&["check", "--output-format=full", "--form=closure"])?;
        assert_eq!((full.code, &full.err), (line.code, &line.err));
        assert!(full.out.starts_with(&line.out), "{}", full.out);
        assert!(!hunk.is_empty() && full.out.ends_with(&format!("\n{hunk}\n")), "{}", full.out);
        for part in [
            "\n11 |         defer f.Close()\n",
            "waits for the end of `f`",
            "- the loop\n",
            "- exit: continue\n",
        ] {
            assert!(full.out.contains(part), "{part}: {}", full.out);
        }
        let painted = workspace.run(&["check", "--output-format=full", "--color=always"])?.out;
        assert!(!full.out.contains('\u{1b}'));
        assert!(painted.contains("\u{1b}[31m-"), "{painted}");
    }
    Ok(())
}

#[test]
fn statistics_count_what_the_report_would_list() -> io::Result<()> {
    let once = LEAKY.replace("_ = f", "return");
    let workspace = Workspace::with(&[("a.go", LEAKY), ("b.go", LEAKY), ("c.go", &once)])?;
    let rewrites = "   2  rewrite  safe  released-in-iteration\n";
    let all = format!("{rewrites}   1  once           leaves-loop\n");
    for (flags, table) in [
        (&[][..], rewrites),
        (&["--show=all"], &all),
        (&["--output-format=full", "--fail-on=never"], rewrites),
    ] {
        let listed = workspace.run(&[&["check"], flags].concat())?;
        let counted = workspace.run(&[&["check", "--statistics"], flags].concat())?;
        assert_eq!(counted, Ran { out: table.to_owned(), ..listed }, "{flags:?}");
    }
    Ok(())
}

#[test]
fn statistics_for_programs_count_every_site() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY), ("b.go", LEAKY)])?;
    let row = json!({
        "verdict": "rewrite", "safety": "safe", "reason": "released-in-iteration", "count": 2
    });
    let report = json(&workspace, &["check", "--statistics", "--output-format=json"])?;
    assert_eq!(keys(&report), ["schema", "statistics", "tool"]);
    assert_eq!(report["statistics"], json!([row]));
    let lines = workspace.run(&["check", "--statistics", "--output-format=jsonl"])?;
    let lines: Vec<Value> = lines.out.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let header = json!({"kind": "run", "schema": report["schema"], "tool": report["tool"]});
    assert_eq!(lines, [header, with_kind("statistic", &row)]);
    assert_eq!(workspace.run(&["check", "--statistics", "--output-format=json"])?.code, Some(1));
    Ok(())
}

fn with_kind(kind: &str, object: &Value) -> Value {
    let mut object = object.clone();
    object["kind"] = kind.into();
    object
}

fn json(workspace: &Workspace, args: &[&str]) -> io::Result<Value> {
    let ran = workspace.run(args)?;
    serde_json::from_str(&ran.out).map_err(|error| io::Error::other(format!("{error}: {ran:?}")))
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys
}

/// Applies the edits of all fixes to the original bytes.
fn apply_all(text: &str, report: &Value) -> String {
    let fixes = report["fixes"].as_array().into_iter().flatten();
    let mut edits: Vec<_> = fixes.flat_map(|fix| fix["edits"].as_array().into_iter().flatten()).collect();
    let offset = |edit: &Value, key: &str| {
        usize::try_from(edit[key].as_u64().unwrap_or(u64::MAX)).unwrap_or(usize::MAX)
    };
    edits.sort_by_key(|edit| offset(edit, "start"));
    let mut text = text.to_owned();
    for edit in edits.into_iter().rev() {
        text.replace_range(
            offset(edit, "start")..offset(edit, "end"),
            edit["new"].as_str().unwrap_or_default(),
        );
    }
    text
}

#[test]
fn directives_keep_a_site_and_are_reported_where_they_do_nothing() -> io::Result<()> {
    let kept = LEAKY.replace("defer f.Close()", "defer f.Close() //undefer:ignore UD001 few files");
    let unused = TIDY.replace("defer f()", "defer f() //undefer:ignore");
    let near = TIDY.replace("defer f()", "defer f() // undefer:ignore");
    let workspace = Workspace::with(&[("a.go", &kept), ("b.go", &unused), ("c.go", &near)])?;
    let ran = workspace.run(&["check", "--show", "all"])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.starts_with("a.go:11:3: ") && ran.out.contains("[suppressed, ignore-directive]"),
        "{ran:?}"
    );
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
    let said: Vec<&str> = ran.err.lines().collect();
    let expected = [
        "undefer: b.go:4:12: this directive is about no defer in a loop; remove it",
        "undefer: c.go:4:12: not read as a directive; write `//undefer:ignore`, without spaces",
        "undefer: 0 sites to rewrite; 1 left: 1 suppressed",
    ];
    assert_eq!(said, expected);
    let report = json(&workspace, &["check", "--output-format", "json"])?;
    assert_eq!(report["sites"][0]["verdict"], "suppressed");
    assert_eq!(report["troubles"][0]["code"], "directive");
    Ok(())
}
