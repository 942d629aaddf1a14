//! The JSON report of `check`: a versioned contract. The committed schema is made from these types by a test.

use std::io::{self, Write};

use serde::Serialize;
use undefer_transforms as engine;

use crate::diff::Edit as LineEdit;
use crate::job::{Aside, FileReport};
use crate::report::Outcome;
use crate::trouble::{Kind, Trouble as AnyTrouble};

/// The version of the contract. It changes when a program that reads the old one could misread the new one.
pub const SCHEMA: u32 = 1;

/// What `undefer check --output-format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report<'a> {
    /// The version of this contract.
    pub schema: u32,
    /// Who wrote the report.
    pub tool: Tool,
    /// Every defer in a loop, and what else was selected, sorted by path and position, whatever its verdict and whatever the bar.
    pub sites: Vec<Site<'a>>,
    /// Every possible rewrite.
    pub fixes: Vec<Fix<'a>>,
    /// What could not be read or understood.
    pub troubles: Vec<Trouble<'a>>,
}

/// Who wrote the report.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tool {
    /// `undefer`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// What stands under `tool` in every report.
pub(crate) const TOOL: Tool = Tool { name: "undefer", version: env!("CARGO_PKG_VERSION") };

/// What a rule has found: a defer in a loop, or what another rule that was selected is about.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Site<'a> {
    /// The rule, such as `UD001`.
    pub rule: &'a str,
    /// Relative to the current directory, with `/`.
    pub path: &'a str,
    /// Of the defer, or of what another rule is about, from 1.
    pub line: usize,
    /// The same, in bytes from 1.
    pub column: usize,
    /// The enclosing function.
    pub function: &'a str,
    /// What could be done, not what this run does.
    #[cfg_attr(test, schemars(extend("enum" = ["rewrite", "once", "keep", "refused", "suppressed"])))]
    pub verdict: &'static str,
    /// Of a rewrite; null for any other verdict.
    #[cfg_attr(test, schemars(extend("enum" = ["safe", "unsafe", null])))]
    pub safety: Option<&'static str>,
    /// Of a rewrite; null for any other verdict.
    #[cfg_attr(test, schemars(extend("enum" = ["closure", "inline", "guard", "pool", "hoist", "extract", "copy", "literal", null])))]
    pub form: Option<&'static str>,
    /// A stable code; `undefer explain` knows it.
    pub reason: &'static str,
    /// The reason's sentence, with what it is about in this place.
    pub message: &'a str,
    /// Statements through which control leaves the region that a rewrite would wrap.
    pub exits: Vec<Exit>,
    /// What the verdict rests on.
    pub evidence: Vec<Evidence<'a>>,
    /// Of a rewrite, the forms that were preferred to its own and not taken, in the order in which they were tried.
    pub passed_over: Vec<PassedOver>,
    /// The id of the rewrite that the site belongs to; defers of one iteration share one.
    pub fix: Option<String>,
    /// It is unsafe, and `--accept` lets it be rewritten all the same.
    pub accepted: bool,
    /// Why it is no finding of this run, though its verdict would make it one: it stands in the baseline, or its lines
    /// are unchanged since the revision of `--new-from-rev`; else null.
    #[cfg_attr(test, schemars(extend("enum" = ["baseline", "unchanged", null])))]
    pub aside: Option<&'static str>,
    /// What the profile of `--profile` says about the enclosing declared function; null where there is no profile, or where it says
    /// nothing.
    pub profile: Option<Heat>,
}

/// Shares of a profile, from 0 to 1.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Heat {
    /// What goes through the function.
    pub function: f64,
    /// What of it makes its defers and runs them.
    pub defers: f64,
}

/// A control transfer out of the region.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Exit {
    /// `continue`, `break`, `return`, `goto LABEL` and the like.
    pub code: &'static str,
    /// From 1.
    pub line: usize,
    /// In bytes from 1.
    pub column: usize,
}

/// Something that a verdict rests on.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Evidence<'a> {
    /// A stable code; `undefer explain` knows it.
    pub code: &'static str,
    /// What stands there.
    pub message: &'a str,
    /// From 1.
    pub line: usize,
    /// In bytes from 1.
    pub column: usize,
}

/// A form that was not taken.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PassedOver {
    /// The form.
    #[cfg_attr(test, schemars(extend("enum" = ["closure", "inline", "guard", "pool", "hoist", "extract"])))]
    pub form: &'static str,
    /// A stable code; `undefer explain` knows it.
    pub code: &'static str,
    /// Its sentence.
    pub message: &'static str,
    /// From 1.
    pub line: usize,
    /// In bytes from 1.
    pub column: usize,
}

/// A rewrite: all of its edits or none.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Fix<'a> {
    /// Unique in this report, and the same for any number of threads.
    pub id: String,
    /// Relative to the current directory, with `/`.
    pub path: &'a str,
    /// The worst of its sites.
    #[cfg_attr(test, schemars(extend("enum" = ["safe", "unsafe"])))]
    pub safety: &'static str,
    /// What it makes of the cleanup.
    #[cfg_attr(test, schemars(extend("enum" = ["closure", "inline", "guard", "pool", "hoist", "extract", "copy", "literal"])))]
    pub form: &'static str,
    /// It is unsafe, and `--accept` lets all of its sites be rewritten all the same.
    pub accepted: bool,
    /// Ids of fixes that cannot go with it.
    pub conflicts: Vec<String>,
    /// In order, and apart from each other; they apply in one step.
    pub edits: Vec<Edit<'a>>,
}

