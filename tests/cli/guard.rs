//! The guard of `--write`: uncommitted edits are not mixed with ours.

use std::io;

use crate::workspace::{LEAKY, Workspace, ran};

#[test]
fn files_with_uncommitted_edits_are_left_and_the_others_written() -> io::Result<()> {
    let names = ["clean.go", "modified.go", "staged.go", "d/öä x.go"];
    let workspace = Workspace::committed(&names.map(|name| (name, LEAKY)))?;
    let edited = LEAKY.replace("_ = f", "_ = *f");
    workspace.write("modified.go", &edited)?;
    workspace.write("staged.go", &edited)?;
    workspace.write("d/öä x.go", &edited)?;
    workspace.git(&["add", "staged.go"])?;
    workspace.write("untracked.go", LEAKY)?;
    let ran = workspace.run(&["-w", "-l", "-q", "--unsafe"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), "clean.go\nuntracked.go\n"), "{ran:?}");
    let lines: Vec<_> = ran.err.lines().map(|line| line.split(" has ").next().unwrap_or(line)).collect();
    assert_eq!(lines, ["undefer: d/öä x.go:", "undefer: modified.go:", "undefer: staged.go:"]);
    assert_eq!(workspace.read("modified.go")?, edited);
    let allowed = workspace.run(&["-w", "-l", "-q", "--unsafe", "--allow-dirty"])?;
    assert_eq!((allowed.code, allowed.out.as_str()), (Some(0), "d/öä x.go\nmodified.go\nstaged.go\n"));
    Ok(())
}

#[test]
fn the_guard_works_from_a_sub_folder_and_in_several_repositories() -> io::Result<()> {
    let workspace = Workspace::committed(&[("d/a.go", LEAKY), ("b.go", LEAKY)])?;
    workspace.write("d/inner/c.go", LEAKY)?;
    workspace.git_in("d/inner", &["init", "-q"])?;
    workspace.git_in("d/inner", &["add", "c.go"])?;
    workspace.write("d/a.go", format!("{LEAKY}\n"))?;
    let ran = workspace.run_in("d", &["-w", "-l", "-q", "--unsafe", "..."])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 2, "{}", ran.err);
    assert_eq!(workspace.run_in("d", &["-w", "-l", "-q", "--unsafe", "../b.go"])?.out, "../b.go\n");
    Ok(())
}

#[test]
fn a_diff_needs_no_clean_tree() -> io::Result<()> {
    let workspace = Workspace::committed(&[("a.go", LEAKY)])?;
    workspace.write("a.go", format!("{LEAKY}\n"))?;
    assert_eq!(workspace.run(&["--unsafe"])?.code, Some(1));
    Ok(())
}

const EDIT: &str = "--- a/a.go
+++ b/a.go
@@ -1,4 +1,5 @@
 package p
+// An edit.
 
 import \"os\"
 
";

