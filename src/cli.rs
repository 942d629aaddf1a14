//! What the user can type. `clap` is known here only.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::{BoolishValueParser, Resettable};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
pub use clap_complete::Shell;
use serde::Deserialize;

use crate::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  undefer                         show what would change below the current directory
  undefer ./pkg/... main.go       the same for one tree and one file
  undefer | git apply             take the whole diff
  undefer -w                      rewrite the files, as far as it is proved safe
  undefer -w --unsafe             rewrite also what nothing speaks against
  undefer -i --unsafe             ask about each rewrite, with the letters of git add -p
  undefer -w --verify build       write only what compiles; test also runs the tests
  undefer --form closure          prefer one form of rewrite; several in order: --form pool,inline,closure
  undefer -l                      name the files that would change
  undefer -l -0 | xargs -0 wc -l  the same for programs, with a NUL behind each name
  undefer -w --pr-body body.md    say in Markdown what was done and why it is sound
  undefer - < main.go             read standard input; with -w, print the new text
  undefer check                   report findings as path:line:col, exit 1 if there are any
  undefer check --show all        report also the defers that are right as they are
  undefer plan -o plan.json       write down what would change; undefer apply plan.json does it
  undefer explain leaves-loop     say what a code in a report means
  undefer check --select UD       look also for what is off by default: UD002, UD003, UD004
  undefer rules                   list all codes
  undefer -w --accept lock-split  rewrite also where that reason is all that keeps a site from being safe
  undefer --show-settings         print all settings, and where each comes from

Exit codes:
  diff      0 nothing to change    1 there is a diff        2 failure
  -w, -l    0 done                 1 only -l --exit-code    2 failure
  check     0 no finding           1 at least --fail-on     2 failure
  explain   0 done                                          2 unknown code

Paths are read as the go command reads them: `dir` and `dir/...` are a tree without testdata, vendor
and names that begin with _ or a dot. A path that you name is always read. Long flags may have one dash.

A comment //undefer:ignore UD001 reason, behind a defer or above it, keeps the defer as it is. Without a code
it is about all rules.

Settings come from flags, then from variables UNDEFER_*, then from the nearest .undefer.toml from the current
directory up to the root of its repository; docs/configuration.md describes it.";

const CHECK_EXAMPLES: &str = "\
Examples:
  undefer check ./...                          findings, one a line
  undefer check --output-format full           the same with source, reasons and diff
  undefer check --output html=review.html      the same as a page, on which rewrites can be rejected
  undefer check --output-format json > r.json  every site with verdict, reason and edits
  undefer check --output sarif=undefer.sarif   a report in a file, beside what is printed
  undefer check --output-format jsonl          the same objects, one a line
  undefer check --write-baseline known.json    accept what is found today
  undefer check --baseline known.json          report only what is not in that file
  undefer check --new-from-rev origin/main     report only what is on new or changed lines
  undefer check --add-ignore='looked at'       write a directive above each finding
  undefer check --statistics --show all        how many sites have which verdict and reason
  undefer check --profile cpu.pprof            begin with what a CPU profile of the program says is hot
  undefer check --shard 2/8                    look at the second of eight parts, for jobs that share the work
  undefer check --fail-on safe                 fail only on what undefer can repair for sure
  undefer check --fail-on never --show all     look, without failing

A finding is a defer in a loop that can be rewritten, or that nobody can rewrite soundly (`refused`).
With --show all the report also holds `once` (at most one call is pending) and `keep` (it is meant to wait).";

const PLAN_EXAMPLES: &str = "\
Examples:
  undefer plan -o plan.json --unsafe           write down every rewrite, with its reason and its text
  undefer apply plan.json                      write the files, as far as they have not changed since
  undefer apply plan.json --reject no.txt      leave out the rewrites whose ids stand in no.txt, one a line
  undefer apply plan.json --diff               print what would be written
  undefer apply plan.json --verify build       write only what compiles";

