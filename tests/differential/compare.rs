//! Puts the engine's text beside the interpreter's word, for a batch of functions.

use crate::analyse::{self, Site};
use crate::ast::{self, Function};
use crate::batch::{self, ARGUMENTS, Ran, Text};
use crate::interpret::{self, Waiting};
use crate::print;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use undefer_transforms::{
    Form, Forms, GoVersion, Library, Options, Package, Reason, Rewrite, Safety, Verdict, rewrite,
};

/// A bar, as the name of a Go package and as the engine knows it.
const BARS: [(&str, Safety); 2] = [("atsafe", Safety::Safe), ("atunsafe", Safety::Unsafe)];

/// One function with everything that is known before it runs.
pub(crate) struct Case {
    pub(crate) function: Function,
    pub(crate) source: String,
    pub(crate) sites: Vec<Site>,
    /// The engine's verdict and reason at each bar for each site, in the same order; nothing where it reports none.
    verdicts: [Vec<Option<(Verdict, Reason)>>; 2],
    /// Defers that the engine reports and that are no sites.
    strangers: usize,
    /// The text at each bar, where it changes.
    texts: [Option<String>; 2],
    /// A form was asked for that says of itself that a panic skips the call.
    may_skip: bool,
}

/// The package around a function: the prelude, and another function that may want the same pools, as all of a batch become
/// one package.
#[derive(Debug)]
struct Beside {
    name: String,
    package: Arc<Package>,
}

const RIVAL: &str = "package original\n\nfunc rival() {\n\tfor {\n\t\tdefer new(V).Seal()\n\t}\n}\n";

impl Beside {
    fn of(id: usize, text: &str) -> Beside {
        let name = format!("f{id}.go");
        let prelude = batch::PRELUDE.replacen("PACKAGE", "original", 1);
        let files = [(name.clone(), text.to_owned()), ("prelude.go".to_owned(), prelude)];
        let rival = ("rival.go".to_owned(), RIVAL.to_owned());
        Beside { name, package: Arc::new(Package::new(files.into_iter().chain([rival]))) }
    }
}

impl Library for Beside {
    fn package(&self, path: Option<&str>) -> Option<Arc<Package>> {
        path.is_none().then(|| Arc::clone(&self.package))
    }

    fn file_name(&self) -> &str {
        &self.name
    }

    fn is_own(&self, _: &str) -> bool {
        false
    }
}

/// Something that is not as it ought to be.
pub(crate) struct Failure {
    pub(crate) id: usize,
    pub(crate) what: String,
}

/// What a text does with its defers.
#[derive(Default)]
struct Moves {
    /// Those that run at the end of their iteration.
    moved: BTreeSet<usize>,
    /// Those of them that wait for the function's end where it ends the iteration.
    guarded: BTreeSet<usize>,
    /// A panic skips some, so that runs with one do not count.
    skips: bool,
}

impl Case {
    /// Asks the engine about a function.
    pub(crate) fn of(function: Function, forms: &Forms) -> Case {
        // A pool is for objects that are held by pointers, and for what is seen of their methods.
        let pools = forms.list.contains(&Form::Pool);
        let printed = print::file(&function, "original", pools);
        // A function of its own needs the types of what the prelude's functions give back.
        let looks_around = pools || forms.list.contains(&Form::Extract);
        let beside = looks_around.then(|| Beside::of(function.id, &printed.text));
        let library = beside.as_ref().map(|beside| beside as &dyn Library);
        let [safe, unproved] = BARS.map(|(_, bar)| {
            rewrite(
                &printed.text,
                &Options { bar, go: GoVersion(24), forms: forms.clone(), library, ..Options::default() },
            )
        });
        let sites = analyse::sites(&function);
        let line_of = |id: usize| printed.defers.iter().find(|(_, own)| *own == id).map(|(line, _)| *line);
        let verdicts = [&safe, &unproved].map(|rewrite| {
            sites.iter().map(|site| at_line(rewrite, &printed.text, line_of(site.defer))).collect()
        });
        let strangers = unproved.sites.len().saturating_sub(sites.len());
        let texts = [safe.text, unproved.text];
        let may_skip = forms.list.contains(&Form::Inline);
        Case { function, source: printed.text, sites, verdicts, strangers, texts, may_skip }
    }

    /// What the engine says at the unsafe bar, for each site.
    pub(crate) fn verdicts(&self) -> &[Option<(Verdict, Reason)>] {
        &self.verdicts[1]
    }

