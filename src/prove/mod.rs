//! `prove`: what the Go compiler says of each rewritten site, before and after.
//!
//! Both texts of every file are compiled in place of the file, with `-d=defer`, which says how each `defer` is made, and `-m`, which
//! says what is moved to the heap. A `defer` that control can reach again is always allocated on the heap; one in a function
//! of its own is mostly open-coded: a plain call and a bit.

mod print;
mod words;

use std::path::{Path, PathBuf};

use serde::Serialize;
use undefer_transforms::{Site, Verdict};

use crate::interrupt;
use crate::job::FileReport;
use crate::report::Outcome;
use crate::report::json::{TOOL, Tool};
use crate::subject::{self, Subject};
use crate::toolchain::{Host, Overlay, Platform, Question, ToolchainError};
pub use print::{print, summary};
use words::{Kind, Said};

/// The version of the JSON that `prove` prints.
pub const SCHEMA: u32 = 1;

/// What the compiler says.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Proof {
    /// The version of this format.
    pub schema: u32,
    /// Who wrote it.
    pub tool: Tool,
    /// The version of the compiler, such as `go1.26.1`; nothing where it was not asked.
    pub go: Option<String>,
    /// Every site that is rewritten at the bar, sorted by path and position.
    pub sites: Vec<Proved>,
}

/// A site, before and after.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Proved {
    /// Relative to the current directory, with `/`.
    pub path: String,
    /// Of the defer, from 1.
    pub line: usize,
    /// Of the defer, in bytes from 1.
    pub column: usize,
    /// The enclosing function.
    pub function: String,
    /// The form of the rewrite.
    pub form: &'static str,
    /// How the compiler makes the defer: `heap-allocated`, `stack-allocated` or `open-coded`; null where it does not say.
    pub before: Option<String>,
    /// How it makes the defers that the rewrite leaves in the place of all that it replaces; empty where there are none.
    pub after: Vec<String>,
    /// What is moved to the heap no longer, nearest to this site.
    pub gone: Vec<String>,
    /// What is moved to the heap now, and was not before, nearest to this site.
    pub new: Vec<String>,
    /// Why nothing is known; else null.
    pub problem: Option<String>,
}

/// Asks the compiler about every text that changes; `here` is absolute.
pub fn prove(here: &Path, outcome: &Outcome) -> Result<Proof, ToolchainError> {
    let subjects = subject::all(here, outcome);
    let mut overlay = Overlay::new()?;
    for subject in &subjects {
        overlay.add(&subject.path, &subject.old)?;
        overlay.add(&subject.path, &subject.new)?;
    }
    let (mut go, mut sites) = (None, Vec::new());
    for (root, members) in subject::by_module(&subjects) {
        if interrupt::stopped() {
            break;
        }
        let asked = Asked { root, overlay: &overlay, subjects: &subjects };
        let said = match Host::ask(root) {
            Ok(host) => {
                let said = [asked.ask(&host, &members, 0)?, asked.ask(&host, &members, 1)?];
                go = Some(host.goversion);
                said
            }
            Err(ToolchainError::Words(words)) => [Said::nothing(words), Said::default()],
            Err(error) => return Err(error),
        };
        for number in members {
            sites.extend(asked.proved(&outcome.files[subjects[number].file], number, &said, outcome));
        }
    }
    sites.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
    Ok(Proof { schema: SCHEMA, tool: TOOL, go, sites })
}

/// What is the same for all questions about a module.
struct Asked<'a> {
    root: &'a Path,
    overlay: &'a Overlay,
    subjects: &'a [Subject],
}

impl Asked<'_> {
    /// Compiles the old texts (`which` is 0) or the new ones (1).
    fn ask(&self, host: &Host, members: &[usize], which: usize) -> Result<Said, ToolchainError> {
        let texts: Vec<usize> = members.iter().map(|number| number * 2 + which).collect();
        let mut packages: Vec<PathBuf> =
            members.iter().map(|&number| self.subjects[number].folder.clone()).collect();
        packages.dedup();
        let platform = Platform::default();
        let Asked { root, overlay, .. } = *self;
        let question =
            Question { root, host, platform: &platform, overlay, texts: &texts, packages: &packages };
        match question.list(&["-gcflags=-d=defer -m"]) {
            Ok((listed, text)) => Ok(Said::read(listed, &text, root)),
            Err(ToolchainError::Words(words)) => Ok(Said::nothing(words)),
            Err(error) => Err(error),
        }
    }

    /// What was said of the sites of a file.
    fn proved(&self, file: &FileReport, number: usize, said: &[Said; 2], outcome: &Outcome) -> Vec<Proved> {
        let subject = &self.subjects[number];
        let problem = said.iter().find_map(|said| said.problem(&subject.path, self.overlay));
        let moved = words::moved(subject, said[0].of(&subject.path), said[1].of(&subject.path));
        let near = |found: &[(usize, String)], site: &Site| -> Vec<String> {
            let is_near = |offset: usize| {
                let offset = offset.saturating_sub(file.bom_len);
                subject::nearest(file, offset, outcome.bar).is_some_and(|nearest| nearest.span == site.span)
            };
            found.iter().filter(|(offset, _)| is_near(*offset)).map(|(_, words)| words.clone()).collect()
        };
        let rewritten = file.rewrite.sites.iter().filter(|site| file.is_above(site, outcome.bar));
        rewritten
            .map(|site| {
                let at = file.index.position(site.span.start);
                Proved {
                    path: file.name.clone(),
                    line: at.line,
                    column: at.column,
                    function: site.function.clone(),
                    form: form(site),
                    before: said[0].defer_at(&subject.path, at.line, at.column),
                    after: after(file, site, subject, said[1].of(&subject.path)),
                    gone: near(&moved.gone, site),
                    new: near(&moved.new, site),
                    problem: problem.clone(),
                }
            })
            .collect()
    }
}

/// How the defers are made that stand where the fix of a site was put in.
fn after(file: &FileReport, site: &Site, subject: &Subject, said: &[words::Word]) -> Vec<String> {
    let Some(fix) = site.fix.and_then(|fix| file.rewrite.fixes.get(fix)) else { return Vec::new() };
    let lines = subject.new_lines(&(fix.span.start + file.bom_len..fix.span.end + file.bom_len));
    let defers = said.iter().filter(|word| word.kind == Kind::Defer && lines.contains(&word.line));
    defers.map(|word| word.words.clone()).collect()
}

fn form(site: &Site) -> &'static str {
    match site.verdict {
        Verdict::Rewrite { form, .. } => form.word(),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_types() -> std::io::Result<()> {
        crate::report::json::check_schema::<Proof>("prove-1")
    }
}
