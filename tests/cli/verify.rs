//! `--verify`: what the Go toolchain does not take is neither printed nor written. An engine stands in for the real one that puts what a
//! comment says into its place, once it has rewritten the file: a wrong rewrite that no user can ask for.

use std::io;
use std::path::Path;

use undefer_transforms::{Options, Rewrite, rewrite};

use crate::bugs::run;
use crate::workspace::{LEAKY, Workspace, ran};

const GO_MOD: &str = "module example.com/m\n\ngo 1.22\n";

/// Puts in what `/* seed */` comments hold, wherever it rewrites.
fn seeded(source: &str, options: &Options) -> Rewrite {
    let mut rewritten = rewrite(source, options);
    let text = rewritten.text.map(|text| text.replace("/* seed ", "").replace(" seed */", ""));
    rewritten.text = text;
    rewritten
}

/// A file of a package with one site, and a mistake that its rewrite will have.
fn with(package: &str, mistake: &str) -> String {
    let text = LEAKY.replace("package p", &format!("package {package}"));
    text.replace("\t\t_ = f\n", &format!("\t\t_ = f\n\t\t/* seed {mistake} seed */\n"))
}

fn leaky(package: &str) -> String {
    LEAKY.replace("package p", &format!("package {package}"))
}

#[test]
fn a_wrong_rewrite_is_caught_and_nothing_of_its_package_is_written() -> io::Result<()> {
    let mistaken = with("a", "missing()");
    let other = leaky("a").replace("func f(", "func g(");
    let workspace = Workspace::with(&[
        ("go.mod", GO_MOD),
        ("a/a.go", &mistaken),
        ("a/other.go", &other),
        ("b/b.go", &leaky("b")),
    ])?;
    let ran = run(seeded, &workspace, &["-w", "--unsafe", "--verify", "build"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let said = "a/a.go:11:3: keeps its text, which the rewrite would break: undefined: missing (line ";
    assert!(ran.err.contains(said), "{}", ran.err);
    let said = "a/other.go:11:3: keeps its text, as the rewrite would break its package: a.go:";
    assert!(ran.err.contains(said), "{}", ran.err);
    assert!(ran.err.contains("1 site rewritten in 1 file; 2 in 2 files not written\n"), "{}", ran.err);
    assert_eq!(workspace.read("a/a.go")?, mistaken);
    assert_eq!(workspace.read("a/other.go")?, other);
    assert_ne!(workspace.read("b/b.go")?, leaky("b"));
    assert_eq!(workspace.names("a")?, ["a.go", "other.go"]);
    Ok(())
}

#[test]
fn what_is_not_taken_is_in_no_diff_and_no_list() -> io::Result<()> {
    let workspace =
        Workspace::with(&[("go.mod", GO_MOD), ("a/a.go", &with("a", "x := 1")), ("b/b.go", &leaky("b"))])?;
    for args in [&["--unsafe", "--verify=build"][..], &["-l", "--unsafe", "--verify=build"]] {
        let ran = run(seeded, &workspace, args)?;
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.out.contains("b/b.go") && !ran.out.contains("a/a.go"), "{ran:?}");
        assert!(ran.err.contains("declared and not used: x"), "{ran:?}");
    }
    let taken = run(seeded, &workspace, &["-l", "--unsafe"])?;
    assert_eq!((taken.code, taken.out.lines().count()), (Some(0), 2), "{taken:?}");
    Ok(())
}

#[test]
fn tests_are_compiled_too() -> io::Result<()> {
    for package in ["a", "a_test"] {
        let mistaken = with(package, "missing()");
        let workspace = Workspace::with(&[
            ("go.mod", GO_MOD),
            ("a/a.go", "package a\n"),
            ("a/a_test.go", &mistaken),
            ("b/b_test.go", &leaky("b")),
        ])?;
        let ran = run(seeded, &workspace, &["-w", "--unsafe", "--verify", "build"])?;
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("a/a_test.go:11:3: keeps its text"), "{}", ran.err);
        assert_eq!(workspace.read("a/a_test.go")?, mistaken);
        assert_ne!(workspace.read("b/b_test.go")?, leaky("b"));
    }
    Ok(())
}