    /// The defers that the text at a bar runs at their iteration's end.
    fn moved(&self, at: usize) -> BTreeSet<usize> {
        let pairs = self.sites.iter().zip(&self.verdicts[at]);
        let moved = pairs.filter(|(_, verdict)| {
            let safety = verdict.as_ref().and_then(|(verdict, _)| verdict.safety());
            safety.is_some_and(|safety| safety <= BARS[at].1)
        });
        moved.map(|(site, _)| site.defer).collect()
    }

    /// Those of them that wait for the function's end where it ends the iteration.
    fn guarded(&self, at: usize) -> BTreeSet<usize> {
        let guarded = |verdict: &Option<(Verdict, Reason)>| {
            matches!(verdict, Some((Verdict::Rewrite { form: Form::Guard, .. }, _)))
        };
        let pairs = self.sites.iter().zip(&self.verdicts[at]);
        pairs.filter(|(_, verdict)| guarded(verdict)).map(|(site, _)| site.defer).collect()
    }

    /// Whether the text at a bar holds plain calls that a panic would skip, as the engine says.
    fn skips(&self, at: usize) -> bool {
        let inline = |verdict: &Verdict| matches!(verdict, Verdict::Rewrite { form: Form::Inline, .. });
        self.may_skip && self.verdicts[at].iter().flatten().any(|(verdict, _)| inline(verdict))
    }

    /// The text at the unsafe bar, for reports.
    pub(crate) fn rewritten(&self) -> &str {
        self.texts[1].as_deref().unwrap_or("(unchanged)\n")
    }

    /// What can be wrong before anything runs.
    fn check_verdicts(&self, failures: &mut Vec<Failure>) {
        let mut fail = |what: String| failures.push(Failure { id: self.function.id, what });
        if self.strangers > 0 {
            fail(format!("{} defers reported that no loop stands around", self.strangers));
        }
        for (site, verdict) in self.sites.iter().zip(self.verdicts()) {
            let moves = verdict.as_ref().is_some_and(|(verdict, _)| verdict.safety().is_some());
            match verdict {
                None => fail(format!("defer {} is not reported", site.defer)),
                Some(_) if moves && site.target.is_none() => {
                    fail(format!("defer {} runs once and is rewritten", site.defer));
                }
                Some(_) if moves && site.recovers => {
                    fail(format!("defer {} recovers, or its region does, and it is rewritten", site.defer));
                }
                Some((Verdict::Once, _)) if site.target.is_some() => {
                    fail(format!("defer {} is called once and its loop comes round", site.defer));
                }
                Some(_) => {}
            }
        }
        for (at, (text, (name, _))) in self.texts.iter().zip(BARS).enumerate() {
            if text.is_some() == self.moved(at).is_empty() {
                fail(format!("{name}: the text and the verdicts disagree on whether anything changes"));
            }
        }
    }