/// A replacement of bytes of the original file.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Edit<'a> {
    /// Offset of the first byte that goes; a byte-order mark counts.
    pub start: usize,
    /// Offset one past the last byte that goes.
    pub end: usize,
    /// What comes.
    pub new: &'a str,
}

/// Something that could not be read or understood.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Trouble<'a> {
    /// What kind of thing.
    pub code: Kind,
    /// Relative to the current directory, with `/`, or as it was named.
    pub path: &'a str,
    /// From 1; null where it is about the whole file.
    pub line: Option<usize>,
    /// In bytes from 1; null where it is about the whole file.
    pub column: Option<usize>,
    /// What happened, one line.
    pub message: &'a str,
}

/// Prints the report.
pub fn print(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    object(&report(outcome), out)
}

/// Prints one object in many lines.
pub(super) fn object(object: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, object).map_err(io::Error::from)?;
    writeln!(out)
}

fn report(outcome: &Outcome) -> Report<'_> {
    Report {
        schema: SCHEMA,
        tool: TOOL,
        sites: sites(outcome).collect(),
        fixes: fixes(outcome).collect(),
        troubles: troubles(outcome).collect(),
    }
}

/// Every site of the outcome in the words of the contract.
pub(super) fn sites(outcome: &Outcome) -> impl Iterator<Item = Site<'_>> {
    outcome.sites().map(|(file, found)| site(file, found))
}

/// Every fix of the outcome in the words of the contract.
pub(super) fn fixes(outcome: &Outcome) -> impl Iterator<Item = Fix<'_>> {
    outcome.files.iter().flat_map(|file| fixes_of(file))
}

/// Every trouble of the outcome in the words of the contract.
pub(super) fn troubles(outcome: &Outcome) -> impl Iterator<Item = Trouble<'_>> {
    outcome.troubles().map(trouble)
}

fn site<'a>(file: &'a FileReport, site: &'a engine::Site) -> Site<'a> {
    let at = file.index.position(site.span.start);
    let form = match site.verdict {
        engine::Verdict::Rewrite { form, .. } => Some(form.word()),
        _ => None,
    };
    Site {
        rule: site.rule.code(),
        path: &file.name,
        line: at.line,
        column: at.column,
        function: &site.function,
        verdict: site.verdict.word(),
        safety: site.verdict.safety().map(engine::Safety::word),
        form,
        reason: site.reason.code(),
        message: &site.message,
        exits: site.exits.iter().map(|found| exit(file, found)).collect(),
        evidence: site.evidence.iter().map(|found| evidence(file, found)).collect(),
        passed_over: site.passed_over.iter().map(|passed| passed_over(file, passed)).collect(),
        fix: site.fix.map(|index| file.rewrite_id(index)),
        accepted: site.accepted,
        aside: file.aside(site).map(Aside::word),
        profile: file.heat(site).map(|heat| Heat { function: heat.function, defers: heat.defers }),
    }
}

fn exit(file: &FileReport, exit: &engine::Exit) -> Exit {
    let at = file.index.position(exit.span.start);
    Exit { code: exit.code, line: at.line, column: at.column }
}

fn evidence<'a>(file: &'a FileReport, evidence: &'a engine::Evidence) -> Evidence<'a> {
    let at = file.index.position(evidence.span.start);
    Evidence { code: evidence.reason.code(), message: &evidence.message, line: at.line, column: at.column }
}

fn passed_over(file: &FileReport, passed: &engine::PassedOver) -> PassedOver {
    let at = file.index.position(passed.span.start);
    let (code, message) = (passed.reason.code(), passed.reason.sentence());
    PassedOver { form: passed.form.word(), code, message, line: at.line, column: at.column }
}

fn fixes_of(file: &FileReport) -> impl Iterator<Item = Fix<'_>> {
    file.rewrite.fixes.iter().zip(&file.edits).enumerate().map(|(index, (fix, edits))| Fix {
        id: file.rewrite_id(index),
        path: &file.name,
        safety: fix.safety.word(),
        form: fix.form.word(),
        accepted: fix.accepted,
        conflicts: fix.conflicts.iter().map(|&other| file.rewrite_id(other)).collect(),
        edits: edits.iter().map(|own| edit(file, own)).collect(),
    })
}

fn edit<'a>(file: &FileReport, edit: &'a LineEdit) -> Edit<'a> {
    Edit { start: edit.old.start + file.bom_len, end: edit.old.end + file.bom_len, new: &edit.new }
}

fn trouble(trouble: &AnyTrouble) -> Trouble<'_> {
    Trouble {
        code: trouble.kind,
        path: &trouble.path,
        line: trouble.at.map(|at| at.line),
        column: trouble.at.map(|at| at.column),
        message: &trouble.message,
    }
}

/// Compares the committed schema of the contract for `T` with its types.
/// `UPDATE_SCHEMA=1 cargo test` writes the schema anew.
#[cfg(test)]
pub(crate) fn check_schema<T: schemars::JsonSchema>(name: &str) -> io::Result<()> {
    let path = format!("{}/docs/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(T))? + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &schema)?;
    }
    assert_eq!(
        std::fs::read_to_string(&path)?,
        schema,
        "run UPDATE_SCHEMA=1 cargo test, and read the difference"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_types() -> io::Result<()> {
        check_schema::<Report<'static>>("report-1")
    }
}
