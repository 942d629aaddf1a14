//! undefer as a tool of the go command: `go vet -vettool` and `go fix -fixtool`, with the real go command where it takes part.

use std::collections::BTreeSet;
use std::io;
use std::process::Command;

use serde_json::{Value, json};

use crate::workspace::{LEAKY, Ran, Workspace, ran};

const GO_MOD: &str = "module example.com/m\n\ngo 1.22\n";

/// A file of which one site is proved, one is not, and one is refused.
fn mixed(package: &str) -> String {
    let proved = "\nfunc proved(names []string) int {\n\tn := 0\n\tfor _, name := range names {\n\t\tf, err := os.Open(name)\n\t\tif err != nil {\n\t\t\treturn 0\n\t\t}\n\t\tdefer f.Close()\n\t\t_ = f\n\t\tn++\n\t}\n\treturn n\n}\n";
    let refused = "\nfunc refused(names []string) {\n\tfor range names {\n\t\tdefer func() { _ = recover() }()\n\t}\n}\n";
    let unproved = "\nfunc unproved(fs []func()) {\n\tfor _, f := range fs {\n\t\tdefer f()\n\t}\n}\n";
    format!("package {package}\n\nimport \"os\"\n{proved}{refused}{unproved}")
}

/// Runs `go JOB -JOBtool=undefer ARGS` in the folder.
fn go(workspace: &Workspace, job: &str, args: &[&str]) -> io::Result<Ran> {
    let tool = format!("-{job}tool={}", workspace.command("", &[]).get_program().display());
    let mut command = workspace.command("", &[]);
    let mut go = Command::new("go");
    go.current_dir(workspace.path("")).arg(job).arg(tool).args(args);
    for (name, value) in command.args::<[&str; 0], &str>([]).get_envs() {
        match value {
            Some(value) => go.env(name, value),
            None => go.env_remove(name),
        };
    }
    go.output().map(|output| ran(&output))
}

/// The places and words of findings, however they are ordered and wherever they are printed.
fn findings(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| line.contains("(UD001)"));
    lines.map(|line| line.trim_start_matches("./").to_owned()).collect()
}

fn module(more: &[(&str, &str)]) -> io::Result<Workspace> {
    let workspace = Workspace::with(&[("go.mod", GO_MOD), ("a/a.go", &mixed("a")), ("b/b.go", &mixed("b"))])?;
    for (name, text) in more {
        workspace.write(name, text)?;
    }
    Ok(workspace)
}

#[test]
fn vet_finds_what_check_finds() -> io::Result<()> {
    let workspace = module(&[
        ("a/a_test.go", &LEAKY.replace("package p", "package a")),
        ("b/x_test.go", &LEAKY.replace("package p", "package b_test")),
        ("c/c_test.go", &LEAKY.replace("package p", "package c")),
    ])?;
    for flags in [&[][..], &["-unsafe"], &["-form=closure"], &["-form", "guard", "-form-only"]] {
        let check = workspace.run(&[&["check"], flags].concat())?;
        let vet = go(&workspace, "vet", &[flags, &["./..."]].concat())?;
        assert_eq!((vet.code, vet.out.as_str()), (Some(1), ""), "{flags:?}: {vet:?}");
        assert_eq!(findings(&vet.err), findings(&check.out), "{flags:?}");
        assert_eq!(
            findings(&vet.err).len(),
            vet.err.matches("(UD001)").count(),
            "each of them once: {vet:?}"
        );
        assert_eq!(
            go(&workspace, "vet", &[flags, &["./..."]].concat())?.err.lines().count(),
            vet.err.lines().count()
        );
    }
    Ok(())
}

#[test]
fn only_files_of_the_build_are_looked_at() -> io::Result<()> {
    let tagged = format!("//go:build integration\n\n{}", LEAKY.replace("package p", "package a"));
    let workspace =
        module(&[("a/a_windows.go", &LEAKY.replace("package p", "package a")), ("a/tagged.go", &tagged)])?;
    let names = |ran: &Ran| -> BTreeSet<String> {
        findings(&ran.err).iter().filter_map(|line| line.split(':').next().map(str::to_owned)).collect()
    };
    assert_eq!(names(&go(&workspace, "vet", &["./a"])?), BTreeSet::from(["a/a.go".to_owned()]));
    let tagged = go(&workspace, "vet", &["-tags=integration", "./a"])?;
    assert_eq!(names(&tagged), BTreeSet::from(["a/a.go".to_owned(), "a/tagged.go".to_owned()]));
    Ok(())
}