const PROVE_EXAMPLES: &str = "\
Examples:
  undefer prove                           a line for each site: how its defer is made now, and what would be made of it
  undefer prove --unsafe ./store/...      the same for all rewrites of one tree
  undefer prove --output-format json      the same for programs, as docs/schema/prove-1.json says

The columns are the place, the form, the compiler's word on the defer before and after, and what is no longer (-) or
newly (+) moved to the heap. A heap-allocated defer costs an allocation for each iteration; an open-coded one costs little
more than the call.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  undefer explain UD001          a rule
  undefer explain leaves-loop    a reason, as printed in a report
  undefer explain closure        a form of rewrite";

const RULES_EXAMPLES: &str = "\
Examples:
  undefer rules                        all codes, one a line
  undefer rules --output-format json   the same for programs";

const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (grammar ", "tree-sitter-go 0.25.0", ", report schema 1)");

/// Finds every Go `defer` that a loop can pile up, and rewrites those it can prove.
///
/// A deferred call waits for the end of the function, not of the iteration: in a loop, open files, locks and
/// memory add up. undefer prints the repair as a diff; nothing is written unless you say -w.
#[allow(clippy::struct_excessive_bools, reason = "one for each flag that is on or off")]
#[derive(Clone, Debug, Parser)]
#[command(name = "undefer", version = VERSION, after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct Cli {
    /// Another job than the diff.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Files, directories, or patterns such as ./pkg/... [default: ./...]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Write the changes to the files instead of printing a diff.
    #[arg(short, long, conflicts_with_all = ["diff", "show_settings"])]
    pub write: bool,

    /// Show one rewrite after the other, ask what becomes of it, and write what was taken.
    #[arg(short, long, conflicts_with_all = ["diff", "show_settings", "show_files", "Reports"])]
    pub interactive: bool,

    /// Name the files that would change; with -w, those that did.
    #[arg(short, long, conflicts_with_all = ["diff", "show_settings"])]
    pub list: bool,

    /// Print the diff; this is what happens anyway.
    #[arg(short, long, conflicts_with = "show_settings")]
    pub diff: bool,

    /// With -l: exit 1 if a file would change.
    #[arg(long, requires = "list")]
    pub exit_code: bool,

    /// Names end with a NUL instead of a newline: those of -l, and those in the file of --files-from.
    #[arg(short = '0', long = "null", global = true)]
    pub null: bool,

    /// Name the files that would be read, and on standard error what is passed over; do nothing else.
    #[arg(long, conflicts_with_all = ["write", "list", "diff", "show_settings", "Reports"])]
    pub show_files: bool,

    /// With -w: write also to files that have uncommitted edits.
    #[arg(long)]
    pub allow_dirty: bool,

    /// Whether the Go toolchain is asked.
    #[command(flatten)]
    pub toolchain: Toolchain,

    /// What every job takes.
    #[command(flatten)]
    pub common: Common,

    /// Names of flags whose values come from the environment.
    #[arg(skip)]
    environment: Vec<String>,

    /// Reports beside what is printed. They stand last because of their heading, which holds for all that follows it.
    #[command(flatten)]
    pub reports: Reports,
}

/// Jobs other than the diff.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Report findings; change nothing.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Write down what would change, for somebody to review; change nothing.
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(PlanArgs),
    /// Carry out a plan, as far as files are what they were.
    #[command(after_help = PLAN_EXAMPLES)]
    Apply(ApplyArgs),
    /// Ask the Go compiler how each defer is made that would be rewritten, before and after; change nothing.
    #[command(after_help = PROVE_EXAMPLES)]
    Prove(ProveArgs),
    /// Say what a code in a report means.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Print a script that completes flags in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// List all rules, forms and reasons.
    #[command(after_help = RULES_EXAMPLES)]
    Rules(FormatArg),
}