#[test]
fn a_file_is_compiled_under_its_own_constraints() -> io::Result<()> {
    let constrained = |line: &str, text: &str| format!("//go:build {line}\n\n{text}");
    let files = |mistake: &str| {
        [
            ("a/a_windows.go", with("a", mistake)),
            ("a/a_plan9_test.go", with("a_test", mistake)),
            ("b/tagged.go", constrained("integration && !linux", &with("b", mistake))),
            ("c/c.go", constrained("!cgo && integration", &with("c", mistake))),
            ("d/gen.go", constrained("ignore", &(with("main", mistake) + "\nfunc main() {}\n"))),
            ("e/e_js.go", constrained("wasm", &with("e", mistake))),
        ]
    };
    for (mistake, is_right) in [("missing()", false), ("_ = name", true)] {
        let workspace =
            Workspace::with(&[("go.mod", GO_MOD), ("a/a.go", "package a\n"), ("d/d.go", "package d\n")])?;
        for (name, text) in files(mistake) {
            workspace.write(name, text)?;
        }
        let ran = run(seeded, &workspace, &["-w", "--unsafe", "--verify", "build"])?;
        assert_eq!(ran.code, Some(if is_right { 0 } else { 2 }), "{ran:?}");
        for (name, text) in files(mistake) {
            assert_eq!(workspace.read(name)? != text, is_right, "{name}: {}", ran.err);
            let said = ran.err.lines().any(|line| line.contains(name) && line.contains("undefined: missing"));
            assert_eq!(said, !is_right, "{name}: {}", ran.err);
        }
    }
    Ok(())
}

