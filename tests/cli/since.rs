//! `--new-from-rev`: only what is on lines that are new or changed since a revision counts.

use std::io;

use crate::workspace::{LEAKY, Workspace, crlf, ran};

/// The names of the files with findings that count, and the exit code.
fn new(workspace: &Workspace, folder: &str, args: &[&str]) -> io::Result<(Option<i32>, Vec<String>)> {
    let ran = workspace.run_in(folder, &[&["check", "--new-from-rev"], args].concat())?;
    assert!(ran.code != Some(2), "{ran:?}");
    Ok((ran.code, ran.out.lines().filter_map(|line| line.split(':').next()).map(str::to_owned).collect()))
}

fn commit(workspace: &Workspace) -> io::Result<String> {
    workspace.git(&["add", "-A"])?;
    workspace.git(&[
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.org",
        "commit",
        "-qm",
        "more",
        "--allow-empty",
    ])
}

#[test]
fn a_site_counts_if_its_defer_or_the_header_of_its_loop_is_new() -> io::Result<()> {
    let literal = LEAKY.replace("defer f.Close()", "defer func() {\n\t\t\t_ = f.Close()\n\t\t}()");
    for (text, from, to, counts) in [
        (LEAKY, "", "", false),
        (LEAKY, "defer f.Close()", "defer f.Close() // now", true),
        (LEAKY, "range names {", "range names[:] {", true),
        (LEAKY, "\tfor ", "\tprintln()\n\tfor ", false),
        (LEAKY, "_ = f\n", "_ = *f\n", false),
        (LEAKY, "\t\tdefer", "\t\tprintln()\n\t\tdefer", false),
        (LEAKY, "\t\t_ = f\n", "", false),
        (LEAKY, "func f(", "func g(", false),
        (LEAKY, "\n", "\r\n", true),
        (&literal, "_ = f.Close()", "f.Close()", true),
        (&literal, "\t\t_ = f\n", "\t\t_ = *f\n", false),
    ] {
        let workspace = Workspace::committed(&[("a.go", text)])?;
        workspace.write("a.go", text.replace(from, to))?;
        let (code, names) = new(&workspace, "", &["HEAD"])?;
        assert_eq!((code, names.len()), (Some(i32::from(counts)), usize::from(counts)), "{from:?} {to:?}");
        // Committed or not, it is new since the first commit; and old since the last one.
        commit(&workspace)?;
        assert_eq!(new(&workspace, "", &["HEAD"])?.0, Some(0), "{from:?} {to:?}");
    }
    Ok(())
}

#[test]
fn names_of_every_kind_moves_and_new_files_are_known() -> io::Result<()> {
    let names =
        ["a b.go", "ö/ü ñ.go", "tab\tq\"uote.go", "back\\slash.go", " lead.go", "moved.go", "d/kept.go"];
    let workspace = Workspace::committed(&names.map(|name| (name, LEAKY)))?;
    assert_eq!(new(&workspace, "", &["HEAD"])?, (Some(0), vec![]));
    let edited = LEAKY.replace("defer f", "defer  f");
    for name in &names[..5] {
        workspace.write(name, &edited)?;
    }
    workspace.git(&["mv", "moved.go", "elsewhere.go"])?;
    workspace.write("untracked ä.go", LEAKY)?;
    workspace.write("ignored.go", LEAKY)?;
    workspace.write(".gitignore", "ignored.go\n")?;
    workspace.write("staged.go", LEAKY.replace("func f", "func staged"))?;
    workspace.git(&["add", "staged.go"])?;
    let all = [
        " lead.go",
        "a b.go",
        "back\\slash.go",
        "ignored.go",
        "staged.go",
        "tab\tq\"uote.go",
        "untracked ä.go",
        "ö/ü ñ.go",
    ];
    assert_eq!(new(&workspace, "", &["HEAD"])?, (Some(1), all.map(str::to_owned).to_vec()));
    assert_eq!(new(&workspace, "ö", &["HEAD", "..."])?.1, ["ü ñ.go"]);
    assert_eq!(new(&workspace, "d", &["HEAD", "..", "."])?.1.len(), all.len());
    Ok(())
}