/// Whether the Go toolchain is asked.
#[derive(Clone, Copy, Debug, Args)]
pub struct Toolchain {
    /// What the Go toolchain has to say about the new texts before any of them is printed or written [default: none]
    #[arg(id = "verify", long, value_enum, value_name = "HOW", env = "UNDEFER_VERIFY")]
    pub verify: Option<Verify>,
}

/// What `plan` takes.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// Files, directories, or patterns such as ./pkg/... [default: ./...]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Where the plan goes.
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,

    /// Whether the Go toolchain is asked.
    #[command(flatten)]
    pub toolchain: Toolchain,
}

/// What `prove` takes.
#[derive(Clone, Debug, Args)]
pub struct ProveArgs {
    /// Files, directories, or patterns such as ./pkg/... [default: ./...]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How the answer is written.
    #[command(flatten)]
    pub format: FormatArg,
}

/// What `apply` takes.
#[allow(clippy::struct_excessive_bools, reason = "one for each flag that is on or off")]
#[derive(Clone, Debug, Args)]
pub struct ApplyArgs {
    /// What `undefer plan` has written.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,

    /// Leave out the rewrites that this file names, one id a line.
    #[arg(long, value_name = "FILE")]
    pub reject: Option<PathBuf>,

    /// Print a diff instead of writing.
    #[arg(id = "apply_diff", short = 'd', long = "diff")]
    pub diff: bool,

    /// Name the files that were written.
    #[arg(id = "apply_list", short = 'l', long = "list", conflicts_with = "apply_diff")]
    pub list: bool,

    /// Write also to files that have uncommitted edits.
    #[arg(id = "apply_allow_dirty", long = "allow-dirty", conflicts_with = "apply_diff")]
    pub allow_dirty: bool,

    /// Whether the Go toolchain is asked.
    #[command(flatten)]
    pub toolchain: Toolchain,
}

/// What `check` takes.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Files, directories, or patterns such as ./pkg/... [default: ./...]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How the report is written.
    #[arg(
        id = "output-format",
        help = "How the report is written [default: text]",
        long,
        value_enum,
        value_name = "FORMAT",
        env = "UNDEFER_OUTPUT_FORMAT"
    )]
    pub format: Option<ReportFormat>,

    /// Which sites a report holds; json and jsonl always hold every site.
    #[arg(long, value_enum, default_value_t = Show::Findings)]
    pub show: Show,

    /// Count sites by verdict and reason instead of listing them.
    #[arg(long)]
    pub statistics: bool,

    /// Rank sites by a CPU profile of the program, in the format of pprof: the text report begins with the hottest.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["statistics", "add_ignore"])]
    pub profile: Option<PathBuf>,

    /// The least finding that makes the exit code 1 [default: unsafe]
    #[arg(id = "fail-on", long, value_enum, value_name = "FINDING", env = "UNDEFER_FAIL_ON")]
    pub fail_on: Option<FailOn>,

    /// End with 1 only if --fail-on counts more findings than this [default: 0]
    #[arg(id = "max-findings", long, value_name = "N", env = "UNDEFER_MAX_FINDINGS")]
    pub max_findings: Option<usize>,

    /// Findings that stand in this file do not count, however the code around them moves.
    #[arg(id = "baseline", long, value_name = "FILE", env = "UNDEFER_BASELINE")]
    pub baseline: Option<String>,

    /// Write the findings of this run to a baseline.
    #[arg(long, value_name = "FILE", conflicts_with = "prune_baseline")]
    pub write_baseline: Option<PathBuf>,

    /// Take out of the baseline what matches nothing any more.
    #[arg(long)]
    pub prune_baseline: bool,

    /// Only findings on lines that are new or changed since this revision of the git repository count.
    #[arg(id = "new-from-rev", long, value_name = "REV", env = "UNDEFER_NEW_FROM_REV")]
    pub new_from_rev: Option<String>,

    /// Write `//undefer:ignore RULES TEXT` above each finding instead of reporting it.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["write_baseline", "prune_baseline", "statistics", "Reports"])]
    pub add_ignore: Option<String>,

    /// With --add-ignore: write also to files that have uncommitted edits.
    #[arg(id = "check_allow_dirty", long = "allow-dirty", requires = "add_ignore")]
    pub allow_dirty: bool,

    /// Reports beside what is printed.
    #[command(flatten)]
    pub reports: Reports,
}

