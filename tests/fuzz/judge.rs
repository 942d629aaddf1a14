//! The compiler's front end and gofmt, as a child process that answers one question after the other.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What Go says about a text.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    /// The text as gofmt writes it; nothing where it does not parse.
    pub(crate) formatted: Option<String>,
    /// What keeps it from compiling.
    pub(crate) error: Option<String>,
}

/// A running judge.
pub(crate) struct Judge {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Builds the judge into a folder.
pub(crate) fn build(folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/judge.go");
    let built = go().args(["build", "-o"]).arg(folder.join("judge")).arg(source).status();
    assert!(built.expect("`go` is on the path").success(), "the judge does not build");
}

/// `go` without anything that the surroundings could change.
pub(crate) fn go() -> Command {
    let mut command = Command::new("go");
    let settings = [
        ("GOTOOLCHAIN", "local"),
        ("GOPROXY", "off"),
        ("GOWORK", "off"),
        ("GOFLAGS", ""),
        ("CGO_ENABLED", "0"),
    ];
    command.envs(settings);
    command
}

impl Judge {
    /// Starts a judge that was built into a folder.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut command = Command::new(folder.join("judge"));
        command.env("CGO_ENABLED", "0").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the judge was built");
        let questions = child.stdin.take().expect("stdin is piped");
        let answers = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Self { child, questions, answers }
    }

    /// Asks about one text.
    pub(crate) fn ask(&mut self, text: &str) -> Judgement {
        write!(self.questions, "{}\n{text}", text.len()).expect("the judge listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the judge answers");
        let mut words = line.trim_end().splitn(4, ' ');
        let mut word = || words.next().unwrap_or_else(|| panic!("the judge broke down: {line:?} on\n{text}"));
        let (parses, compiles, length) = (word() == "true", word() == "true", word());
        let message = word().to_owned();
        let mut formatted = vec![0; length.parse().expect("a length")];
        self.answers.read_exact(&mut formatted).expect("the judge answers in full");
        let formatted = String::from_utf8(formatted).expect("gofmt keeps text UTF-8");
        Judgement { formatted: parses.then_some(formatted), error: (!compiles).then_some(message) }
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        // It has no state to lose; one that has ended by itself is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