#[test]
fn what_the_user_has_told_git_changes_nothing() -> io::Result<()> {
    let edited = LEAKY.replace("func f", "\n\n\nfunc f").replace("defer f", "defer  f");
    for config in [
        &["diff.noprefix", "true"][..],
        &["diff.mnemonicPrefix", "true"],
        &["color.ui", "always"],
        &["diff.external", "false"],
        &["diff.relative", "true"],
        &["diff.context", "9"],
        &["diff.interHunkContext", "9"],
        &["core.quotePath", "true"],
        &["diff.renames", "false"],
    ] {
        let workspace =
            Workspace::committed(&[("d/ö.go", LEAKY), ("b.go", LEAKY), (".gitattributes", "*.go -diff\n")])?;
        workspace.git(&[&["config"], config].concat())?;
        workspace.write("d/ö.go", &edited)?;
        workspace.git(&["mv", "b.go", "c.go"])?;
        for (folder, name) in [("", "d/ö.go"), ("d", "ö.go")] {
            assert_eq!(new(&workspace, folder, &["HEAD"])?, (Some(1), vec![name.to_owned()]), "{config:?}");
        }
    }
    let workspace = Workspace::committed(&[("a.go", LEAKY)])?;
    let other = Workspace::committed(&[("a.go", LEAKY)])?;
    workspace.write("a.go", crlf(LEAKY))?;
    let mut command = workspace.command("", &["check", "--new-from-rev", "HEAD"]);
    command
        .env("GIT_DIR", other.path(".git"))
        .env("GIT_WORK_TREE", other.path(""))
        .env("GIT_DIFF_OPTS", "-u9");
    assert_eq!(ran(&command.output()?).code, Some(1));
    Ok(())
}

#[test]
fn another_repository_below_is_new() -> io::Result<()> {
    let workspace = Workspace::committed(&[("a.go", LEAKY)])?;
    workspace.write("inner/b.go", LEAKY)?;
    workspace.git_in("inner", &["init", "-q"])?;
    assert_eq!(new(&workspace, "", &["HEAD"])?, (Some(1), vec!["inner/b.go".to_owned()]));
    Ok(())
}

#[test]
fn what_is_no_revision_is_one_clear_line() -> io::Result<()> {
    let workspace = Workspace::committed(&[("a.go", LEAKY)])?;
    let outside = Workspace::with(&[("a.go", LEAKY)])?;
    for (place, revision, words) in [
        (&workspace, "nope", "git knows no such revision here (fatal: bad revision 'nope'"),
        (&workspace, "--output=x", "git knows no such revision here"),
        (&workspace, "a.go", "git knows no such revision here"),
        (&workspace, "HEAD..HEAD", "name one revision, not a range"),
        (&outside, "HEAD", "the current directory is in no git repository"),
    ] {
        let ran = place.run(&["check", &format!("--new-from-rev={revision}")])?;
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.lines().count()),
            (Some(2), "", 1),
            "{revision}: {ran:?}"
        );
        assert!(ran.err.starts_with(&format!("undefer: --new-from-rev {revision}: {words}")), "{ran:?}");
        assert!(place.read("x").is_err(), "{revision}");
    }
    let ran = ran(&workspace.command("", &["check", "--new-from-rev=HEAD"]).env("PATH", "").output()?);
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), "undefer: --new-from-rev HEAD: git is not on PATH\n"));
    Ok(())
}

#[test]
fn an_empty_revision_is_none_and_the_variable_counts() -> io::Result<()> {
    let workspace = Workspace::committed(&[("a.go", LEAKY)])?;
    assert_eq!(workspace.run(&["check", "--new-from-rev="])?.code, Some(1));
    let mut command = workspace.command("", &["check", "--show", "all"]);
    let ran = ran(&command.env("UNDEFER_NEW_FROM_REV", "HEAD").output()?);
    assert_eq!((ran.code, ran.out.matches("; its lines are not new [").count()), (Some(0), 1), "{ran:?}");
    assert_eq!(ran.err, "undefer: 0 sites to rewrite; 1 on lines that are not new\n");
    Ok(())
}
