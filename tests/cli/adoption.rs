//! What is known already: the baseline, through edits of all kinds, what a baseline may say, and files in which a rule is not
//! looked for.

use std::io;

use serde_json::Value;

use crate::workspace::{LEAKY, Ran, TIDY, Workspace, crlf, ran};

const MODULE: &str = "module example.com/m\n\ngo 1.25\n";

const ONE: &str = r#"package m

import "os"

// All opens all files.
func All(names []string, use func(*os.File)) {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		defer f.Close()
		use(f)
	}
}

// Twice does it again, and again.
func Twice(names []string, use func(*os.File)) {
	for _, name := range names {
		f, _ := os.Open(name)
		defer f.Close()
		use(f)
	}
	for _, name := range names {
		f, _ := os.Open(name)
		defer f.Close()
		use(f)
	}
}

type box struct{ files []string }

func (b *box) each(use func(*os.File)) {
	for i := range b.files {
		f, _ := os.Open(b.files[i])
		defer func() { _ = f.Close() }()
		use(f)
	}
}
"#;

const TWO: &str = r#"package other

import "os"

// Drain is like All, and refused.
func Drain(names []string) {
	for _, name := range names {
		f, _ := os.Open(name)
		defer func() {
			recover()
			f.Close()
		}()
	}
}
"#;

