//! The guard of `--write`: uncommitted edits are not mixed with ours.

use std::io;

use crate::workspace::{LEAKY, Workspace};

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