#[test]
fn json_has_fixes_that_make_what_is_written() -> io::Result<()> {
    let workspace = module(&[])?;
    let vet = go(&workspace, "vet", &["-json", "-unsafe", "./a"])?;
    assert_eq!(vet.code, Some(0), "{vet:?}");
    let start = vet.out.find('{').unwrap_or(0);
    let tree: Value = serde_json::from_str(&vet.out[start..])?;
    let found = tree["example.com/m/a"]["undefer"].as_array().cloned().unwrap_or_default();
    assert_eq!(found.len(), 3, "{tree}");
    let mut edits: Vec<Value> = Vec::new();
    for finding in &found {
        let fixes = finding["suggested_fixes"].as_array().cloned().unwrap_or_default();
        assert_eq!(fixes.is_empty(), finding["category"] == "deferred-recover", "{finding}");
        edits.extend(fixes.iter().flat_map(|fix| fix["edits"].as_array().cloned().unwrap_or_default()));
    }
    edits.sort_by_key(|edit| std::cmp::Reverse(edit["start"].as_u64()));
    let mut text = workspace.read("a/a.go")?;
    for edit in edits {
        let place =
            |key: &str| edit[key].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX);
        assert!(edit["filename"].as_str().is_some_and(|name| name.ends_with("/a/a.go")), "{edit}");
        text.replace_range(place("start")..place("end"), edit["new"].as_str().unwrap_or_default());
    }
    workspace.run(&["-w", "--unsafe", "a"])?;
    assert_eq!(text, workspace.read("a/a.go")?);
    let none = go(&workspace, "vet", &["-json", "-select=UD001", "-ignore=UD001", "./b"])?;
    assert!(none.out.ends_with("{}\n"), "{none:?}");
    Ok(())
}

#[test]
fn fix_prints_and_writes_what_undefer_does() -> io::Result<()> {
    let workspace = module(&[("b/b_test.go", &mixed("b_test"))])?;
    for flags in [&[][..], &["-unsafe"]] {
        let own = workspace.run(flags)?;
        let diff = go(&workspace, "fix", &[flags, &["-diff", "./..."]].concat())?;
        assert_eq!((diff.code, diff.err.as_str()), (Some(1), ""), "{diff:?}");
        let files = |text: &str| -> BTreeSet<String> {
            text.split("--- a/").map(str::to_owned).filter(|part| !part.is_empty()).collect()
        };
        assert_eq!(files(&diff.out), files(&own.out));
    }
    let names = ["a/a.go", "b/b.go", "b/b_test.go"];
    let other = module(&[("b/b_test.go", &mixed("b_test"))])?;
    assert_eq!(other.run(&["-w"])?.code, Some(0));
    let fix = go(&workspace, "fix", &["./..."])?;
    assert_eq!(fix, Ran { code: Some(0), out: String::new(), err: String::new() });
    for name in names {
        assert_ne!(workspace.read(name)?, mixed(if name.starts_with('a') { "a" } else { "b" }), "{name}");
        assert_eq!(workspace.read(name)?, other.read(name)?, "{name}");
    }
    let again = go(&workspace, "fix", &["-diff", "./..."])?;
    assert_eq!((again.code, again.out.as_str()), (Some(0), ""), "{again:?}");
    Ok(())
}

#[test]
fn vendored_packages_are_read_and_left_alone() -> io::Result<()> {
    let user = "package a\n\nimport \"example.com/v\"\n\nfunc f(names []string) {\n\tfor _, name := range names {\n\t\tr := v.Open(name)\n\t\tdefer r.Close()\n\t\tr.Use()\n\t}\n}\n";
    let vendored = "package v\n\ntype R struct{ n string }\n\nfunc Open(n string) *R { return &R{n} }\n\nfunc (r *R) Close() { r.n = \"\" }\n\nfunc (r *R) Use() { println(r.n) }\n\nfunc pile(rs []*R) {\n\tfor _, r := range rs {\n\t\tdefer r.Close()\n\t}\n}\n";
    let workspace = Workspace::with(&[
        ("go.mod", "module example.com/m\n\ngo 1.22\n\nrequire example.com/v v1.0.0\n"),
        ("vendor/modules.txt", "# example.com/v v1.0.0\n## explicit\nexample.com/v\n"),
        ("vendor/example.com/v/v.go", vendored),
        ("a/a.go", user),
    ])?;
    let check = workspace.run(&["check"])?;
    assert_eq!(findings(&check.out).len(), 1, "{check:?}");
    for args in [&["./..."][..], &["-mod=vendor", "./..."]] {
        let vet = go(&workspace, "vet", args)?;
        assert_eq!(findings(&vet.err), findings(&check.out), "{vet:?}");
    }
    assert_eq!(go(&workspace, "fix", &["./..."])?.code, Some(0));
    assert_eq!(workspace.read("vendor/example.com/v/v.go")?, vendored);
    Ok(())
}

