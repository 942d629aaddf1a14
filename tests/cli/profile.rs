//! `--profile`: sites are ranked by a profile that a real Go program has written.

use std::io;
use std::process::Command;

use serde_json::Value;

use crate::workspace::{LEAKY, Workspace, ran};

/// Calls a function with a site, and writes a profile of its allocations, all of which are sampled.
const MAIN: &str = "package main\n\nimport (\n\t\"os\"\n\t\"runtime\"\n\t\"runtime/pprof\"\n\n\t\"example.com/m/z\"\n)\n\nfunc main() {\n\truntime.MemProfileRate = 1\n\tz.Hot([]string{\"go.mod\", \"go.mod\"})\n\truntime.GC()\n\tout, err := os.Create(os.Args[1])\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tif err := pprof.Lookup(\"allocs\").WriteTo(out, 0); err != nil {\n\t\tpanic(err)\n\t}\n}\n";

fn profiled() -> io::Result<Workspace> {
    let hot = LEAKY.replace("package p", "package z").replace("func f(", "func Hot(");
    let workspace = Workspace::with(&[
        ("go.mod", "module example.com/m\n\ngo 1.22\n"),
        ("a/a.go", &LEAKY.replace("package p", "package a")),
        ("cmd/main.go", MAIN),
        ("z/z.go", &hot),
    ])?;
    let go = Command::new("go").args(["run", "./cmd", "p.pprof"]).current_dir(workspace.path("")).output()?;
    assert!(go.status.success(), "{:?}", ran(&go));
    Ok(workspace)
}

#[test]
fn the_hottest_site_comes_first() -> io::Result<()> {
    let workspace = profiled()?;
    let plain = workspace.run(&["check"])?;
    let files = |out: &str| -> Vec<String> {
        out.lines().filter_map(|line| line.split(':').next().map(str::to_owned)).collect()
    };
    assert_eq!(files(&plain.out), ["a/a.go", "z/z.go"]);
    let ranked = workspace.run(&["check", "--profile", "p.pprof"])?;
    assert_eq!(
        (ranked.code, files(&ranked.out)),
        (plain.code, vec!["z/z.go".to_owned(), "a/a.go".to_owned()])
    );
    let first = ranked.out.lines().next().unwrap_or_default();
    assert!(
        first.contains("% of the profile is in its function, ") && first.ends_with("(UD001)"),
        "{ranked:?}"
    );
    assert!(ranked.err.starts_with("undefer: the profile has the functions of 1 of 2 sites\n"), "{ranked:?}");
    let json = workspace.run(&["check", "--profile", "p.pprof", "--output-format", "json"])?;
    let report: Value = serde_json::from_str(&json.out)?;
    assert_eq!(report["sites"][0]["profile"], Value::Null);
    let share = report["sites"][1]["profile"]["function"].as_f64().unwrap_or_default();
    assert!(share > 0.0 && share <= 1.0, "{report}");
    Ok(())
}

#[test]
fn what_is_no_profile_is_refused() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY), ("empty", "")])?;
    workspace.write("gzip", [0x1f, 0x8b, 8, 0])?;
    for (name, words) in [
        ("a.go", "it is no profile in the format of pprof"),
        ("empty", "it is no profile in the format of pprof"),
        ("gzip", "it cannot be unpacked: "),
        ("none", "no such file or directory"),
    ] {
        let ran = workspace.run(&["check", "--profile", name])?;
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.err.starts_with(&format!("undefer: --profile {name}: {words}")), "{ran:?}");
        assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    }
    Ok(())
}