/// Every way in which a file can differ from the last commit, and some in which it does not.
#[test]
fn what_is_in_no_commit_is_left_however_it_came_about() -> io::Result<()> {
    let cases: &[(&str, &[&[&str]], bool)] = &[
        ("as committed", &[], true),
        ("ignored, though known", &[&["config", "core.excludesFile", "ignore"]], true),
        ("under another name", &[&["mv", "a.go", "b.go"]], false),
        ("edited, and the edit staged and undone", &[&["apply", "--cached", "edit"]], false),
        ("taken out and put back", &[&["rm", "-q", "--cached", "a.go"], &["add", "a.go"]], true),
        ("taken out of the index", &[&["rm", "-q", "--cached", "a.go"]], false),
        ("to be added", &[&["rm", "-q", "--cached", "a.go"], &["add", "-N", "a.go"]], false),
        ("in a repository without a commit", &[&["update-ref", "-d", "HEAD"]], false),
        (
            "with submodules and untracked files hidden",
            &[&["apply", "edit"], &["config", "diff.ignoreSubmodules", "all"]],
            false,
        ),
    ];
    for (words, steps, is_written) in cases {
        let workspace = Workspace::committed(&[("a.go", LEAKY)])?;
        workspace.write("ignore", "*.go\n")?;
        workspace.write("edit", EDIT)?;
        for step in *steps {
            workspace.git(step)?;
        }
        let ran = workspace.run(&["-w", "-l", "-q", "--unsafe"])?;
        let (code, lines) = if *is_written { (0, 0) } else { (2, 1) };
        assert_eq!((ran.code, ran.err.lines().count()), (Some(code), lines), "{words}: {ran:?}");
        assert_eq!(ran.out.is_empty(), !is_written, "{words}: {ran:?}");
        assert_eq!(ran.err.matches(".go: has uncommitted edits, so").count(), lines, "{words}: {ran:?}");
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_link_is_judged_by_the_repository_of_the_file_that_it_leads_to() -> io::Result<()> {
    let workspace = Workspace::with(&[])?;
    let inside = Workspace::committed(&[("a.go", LEAKY)])?;
    inside.write("a.go", format!("{LEAKY}\n"))?;
    std::os::unix::fs::symlink(inside.path("a.go"), workspace.path("link.go"))?;
    let ran = workspace.run(&["-w", "-q", "--unsafe", "link.go"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("a.go: has uncommitted edits"), "{ran:?}");
    Ok(())
}

#[test]
fn a_repository_that_git_cannot_read_is_left_and_the_others_are_written() -> io::Result<()> {
    let workspace =
        Workspace::with(&[("broken/.git", "gitdir: nowhere\n"), ("broken/a.go", LEAKY), ("b.go", LEAKY)])?;
    let ran = workspace.run(&["-w", "-l", "-q", "--unsafe"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), "b.go\n"), "{ran:?}");
    let line = "undefer: broken/a.go: left alone, git cannot say whether it has uncommitted edits (fatal: ";
    assert!(ran.err.starts_with(line) && ran.err.lines().count() == 1, "{ran:?}");
    assert_eq!(workspace.read("broken/a.go")?, LEAKY);
    assert_eq!(workspace.run(&["-w", "-l", "-q", "--unsafe", "--allow-dirty"])?.out, "broken/a.go\n");
    Ok(())
}

#[test]
fn without_git_all_files_are_written_and_it_is_said_once() -> io::Result<()> {
    let workspace = Workspace::committed(&[("a.go", LEAKY), ("b.go", LEAKY)])?;
    let output = workspace.command("", &["-w", "-l", "-q", "--unsafe"]).env("PATH", "").output()?;
    let ran = ran(&output);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "a.go\nb.go\n"), "{ran:?}");
    assert_eq!(ran.err.matches("git is not on PATH, so nobody knows").count(), 1, "{ran:?}");
    Ok(())
}

#[test]
fn a_hook_of_another_repository_does_not_mislead_the_guard() -> io::Result<()> {
    let (workspace, other) =
        (Workspace::committed(&[("a.go", LEAKY)])?, Workspace::committed(&[("a.go", LEAKY)])?);
    let edited = format!("{LEAKY}\n");
    workspace.write("a.go", &edited)?;
    let mut command = workspace.command("", &["-w", "-q", "--unsafe"]);
    command.env("GIT_DIR", other.path(".git")).env("GIT_WORK_TREE", other.path(""));
    command.env("GIT_INDEX_FILE", other.path(".git/index"));
    let ran = ran(&command.output()?);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.starts_with("undefer: a.go: has uncommitted edits"), "{ran:?}");
    assert_eq!(workspace.read("a.go")?, edited);
    Ok(())
}

/// git is asked about some hundred files at a time.
#[test]
fn one_edit_among_many_files_is_found() -> io::Result<()> {
    let names: Vec<String> = (0..450).map(|number| format!("a{number:03}.go")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), LEAKY)).collect();
    let workspace = Workspace::committed(&files)?;
    for number in [0, 199, 200, 449] {
        workspace.write(&names[number], format!("{LEAKY}\n"))?;
    }
    let ran = workspace.run(&["-w", "-l", "-q", "--unsafe"])?;
    let left: Vec<_> = ran.err.lines().filter_map(|line| line.split(": ").nth(1)).collect();
    assert_eq!(left, ["a000.go", "a199.go", "a200.go", "a449.go"]);
    assert_eq!((ran.code, ran.out.lines().count()), (Some(2), 446));
    Ok(())
}
