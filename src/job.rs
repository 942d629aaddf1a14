//! One file from end to end: load, analyse, lay out. What comes back is all that any report or mode needs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use undefer_transforms::{
    Fix, LineIndex, Options, Reason, Resources, Rewrite, Rule, Rules, Safety, Site, Verdict, applied,
};

use crate::config::Config;
use crate::diff::{self, Edit};
use crate::fence::fence;
use crate::gofmt::{Gofmt, GofmtError, Standing};
use crate::gomod::Versions;
use crate::load::{Loaded, Source, Wanted, load};
use crate::paths::shown;
use crate::shelf::Shelf;
use crate::trouble::{Kind, Trouble};
use crate::walk::Target;

/// The engine's signature, so that tests can put another one in its place.
pub type Engine = fn(&str, &Options<'_>) -> Rewrite;

/// What all files of a run share.
pub struct Tools<'a> {
    /// What the user wants.
    pub config: &'a Config,
    /// The engine.
    pub engine: Engine,
    /// Go versions by directory.
    pub versions: Versions,
    /// The directory in which undefer runs, absolute.
    pub here: PathBuf,
    /// Packages that sites lead to.
    pub shelf: Shelf,
    /// The formatter.
    pub gofmt: Gofmt,
    /// How many files were read, parsed and passed over.
    pub counts: Counts,
    /// How much of the outcome this mode looks at.
    pub needs: Needs,
    /// What came on standard input, where that is read instead of files.
    pub piped: Option<Vec<u8>>,
}

/// How much of the outcome a mode looks at; gofmt is the dearest part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Verdicts only.
    Verdicts,
    /// The changed text too.
    Text,
    /// The edits of every fix too, whatever the bar.
    Edits,
    /// The text as it was read too.
    Source,
}

/// Counts that grow from all threads.
#[derive(Debug, Default)]
pub struct Counts {
    /// Files whose bytes were read.
    pub read: AtomicUsize,
    /// Files that passed the prefilter and went to the engine.
    pub parsed: AtomicUsize,
    /// Files passed over because they are generated.
    pub generated: AtomicUsize,
}

/// What became of one file.
#[derive(Debug)]
pub struct FileReport {
    /// How to open it.
    pub path: PathBuf,
    /// What reports call it.
    pub name: String,
    /// Where its lines begin; offsets are those of the text, without a byte-order mark.
    pub index: LineIndex,
    /// How many bytes of the file come before the text.
    pub bom_len: usize,
    /// Sites, fixes and faults.
    pub rewrite: Rewrite,
    /// For each fix, what it replaces in the text; empty unless asked for.
    pub edits: Vec<Vec<Edit>>,
    /// The text that the sites stand in, without a byte-order mark; nothing unless asked for.
    pub text: Option<String>,
    /// The file before and after, if it changes at this bar.
    pub change: Option<Change>,
    /// How much of a profile goes through the functions of sites, by the offsets of their defers.
    pub heat: BTreeMap<usize, Heat>,
    /// Why it keeps its text, though it was to change.
    pub left: Option<String>,
    /// Sites that would be findings, and do not count in this run, by their rules and the offsets at which they begin.
    pub aside: BTreeMap<(Rule, usize), Aside>,
    /// What went wrong.
    pub troubles: Vec<Trouble>,
}

/// Why a site that would be a finding does not count in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// It stands in the baseline.
    Baseline,
    /// Its lines are as they were in the revision that was named.
    Unchanged,
}

impl Aside {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Aside::Baseline => "baseline",
            Aside::Unchanged => "unchanged",
        }
    }
}

/// A function in a profile; shares of the whole from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heat {
    /// What goes through the function.
    pub function: f64,
    /// What of it makes its defers and runs them.
    pub defers: f64,
}

/// A file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it was read.
    pub old: String,
    /// As it is to be.
    pub new: String,
}

impl FileReport {
    /// Whether the run's bar lets the rewrite of `site` through.
    pub fn is_above(&self, site: &Site, bar: Safety) -> bool {
        let fix = site.fix.and_then(|fix| self.rewrite.fixes.get(fix));
        site.reaches(bar) && fix.is_none_or(|fix| fix.reaches(bar))
    }

