//! `--add-ignore`: a directive above each finding, and nothing to do the second time. And what `full` advises in tests.

use std::io;
use std::process::{Command, Stdio};

use crate::workspace::{LEAKY, Workspace, crlf, ran};

const DIRECTIVE: &str = "//undefer:ignore UD001 looked at";

fn gofmt(text: &str) -> io::Result<String> {
    let mut child = Command::new("gofmt").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    io::Write::write_all(&mut child.stdin.take().expect("it is piped"), text.as_bytes())?;
    String::from_utf8(child.wait_with_output()?.stdout).map_err(io::Error::other)
}

#[test]
fn each_finding_gets_a_directive_and_a_second_run_has_nothing_to_do() -> io::Result<()> {
    let place = "\t\tdefer f.Close()\n";
    let (one, all) = (format!("\t\t{DIRECTIVE}\n"), LEAKY);
    let with = |from: &str, to: &str| all.replace(from, to);
    let twice = with(place, "\t\tdefer f.Close()\n\t\tdefer f.Sync()\n");
    let one_line = with(place, "\t\tfunc() {\n\t\t\tfor range names { defer f.Close() }\n\t\t}()\n");
    let aligned = with(
        place,
        "\t\tg := f          // an alias\n\t\tdefer f.Close() // at the end\n\t\t_, _ = f, g     // done\n",
    );
    let named = with(place, "\t\t// It is closed.\n\t\t//nolint:errcheck\n\t\tdefer f.Close()\n");
    let label = with(place, "\tagain:\n\t\tdefer f.Close()\n\t\tif f == nil {\n\t\t\tgoto again\n\t\t}\n");
    let block = with(place, "\t\t/* It is closed. */\n\t\tdefer f.Close()\n");
    for (words, text, expected) in [
        ("plain", all.to_owned(), Some(with(place, &format!("{one}{place}")))),
        ("line ends", crlf(all), Some(crlf(&with(place, &format!("{one}{place}"))))),
        (
            "a byte-order mark",
            format!("\u{feff}{all}"),
            Some(format!("\u{feff}{}", with(place, &format!("{one}{place}")))),
        ),
        ("comments above", named.clone(), Some(named.replace("\t\t// It", &format!("{one}\t\t// It")))),
        ("a block above", block.clone(), Some(block.replace("\t\tdefer", &format!("{one}\t\tdefer")))),
        ("two", twice.clone(), Some(twice.replace("\t\tdefer", &format!("{one}\t\tdefer")))),
        (
            "two on a line, and blanks",
            with(place, "        defer f.Close(); defer f.Sync()\n"),
            Some(with(place, &format!("        {DIRECTIVE}\n        defer f.Close(); defer f.Sync()\n"))),
        ),
        ("one line", one_line, None),
        ("comments in a column", aligned, None),
        ("a label", label, None),
    ] {
        let workspace = Workspace::with(&[("a.go", &text)])?;
        let ran = workspace.run(&["check", "--add-ignore=looked at"])?;
        let new = workspace.read("a.go")?;
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{words}: {ran:?}");
        let count = new.matches(DIRECTIVE).count();
        let noun = if count == 1 { "directive" } else { "directives" };
        assert_eq!(ran.err, format!("undefer: {count} {noun} written in 1 file\n"), "{words}");
        if let Some(expected) = expected {
            assert_eq!(new, expected, "{words}");
        }
        if gofmt(&text)? == text {
            assert_eq!(gofmt(&new)?, new, "{words}");
        }
        let again = workspace.run(&["check", "--add-ignore=looked at"])?;
        assert_eq!(again.err, "undefer: 0 directives written in 0 files\n", "{words}");
        assert_eq!(workspace.read("a.go")?, new, "{words}");
        let check = workspace.run(&["check", "--fail-on", "refused"])?;
        assert_eq!(
            (check.code, check.out.as_str(), check.err.lines().count()),
            (Some(0), "", 1),
            "{words}: {check:?}"
        );
    }
    Ok(())
}