/// Reports beside what is printed: the same analysis, told again. Diff, list, `--write` and `check` take them.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Reports in files")]
pub struct Reports {
    /// Write a report to a file too, in any format of check; may be given several times.
    #[arg(long = "output", value_name = "FORMAT=PATH", value_parser = output)]
    pub outputs: Vec<Output>,

    /// Write to a file what became of every site, in figures, as docs/schema/summary-1.json says.
    #[arg(long, value_name = "FILE")]
    pub summary_json: Option<PathBuf>,

    /// Write to a file, in Markdown, what changes and why that is sound, and what is left and why.
    #[arg(long, value_name = "FILE")]
    pub pr_body: Option<PathBuf>,

    /// Append the Markdown report to the summary of this step of GitHub Actions.
    #[arg(long)]
    pub step_summary: bool,
}

/// What `explain` takes.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// A rule, a reason or a form; or a place, as in `store/objects.go:17`: the whole reasoning for the defer on that
    /// line.
    #[arg(value_name = "CODE|FILE:LINE")]
    pub code: String,

    /// How the answer is written.
    #[command(flatten)]
    pub format: FormatArg,
}

impl ExplainArgs {
    /// The file and the line, from 1, where a place is asked about. A column behind it is passed over.
    pub fn place(&self) -> Option<(PathBuf, usize)> {
        let (path, rest) = self.code.rsplit_once(".go:")?;
        let line = rest.split(':').next().and_then(|line| line.parse().ok())?;
        Some((PathBuf::from(format!("{path}.go")), line))
    }
}

/// `--output-format`, for the jobs that look up codes.
#[derive(Clone, Copy, Debug, Args)]
pub struct FormatArg {
    /// Text for people, or JSON for programs.
    #[arg(long = "output-format", value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    pub value: Format,
}

