//! An interrupt in the middle of a run: every file is old or new, and nothing stays behind.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

use crate::workspace::{LEAKY, Workspace, ran};

/// A gofmt that says it was called and takes its time, so that the interrupt comes in the middle.
const SLOW_GOFMT: &str = "#!/bin/sh\n: > \"$CALLED\"\nsleep 0.3\ncat\n";

#[test]
fn an_interrupt_leaves_whole_files_and_nothing_else() -> io::Result<()> {
    let workspace = Workspace::with(&[("bin/gofmt", SLOW_GOFMT)])?;
    fs::set_permissions(workspace.path("bin/gofmt"), fs::Permissions::from_mode(0o755))?;
    let names: Vec<_> = (0..20).map(|number| format!("a{number:02}.go")).collect();
    for name in &names {
        workspace.write(&format!("src/{name}"), LEAKY)?;
    }
    let path = format!("{}:{}", workspace.path("bin").display(), env::var("PATH").unwrap_or_default());
    let called = workspace.path("called");
    let mut command = workspace.command("src", &["-w", "--unsafe", "-j1"]);
    command.env("PATH", path).env("CALLED", &called).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn()?;
    let start = Instant::now();
    while !called.exists() && start.elapsed() < Duration::from_secs(20) {
        sleep(Duration::from_millis(5));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    let ran = ran(&child.wait_with_output()?);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(130), "", ""), "{ran:?}");
    assert_eq!(workspace.names("src")?, names);
    for name in &names {
        assert_eq!(workspace.read(&format!("src/{name}"))?, LEAKY);
    }
    Ok(())
}
