//! Child processes: run to the end, with everything they said.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// How a child process ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// The exit code; -1 after a signal.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Ended {
    /// Standard output if the exit code is one of `codes`, else all that is known.
    pub(crate) fn expect(self, what: &str, codes: &[i32]) -> Result<String, String> {
        if codes.contains(&self.code) {
            return Ok(self.stdout);
        }
        Err(format!("{what}: exit {}, want {codes:?}\n{}{}", self.code, self.stdout, self.stderr))
    }
}

/// Runs `program` in `dir`. A program that cannot be started is a failure of the run, not of a case.
pub(crate) fn run(program: &str, args: &[&str], dir: &Path, stdin: &str) -> Ended {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("UNDEFER")) {
        command.env_remove(name);
    }
    let mut child = command
        .args(args)
        .current_dir(dir)
        .env("GIT_CEILING_DIRECTORIES", std::env::temp_dir())
        .env("GOTOOLCHAIN", "local")
        .env("GOPROXY", "off")
        .env("GOWORK", "off")
        .env("GOFLAGS", "")
        .env("CGO_ENABLED", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} is needed to run the cases: {error}"));
    // A child that ends without reading all of its input is judged by its exit code.
    let _ = child.stdin.take().expect("stdin is piped").write_all(stdin.as_bytes());
    let output = child.wait_with_output().expect("a child that was started can be waited for");
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// What gofmt makes of a text; nothing if the text does not parse.
pub(crate) fn gofmt(text: &str) -> Option<String> {
    run("gofmt", &["-e"], Path::new("."), text).expect("gofmt", &[0]).ok()
}