    /// What reports, plans and lists of rejected rewrites call the rewrite with this index: the path and a number in it, unique,
    /// and independent of what else there is to say.
    pub fn rewrite_id(&self, index: usize) -> String {
        format!("{}#{}", self.name, index + 1)
    }

    /// Why `site` does not count in this run, if it does not.
    pub fn aside(&self, site: &Site) -> Option<Aside> {
        self.aside.get(&(site.rule, site.span.start)).copied()
    }

    /// What a profile says about the function of `site`.
    pub fn heat(&self, site: &Site) -> Option<Heat> {
        self.heat.get(&site.span.start).copied()
    }

    fn of_trouble(target: &Target, name: String, trouble: Trouble) -> Self {
        Self { troubles: vec![trouble], ..Self::new(target, name) }
    }

    /// The report of a file about which nothing is known yet.
    pub fn new(target: &Target, name: String) -> Self {
        Self {
            path: target.path.clone(),
            name,
            index: LineIndex::new(""),
            bom_len: 0,
            rewrite: Rewrite::default(),
            edits: Vec::new(),
            text: None,
            change: None,
            heat: BTreeMap::new(),
            left: None,
            aside: BTreeMap::new(),
            troubles: Vec::new(),
        }
    }
}

impl Tools<'_> {
    /// Handles one file; nothing where there is nothing to say about it.
    pub fn handle(&self, target: &Target) -> Option<Box<FileReport>> {
        let name = shown(&target.path);
        self.counts.read.fetch_add(1, Ordering::Relaxed);
        let rules = self.config.settings.rules_for(&target.path, &self.here);
        if rules.is_empty() {
            return None;
        }
        let wanted = Wanted { include_generated: self.config.settings.include_generated, rules };
        let report = match load(target, &name, wanted, self.piped.as_deref()) {
            Loaded::NoSite => return None,
            Loaded::Generated => {
                self.counts.generated.fetch_add(1, Ordering::Relaxed);
                let message = "generated, so it was passed over; --include-generated reads it";
                let trouble = target.explicit.then(|| Trouble::noted(Kind::Generated, &name, message))?;
                FileReport::of_trouble(target, name, trouble)
            }
            Loaded::Trouble(trouble) => FileReport::of_trouble(target, name, trouble),
            Loaded::Source(source) => {
                self.counts.parsed.fetch_add(1, Ordering::Relaxed);
                fence(|| self.analyse(target, name.clone(), &source, rules)).unwrap_or_else(|words| {
                    FileReport::of_trouble(target, name.clone(), internal(&name, &words))
                })
            }
        };
        Some(Box::new(report))
    }

    fn analyse(&self, target: &Target, name: String, source: &Source, rules: Rules) -> FileReport {
        let library = self.shelf.library(&target.path, self.piped.as_ref().map(|_| source.text()));
        let settings = &self.config.settings;
        let options = Options {
            bar: self.config.bar,
            go: self.versions.of(&target.path, source.text()),
            rules,
            forms: settings.forms.clone(),
            library: Some(&library),
            resources: settings.resources.as_ref().unwrap_or_else(|| Resources::standard()),
            accepted: &settings.accepted,
            close_errors: settings.close_errors,
            on_panic: settings.on_panic,
        };
        let mut report = FileReport::new(target, name);
        report.rewrite = (self.engine)(source.text(), &options);
        if self.needs == Needs::Verdicts {
            drop_unseen(&mut report.rewrite);
        }
        report.index = LineIndex::new(source.text());
        report.bom_len = source.bom_len;
        let wants_text = self.needs >= Needs::Source || self.config.keeps_texts();
        let is_shown = wants_text && !report.rewrite.sites.is_empty();
        report.text = is_shown.then(|| source.text().to_owned());
        if let Err(error) = self.lay_out(source, &mut report) {
            give_up(&mut report, &error);
        }
        report.troubles.extend(faults(&report));
        report.troubles.extend(strays(&report));
        report
    }

    /// Gives the changed text its layout, and takes the edits from that.
    fn lay_out(&self, source: &Source, report: &mut FileReport) -> Result<(), GofmtError> {
        let has_work = match self.needs {
            Needs::Verdicts => false,
            Needs::Text => report.rewrite.text.is_some(),
            Needs::Edits | Needs::Source => !report.rewrite.fixes.is_empty(),
        };
        if !has_work {
            return Ok(());
        }
        let standing = self.gofmt.standing(source);
        let new = match report.rewrite.text.take() {
            Some(text) => self.gofmt.finish(standing, &text)?,
            None => source.text().to_owned(),
        };
        if self.needs >= Needs::Edits {
            report.edits = self.edits(source, &report.rewrite.fixes, &new, standing)?;
        }
        if new != source.text() {
            report.change = Some(Change { old: source.raw().to_owned(), new: source.with_text(&new) });
        }
        Ok(())
    }

    /// The edits of each fix. Those that this run applies share out the difference to `new`, so that together they
    /// give exactly what is written; each of the others is laid out alone.
    fn edits(
        &self,
        source: &Source,
        fixes: &[Fix],
        new: &str,
        standing: Standing,
    ) -> Result<Vec<Vec<Edit>>, GofmtError> {
        let applied = applied(fixes, self.config.bar);
        let mut edits = vec![Vec::new(); fixes.len()];
        for index in (0..fixes.len()).filter(|index| !applied.contains(index)) {
            let Fix { span, new, .. } = &fixes[index];
            let mut alone = source.text().to_owned();
            alone.replace_range(span.start..span.end, new);
            edits[index] = diff::edits(source.text(), &self.gofmt.finish(standing, &alone)?);
        }
        for edit in diff::edits(source.text(), new) {
            if let Some(&nearest) = applied.iter().min_by_key(|&&index| distance(&edit, &fixes[index])) {
                edits[nearest].push(edit);
            }
        }
        Ok(edits)
    }
}