/// Flags that may stand before or after a job's name.
#[allow(clippy::struct_excessive_bools, reason = "one for each flag that is on or off")]
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Take also rewrites that nothing speaks against, but that are not proved.
    #[arg(long, global = true)]
    pub r#unsafe: bool,

    /// Forms of rewrite, tried in this order, such as `inline,closure`; `undefer rules` lists them [default: auto]
    ///
    /// Where none of them will do, undefer picks as with auto, and says so. A form that would be unsafe is passed over
    /// without --unsafe, and taken with it; auto prefers what is safe. Auto takes no guard, pool, hoist or extract.
    #[arg(long, global = true, value_name = "FORMS", value_delimiter = ',', env = "UNDEFER_FORM")]
    pub form: Option<Vec<String>>,

    /// Take no other form than those of --form [default: false]
    #[arg(id = "form-only", long, global = true, value_parser = BoolishValueParser::new(), value_name = "BOOL",
          require_equals = true, num_args = 0..=1, default_missing_value = "true", env = "UNDEFER_FORM_ONLY")]
    pub form_only: Option<bool>,

    /// What becomes of an error that a deferred call returns and nobody looks at [default: keep]
    ///
    /// Join and return have it end the loop and reach the caller, joined to the iteration's own error or in place of none. Such
    /// rewrites change what the program does, so they are unsafe; they take the closure form.
    #[arg(
        id = "close-errors",
        long,
        global = true,
        value_enum,
        value_name = "HOW",
        env = "UNDEFER_CLOSE_ERRORS"
    )]
    pub close_errors: Option<CloseErrors>,

    /// What becomes of a panic in an iteration that is rewritten [default: propagate]
    ///
    /// With error it ends the loop as an error. Such rewrites change what the program does, so they are unsafe; they take the
    /// closure form.
    #[arg(id = "on-panic", long, global = true, value_enum, value_name = "HOW", env = "UNDEFER_ON_PANIC")]
    pub on_panic: Option<OnPanic>,

    /// Rules to look for, by code or the beginning of codes; `undefer rules` lists them [default: UD001]
    #[arg(long, global = true, value_name = "RULES", value_delimiter = ',', env = "UNDEFER_SELECT")]
    pub select: Option<Vec<String>>,

    /// Rules to leave out, in the same way.
    #[arg(long, global = true, value_name = "RULES", value_delimiter = ',', env = "UNDEFER_IGNORE")]
    pub ignore: Option<Vec<String>>,

    /// Take also unsafe rewrites of which nothing is unproved but these reasons.
    #[arg(long, global = true, value_name = "REASON", value_delimiter = ',', env = "UNDEFER_ACCEPT")]
    pub accept: Option<Vec<String>>,

    /// Read this file instead of .undefer.toml, or take one setting as it would stand there.
    #[arg(long, global = true, value_name = "FILE|KEY=VALUE", env = "UNDEFER_CONFIG")]
    pub config: Vec<String>,

    /// Read no configuration file.
    #[arg(long, global = true)]
    pub isolated: bool,

    /// Print all settings and where each comes from; do nothing else.
    #[arg(long, global = true)]
    pub show_settings: bool,

    /// Take the paths from a file, one a line; - is standard input.
    #[arg(long, global = true, value_name = "FILE")]
    pub files_from: Option<PathBuf>,

    /// Look only at the K-th of N parts of all packages; a package is always in the same one, wherever the run takes place.
    #[arg(long, global = true, value_name = "K/N", value_parser = shard)]
    pub shard: Option<Shard>,

    /// The name of what is read from standard input, for go.mod and reports.
    #[arg(long, global = true, value_name = "NAME")]
    pub stdin_filename: Option<PathBuf>,

    /// Pass over what git ignores; the go command and gofmt do not [default: false]
    #[arg(long, global = true, value_parser = BoolishValueParser::new(), value_name = "BOOL", require_equals = true,
          num_args = 0..=1, default_missing_value = "true", env = "UNDEFER_GITIGNORE")]
    pub gitignore: Option<bool>,

    /// Read also files marked `// Code generated … DO NOT EDIT.` [default: false]
    #[arg(id = "include-generated", long, global = true, value_parser = BoolishValueParser::new(), value_name = "BOOL",
          require_equals = true, num_args = 0..=1, default_missing_value = "true", env = "UNDEFER_INCLUDE_GENERATED")]
    pub include_generated: Option<bool>,

    /// Whether _test.go files are read [default: true]
    #[arg(long, global = true, value_enum, require_equals = true, num_args = 0..=1, default_missing_value = "true",
          env = "UNDEFER_TESTS")]
    pub tests: Option<Tests>,

    /// The Go version of the code, instead of what the nearest go.mod says.
    #[arg(long, global = true, value_name = "1.N", env = "UNDEFER_GO")]
    pub go: Option<String>,

    /// How many files to work on at once [default: one for each processor]
    #[arg(short, long, global = true, value_name = "N", env = "UNDEFER_JOBS")]
    pub jobs: Option<usize>,

    /// No summary and no progress on standard error, only failures.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say also how many files were read, parsed and skipped.
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// Colours; `auto` means on a terminal.
    #[arg(help = "Colours; auto means on a terminal, unless NO_COLOR or CLICOLOR_FORCE say otherwise", long, global = true, value_enum, value_name = "WHEN", default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// A value that is one of several words.
pub trait Value: Copy {
    /// The word that stands for it.
    fn word(self) -> String;
}

