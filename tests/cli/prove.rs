//! `prove`: the word of the real compiler on each site, before and after.

use std::io;

use serde_json::{Value, json};

use crate::workspace::{LEAKY, Workspace, ran};

const GO_MOD: &str = "module example.com/m\n\ngo 1.22\n";

/// A deferred function literal that captures a variable of the iteration.
const CAPTURED: &str = "package p\n\nimport \"os\"\n\nfunc f(names []string) {\n\tfor _, name := range names {\n\t\tn := 0\n\t\tf, err := os.Open(name)\n\t\tif err != nil {\n\t\t\tcontinue\n\t\t}\n\t\tdefer func() {\n\t\t\tn++\n\t\t\tf.Close()\n\t\t}()\n\t\tn++\n\t}\n}\n";

#[test]
fn what_a_rewrite_makes_of_a_defer_is_told() -> io::Result<()> {
    let workspace = Workspace::with(&[("go.mod", GO_MOD), ("a.go", LEAKY)])?;
    for (form, after) in [("inline", "no defer"), ("closure", "open-coded")] {
        let ran = workspace.run(&["prove", "--unsafe", "--form", form])?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let words: Vec<&str> =
            ran.out.trim_end().split("  ").filter(|word| !word.is_empty()).map(str::trim).collect();
        assert_eq!(words[..4], ["a.go:11:3", form, "heap-allocated", after], "{ran:?}");
        assert!(ran.err.ends_with(": 1 with a heap-allocated defer before, 0 after\n"), "{ran:?}");
        assert_eq!(workspace.read("a.go")?, LEAKY);
    }
    Ok(())
}

#[test]
fn what_leaves_the_heap_is_told() -> io::Result<()> {
    let workspace = Workspace::with(&[("go.mod", GO_MOD), ("a.go", CAPTURED)])?;
    let ran = workspace.run(&["prove", "--unsafe", "--form", "closure", "--output-format", "json"])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let proof: Value = serde_json::from_str(&ran.out)?;
    let site = &proof["sites"][0];
    assert!(proof["go"].as_str().is_some_and(|go| go.starts_with("go1.")), "{proof}");
    assert_eq!((&site["path"], &site["line"], &site["function"]), (&json!("a.go"), &json!(12), &json!("f")));
    assert_eq!(
        (&site["before"], &site["after"]),
        (&json!("heap-allocated"), &json!(["open-coded"])),
        "{site}"
    );
    let gone = site["gone"].as_array().cloned().unwrap_or_default();
    assert!(
        gone.contains(&json!("moved to heap: n")) && gone.contains(&json!("func literal escapes to heap")),
        "{site}"
    );
    assert_eq!((&site["new"], &site["problem"]), (&json!([]), &Value::Null), "{site}");
    Ok(())
}

#[test]
fn each_site_of_many_has_its_own_line() -> io::Result<()> {
    let test = LEAKY.replace("package p", "package b");
    let two = LEAKY.split_once("func f").map_or(String::new(), |(_, rest)| format!("{LEAKY}\nfunc g{rest}"));
    let workspace = Workspace::with(&[
        ("go.mod", GO_MOD),
        ("b/b.go", "package b\n"),
        ("b/b_test.go", &test),
        ("a/a.go", &two),
    ])?;
    let ran = workspace.run(&["prove", "--unsafe"])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let places: Vec<&str> = ran.out.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(places, ["a/a.go:11:3", "a/a.go:22:3", "b/b_test.go:11:3"]);
    assert_eq!(ran.out.matches("heap-allocated").count(), 3, "{ran:?}");
    assert_eq!(ran.err, "undefer: 3 sites to rewrite: 3 with a heap-allocated defer before, 0 after\n");
    let none = workspace.run(&["prove", "b/b.go"])?;
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{none:?}");
    Ok(())
}

#[test]
fn what_the_compiler_does_not_see_is_unknown() -> io::Result<()> {
    let workspace = Workspace::with(&[
        ("go.mod", GO_MOD),
        ("a/a.go", &(LEAKY.to_owned() + "\nvar x int = \"\"\n")),
        ("b/b_windows.go", LEAKY),
        ("c/c.go", LEAKY),
    ])?;
    let ran = workspace.run(&["prove", "--unsafe"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(
        lines[0].starts_with("a/a.go:11:3")
            && lines[0].contains("unknown")
            && lines[0].contains("it does not compile: a.go:16: cannot use"),
        "{ran:?}"
    );
    assert!(lines[1].ends_with("it is not built for this system with these tags"), "{ran:?}");
    assert!(lines[2].contains("heap-allocated"), "{ran:?}");
    assert!(ran.err.ends_with("; nothing is known of 2\n"), "{ran:?}");
    let missing = self::ran(&workspace.command("", &["prove", "--unsafe"]).env("PATH", "/nowhere").output()?);
    assert_eq!((missing.code, missing.out.as_str()), (Some(2), ""), "{missing:?}");
    assert!(missing.err.contains("undefer: prove: go is not on PATH"), "{missing:?}");
    let piped = workspace.run(&["prove", "-"])?;
    assert_eq!(piped.err, "undefer: `-` is standard input, and `prove` is about files; name some\n");
    Ok(())
}
