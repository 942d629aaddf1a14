//! `plan` and `apply`: what is reviewed is what is written, and nothing is written over what has changed since.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::bugs::run;
use crate::workspace::{LEAKY, Workspace, crlf};

/// Two functions with a site each.
fn double(package: &str) -> String {
    let second = LEAKY.split_once("func f").map_or(String::new(), |(_, rest)| format!("\nfunc g{rest}"));
    format!("{}{second}", LEAKY.replace("package p", &format!("package {package}")))
}

fn planned(files: &[(&str, &str)]) -> io::Result<Workspace> {
    let workspace = Workspace::with(files)?;
    let ran = workspace.run(&["plan", "-o", "plan.json", "--unsafe"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    Ok(workspace)
}

fn plan(workspace: &Workspace) -> io::Result<Value> {
    Ok(serde_json::from_str(&workspace.read("plan.json")?)?)
}

#[test]
fn a_whole_plan_is_what_writing_does() -> io::Result<()> {
    let crlf = crlf(LEAKY);
    let bom = format!("\u{feff}{}", double("p"));
    let files = [("a.go", double("p").as_str()), ("b/b.go", &crlf), ("c/c.go", &bom)]
        .map(|(name, text)| (name, text.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let workspace = planned(&files)?;
    for (name, text) in &files {
        assert_eq!(workspace.read(name)?, *text, "a plan changes nothing");
    }
    let other = Workspace::with(&files)?;
    let diff = other.run(&["--unsafe"])?;
    assert_eq!(workspace.run(&["apply", "plan.json", "--diff"])?.out, diff.out);
    other.run(&["-w", "--unsafe"])?;
    let ran = workspace.run(&["apply", "plan.json", "-l"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "a.go\nb/b.go\nc/c.go\n"), "{ran:?}");
    assert_eq!(ran.err, "undefer: 5 rewrites applied in 3 files\n");
    for (name, _) in &files {
        assert_eq!(workspace.read(name)?, other.read(name)?, "{name}");
    }
    Ok(())
}

#[test]
fn plans_of_many_shapes_of_code_are_what_writing_does() -> io::Result<()> {
    for form in ["auto", "closure", "pool,guard,inline"] {
        plan_of_everything(form)?;
    }
    Ok(())
}

fn plan_of_everything(form: &str) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let (one, other) = (Workspace::with(&[])?, Workspace::with(&[])?);
    let mut folders = vec![root.join("modules"), root.join("tour")];
    let mut names = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(name) = path.strip_prefix(&root) {
                let name = name.to_string_lossy().into_owned();
                one.write(&name, fs::read(&path)?)?;
                other.write(&name, fs::read(&path)?)?;
                names.push(name);
            }
        }
    }
    assert_eq!(
        one.run(&["plan", "-o", "plan.json", "--unsafe", "--form", form, "modules", "tour"])?.code,
        Some(0)
    );
    assert_eq!(one.run(&["apply", "plan.json"])?.code, Some(0));
    assert_eq!(other.run(&["-w", "--unsafe", "--form", form, "modules", "tour"])?.code, Some(0));
    let mut changed = 0;
    for name in names {
        assert_eq!(one.read(&name)?, other.read(&name)?, "{name} {form}");
        changed += usize::from(one.read(&name)?.as_bytes() != fs::read(root.join(&name))?);
    }
    assert!(changed > 10, "{changed}");
    Ok(())
}

#[test]
fn rejected_rewrites_are_left_out() -> io::Result<()> {
    let workspace = planned(&[("a.go", &double("p")), ("b.go", LEAKY)])?;
    let plan = plan(&workspace)?;
    let ids: Vec<&str> = ["/files/0/fixes/0/id", "/files/0/fixes/1/id", "/files/1/fixes/0/id"]
        .iter()
        .filter_map(|place| plan.pointer(place)?.as_str())
        .collect();
    assert_eq!(ids, ["a.go#1", "a.go#2", "b.go#1"]);
    workspace.write("no.txt", "a.go#1\r\n\nb.go#1\n")?;
    let ran = workspace.run(&["apply", "plan.json", "--reject", "no.txt", "-l"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "a.go\n"), "{ran:?}");
    assert_eq!(ran.err, "undefer: 1 rewrite applied in 1 file; 2 rejected\n");
    let (first, second) = double("p")
        .split_once("\nfunc g")
        .map_or((String::new(), String::new()), |(a, b)| (a.to_owned(), b.to_owned()));
    let written = workspace.read("a.go")?;
    assert!(written.starts_with(&first) && !written.ends_with(&second), "{written}");
    assert_eq!(workspace.read("b.go")?, LEAKY);
    workspace.write("no.txt", "a.go#1\na.go#7\n")?;
    let ran = workspace.run(&["apply", "plan.json", "--reject", "no.txt"])?;
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.err,
        "undefer: no.txt:2: the plan has no rewrite `a.go#7`; a list for it has one id a line\n"
    );
    Ok(())
}