impl<T: ValueEnum + Copy> Value for T {
    fn word(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Values of `--output-format` for `explain` and `rules`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Values of `--output-format` for `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ReportFormat {
    /// For people, one line for each site.
    Text,
    /// For people, each site with its source, its reasons and its diff.
    Full,
    /// For programs, one object, as docs/schema/report-1.json says.
    Json,
    /// For programs, one object a line, as docs/schema/line-1.json says.
    Jsonl,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For GitHub Actions: workflow commands that annotate a pull request.
    Github,
    /// For GitLab: a Code Quality report.
    Gitlab,
    /// For reviewdog, with suggested changes.
    Rdjson,
    /// The same, one object a line.
    Rdjsonl,
    /// For tools that read the XML of Checkstyle.
    Checkstyle,
    /// For people, tables for a pull request or a job summary.
    Markdown,
    /// For people, a page to review rewrites on; it loads nothing.
    Html,
}

/// A report that goes to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How it is written.
    pub format: ReportFormat,
    /// Where.
    pub path: PathBuf,
}

/// `FORMAT=PATH`.
fn output(text: &str) -> Result<Output, String> {
    let Some((format, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
        return Err("write it as FORMAT=PATH, for example sarif=undefer.sarif".to_owned());
    };
    let format = ReportFormat::from_str(format, false).map_err(|_| {
        let names: Vec<String> = ReportFormat::value_variants().iter().map(|format| format.word()).collect();
        format!("`{format}` is no format; there are {}", names.join(", "))
    })?;
    Ok(Output { format, path: PathBuf::from(path) })
}

/// A part of all packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from 1.
    pub number: u32,
    /// Of how many.
    pub count: u32,
}

/// `K/N`.
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    match parts {
        Some((number, count)) if (1..=count).contains(&number) => Ok(Shard { number, count }),
        _ => Err("write it as K/N with K from 1 to N, for example 2/8".to_owned()),
    }
}

/// Values of `--show`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Show {
    /// What can be rewritten, and what was refused.
    Findings,
    /// Every defer in a loop.
    All,
}

/// Values of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// A rewrite that is proved.
    Safe,
    /// Any rewrite.
    Unsafe,
    /// Any rewrite, or a refusal.
    Refused,
    /// Nothing.
    Never,
}

/// Values of `--tests`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tests {
    /// They are read.
    True,
    /// They are passed over.
    False,
    /// Nothing else is read.
    Only,
}

/// Values of `--close-errors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CloseErrors {
    /// What the code does.
    Keep,
    /// It reaches the caller, joined to the iteration's own error.
    Join,
    /// It reaches the caller, unless the iteration has an error of its own.
    Return,
}

/// Values of `--on-panic`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OnPanic {
    /// It goes on.
    Propagate,
    /// It becomes an error that reaches the caller.
    Error,
}

/// Values of `--verify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Verify {
    /// Nothing: it is not asked.
    None,
    /// The compiler takes them, and `go vet` finds nothing new.
    Vet,
    /// The compiler takes them.
    Build,
    /// The compiler takes them, and no test fails that passes now.
    Test,
}

/// Values of `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Wherever the output goes.
    Always,
    /// Nowhere.
    Never,
}

impl Cli {
    /// Reads the command line.
    pub fn from_command_line() -> Result<Self, Aside> {
        Self::from_args(std::env::args_os())
    }

    /// Reads arguments; the first one is the name of the command.
    pub fn from_args(args: impl Iterator<Item = OsString>) -> Result<Self, Aside> {
        let mut command = with_variables(Self::command());
        let args = with_double_dashes(args);
        let matches = command.try_get_matches_from_mut(args).map_err(Aside)?;
        let cli = Self::from_arg_matches(&matches).map_err(|error| Aside(error.format(&mut command)))?;
        Ok(Cli { environment: from_environment(&matches), ..cli })
    }

    /// Whether the value of a flag, named without dashes, comes from the environment.
    pub fn is_from_environment(&self, flag: &str) -> bool {
        self.environment.iter().any(|name| name == flag)
    }
}

