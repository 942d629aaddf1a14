//! A temporary folder with Go files, and the command run in it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A file with one site that can be rewritten, though it takes `--unsafe` at the least.
pub(crate) const LEAKY: &str = r#"package p

import "os"

func f(names []string) {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		defer f.Close()
		_ = f
	}
}
"#;

/// A file with nothing to find.
pub(crate) const TIDY: &str = "package p\n\nfunc tidy(f func()) {\n\tdefer f()\n}\n";

/// A folder that goes away with the value.
pub(crate) struct Workspace {
    root: TempDir,
}

/// How a call of the command ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Workspace {
    /// A folder with these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> io::Result<Self> {
        let workspace = Self { root: tempfile::tempdir()? };
        for (name, text) in files {
            workspace.write(name, text)?;
        }
        Ok(workspace)
    }

    /// The same, as a git repository where everything is committed.
    pub(crate) fn committed(files: &[(&str, &str)]) -> io::Result<Self> {
        let workspace = Self::with(files)?;
        workspace.git(&["init", "-q"])?;
        workspace.git(&["add", "-A"])?;
        workspace.git(&["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "start"])?;
        Ok(workspace)
    }

    /// The path of a file of the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes a file, and makes the folders above it.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> io::Result<()> {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(self.root.path()))?;
        fs::write(path, text)
    }

    /// The text of a file.
    pub(crate) fn read(&self, name: &str) -> io::Result<String> {
        fs::read_to_string(self.path(name))
    }

    /// Runs undefer in the folder.
    pub(crate) fn run(&self, args: &[&str]) -> io::Result<Ran> {
        self.run_in("", args)
    }

    /// Runs undefer in a sub-folder.
    pub(crate) fn run_in(&self, folder: &str, args: &[&str]) -> io::Result<Ran> {
        self.command(folder, args).output().map(|output| ran(&output))
    }

    /// The command, for calls with an environment of their own.
    pub(crate) fn command(&self, folder: &str, args: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("undefer"));
        command.current_dir(self.path(folder)).args(args);
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("UNDEFER"))
        {
            command.env_remove(name);
        }
        command
    }

    /// Runs the command in the folder with a text on its standard input.
    pub(crate) fn run_with_input(&self, args: &[&str], input: &str) -> io::Result<Ran> {
        let mut command = self.command("", args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that ends before it has read all closes its end; what it says is looked at.
            let _ = stdin.write_all(input.as_bytes());
        }
        Ok(ran(&child.wait_with_output()?))
    }

    /// Runs git in the folder, which must work.
    pub(crate) fn git(&self, args: &[&str]) -> io::Result<String> {
        self.git_in("", args)
    }

    /// Runs git in a sub-folder, which must work.
    pub(crate) fn git_in(&self, folder: &str, args: &[&str]) -> io::Result<String> {
        let ran = ran(&Command::new("git").current_dir(self.path(folder)).args(args).output()?);
        assert_eq!(ran.code, Some(0), "git {args:?}: {}", ran.err);
        Ok(ran.out)
    }

    /// Names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let names = fs::read_dir(self.path(folder))?;
        let mut names: Vec<_> = names
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?;
        names.sort();
        Ok(names)
    }
}

/// The ending of a process as text.
pub(crate) fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The same text with `\r\n` for `\n`.
pub(crate) fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// The command, run by somebody whom permissions stop. The superuser passes over them, so then it is run as user 65534
/// (nobody), from a copy that this user can reach; the folder is opened for it. Anybody else is stopped as they are.
#[cfg(unix)]
pub(crate) fn run_stoppable(workspace: &Workspace, args: &[&str]) -> io::Result<Ran> {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65534;
    let folder = tempfile::tempdir()?;
    let mut command = workspace.command("", args);
    if passes_over_permissions(folder.path())? {
        let copy = folder.path().join("undefer");
        fs::copy(command.get_program(), &copy)?;
        for opened in [folder.path(), &workspace.path("")] {
            fs::set_permissions(opened, fs::Permissions::from_mode(0o755))?;
        }
        command = Command::new(copy);
        command.current_dir(workspace.path("")).args(args).uid(NOBODY).gid(NOBODY);
    }
    command.output().map(|output| ran(&output))
}

#[cfg(unix)]
fn passes_over_permissions(somewhere: &Path) -> io::Result<bool> {
    let probe = somewhere.join("probe");
    fs::write(&probe, "")?;
    fs::set_permissions(&probe, std::os::unix::fs::PermissionsExt::from_mode(0o0))?;
    Ok(fs::read(&probe).is_ok())
}
