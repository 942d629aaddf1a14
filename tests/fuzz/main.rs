//! The fuzz target: mutated programs, broken and whole, through the engine at both bars.
//!
//! `UNDEFER_FUZZ_COUNT` programs are made from `UNDEFER_FUZZ_SEED`; `UNDEFER_FUZZ_KEEP` names a folder that gets every
//! program that failed. The same seed makes the same programs, whatever the number of threads.

#![allow(clippy::unnecessary_wraps, reason = "mutators share one signature, whether they can fail or not")]
#![allow(dead_code, reason = "the support files serve the cases too, which use more of them")]

#[path = "../support/comments.rs"]
mod comments;
mod grow;
mod judge;
#[path = "../support/layout.rs"]
mod layout;
#[path = "../support/markers.rs"]
mod markers;
mod mutant;
mod properties;
mod random;
mod seeds;
mod shrink;
mod splice;
mod syntax;
mod tokens;
#[path = "../support/txtar.rs"]
mod txtar;
mod vet;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

use judge::Judge;
use mutant::Mutant;
use properties::{Outcome, Problem};

/// Programs in a run that nobody asked more of.
const COUNT: u64 = 1500;

/// One pair of texts in so many is vetted.
const VETTED: usize = 12;

/// What a run has seen.
#[derive(Debug, Default)]
struct Tally {
    programs: usize,
    compiling: usize,
    with_sites: usize,
    rewritten: usize,
    compiling_and_rewritten: usize,
    columns: usize,
    failures: BTreeMap<&'static str, Vec<(u64, Mutant, Problem)>>,
    pairs: Vec<(String, String)>,
}

impl Tally {
    fn add(&mut self, index: u64, mutant: &Mutant, outcome: &Outcome) {
        self.programs += 1;
        self.compiling += usize::from(outcome.compiles);
        self.with_sites += usize::from(outcome.sites > 0);
        self.rewritten += usize::from(!outcome.outputs.is_empty());
        self.columns += outcome.columns;
        if outcome.compiles
            && let Some(output) = outcome.outputs.last()
        {
            self.compiling_and_rewritten += 1;
            if self.compiling_and_rewritten.is_multiple_of(VETTED) {
                self.pairs.push((mutant.text.clone(), output.clone()));
            }
        }
        for problem in &outcome.problems {
            let failures = self.failures.entry(problem.property).or_default();
            if failures.last().is_none_or(|(last, ..)| *last != index) {
                failures.push((index, mutant.clone(), problem.clone()));
            }
        }
    }

    fn summary(&self) -> String {
        let Tally { programs, compiling, with_sites, rewritten, compiling_and_rewritten, columns, .. } = self;
        format!(
            "{programs} programs, {compiling} compile, {with_sites} hold sites, {rewritten} are rewritten, \
             {compiling_and_rewritten} of these compile, {columns} outputs differ from gofmt's in columns only"
        )
    }
}

#[test]
fn mutated_programs_keep_every_promise() {
    let number = |name: &str, default: u64| {
        let value = std::env::var(name).ok();
        value
            .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value}")))
    };
    let (count, seed) = (number("UNDEFER_FUZZ_COUNT", COUNT), number("UNDEFER_FUZZ_SEED", 1));
    let folder = TempDir::new().expect("a temporary folder");
    judge::build(folder.path());
    let tally = run(folder.path(), seed, count);
    println!("seed {seed}: {}", tally.summary());
    let mut reports = report(folder.path(), &tally);
    for (index, news) in vet::news(folder.path(), &tally.pairs) {
        let (old, new) = &tally.pairs[index];
        reports.push(format!("go vet has something new to say: {news:?}\n{old}\nbecomes\n{new}"));
    }
    assert!(reports.is_empty(), "seed {seed}: {}\n{}", tally.summary(), reports.join("\n"));
    assert!(tally.compiling_and_rewritten * 20 > tally.programs, "too few rewrites: {}", tally.summary());
}

/// Makes and checks the programs on all cores.
fn run(folder: &Path, seed: u64, count: u64) -> Tally {
    let seeds = seeds::load();
    let (next, tally) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let work = || {
        let mut judge = Judge::start(folder);
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            let mutant = Mutant::make(&seeds, seed, index, &mut judge);
            let outcome = properties::check(&mutant.text, mutant.go, &mut judge);
            tally.lock().expect("no worker panics").add(index, &mutant, &outcome);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    tally.into_inner().expect("no worker panics")
}

/// For each property that does not hold: how often, and the smallest text that shows it.
fn report(folder: &Path, tally: &Tally) -> Vec<String> {
    if let Some(keep) = std::env::var_os("UNDEFER_FUZZ_KEEP") {
        std::fs::create_dir_all(&keep).expect("the folder can be made");
        for (index, mutant, problem) in tally.failures.values().flatten() {
            let name = format!("{}-{index}.go", problem.property.replace(' ', "-"));
            std::fs::write(Path::new(&keep).join(name), &mutant.text).expect("the folder can be written");
        }
    }
    let mut judge = Judge::start(folder);
    let complaint = |(property, failures): (&&'static str, &Vec<(u64, Mutant, Problem)>)| {
        let (index, mutant, _) = failures.iter().min_by_key(|(_, mutant, _)| mutant.text.len())?;
        let (text, problem) = shrink::shrink(mutant, property, &mut judge)?;
        let (times, detail) = (failures.len(), problem.detail);
        Some(format!(
            "==== {property}: {times} failures, program {index}, as small as it gets\n{text}\n----\n{detail}"
        ))
    };
    tally.failures.iter().filter_map(complaint).collect()
}