#[test]
fn only_what_counts_gets_a_directive() -> io::Result<()> {
    let new = LEAKY.replace("func f", "func g").replace("range names", "range names[1:]");
    let workspace = Workspace::committed(&[("a.go", LEAKY), ("b.go", LEAKY)])?;
    workspace.run(&["check", "--write-baseline", "k.json", "a.go"])?;
    workspace.write("c.go", &new)?;
    let ran = workspace.run(&["check", "--add-ignore=x", "--new-from-rev=HEAD"])?;
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (Some(0), "undefer: 1 directive written in 1 file\n"),
        "{ran:?}"
    );
    assert!(workspace.read("c.go")?.contains("//undefer:ignore UD001 x\n"));
    workspace.run(&["check", "--add-ignore=x", "--baseline", "k.json"])?;
    assert!(workspace.read("b.go")?.contains("//undefer:ignore UD001 x\n"));
    assert_eq!(workspace.read("a.go")?, LEAKY);
    Ok(())
}

#[test]
fn files_are_guarded_as_by_write() -> io::Result<()> {
    let workspace = Workspace::committed(&[("clean.go", LEAKY), ("dirty.go", LEAKY)])?;
    let edited = format!("{LEAKY}\n");
    workspace.write("dirty.go", &edited)?;
    let ran = workspace.run(&["check", "--add-ignore=x"])?;
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.starts_with("undefer: dirty.go: has uncommitted edits")
            && ran.err.ends_with("1 directive written in 1 file\n"),
        "{ran:?}"
    );
    assert_eq!(workspace.read("dirty.go")?, edited);
    let ran = workspace.run(&["check", "--add-ignore=x", "--allow-dirty", "dirty.go"])?;
    assert_eq!(
        (ran.code, workspace.read("dirty.go")?.matches("ignore UD001 x").count()),
        (Some(0), 1),
        "{ran:?}"
    );
    assert_eq!(workspace.run(&["check", "--allow-dirty"])?.code, Some(2));
    Ok(())
}

#[test]
fn without_gofmt_the_line_has_the_indentation_of_its_defer_and_it_is_said_once() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY), ("b.go", LEAKY)])?;
    let output = workspace.command("", &["check", "--add-ignore=x"]).env("PATH", "").output()?;
    let ran = ran(&output);
    assert_eq!((ran.code, ran.err.matches("gofmt is not on PATH").count()), (Some(0), 1), "{ran:?}");
    let expected = LEAKY.replace("\t\tdefer", "\t\t//undefer:ignore UD001 x\n\t\tdefer");
    assert_eq!(workspace.read("b.go")?, expected);
    Ok(())
}

#[test]
fn where_no_directive_would_be_read_the_file_is_left() -> io::Result<()> {
    let inside = LEAKY.replace("\t\tdefer f.Close()\n", "\t\t_ = `\n`; defer f.Close()\n");
    let workspace = Workspace::with(&[("a.go", &inside), ("b.go", LEAKY)])?;
    let ran = workspace.run(&["check", "--add-ignore=x"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.starts_with("undefer: a.go: a directive on a line of its own would not be read here"),
        "{ran:?}"
    );
    assert_eq!(workspace.read("a.go")?, inside);
    assert!(workspace.read("b.go")?.contains("//undefer:ignore"));
    Ok(())
}

#[test]
fn in_a_test_over_a_table_the_report_for_people_names_another_cure() -> io::Result<()> {
    let test = LEAKY
        .replace("import \"os\"", "import (\n\t\"os\"\n\t\"testing\"\n)")
        .replace("func f(", "func TestF(tt *testing.T, ");
    let advice = "  in a test over a table, `tt.Run` with `tt.Cleanup` in each case may be the better cure, or `tt.Cleanup` alone where it should last\n";
    for (name, text, count) in [
        ("a_test.go", test.as_str(), 1),
        ("a.go", &test, 0),
        ("a_test.go", LEAKY, 0),
        ("a_test.go", &test.replace("defer", "//nolint\n\t\tdefer"), 0),
    ] {
        let workspace = Workspace::with(&[(name, text)])?;
        let full = workspace.run(&["check", "--output-format", "full", "--show", "all"])?.out;
        assert_eq!(full.matches(advice).count(), count, "{name}: {full}");
        let line = text.lines().position(|line| line.contains("defer ")).unwrap_or_default() + 1;
        let explained = workspace.run(&["explain", &format!("{name}:{line}")])?.out;
        assert_eq!(explained.matches(advice).count(), count, "{name}: {explained}");
        assert!(!workspace.run(&["check"])?.out.contains("Cleanup"));
    }
    Ok(())
}