/// Drops what a report of verdicts has no room for: a run over a large tree keeps what it says about each site to its end.
fn drop_unseen(rewrite: &mut Rewrite) {
    rewrite.text = None;
    for site in &mut rewrite.sites {
        (site.steps, site.exits, site.missing) = (Vec::new(), Vec::new(), None);
    }
    for fix in &mut rewrite.fixes {
        fix.new = String::new();
    }
}

/// How many bytes lie between an edit and a fix.
fn distance(edit: &Edit, fix: &Fix) -> usize {
    let after = edit.old.start.saturating_sub(fix.span.end);
    after.max(fix.span.start.saturating_sub(edit.old.end))
}

/// gofmt did not take the result: the file keeps its text and no rewrite is promised.
fn give_up(report: &mut FileReport, error: &GofmtError) {
    for site in &mut report.rewrite.sites {
        if matches!(site.verdict, Verdict::Rewrite { .. }) {
            site.verdict = Verdict::Refused;
            site.accepted = false;
            site.reason = Reason::InternalError;
            Reason::InternalError.sentence().clone_into(&mut site.message);
            site.fix = None;
        }
    }
    report.rewrite.fixes.clear();
    report.edits.clear();
    report.change = None;
    report.troubles.push(internal(&report.name, &error.to_string()));
}

fn internal(name: &str, words: &str) -> Trouble {
    let message = format!("internal error, the file keeps its text; please report it: {words}");
    Trouble::failed(Kind::InternalError, name, message)
}

fn faults(report: &FileReport) -> Vec<Trouble> {
    let describe = |fault: &undefer_transforms::Fault| {
        let name = if fault.function.is_empty() { "a declaration" } else { &fault.function };
        let message = format!("{name} does not parse and was left alone");
        let at = Some(report.index.position(fault.at));
        Trouble { at, ..Trouble::noted(Kind::SyntaxError, &report.name, message) }
    };
    report.rewrite.faults.iter().map(describe).collect()
}

fn strays(report: &FileReport) -> Vec<Trouble> {
    let describe = |stray: &undefer_transforms::Stray| {
        let at = Some(report.index.position(stray.span.start));
        Trouble { at, ..Trouble::noted(Kind::Directive, &report.name, stray.message.clone()) }
    };
    report.rewrite.strays.iter().map(describe).collect()
}