    /// The texts to build: the original, and each bar's where it differs.
    fn variants(&self) -> impl Iterator<Item = Text<'_>> {
        let own = Text { variant: "original", function: &self.function, go: self.source.clone() };
        let rewritten = self.texts.iter().zip(BARS).filter_map(|(text, (variant, _))| {
            let go = text.as_ref()?.replacen("package original", &format!("package {variant}"), 1);
            Some(Text { variant, function: &self.function, go })
        });
        std::iter::once(own).chain(rewritten)
    }

    fn check_runs(&self, ran: &Ran, failures: &mut Vec<Failure>) {
        self.check_variant("original", &Moves::default(), ran, failures);
        for (at, (text, (variant, _))) in self.texts.iter().zip(BARS).enumerate() {
            if text.is_some() {
                let moves = Moves { moved: self.moved(at), guarded: self.guarded(at), skips: self.skips(at) };
                self.check_variant(variant, &moves, ran, failures);
            }
        }
    }

    /// The part of a run that a rewrite has to keep at the unsafe bar: all of it, unless a cleanup panics while the
    /// results are on their way out. The literal hands them over after its cleanups, so whoever sees the function's
    /// results after such a panic sees the values from before: a function-level defer that reads them, for which the
    /// run does not count, or the caller when one recovers, for which the run counts up to the recovery.
    fn due<'r>(&self, run: &'r interpret::Run) -> &'r str {
        if !run.cleanup_panicked {
            return &run.trace;
        }
        if self.function.notes.reads_results {
            return "";
        }
        let Some(label) = &self.function.notes.recovers else { return &run.trace };
        let head = format!("{label}=");
        let mut lines = run.trace.split_inclusive('\n').scan(0, |end, line| {
            *end += line.len();
            Some((*end, line))
        });
        let recovered = lines.find(|(_, line)| line.starts_with(&head));
        recovered.map_or(run.trace.as_str(), |(end, _)| &run.trace[..end])
    }

    fn check_variant(&self, variant: &str, moves: &Moves, ran: &Ran, failures: &mut Vec<Failure>) {
        let Moves { moved, guarded, skips } = moves;
        let id = self.function.id;
        if let Some(text) = ran.complaints.get(&(variant.to_owned(), id)) {
            failures.push(Failure { id, what: format!("{variant}: the go command says {text}") });
            return;
        }
        let targets = analyse::targets(&self.sites, moved);
        let waiting = waiting(guarded, &targets, &self.sites);
        for (pair, args) in ARGUMENTS.into_iter().enumerate() {
            let run = interpret::run(&self.function, args, &targets, &waiting);
            if *skips && run.panicked {
                continue;
            }
            let got = ran.traces.get(&(variant.to_owned(), id, pair)).map_or("", String::as_str);
            let due = if variant == "atunsafe" { self.due(&run) } else { run.trace.as_str() };
            let is_due = || due.len() < run.trace.len() && got.starts_with(due);
            // An iterator ends before what is deferred to the function's end, and after what is to that of an iteration.
            let stays = || {
                let stay = staying(&waiting, &targets, &self.sites);
                stay.is_some_and(|stay| interpret::run(&self.function, args, &targets, &stay).trace == got)
            };
            if got != run.trace && !is_due() && !stays() {
                let what = format!(
                    "{variant}: other trace with the arguments {args:?}\n{}",
                    difference(&run.trace, got)
                );
                failures.push(Failure { id, what });
                return;
            }
        }
    }
}

/// The same with the defers that end the function and stay where they are, since plain calls need no function around them.
/// Only an iterator shows the difference.
fn staying(waiting: &Waiting, targets: &BTreeMap<usize, usize>, sites: &[Site]) -> Option<Waiting> {
    let once = sites.iter().filter(|site| site.target.is_none() && targets.contains_key(&site.defer));
    let staying = once.map(|site| site.defer).collect();
    let is_seen = sites.iter().any(|site| site.form == ast::Form::RangeFunc);
    is_seen.then(|| Waiting { guarded: waiting.guarded.clone(), staying })
}

/// The guarded defers, and those that end the function inside of their iterations: these were never moved.
fn waiting(guarded: &BTreeSet<usize>, targets: &BTreeMap<usize, usize>, sites: &[Site]) -> Waiting {
    let loops: BTreeSet<usize> = guarded.iter().filter_map(|defer| targets.get(defer)).copied().collect();
    let once = |defer: usize| sites.iter().find(|site| site.defer == defer && site.target.is_none());
    let ends = |site: &Site| site.ends_function.iter().any(|around| loops.contains(around));
    let mut waiting = Waiting::default();
    for (&defer, around) in targets {
        match once(defer) {
            Some(site) if loops.contains(around) || ends(site) => waiting.staying.insert(defer),
            None if loops.contains(around) => waiting.guarded.insert(defer),
            _ => false,
        };
    }
    waiting
}

/// Runs a batch; everything that is wrong with it, in the order of the functions.
pub(crate) fn check(cases: &[Case]) -> Vec<Failure> {
    let texts: Vec<Text<'_>> = cases.iter().flat_map(Case::variants).collect();
    let ran = batch::run(&texts);
    let mut failures = Vec::new();
    for case in cases {
        case.check_verdicts(&mut failures);
        case.check_runs(&ran, &mut failures);
    }
    failures
}

fn at_line(rewrite: &Rewrite, text: &str, line: Option<usize>) -> Option<(Verdict, Reason)> {
    let line = line?;
    let of = |offset: usize| text[..offset].matches('\n').count() + 1;
    let site = rewrite.sites.iter().find(|site| of(site.span.start) == line)?;
    Some((site.verdict, site.reason))
}

/// The first line in which two traces differ, with the lines before it.
fn difference(expected: &str, got: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), got.lines().collect());
    let at = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let before = left[at.saturating_sub(6)..at].join(" ");
    let show = |lines: &[&str]| lines.iter().skip(at).take(8).copied().collect::<Vec<_>>().join(" ");
    format!("  same:     … {before}\n  expected: {}\n  got:      {}", show(&left), show(&right))
}