#[test]
fn a_file_that_changed_since_is_left_and_the_others_are_written() -> io::Result<()> {
    let workspace = planned(&[("a.go", LEAKY), ("b.go", &double("p")), ("c.go", LEAKY)])?;
    workspace.write("a.go", format!("{LEAKY}// more\n"))?;
    fs::remove_file(workspace.path("c.go"))?;
    let ran = workspace.run(&["apply", "plan.json"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let said = "undefer: a.go: changed since the plan was made; make a new plan\n\
                undefer: c.go: no such file or directory\n\
                undefer: 2 rewrites applied in 1 file; 2 in 2 files not written\n";
    assert_eq!(ran.err, said);
    assert_eq!(workspace.read("a.go")?, format!("{LEAKY}// more\n"));
    assert_ne!(workspace.read("b.go")?, double("p"));
    let again = workspace.run(&["apply", "plan.json"])?;
    assert_eq!(again.code, Some(2), "a plan is carried out once: {again:?}");
    Ok(())
}

#[test]
fn uncommitted_edits_are_guarded() -> io::Result<()> {
    let workspace = Workspace::committed(&[("a.go", TEXT), ("b.go", LEAKY)])?;
    workspace.write("a.go", LEAKY)?;
    workspace.run(&["plan", "-o", "plan.json", "--unsafe"])?;
    let ran = workspace.run(&["apply", "plan.json"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.starts_with("undefer: a.go: has uncommitted edits"), "{ran:?}");
    assert_ne!(workspace.read("b.go")?, LEAKY);
    assert_eq!(workspace.read("a.go")?, LEAKY);
    workspace.write("b.go", LEAKY)?;
    assert_eq!(workspace.run(&["apply", "plan.json", "--allow-dirty"])?.code, Some(0));
    assert_ne!(workspace.read("a.go")?, LEAKY);
    Ok(())
}

const TEXT: &str = "package p\n";

#[test]
fn a_plan_that_is_none_is_refused() -> io::Result<()> {
    let workspace = planned(&[("a.go", LEAKY)])?;
    let good = plan(&workspace)?;
    let with = |place: &str, value: Value| {
        let mut plan = good.clone();
        if let Some(at) = plan.pointer_mut(place) {
            *at = value;
        }
        plan.to_string()
    };
    for (text, words) in [
        ("{".to_owned(), "plan.json:1: not a plan: EOF while parsing an object; make one with `undefer plan"),
        ("[]".to_owned(), "plan.json:1: not a plan: "),
        (with("/schema", json!(2)), "plan.json: its schema is 2, and this version of undefer knows 1"),
        (with("/files/0/path", json!("plan.json")), "plan.json: not a Go file"),
        (with("/files/0/hash", json!("0")), "a.go: changed since the plan was made"),
        (
            with("/files/0/fixes/0/end", json!(9999)),
            "a.go: the plan cannot be carried out: there is no place",
        ),
        (with("/files/0/fixes/0/new", json!("(")), "a.go: the plan cannot be carried out: gofmt: "),
    ] {
        workspace.write("plan.json", &text)?;
        let ran = workspace.run(&["apply", "plan.json"])?;
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{text}: {ran:?}");
        assert!(ran.err.starts_with(&format!("undefer: {words}")), "{words}: {ran:?}");
        assert_eq!(workspace.read("a.go")?, LEAKY);
    }
    for (args, words) in [
        (&["apply", "none.json"][..], "undefer: none.json: no such file or directory\n"),
        (&["apply", "plan.json", "--reject", "none.txt"], "undefer: "),
        (&["plan", "-o", "nowhere/plan.json"], "undefer: nowhere/plan.json: cannot be written: "),
        (&["plan", "-o", "plan.json", "-"], "undefer: `-` is standard input, and `plan` is about files"),
        (&["-w", "apply", "plan.json"], "undefer: --write does not go with `apply`"),
    ] {
        let ran = workspace.run(args)?;
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{args:?}: {ran:?}");
        assert!(ran.err.starts_with(words), "{args:?}: {ran:?}");
    }
    Ok(())
}

#[test]
fn a_plan_is_verified_when_it_is_made_and_when_it_is_applied() -> io::Result<()> {
    fn spoiled(source: &str, options: &undefer_transforms::Options) -> undefer_transforms::Rewrite {
        let mut rewrite = undefer_transforms::rewrite(source, options);
        let spoil = |text: &str| text.replace("_ = f", "missing()");
        rewrite.text = rewrite.text.as_deref().map(spoil);
        rewrite.fixes.iter_mut().for_each(|fix| fix.new = spoil(&fix.new));
        rewrite
    }
    let module = [("go.mod", "module example.com/m\n\ngo 1.22\n"), ("a.go", LEAKY)];
    let workspace = Workspace::with(&module)?;
    let out = workspace.path("plan.json").to_string_lossy().into_owned();
    let verified = run(spoiled, &workspace, &["plan", "-o", &out, "--unsafe", "--verify=build"])?;
    assert_eq!(verified.code, Some(2), "{verified:?}");
    assert_eq!(plan(&workspace)?["files"], json!([]));
    workspace.run(&["plan", "-o", "plan.json", "--unsafe"])?;
    let text = workspace.read("plan.json")?;
    workspace.write("plan.json", text.replace("_ = f", "missing()"))?;
    let ran = workspace.run(&["apply", "plan.json", "--verify=build"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("undefined: missing (line "), "{ran:?}");
    assert!(
        ran.err.ends_with("undefer: 0 rewrites applied in 0 files; 1 in 1 file not written\n"),
        "{ran:?}"
    );
    assert_eq!(workspace.read("a.go")?, LEAKY);
    assert_eq!(workspace.run(&["apply", "plan.json"])?.code, Some(0), "nobody asked the compiler");
    Ok(())
}