#[test]
fn a_mistake_on_another_platform_holds_back_the_whole_package() -> io::Result<()> {
    let workspace = Workspace::with(&[
        ("go.mod", GO_MOD),
        ("a/a_windows.go", &with("a", "missing()")),
        ("a/other.go", &leaky("a").replace("func f(", "func g(")),
    ])?;
    let ran = run(seeded, &workspace, &["-l", "--unsafe", "--verify", "build"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    Ok(())
}

#[test]
fn what_does_not_compile_as_it_is_cannot_be_verified() -> io::Result<()> {
    let uses = |package: &str, import: &str| {
        leaky(package).replace("import \"os\"", &format!("import (\n\t\"os\"\n\n\t_ \"{import}\"\n)"))
    };
    let workspace = Workspace::with(&[
        ("go.mod", GO_MOD),
        ("a/a.go", &(leaky("a") + "\nvar x int = \"\"\n")),
        ("b/b.go", &uses("b", "example.com/m/a")),
        ("c/c.go", &uses("c", "example.com/nowhere")),
        ("d/d.go", &leaky("d")),
        ("e/e.go", &format!("//go:build go1.999\n\n{}", leaky("e"))),
    ])?;
    let ran = run(seeded, &workspace, &["-l", "--unsafe", "--verify", "build"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.out.ends_with("d/d.go\n") && ran.out.lines().count() == 1, "{ran:?}");
    for (name, words) in [
        ("a/a.go:11:3", "its package does not compile as it is: "),
        ("b/b.go:", "it needs a package that does not compile: "),
        ("c/c.go:", "it needs a package that does not compile: no required module provides"),
        ("e/e.go:", "build constraints exclude all Go files in "),
    ] {
        let expected = format!("cannot be verified, so it keeps its text: {words}");
        let found = ran.err.lines().any(|line| line.contains(name) && line.contains(&expected));
        assert!(found, "{name} {expected}: {}", ran.err);
    }
    Ok(())
}

#[test]
fn a_package_is_not_held_back_by_the_mistake_of_another() -> io::Result<()> {
    let user = leaky("b").replace("import \"os\"", "import (\n\t\"os\"\n\n\t_ \"example.com/m/a\"\n)");
    let workspace =
        Workspace::with(&[("go.mod", GO_MOD), ("a/a.go", &with("a", "missing()")), ("b/b.go", &user)])?;
    let ran = run(seeded, &workspace, &["-w", "-q", "--unsafe", "--verify", "build"])?;
    assert_eq!((ran.code, ran.err.lines().count()), (Some(2), 1), "{ran:?}");
    assert_ne!(workspace.read("b/b.go")?, user);
    Ok(())
}

#[test]
fn vet_speaks_against_what_is_new_only() -> io::Result<()> {
    let old = "\nfunc g(x int) {\n\tx = x\n}\n";
    let workspace = Workspace::with(&[
        ("go.mod", GO_MOD),
        ("a/a.go", &with("a", "name = name")),
        ("b/b.go", &(leaky("b") + old)),
        ("c/c_test.go", &with("c", "name = name")),
    ])?;
    let build = run(seeded, &workspace, &["-l", "--unsafe", "--verify", "build"])?;
    assert_eq!((build.code, build.out.lines().count()), (Some(0), 3), "{build:?}");
    let vet = run(seeded, &workspace, &["-l", "--unsafe", "--verify", "vet"])?;
    assert_eq!((vet.code, vet.out.lines().count()), (Some(2), 1), "{vet:?}");
    assert!(vet.out.ends_with("b/b.go\n"), "{vet:?}");
    assert!(
        vet.err
            .contains("a/a.go:11:3: keeps its text, which the rewrite would break: self-assignment of name")
    );
    assert!(vet.err.contains("c/c_test.go:11:3: "), "{vet:?}");
    Ok(())
}

#[test]
fn tests_that_pass_have_to_pass_again() -> io::Result<()> {
    let changes = "package a\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) {\n\tf([]string{\"a.go\"})\n\tif Done {\n\t\tt.Fatal(\"done\")\n\t}\n}\n";
    let fails = "package b\n\nimport \"testing\"\n\nfunc TestG(t *testing.T) {\n\tt.Fatal(\"always\")\n}\n";
    let workspace = Workspace::with(&[
        ("go.mod", GO_MOD),
        ("a/a.go", &(with("a", "Done = true") + "\nvar Done bool\n")),
        ("a/a_test.go", changes),
        ("b/b.go", &leaky("b")),
        ("b/b_test.go", fails),
    ])?;
    let ran = run(seeded, &workspace, &["-l", "--unsafe", "--verify", "test"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.out.ends_with("b/b.go\n") && ran.out.lines().count() == 1, "{ran:?}");
    let said = "a/a.go:11:3: keeps its text, as the rewrite would break its package: TestF fails";
    assert!(ran.err.contains(said), "{ran:?}");
    Ok(())
}

#[test]
fn nested_modules_are_asked_each_for_itself() -> io::Result<()> {
    let workspace = Workspace::with(&[
        ("go.mod", GO_MOD),
        ("a/a.go", &leaky("a")),
        ("inner/go.mod", "module example.com/inner\n\ngo 1.22\n"),
        ("inner/b.go", &leaky("inner")),
    ])?;
    let ran = workspace.run(&["-l", "--unsafe", "--verify", "vet"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "a/a.go\ninner/b.go\n"), "{ran:?}");
    workspace.write("inner/go.mod", "module example.com/inner\n\ngo one\n")?;
    let ran = workspace.run(&["-l", "--unsafe", "--verify", "vet"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), "a/a.go\n"), "{ran:?}");
    assert!(ran.err.contains("inner/b.go:11:3: cannot be verified, so it keeps its text: "), "{ran:?}");
    let nowhere = Workspace::with(&[("a.go", LEAKY)])?;
    let ran = nowhere.run(&["-l", "--unsafe", "--verify", "build"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("a.go:11:3: cannot be verified, so it keeps its text: "), "{ran:?}");
    Ok(())
}

#[test]
fn a_text_of_standard_input_is_verified_in_the_place_of_its_file() -> io::Result<()> {
    let workspace = Workspace::with(&[
        ("go.mod", GO_MOD),
        ("a/a.go", "package a\n"),
        ("a/b.go", "package a\n\nvar f1 = f\n"),
    ])?;
    let args = ["-", "-w", "--unsafe", "--verify=build", "--stdin-filename", "a/a.go"];
    let ran = workspace.run_with_input(&args, &leaky("a"))?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("\t\tf.Close()\n"), "{ran:?}");
    assert_eq!(workspace.run_with_input(&args, &leaky("b"))?.code, Some(2));
    Ok(())
}

#[test]
fn texts_of_ours_go_away_again() -> io::Result<()> {
    let workspace = Workspace::with(&[("m/go.mod", GO_MOD), ("m/a.go", LEAKY), ("tmp/keep", "")])?;
    let mut command = workspace.command("m", &["-w", "--unsafe", "--verify", "build"]);
    let ran = ran(&command.env("TMPDIR", workspace.path("tmp")).output()?);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(workspace.names("tmp")?, ["keep"]);
    assert_eq!(workspace.names("m")?, ["a.go", "go.mod"]);
    Ok(())
}

#[test]
fn without_a_toolchain_nothing_is_written() -> io::Result<()> {
    let workspace = Workspace::with(&[("go.mod", GO_MOD), ("a.go", LEAKY)])?;
    let mut command = workspace.command("", &["-w", "--unsafe", "--verify", "build"]);
    let ran = ran(&command.env("PATH", Path::new("/nowhere")).output()?);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("undefer: --verify: go is not on PATH"), "{ran:?}");
    assert_eq!(workspace.read("a.go")?, LEAKY);
    Ok(())
}

#[test]
fn the_variable_is_for_runs_that_change_texts() -> io::Result<()> {
    let workspace = Workspace::with(&[("go.mod", GO_MOD), ("a.go", LEAKY)])?;
    let flag = workspace.run(&["--verify", "build", "check"])?;
    assert_eq!(flag.code, Some(2), "{flag:?}");
    assert_eq!(flag.err, "undefer: --verify does not go with `check`: leave one of the two out\n");
    let variable = ran(&workspace.command("", &["check"]).env("UNDEFER_VERIFY", "build").output()?);
    assert_eq!(variable.code, Some(1), "{variable:?}");
    let wrong = ran(&workspace.command("", &["-l"]).env("UNDEFER_VERIFY", "bild").output()?);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    Ok(())
}
