//! Bugs of the engine, and files that change under it: the file keeps its text, the others go on.
//! Other engines take the real one's place here; what a file says decides how they misbehave.

use std::fs;
use std::io;
#[cfg(unix)]
use std::path::Path;

use clap::Parser;
use undefer::cli::Cli;
use undefer::config::Config;
use undefer::exit::Exit;
use undefer::job::Engine;
use undefer_transforms::{Fix, Form, Options, Reason, Rewrite, Rule, Safety, Site, Span, Verdict};

use crate::workspace::{LEAKY, Ran, Workspace};

#[test]
fn a_panic_is_a_trouble_of_its_file() -> io::Result<()> {
    fn engine(source: &str, options: &Options) -> Rewrite {
        assert!(!source.contains("// bug"), "the engine has a bug");
        with_comment(source, options)
    }
    let workspace = Workspace::with(&[("a.go", &format!("{LEAKY}// bug\n")), ("b.go", LEAKY)])?;
    let ran = run(engine, &workspace, &["-w", "-q"])?;
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("a.go: internal error, the file keeps its text; please report it: the engine"));
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert_eq!(workspace.read("a.go")?, format!("{LEAKY}// bug\n"));
    assert_ne!(workspace.read("b.go")?, LEAKY);
    Ok(())
}

#[test]
fn a_result_that_gofmt_rejects_is_dropped() -> io::Result<()> {
    fn engine(source: &str, options: &Options) -> Rewrite {
        let mut rewrite = with_comment(source, options);
        rewrite.text = Some(format!("{source}}}\n"));
        rewrite
    }
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let ran = run(engine, &workspace, &["-w"])?;
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("please report it: gofmt: <standard input>:15:1: "), "{}", ran.err);
    assert!(ran.err.ends_with("undefer: 0 sites rewritten; 1 left: 1 refused\n"), "{}", ran.err);
    assert_eq!(workspace.read("a.go")?, LEAKY);
    Ok(())
}

#[test]
fn a_file_that_changed_since_it_was_read_is_left() -> io::Result<()> {
    fn engine(source: &str, options: &Options) -> Rewrite {
        if let Some((_, path)) = source.split_once("// path ") {
            assert!(fs::write(path.trim(), "package changed\n").is_ok());
        }
        with_comment(source, options)
    }
    let workspace = Workspace::with(&[("b.go", LEAKY)])?;
    workspace.write("a.go", format!("{LEAKY}// path {}\n", workspace.path("a.go").display()))?;
    let ran = run(engine, &workspace, &["-w", "-q"])?;
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("a.go: changed since it was read"), "{}", ran.err);
    assert_eq!(workspace.read("a.go")?, "package changed\n");
    assert_ne!(workspace.read("b.go")?, LEAKY);
    assert_eq!(workspace.names("")?, ["a.go", "b.go"]);
    Ok(())
}

/// What the file says becomes of it while the engine runs.
#[cfg(unix)]
#[test]
fn a_file_that_is_gone_or_no_file_any_more_is_left() -> io::Result<()> {
    fn engine(source: &str, options: &Options) -> Rewrite {
        if let Some((_, told)) = source.split_once("// become ") {
            let (what, path) = told.trim().split_once(' ').unwrap_or_default();
            let become_it = || match what {
                "nothing" => fs::remove_file(path),
                "folder" => fs::remove_file(path).and_then(|()| fs::create_dir(path)),
                "socket" => fs::remove_file(path)
                    .and_then(|()| std::os::unix::net::UnixListener::bind(path).map(drop)),
                "hidden" => {
                    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                    fs::remove_dir_all(folder).and_then(|()| fs::write(folder, ""))
                }
                _ => Err(io::Error::other(what)),
            };
            assert!(become_it().is_ok(), "{what}");
        }
        with_comment(source, options)
    }
    for what in ["nothing", "folder", "socket", "hidden"] {
        let workspace = Workspace::with(&[("b.go", LEAKY), ("c/d.go", LEAKY)])?;
        let path = workspace.path("a/a.go");
        workspace.write("a/a.go", format!("{LEAKY}// become {what} {}\n", path.display()))?;
        let ran = run(engine, &workspace, &["-w", "-q"])?;
        assert_eq!((ran.code, ran.err.lines().count()), (Some(2), 1), "{what}: {ran:?}");
        assert!(ran.err.contains("a/a.go: changed since it was read; run undefer again"), "{what}: {ran:?}");
        assert!(!path.is_file(), "{what}: nothing was put there");
        assert_ne!(workspace.read("b.go")?, LEAKY, "{what}");
        assert_ne!(workspace.read("c/d.go")?, LEAKY, "{what}");
        if path.parent().is_some_and(Path::is_dir) {
            assert!(workspace.names("a")?.iter().all(|name| name == "a.go"), "{what}");
        }
    }
    Ok(())
}

/// An engine that appends a comment, and calls that the rewrite of one site.
fn with_comment(source: &str, _: &Options) -> Rewrite {
    let end = Span::new(source.len(), source.len());
    let verdict = Verdict::Rewrite { form: Form::Closure, safety: Safety::Safe };
    let site = Site {
        rule: Rule::DeferInLoop,
        span: end,
        loop_span: end,
        function: "f".to_owned(),
        verdict,
        reason: Reason::ALL[0],
        message: String::new(),
        exits: Vec::new(),
        evidence: Vec::new(),
        passed_over: Vec::new(),
        steps: Vec::new(),
        missing: None,
        fix: Some(0),
        accepted: false,
    };
    let new = "// rewritten\n".to_owned();
    let fix = Fix {
        safety: Safety::Safe,
        form: Form::Closure,
        span: end,
        new,
        conflicts: Vec::new(),
        accepted: false,
    };
    Rewrite {
        text: Some(format!("{source}// rewritten\n")),
        sites: vec![site],
        fixes: vec![fix],
        ..Rewrite::default()
    }
}

/// Runs the library on the folder.
fn run(engine: Engine, workspace: &Workspace, args: &[&str]) -> io::Result<Ran> {
    let root = workspace.path("").to_string_lossy().into_owned();
    let args = ["undefer"].iter().chain(args).copied().chain([root.as_str()]);
    let cli = Cli::try_parse_from(args).map_err(io::Error::other)?;
    let config = Config::resolve(&cli).map_err(io::Error::other)?;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit: Exit = undefer::run_with(engine, &config, &mut out, &mut err).map_err(io::Error::other)?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Ran { code: Some(exit as i32), out: text(out), err: text(err) })
}