#[test]
fn a_module_that_does_not_compile_is_looked_at_as_far_as_the_go_command_does() -> io::Result<()> {
    let workspace = module(&[
        ("a/wrong.go", "package a\n\nvar x int = \"\"\n"),
        ("c/c.go", "package c\n\nimport _ \"example.com/m/a\"\n"),
    ])?;
    let check = workspace.run(&["check"])?;
    let vet = go(&workspace, "vet", &["./..."])?;
    assert_eq!(vet.code, Some(1), "{vet:?}");
    assert!(findings(&vet.err).is_superset(&findings(&workspace.run(&["check", "b"])?.out)), "{vet:?}");
    assert!(findings(&check.out).is_superset(&findings(&vet.err)), "{vet:?}");
    workspace.write("d/d.go", "package d\n\nfunc f(xs []int) {\n\tfor range xs {\n\t\tdefer f(\n\t}\n}\n")?;
    let broken = go(&workspace, "vet", &["./..."])?;
    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(
        broken.err.contains("d.go:") && broken.err.contains("f does not parse and was left alone"),
        "{broken:?}"
    );
    Ok(())
}

#[test]
fn the_identity_changes_with_what_decides() -> io::Result<()> {
    let workspace = Workspace::with(&[("go.mod", GO_MOD), ("a/a.go", LEAKY)])?;
    let identity = |folder: &str, variable: &str| -> io::Result<String> {
        let output = workspace.command(folder, &["-V=full"]).env("UNDEFER_FORM", variable).output()?;
        let ran = ran(&output);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
        let words: Vec<&str> = ran.out.split_whitespace().collect();
        assert!(
            matches!(words[..], ["undefer", "version", "devel", _, id] if id.starts_with("buildID=")),
            "{ran:?}"
        );
        Ok(ran.out)
    };
    let first = identity("", "")?;
    assert_eq!(identity("a", "")?, first);
    assert_ne!(identity("", "closure")?, first);
    workspace.write(".undefer.toml", "accept = ['unknown-use']\n")?;
    assert_ne!(identity("", "")?, first);
    Ok(())
}

#[test]
fn settings_of_the_module_hold() -> io::Result<()> {
    let workspace = module(&[(".undefer.toml", "tests = false\n\n[per-file-ignores]\n'b/*' = ['UD001']\n")])?;
    workspace.write("a/a_test.go", LEAKY.replace("package p", "package a"))?;
    workspace.git(&["init", "-q"])?;
    let vet = go(&workspace, "vet", &["./..."])?;
    assert_eq!(findings(&vet.err), findings(&workspace.run(&["check"])?.out), "{vet:?}");
    assert_eq!(findings(&vet.err).len(), 3, "{vet:?}");
    workspace.write(".undefer.toml", "tests = 1\n")?;
    let wrong = go(&workspace, "vet", &["./a"])?;
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.err.contains(".undefer.toml:1: tests: expected true, false or \"only\""), "{wrong:?}");
    Ok(())
}

/// A description of a package such as the go command writes it.
fn describe(workspace: &Workspace, name: &str, what: &Value) -> io::Result<()> {
    let path = |name: &str| workspace.path(name).to_string_lossy().into_owned();
    let mut cfg = json!({
        "ID": "example.com/m/a",
        "Dir": path("a"),
        "GoFiles": [path("a/a.go")],
        "VetxOutput": path("vet.out"),
    });
    for (key, value) in what.as_object().into_iter().flatten() {
        cfg[key] = value.clone();
    }
    workspace.write(name, cfg.to_string())
}

