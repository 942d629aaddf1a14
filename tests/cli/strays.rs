//! Temporary files of runs that were killed: the next `--write` removes them, and nothing else.

use std::fs::{self, File};
use std::io;

use crate::workspace::{LEAKY, TIDY, Workspace};

/// A name as the tool makes them.
const STRAY: &str = ".undefer-0aZ9bY8cX7dW.tmp";

#[test]
fn writing_removes_strays_where_it_walks_and_beside_what_is_named() -> io::Result<()> {
    let names = ["a.go", "d/b.go", "d/e/text", "testdata/c.go"];
    for (paths, cleared) in [
        (&[][..], &["", "d", "d/e"][..]),
        (&["d/..."], &["d", "d/e"]),
        (&["a.go", "testdata/c.go"], &["", "testdata"]),
        (&["testdata"], &["testdata"]),
    ] {
        let workspace = Workspace::with(&names.map(|name| (name, TIDY)))?;
        let folders = ["", "d", "d/e", "testdata"];
        let stray = |folder: &str| workspace.path(folder).join(STRAY);
        for folder in folders {
            fs::write(stray(folder), "half of a fi")?;
        }
        let ran = workspace.run(&[&["-w", "-q"], paths].concat())?;
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""), "{paths:?}");
        for folder in folders {
            assert_eq!(stray(folder).exists(), !cleared.contains(&folder), "{paths:?}: {folder}");
        }
    }
    Ok(())
}

#[test]
fn a_removal_is_told_and_a_run_that_writes_nothing_removes_nothing() -> io::Result<()> {
    let workspace = Workspace::with(&[("d/a.go", TIDY)])?;
    workspace.write(&format!("d/{STRAY}"), "")?;
    for args in [&[][..], &["-l"], &["check"], &["-l", "d/a.go"]] {
        assert_eq!(workspace.run(args)?.err, "undefer: no defer in a loop in 1 file\n", "{args:?}");
        assert_eq!(workspace.names("d")?, [STRAY, "a.go"], "{args:?}");
    }
    let told = workspace.run(&["-w"])?.err;
    let line = format!("undefer: d/{STRAY}: left by a run that was killed; removed\n");
    assert_eq!(told, line + "undefer: no defer in a loop in 1 file\n");
    assert_eq!(workspace.names("d")?, ["a.go"]);
    Ok(())
}

#[test]
fn the_file_of_a_living_run_stays() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let file = File::create(workspace.path(STRAY))?;
    file.lock()?;
    for paths in [&[][..], &["a.go"]] {
        let ran = workspace.run(&[&["-w", "-q", "--unsafe"], paths].concat())?;
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
        assert_eq!(workspace.names("")?, [STRAY, "a.go"]);
    }
    assert_ne!(workspace.read("a.go")?, LEAKY);
    // Not by closing it: a child process of another test may hold a copy until it starts its program.
    file.unlock()?;
    assert_eq!(workspace.run(&["-w", "-q"])?.code, Some(0));
    assert_eq!(workspace.names("")?, ["a.go"]);
    Ok(())
}

#[test]
fn what_only_looks_like_a_stray_stays() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", TIDY)])?;
    let names =
        [".undefer-baseline.tmp", ".undefer-0aZ9bY.tmp", ".undefer-0aZ9bY8cX7dW", ".undefer.toml", "kept"];
    for name in names {
        workspace.write(name, "")?;
    }
    // A folder of that name is no temporary file either, and hidden as ever.
    let folder = ".undefer-000000000000.tmp";
    workspace.write(&format!("{folder}/b.go"), LEAKY)?;
    let mut expected: Vec<&str> = names.into_iter().chain([folder, "a.go"]).collect();
    #[cfg(unix)]
    {
        let link = ".undefer-111111111111.tmp";
        std::os::unix::fs::symlink("kept", workspace.path(link))?;
        expected.push(link);
    }
    expected.sort_unstable();
    for paths in [&[][..], &["a.go"]] {
        let ran = workspace.run(&[&["-w", "--unsafe"], paths].concat())?;
        assert_eq!(ran.err, "undefer: no defer in a loop in 1 file\n");
        assert_eq!(workspace.names("")?, expected);
    }
    Ok(())
}
