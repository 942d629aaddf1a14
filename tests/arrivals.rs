//! Errors that are asked to reach the caller do: loops are rewritten, and every pair of iterations runs beside an oracle that knows
//! what should arrive.

use std::path::Path;
use std::process::{Command, Output};
use std::{fs, io};

/// What is asked for: errors of releases, panics, and the language version.
const ASKED: &[(&str, &str, &str)] = &[
    ("join", "propagate", "1.26"),
    ("join", "error", "1.26"),
    ("return", "propagate", "1.26"),
    ("return", "error", "1.26"),
    ("keep", "error", "1.26"),
    ("join", "error", "1.19"),
];

#[test]
fn what_is_asked_to_arrive_does() -> io::Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/arrivals");
    for &(close_errors, on_panic, go) in ASKED {
        let folder = tempfile::tempdir()?;
        for name in ["loops.go", "loops_test.go"] {
            fs::copy(source.join(name), folder.path().join(name))?;
        }
        let module = fs::read_to_string(source.join("go.mod"))?;
        fs::write(folder.path().join("go.mod"), module.replace("go 1.26", &format!("go {go}")))?;
        let flags = [format!("--close-errors={close_errors}"), format!("--on-panic={on_panic}")];
        let mut undefer = Command::new(env!("CARGO_BIN_EXE_undefer"));
        undefer.args(["-w", "--allow-dirty", "--unsafe", "./..."]).args(&flags);
        passes(undefer.current_dir(folder.path()), &format!("undefer {flags:?}"));
        let text = fs::read_to_string(folder.path().join("loops.go"))?;
        assert_eq!(text.matches("}(); ").count(), 9, "each loop has its literal, {flags:?}:\n{text}");
        for arguments in [["vet", "./..."], ["test", "./..."]] {
            let mut command = Command::new("go");
            let joins = if go == "1.26" { "yes" } else { "no" };
            command.args(arguments).envs([("GOWORK", "off"), ("GOFLAGS", ""), ("JOINS", joins)]);
            command.env("CLOSE_ERRORS", close_errors).env("ON_PANIC", on_panic);
            passes(command.current_dir(folder.path()), &format!("go {arguments:?} after {flags:?}, Go {go}"));
        }
    }
    Ok(())
}

fn passes(command: &mut Command, what: &str) {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let told = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).join("\n");
    assert!(status.success(), "{what} fails:\n{told}");
}