/// A change of the module.
enum Step {
    /// In a file the first text becomes the second, wherever it stands; it has to stand somewhere.
    Put(&'static str, &'static str, &'static str),
    /// In a file the rest, from a text on, goes to the end of another file, which may be new.
    Cut(&'static str, &'static str, &'static str),
    /// A file gets another name.
    Move(&'static str, &'static str),
    /// A file is copied.
    Copy(&'static str, &'static str),
    /// A file goes.
    Remove(&'static str),
    /// A file gets other line ends.
    Crlf(&'static str),
}

use Step::{Copy, Crlf, Cut, Move, Put, Remove};

/// What is edited, the functions with findings that are new then, and how many entries match nothing any more.
type Edit = (&'static str, &'static [Step], &'static [&'static str], usize);

const ALL_OF_IT: &str = "func All(names []string, use func(*os.File)) {\n\tfor _, name := range names {\n\t\tf, err := os.Open(name)\n\t\tif err != nil {\n\t\t\tcontinue\n\t\t}\n\t\tdefer f.Close()\n\t\tuse(f)\n\t}\n}\n";

const EDITS: &[Edit] = &[
    // What moves or is laid out anew.
    ("nothing", &[], &[], 0),
    (
        "lines above",
        &[Put("a.go", "package m\n", "// Package m is good.\n//\n// Really.\npackage m\n")],
        &[],
        0,
    ),
    ("a build line", &[Put("a.go", "package m\n", "//go:build !ignore\n\npackage m\n")], &[], 0),
    (
        "imports",
        &[Put("a.go", "import \"os\"", "import (\n\t\"fmt\"\n\t\"os\"\n)\n\nvar _ = fmt.Sprint")],
        &[],
        0,
    ),
    ("a function in front", &[Put("a.go", "// All", "func other() {}\n\n// All")], &[], 0),
    ("line ends", &[Crlf("a.go")], &[], 0),
    ("a byte-order mark", &[Put("a.go", "package m\n", "\u{feff}package m\n")], &[], 0),
    ("layout of the defer", &[Put("a.go", "defer f.Close()", "defer  f . Close ( )  ;")], &[], 0),
    (
        "layout of the loop",
        &[Put("a.go", "for _, name := range names {", "for _,name:=range  names{")],
        &[],
        0,
    ),
    (
        "comments",
        &[
            Put("a.go", "names {", "names { // each"),
            Put("a.go", "defer f.Close()", "defer f.Close() // at last"),
        ],
        &[],
        0,
    ),
    ("a comment inside the defer", &[Put("a.go", "func() { _", "func() { /* why */ _")], &[], 0),
    (
        "a literal on more lines",
        &[Put("a.go", "func() { _ = f.Close() }()", "func() {\n\t\t\t_ = f.Close()\n\t\t}()")],
        &[],
        0,
    ),
    ("another file name", &[Move("a.go", "files and ö.go")], &[], 0),
    (
        "into another package",
        &[Move("a.go", "sub/a.go"), Put("sub/a.go", "package m\n", "package sub\n")],
        &[],
        0,
    ),
    ("a folder's name", &[Move("other/b.go", "others/b.go")], &[], 0),
    ("functions to another file", &[Cut("a.go", "// Twice", "other/b.go")], &[], 0),
    (
        "a file in two",
        &[
            Cut("a.go", "// Twice", "a2.go"),
            Put("a2.go", "// Twice", "package m\n\nimport \"os\"\n\n// Twice"),
        ],
        &[],
        0,
    ),
    (
        "two files in one",
        &[
            Put("other/b.go", "package other\n\nimport \"os\"\n", ""),
            Cut("other/b.go", "// Drain", "a.go"),
            Remove("other/b.go"),
        ],
        &[],
        0,
    ),
    (
        "two files change names",
        &[Move("a.go", "x.go"), Move("other/b.go", "a.go"), Move("x.go", "other/b.go")],
        &[],
        0,
    ),
    (
        "the order of functions",
        &[
            Cut("a.go", "// All", "x"),
            Put("a.go", "import \"os\"\n", "import \"os\"\n\ntype last int\n"),
            Cut("x", "// Twice", "a.go"),
            Cut("x", "// All", "a.go"),
            Remove("x"),
        ],
        &[],
        0,
    ),
    // Names of other things, and code around.
    ("the package's name", &[Put("a.go", "package m\n", "package mm\n")], &[], 0),
    ("a parameter's name", &[Put("a.go", "use", "handle")], &[], 0),
    ("another variable's name", &[Put("a.go", "err", "failure")], &[], 0),
    ("more parameters", &[Put("a.go", "func All(", "func All(n int, ")], &[], 0),
    ("a type parameter", &[Put("a.go", "func All(", "func All[T any](")], &[], 0),
    ("statements in front", &[Put("a.go", "\tfor _, name", "\tprintln(len(names))\n\tfor _, name")], &[], 0),
    (
        "statements inside",
        &[Put(
            "a.go",
            "\t\tdefer f.Close()",
            "\t\tprintln(f)\n\t\tif f == nil {\n\t\t\tcontinue\n\t\t}\n\t\tdefer f.Close()",
        )],
        &[],
        0,
    ),
    ("what is done with it, and so the verdict", &[Put("a.go", "use(f)", "f.Sync()")], &[], 0),
    ("literals in front", &[Put("a.go", "\tfor _, name", "\tg := func() {}\n\tg()\n\tfor _, name")], &[], 0),
    (
        "another loop around it",
        &[
            Put("a.go", "\tfor i := range b.files {", "\tfor b.files != nil {\n\tfor i := range b.files {"),
            Put("a.go", "\t\tuse(f)\n\t}\n}\n\ntype", "\t\tuse(f)\n\t}\n}\n\n// box.\ntype"),
            Put("a.go", "}()\n\t\tuse(f)\n\t}\n", "}()\n\t\tuse(f)\n\t}\n\t}\n"),
        ],
        &[],
        0,
    ),
    // What goes.
    (
        "a finding is repaired",
        &[Put("a.go", "continue\n\t\t}\n\t\tdefer f.Close()", "continue\n\t\t}\n\t\tf.Close()")],
        &[],
        1,
    ),
    (
        "one of two equals goes",
        &[Put(
            "a.go",
            "\tfor _, name := range names {\n\t\tf, _ := os.Open(name)\n\t\tdefer f.Close()\n\t\tuse(f)\n\t}\n}",
            "}",
        )],
        &[],
        1,
    ),
    (
        "a directive keeps it",
        &[Put("other/b.go", "\t\tdefer", "\t\t//undefer:ignore UD001 known\n\t\tdefer")],
        &[],
        1,
    ),
    ("a file goes", &[Remove("other/b.go")], &[], 1),
    // What comes.
    (
        "a third of two equals",
        &[
            Put("a.go", "type box", "func Twices() {\n}\n\ntype box"),
            Put(
                "a.go",
                "\t}\n}\n\nfunc Twices",
                "\t}\n\tfor _, name := range names {\n\t\tf, _ := os.Open(name)\n\t\tdefer f.Close()\n\t}\n}\n\nfunc Twices",
            ),
        ],
        &["Twice"],
        0,
    ),
    (
        "a new function like an old one",
        &[Put(
            "other/b.go",
            "// Drain",
            "func Drain2(names []string) {\n\tfor _, name := range names {\n\t\tf, _ := os.Open(name)\n\t\tdefer f.Close()\n\t}\n}\n\n// Drain",
        )],
        &["Drain2"],
        0,
    ),
    ("a copy in another package", &[Copy("other/b.go", "copy/b.go")], &["Drain"], 0),
    (
        "a copy beside a move",
        &[Copy("other/b.go", "copy/b.go"), Move("other/b.go", "moved/b.go")],
        &["Drain"],
        0,
    ),
    (
        "a new file",
        &[Copy("other/b.go", "copy/b.go"), Put("copy/b.go", "Drain(", "Drainage(")],
        &["Drainage"],
        0,
    ),
    // What the finding is made of: another function, another call, another loop.
    (
        "the function's name",
        &[
            Put("a.go", ALL_OF_IT, "func Every() {\n}\n"),
            Put(
                "a.go",
                "Every() {\n",
                "Every(names []string) {\n\tfor _, name := range names {\n\t\tf, _ := os.Open(name)\n\t\tdefer f.Close()\n\t}\n",
            ),
        ],
        &["Every"],
        1,
    ),
    ("the deferred call", &[Put("other/b.go", "f.Close()", "f.Sync()")], &["Drain"], 1),
    ("the loop", &[Put("other/b.go", "range names", "range names[1:]")], &["Drain"], 1),
    (
        "the loop of one, and all is moved",
        &[
            Put("other/b.go", "range names", "range names[1:]"),
            Move("other/b.go", "x/b.go"),
            Move("a.go", "y/a.go"),
        ],
        &["Drain"],
        1,
    ),
];

fn take(workspace: &Workspace, step: &Step) -> io::Result<()> {
    let remove = |file: &str| std::fs::remove_file(workspace.path(file));
    match *step {
        Put(file, from, to) => {
            let text = workspace.read(file)?;
            assert!(text.contains(from), "{file} has no {from:?}: {text}");
            workspace.write(file, text.replace(from, to))
        }
        Cut(file, from, into) => {
            let text = workspace.read(file)?;
            let at = text.find(from).unwrap_or_else(|| panic!("{file} has no {from:?}"));
            workspace.write(file, &text[..at])?;
            let before = workspace.read(into).map_or(String::new(), |before| before + "\n");
            workspace.write(into, before + &text[at..])
        }
        Move(file, to) => {
            workspace.write(to, workspace.read(file)?)?;
            remove(file)
        }
        Copy(file, to) => workspace.write(to, workspace.read(file)?),
        Remove(file) => remove(file),
        Crlf(file) => workspace.write(file, crlf(&workspace.read(file)?)),
    }
}

#[test]
fn through_edits_nothing_old_is_new_and_nothing_new_is_old() -> io::Result<()> {
    let module = || Workspace::with(&[("go.mod", MODULE), ("a.go", ONE), ("other/b.go", TWO)]);
    assert!(EDITS.len() > 30);
    for (words, steps, new, stale) in EDITS {
        let workspace = module()?;
        assert_eq!(workspace.run(&["check", "--write-baseline", "known.json"])?.code, Some(0), "{words}");
        steps.iter().try_for_each(|step| take(&workspace, step))?;
        assert_eq!(findings(&workspace, &[])?, *new, "{words}");
        let told = workspace.run(&["check", "--baseline", "known.json", "--fail-on", "refused"])?;
        assert_eq!(
            (told.code, told.out.lines().count()),
            (Some(i32::from(!new.is_empty())), new.len()),
            "{words}: {told:?}"
        );
        let line = told.err.lines().find(|line| line.contains("nothing any more"));
        let count = line.map_or("0", |line| line.split(' ').nth(2).unwrap_or_default());
        assert_eq!(count, stale.to_string(), "{words}: {told:?}");
        // What is pruned follows the moves, and so takes another one.
        workspace.run(&["check", "--baseline", "known.json", "--prune-baseline"])?;
        assert_eq!(findings(&workspace, &[])?, *new, "{words}, pruned");
        let told = workspace.run(&["check", "--baseline", "known.json"])?;
        assert!(!told.err.contains("nothing any more"), "{words}, pruned: {told:?}");
    }
    Ok(())
}

/// The functions of the findings that count.
fn findings(workspace: &Workspace, args: &[&str]) -> io::Result<Vec<String>> {
    let all = [&["check", "--baseline", "known.json", "--output-format", "json"], args].concat();
    let report: Value = serde_json::from_str(&workspace.run(&all)?.out)?;
    let sites = report["sites"].as_array().into_iter().flatten();
    let counts = |site: &&Value| {
        site["aside"].is_null() && (site["verdict"] == "rewrite" || site["verdict"] == "refused")
    };
    Ok(sites.filter(counts).map(|site| site["function"].as_str().unwrap_or_default().to_owned()).collect())
}

#[test]
fn a_baseline_is_sorted_json_with_an_entry_a_line_and_nothing_in_it_counts() -> io::Result<()> {
    let workspace = Workspace::with(&[("b.go", LEAKY), ("a b/ö.go", LEAKY), ("d/known.txt", "")])?;
    let wrote = workspace.run(&["check", "--write-baseline", "d/known.json"])?;
    assert_eq!((wrote.code, wrote.out.as_str()), (Some(0), ""), "{wrote:?}");
    assert!(wrote.err.starts_with("undefer: d/known.json: 2 in the baseline now\n"), "{wrote:?}");
    let text = workspace.read("d/known.json")?;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[2]), (7, "{", "  \"entries\": ["), "{text}");
    assert!(
        lines[3].starts_with("    {\"path\":\"../a b/ö.go\",\"fingerprint\":\"")
            && lines[3].ends_with("\"},")
    );
    assert!(lines[4].ends_with(":1\",\"rule\":\"UD001\",\"reason\":\"released-in-iteration\"}"), "{text}");
    let ran = workspace.run(&["check", "--baseline", "d/known.json", "--summary-json", "s.json"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(ran.err, "undefer: 0 sites to rewrite; 2 in the baseline\n");
    let summary: Value = serde_json::from_str(&workspace.read("s.json")?)?;
    assert_eq!((&summary["sites"]["baseline"], &summary["sites"]["rewritten"]), (&2.into(), &0.into()));
    let all =
        workspace.run(&["check", "--baseline", "d/known.json", "--show", "all", "--fail-on", "refused"])?;
    assert_eq!((all.code, all.out.matches("; it stands in the baseline [").count()), (Some(0), 2), "{all:?}");
    // A diff is no report of findings.
    assert_eq!(workspace.run(&["--unsafe"])?.code, Some(1));
    Ok(())
}

#[test]
fn every_report_leaves_out_what_is_known() -> io::Result<()> {
    let workspace = Workspace::with(&[("b.go", LEAKY)])?;
    workspace.run(&["check", "--write-baseline", "known.json"])?;
    let report = |format: &str, more: &[&str]| -> io::Result<String> {
        let args = [&["check", "--baseline", "known.json", "--output-format", format], more].concat();
        let ran = workspace.run(&args)?;
        assert_eq!(ran.code, Some(0), "{format}: {ran:?}");
        Ok(ran.out)
    };
    for format in
        ["text", "full", "sarif", "github", "gitlab", "rdjson", "rdjsonl", "checkstyle", "markdown", "html"]
    {
        let (known, all) = (report(format, &[])?, report(format, &["--show", "all"])?);
        assert!(!known.contains("is used up inside"), "{format}: {known}");
        assert!(all.contains("is used up inside"), "{format}: {all}");
        for grave in ["::error", "\"major\"", "\"ERROR\"", "severity=\"error\"", "\"level\": \"error\""] {
            assert!(!all.contains(grave), "{format}: {all}");
        }
    }
    let sarif: Value = serde_json::from_str(&report("sarif", &["--show", "all"])?)?;
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(
        (&result["suppressions"][0]["kind"], &result["kind"]),
        (&"external".into(), &"notApplicable".into())
    );
    assert!(report("jsonl", &[])?.contains("\"aside\":\"baseline\""));
    Ok(())
}

#[test]
fn branches_that_write_the_baseline_can_be_merged() -> io::Result<()> {
    let module = [("go.mod", MODULE), ("f.go", ONE), ("m.go", LEAKY), ("other/b.go", TWO)];
    let workspace = Workspace::committed(&module)?;
    let written = |file: &str, name: &str| -> io::Result<()> {
        workspace.write(file, LEAKY.replace("func f", name))?;
        workspace.run(&["check", "--write-baseline", "known.json"])?;
        workspace.git(&["add", "-A"])?;
        workspace.git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", name]).map(|_| ())
    };
    written("m2.go", "func m2")?;
    workspace.git(&["checkout", "-qb", "one"])?;
    written("a.go", "func first")?;
    workspace.git(&["checkout", "-q", "-"])?;
    workspace.git(&["checkout", "-qb", "two"])?;
    written("z.go", "func last")?;
    workspace.git(&["-c", "user.name=a", "-c", "user.email=a@b", "merge", "-q", "one", "-m", "both"])?;
    let ran = workspace.run(&["check", "--baseline", "known.json"])?;
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (Some(0), "undefer: 0 sites to rewrite; 9 in the baseline\n"),
        "{ran:?}"
    );
    Ok(())
}

#[test]
fn a_run_over_a_part_says_nothing_about_the_rest() -> io::Result<()> {
    let workspace =
        Workspace::with(&[("go.mod", MODULE), ("a.go", ONE), ("other/b.go", TWO), ("other/x.go", TIDY)])?;
    workspace.run(&["check", "--write-baseline", "known.json"])?;
    let before = workspace.read("known.json")?;
    take(&workspace, &Move("a.go", "sub/a.go"))?;
    for args in [&["other/b.go"][..], &["other"], &["other/x.go"]] {
        let ran =
            workspace.run(&[&["check", "--baseline", "known.json", "--prune-baseline"], args].concat())?;
        assert!(ran.code == Some(0) && ran.err.contains(": 0 entries removed, 5 left"), "{ran:?}");
        assert_eq!(workspace.read("known.json")?, before);
    }
    // A file that is still there, and was not looked at, lends its entries to nobody.
    take(&workspace, &Copy("other/b.go", "copy/b.go"))?;
    assert_eq!(findings(&workspace, &["copy"])?, ["Drain"]);
    // Nor does one that cannot be read as a whole, and its entries stay.
    workspace.write("other/b.go", format!("{TWO}\nfunc broken() {{\n\tfor {{\n\t\tdefer )\n\t}}\n}}\n"))?;
    assert_eq!(findings(&workspace, &["copy", "other"])?, ["Drain"]);
    workspace.write("other/b.go", [TWO.as_bytes(), b"\xff"].concat())?;
    let ran = workspace.run(&["check", "--baseline", "known.json", "--prune-baseline"])?;
    assert!(ran.err.contains(": 0 entries removed, 5 left"), "{ran:?}");
    Ok(())
}

#[test]
fn settings_name_a_baseline_that_holds_from_any_folder() -> io::Result<()> {
    let settings = "baseline = 'ci/known.json'\n";
    let workspace = Workspace::committed(&[(".undefer.toml", settings), ("d/a.go", LEAKY), ("ci/x", "")])?;
    let missing = workspace.run(&["check"])?;
    assert_eq!((missing.code, missing.err.lines().count()), (Some(2), 1), "{missing:?}");
    assert_eq!(workspace.run_in("d", &["check", "--write-baseline", "../ci/known.json"])?.code, Some(0));
    for (folder, args, code) in [
        ("", &[][..], 0),
        ("d", &[], 0),
        ("d", &["--baseline="], 1),
        ("d", &["--isolated"], 1),
        ("d", &["--isolated", "--baseline", "../ci/known.json"], 0),
        ("d", &["--prune-baseline"], 0),
    ] {
        assert_eq!(
            workspace.run_in(folder, &[&["check"], args].concat())?.code,
            Some(code),
            "{folder} {args:?}"
        );
    }
    let mut command = workspace.command("d", &["check", "--isolated"]);
    assert_eq!(ran(&command.env("UNDEFER_BASELINE", "../ci/known.json").output()?).code, Some(0));
    let shown = workspace.run_in("d", &["check", "--show-settings"])?.out;
    let line = shown.lines().find(|line| line.starts_with("baseline")).unwrap_or_default();
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["baseline", "=", "\"ci/known.json\"", "#", "../.undefer.toml:1"]
    );
    Ok(())
}

#[test]
fn what_is_no_baseline_is_one_clear_line() -> io::Result<()> {
    let entry = |fingerprint: &str| {
        format!("{{\"path\":\"a\",\"fingerprint\":\"{fingerprint}\",\"rule\":\"UD001\",\"reason\":\"x\"}}")
    };
    let of = |entries: &str| format!("{{\n\"schema\": 1,\n\"entries\": [\n{entries}\n]\n}}\n");
    let cases = [
        (None, "baseline k.json: no such file or directory; --write-baseline k.json writes one"),
        (Some(String::new()), "baseline k.json:1: EOF while parsing"),
        (Some("[]".to_owned()), "baseline k.json:1: invalid"),
        (Some(of("<<<<<<< HEAD")), "baseline k.json:4: expected value"),
        (Some(of(&entry("12:1"))), "baseline k.json:4: a fingerprint is 32"),
        (Some(of("").replace("1,", "2,")), "baseline k.json: its schema is 2"),
    ];
    for (text, words) in cases {
        let workspace = Workspace::with(&[("a.go", LEAKY)])?;
        text.iter().try_for_each(|text| workspace.write("k.json", text))?;
        for more in [&[][..], &["--prune-baseline"]] {
            let ran = workspace.run(&[&["check", "--baseline", "k.json"], more].concat())?;
            assert_eq!(
                (ran.code, ran.out.as_str(), ran.err.lines().count()),
                (Some(2), "", 1),
                "{words}: {ran:?}"
            );
            assert!(ran.err.starts_with(&format!("undefer: {words}")), "{words}: {ran:?}");
        }
        assert_eq!(workspace.read("k.json").ok(), text);
    }
    Ok(())
}

#[test]
fn flags_about_known_findings_that_cannot_be_obeyed() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    for (args, words) in [
        (&["--prune-baseline"][..], "--prune-baseline: there is no baseline"),
        (&["--write-baseline", "no/k.json"], "baseline no/k.json: cannot be written: no such file"),
        (
            &["--write-baseline", "k.json", "--new-from-rev", "HEAD"],
            "--write-baseline does not go with --new-from-rev",
        ),
        (&["--write-baseline", "k.json", "-"], "--write-baseline does not go with standard input"),
        (&["--new-from-rev", "HEAD", "-"], "--new-from-rev does not go with standard input"),
        (&["--add-ignore=x", "-"], "--add-ignore does not go with standard input"),
        (&["--add-ignore= "], "--add-ignore: give the reason in one line"),
        (&["--add-ignore=a\nb"], "--add-ignore: give the reason in one line"),
    ] {
        let ran: Ran = workspace.run(&[&["check"], args].concat())?;
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.lines().count()),
            (Some(2), "", 1),
            "{args:?}: {ran:?}"
        );
        assert!(ran.err.starts_with(&format!("undefer: {words}")), "{args:?}: {ran:?}");
    }
    assert_eq!(workspace.names("")?, ["a.go"]);
    Ok(())
}