/// A variable without a value counts as none: that is how pipelines say that nothing was asked for. The help shows the names
/// of variables only, so that it is the same everywhere.
fn with_variables(command: clap::Command) -> clap::Command {
    let is_empty = |arg: &clap::Arg| {
        arg.get_env().is_some_and(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()))
    };
    command
        .mut_args(|arg| if is_empty(&arg) { arg.env(Resettable::Reset) } else { arg.hide_env_values(true) })
        .mut_subcommands(with_variables)
}

fn from_environment(matches: &ArgMatches) -> Vec<String> {
    let is_found = |name: &str| matches.value_source(name) == Some(ValueSource::EnvVariable);
    let names = matches.ids().map(clap::Id::as_str).filter(|name| is_found(name)).map(str::to_owned);
    names.chain(matches.subcommand().into_iter().flat_map(|(_, inner)| from_environment(inner))).collect()
}

/// What is printed in place of a run: help, the version, or what is wrong with the command line.
#[derive(Debug)]
pub struct Aside(clap::Error);

impl Aside {
    /// What is wrong, in one line.
    pub fn words(&self) -> String {
        let text = self.0.to_string();
        let line = text.lines().next().unwrap_or_default();
        line.strip_prefix("error: ").unwrap_or(line).to_owned()
    }

    /// Prints it where it belongs. Tells how the process is to end, and whether what was asked for could be printed.
    pub fn print(&self) -> (Exit, io::Result<()>) {
        match (self.0.use_stderr(), self.0.print()) {
            (true, _) => (Exit::Failure, Ok(())),
            (false, printed) => (Exit::Clean, printed),
        }
    }
}

/// `-write` is `--write`, as for Go's own tools: a single dash before the whole name of a long flag becomes two.
fn with_double_dashes(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let command = Cli::command();
    let flags = |command: &clap::Command| -> Vec<String> {
        command.get_arguments().filter_map(|flag| flag.get_long().map(str::to_owned)).collect()
    };
    let mut names = flags(&command);
    names.extend(command.get_subcommands().flat_map(flags));
    names.extend(["help".to_owned(), "version".to_owned()]);
    let mut ended = false;
    args.map(|arg| {
        ended |= arg == "--";
        let name = arg.to_str().and_then(|text| text.strip_prefix('-'));
        let name = name.map(|name| name.split_once('=').map_or(name, |(name, _)| name));
        let is_long = name.is_some_and(|name| name.len() > 1 && names.iter().any(|known| known == name));
        if is_long && !ended {
            let mut double = OsString::from("-");
            double.push(arg);
            double
        } else {
            arg
        }
    })
    .collect()
}

/// Prints the script that completes the flags of this command in a shell.
pub fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    // Written at once: the generator panics where the output is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "undefer", &mut script);
    out.write_all(&script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_may_have_one_dash() {
        let fixed = |args: &[&str]| -> Vec<String> {
            let args = args.iter().map(OsString::from);
            with_double_dashes(args).into_iter().map(|arg| arg.to_string_lossy().into_owned()).collect()
        };
        assert_eq!(
            fixed(&["-write", "-wl", "-w", "-tests=false"]),
            ["--write", "-wl", "-w", "--tests=false"]
        );
        assert_eq!(fixed(&["-fail-on", "safe", "--", "-write"]), ["--fail-on", "safe", "--", "-write"]);
        assert_eq!(fixed(&["-", "--list", "-0", "-version"]), ["-", "--list", "-0", "--version"]);
    }

    #[test]
    fn the_version_names_the_grammar_that_is_built_in() {
        let lock = include_str!("../Cargo.lock");
        let (_, grammar) = lock.split_once("name = \"tree-sitter-go\"\nversion = \"").expect("it is locked");
        let (version, _) = grammar.split_once('"').expect("it is closed");
        assert!(VERSION.contains(&format!("tree-sitter-go {version},")), "{VERSION}");
        assert!(VERSION.ends_with(&format!("report schema {})", crate::report::json::SCHEMA)), "{VERSION}");
    }
}