#[test]
fn facts_take_no_time_and_are_kept() -> io::Result<()> {
    let workspace = module(&[])?;
    describe(&workspace, "vet.cfg", &json!({ "VetxOnly": true, "GoFiles": ["/nowhere/x.go"] }))?;
    let only = workspace.run(&["-json", "vet.cfg"])?;
    assert_eq!(only, Ran { code: Some(0), out: String::new(), err: String::new() });
    assert_eq!(workspace.read("vet.out")?, "");
    Ok(())
}

#[test]
fn a_file_of_two_packages_gets_one_answer() -> io::Result<()> {
    let workspace = module(&[("a/a_test.go", "package a\n")])?;
    let path = |name: &str| workspace.path(name).to_string_lossy().into_owned();
    let both = json!({ "ID": "example.com/m/a [x.test]", "GoFiles": [path("a/a.go"), path("a/a_test.go")], "FixArchive": path("two.zip") });
    describe(&workspace, "one.cfg", &json!({ "FixArchive": path("one.zip") }))?;
    describe(&workspace, "two.cfg", &both)?;
    for name in ["one.cfg", "two.cfg"] {
        assert_eq!(
            workspace.run(&["-fix", name])?,
            Ran { code: Some(0), out: String::new(), err: String::new() }
        );
    }
    let archive = |name: &str| -> io::Result<String> {
        let bytes = std::fs::read(workspace.path(name))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (start, end) = (text.find("package a").unwrap_or(0), text.rfind("PK\u{1}\u{2}").unwrap_or(0));
        Ok(text[start..end].to_owned())
    };
    assert_eq!(archive("one.zip")?, archive("two.zip")?);
    assert_eq!(workspace.read("a/a.go")?, mixed("a"), "the go command writes");
    workspace.run(&["-w", "a"])?;
    assert_eq!(archive("one.zip")?, workspace.read("a/a.go")?);
    Ok(())
}

#[test]
fn without_the_go_command_findings_are_lines_and_fixes_are_written() -> io::Result<()> {
    let workspace = module(&[("a/c.go", &LEAKY.replace("package p", "package a"))])?;
    let files = json!([workspace.path("a/a.go").to_string_lossy(), "c.cgo1.go", "_cgo_gotypes.go"]);
    describe(&workspace, "vet.cfg", &json!({ "GoFiles": files }))?;
    let lines = workspace.run(&["-c=0", "vet.cfg"])?;
    assert_eq!(lines.code, Some(1), "{lines:?}");
    let (first, rest) = lines.err.split_once('\n').unwrap_or_default();
    assert!(first.ends_with(" [inline, safe, released-in-iteration] (UD001)"), "{lines:?}");
    assert!(rest.starts_with("12\t\t\tdefer f.Close()\n"), "{lines:?}");
    assert!(lines.err.contains("/a/c.go:11:3: "), "cgo's file stands for what people wrote: {lines:?}");
    let json = workspace.run(&["-json", "vet.cfg"])?;
    assert_eq!((json.code, json.out.matches("\"posn\"").count()), (Some(0), 4), "{json:?}");
    assert_eq!(workspace.run(&["-fix", "vet.cfg"])?.code, Some(0));
    assert_ne!(workspace.read("a/a.go")?, mixed("a"));
    Ok(())
}

#[test]
fn calls_that_nobody_can_answer_are_refused() -> io::Result<()> {
    let workspace = module(&[("wrong.cfg", "{")])?;
    describe(&workspace, "vet.cfg", &json!({}))?;
    for (args, words) in [
        (&["none.cfg"][..], "undefer: none.cfg: not what the go command writes: no such file or directory"),
        (&["wrong.cfg"], "undefer: wrong.cfg: not what the go command writes: EOF"),
        (&["-nonsense", "vet.cfg"], "undefer: unexpected argument '--nonsense'"),
        (&["-form=foam", "vet.cfg"], "undefer: --form foam: there is no such form"),
        (&["a.go", "vet.cfg"], "undefer: a.go: the go command hands over one package"),
    ] {
        let ran = workspace.run(args)?;
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{args:?}");
        assert!(ran.err.starts_with(words), "{args:?}: {}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{args:?}: {}", ran.err);
    }
    let flags: Value = serde_json::from_str(&workspace.run(&["-flags"])?.out)?;
    assert_eq!(flags[0]["Name"], "fix");
    Ok(())
}