#[test]
fn standard_input_is_compared_with_the_baseline_under_its_name() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    workspace.run(&["check", "--write-baseline", "k.json"])?;
    let args = ["check", "--baseline", "k.json", "--stdin-filename", "a.go", "-"];
    assert_eq!(workspace.run_with_input(&args, LEAKY)?.code, Some(0));
    assert_eq!(workspace.run_with_input(&args, &LEAKY.replace("func f", "func g"))?.code, Some(1));
    Ok(())
}

#[test]
fn rules_are_left_out_in_the_files_that_a_pattern_names() -> io::Result<()> {
    let settings =
        "[per-file-ignores]\n'*_test.go' = ['UD001']\n'legacy' = ['UD']\n'd/*.go' = ['ud0']\n'b.go' = []\n";
    let names = ["a_test.go", "b.go", "d/c.go", "d/e/f.go", "x/legacy/y/z.go", "x/öä x_test.go"];
    let mut files = names.map(|name| (name, LEAKY)).to_vec();
    files.push((".undefer.toml", settings));
    let workspace = Workspace::committed(&files)?;
    let ran = workspace.run(&["-l", "--unsafe"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "b.go\nd/e/f.go\n"), "{ran:?}");
    // Patterns are relative to the file, wherever the command is called, and hold for files that are named.
    assert_eq!(workspace.run_in("d", &["-l", "--unsafe"])?.out, "e/f.go\n");
    assert_eq!(workspace.run_in("x", &["-l", "--unsafe", "../d/c.go", "../b.go"])?.out, "../b.go\n");
    let shown = workspace.run(&["--show-files"])?;
    assert_eq!(
        (shown.out.as_str(), shown.err.matches(": passed over: per-file-ignores\n").count()),
        ("b.go\nd/e/f.go\n", 4),
        "{shown:?}"
    );
    for (pattern, words) in [
        ("'*.go' = ['UD9']", ".undefer.toml:2: per-file-ignores UD9: there is no such rule"),
        ("'a[' = ['UD001']", ".undefer.toml:2: per-file-ignores a[: not a pattern"),
    ] {
        workspace.write(".undefer.toml", format!("[per-file-ignores]\n{pattern}\n"))?;
        let ran = workspace.run(&["check"])?;
        assert!(ran.code == Some(2) && ran.err.starts_with(&format!("undefer: {words}")), "{ran:?}");
    }
    Ok(())
}
