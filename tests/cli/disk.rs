//! Disks that are full, limits of a file's size, and files that are large.

use std::fs::File;
use std::io;

#[cfg(unix)]
use std::process::Command;

#[cfg(unix)]
use crate::workspace::ran;
use crate::workspace::{LEAKY, TIDY, Workspace};

/// Every write to `/dev/full` fails, as on a full disk; it is Linux that has it.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_a_failure_in_one_line() -> io::Result<()> {
    for args in [
        &["--unsafe"][..],
        &["-l", "--unsafe"],
        &["-w", "-l", "--unsafe"],
        &["check"],
        &["check", "--output-format=json"],
        &["rules"],
        &["explain", "UD001"],
        &["--help"],
        &["--version"],
    ] {
        let workspace = Workspace::with(&[("a.go", LEAKY)])?;
        let ran = ran(&workspace.command("", args).stdout(File::create("/dev/full")?).output()?);
        assert_eq!(ran.code, Some(2), "{args:?}: {ran:?}");
        assert!(ran.err.starts_with("undefer: cannot write to standard output: "), "{args:?}: {ran:?}");
        assert_eq!(ran.err.lines().count(), 1, "{args:?}: {ran:?}");
    }
    Ok(())
}

/// The limit stands for every reason why a file cannot be written to its end: what follows is the same for all. A full disk
/// cannot be made without rights to mount one.
#[cfg(unix)]
#[test]
fn a_file_for_which_there_is_no_room_keeps_its_text_and_the_others_are_written() -> io::Result<()> {
    let large = format!("{LEAKY}{}", "// A line of a comment.\n".repeat(1000));
    let workspace = Workspace::with(&[("a.go", LEAKY), ("b.go", &large), ("c.go", LEAKY)])?;
    let mut undefer = workspace.command("", &["-w", "-l", "--unsafe"]);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -f 8 && exec \"$@\"", "sh"])
        .arg(undefer.get_program())
        .args(undefer.get_args());
    let ran = ran(&limited.current_dir(workspace.path("")).output()?);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), "a.go\nc.go\n"), "{ran:?}");
    let lines: Vec<_> = ran.err.lines().collect();
    let words = "undefer: b.go: cannot be written and keeps its text; mend this and run undefer again: file too large";
    assert_eq!(lines, [words, "undefer: 2 sites rewritten in 2 files; 1 in 1 file not written"]);
    assert_eq!(workspace.read("b.go")?, large);
    assert_eq!(workspace.names("")?, ["a.go", "b.go", "c.go"], "no temporary file stays");
    assert_eq!(undefer.output()?.status.code(), Some(0), "without the limit all is well");
    Ok(())
}

/// A hundred megabytes, of which little is code, as in a file that holds data.
#[test]
fn a_large_file_is_read_and_written_like_any_other() -> io::Result<()> {
    const SIZE: usize = 100 << 20;
    let line = format!("var _ = `{}`\n", "0123456789abcdef".repeat(1 << 10));
    let data = line.repeat(SIZE / line.len());
    let workspace = Workspace::with(&[("a.go", &format!("{TIDY}\n{data}"))])?;
    assert_eq!(workspace.run(&["--unsafe"])?.code, Some(0));
    workspace.write("a.go", format!("{LEAKY}\n{data}"))?;
    let ran = workspace.run(&["-w", "-l", "--unsafe"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "a.go\n"), "{ran:?}");
    let small = Workspace::with(&[("a.go", LEAKY)])?;
    small.run(&["-w", "--unsafe"])?;
    let expected = format!("{}\n{data}", small.read("a.go")?);
    assert!(workspace.read("a.go")? == expected, "the texts differ, and are too long to print");
    assert_eq!(workspace.names("")?, ["a.go"]);
    Ok(())
}

/// The file takes no room: all of it is a hole.
#[cfg(unix)]
#[test]
fn a_file_of_more_than_four_gibibytes_is_refused_before_it_is_read() -> io::Result<()> {
    let workspace = Workspace::with(&[("b.go", LEAKY)])?;
    let length = u64::from(u32::MAX) + 1;
    File::create(workspace.path("a.go"))?.set_len(length)?;
    let line = "undefer: a.go: larger than 4 GiB, so it was left alone; split it\n";
    let met = workspace.run(&["-w", "-l", "--unsafe"])?;
    assert_eq!((met.code, met.out.as_str()), (Some(0), "b.go\n"), "{met:?}");
    assert!(met.err.starts_with(line), "{met:?}");
    let named = workspace.run(&["-w", "-q", "a.go"])?;
    assert_eq!((named.code, named.err.as_str()), (Some(2), line), "{named:?}");
    assert_eq!(workspace.path("a.go").metadata()?.len(), length);
    Ok(())
}
