//! Every case of `testdata/<topic>/*.txtar`, through every way out of the tool.
//!
//! `UNDEFER_CASE=text` runs the cases whose name contains the text; `UNDEFER_BLESS=1` rewrites markers and outputs.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::case::{self, Case};
use support::checks::{self, Outcome};
use support::{bless, outlets, vet};
use undefer_transforms::Reason;

#[test]
fn every_case_holds() {
    let root = root();
    let mut cases = case::load(&root);
    assert!(!cases.is_empty(), "no cases under {}", root.display());
    if std::env::var_os("UNDEFER_BLESS").is_some() {
        in_parallel(&cases, bless::bless);
        cases = case::load(&root);
    }
    let outcomes = in_parallel(&cases, checks::check);
    let mut vetted = vet_all(&cases, &outcomes);
    let mut reports = Vec::new();
    for (case, outcome) in cases.iter().zip(outcomes) {
        let problems = [outcome.problems, vetted.remove(&case.name).unwrap_or_default()].concat();
        if !problems.is_empty() {
            reports.push(format!("==== {}\n{}", case.name, problems.join("\n")));
        }
    }
    let (failed, all) = (reports.len(), cases.len());
    assert!(reports.is_empty(), "{}\n{failed} of {all} cases failed", reports.join("\n"));
}

#[test]
fn every_reason_has_a_case() {
    let cases = case::load(&root());
    let seen: BTreeSet<Reason> = cases.iter().flat_map(reasons).collect();
    // An internal error is made only by a bug.
    let expected = Reason::ALL.iter().filter(|&&reason| reason != Reason::InternalError);
    let missing: Vec<&str> =
        expected.filter(|reason| !seen.contains(reason)).map(|reason| reason.code()).collect();
    let filtered = std::env::var_os("UNDEFER_CASE").is_some();
    assert!(filtered || missing.is_empty(), "no case shows {missing:?}");
}

fn reasons(case: &Case) -> Vec<Reason> {
    let rewrite = outlets::rewrite(case, &case.input, case.bar());
    // Some are only said beside a verdict.
    let besides = rewrite.sites.iter().flat_map(|site| &site.evidence).map(|found| found.reason);
    let besides = besides.filter(|&reason| reason == Reason::ErrorStays);
    rewrite.sites.iter().map(|site| site.reason).chain(besides).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Vets each input, each output as it should be, and each as it is where that differs.
fn vet_all(cases: &[Case], outcomes: &[Outcome]) -> BTreeMap<String, Vec<String>> {
    let mut subjects = Vec::new();
    for (case, outcome) in cases.iter().zip(outcomes).filter(|(case, _)| case.vet_off().is_none()) {
        let mut texts = vec![("input", case.input.as_str())];
        for (what, text) in [("want", case.output.as_str()), ("got", outcome.got.as_str())] {
            if texts.iter().all(|(_, known)| *known != text) {
                texts.push((what, text));
            }
        }
        subjects.extend(texts.into_iter().map(|(what, text)| vet::Subject { case, what, text }));
    }
    vet::check(&subjects)
}

/// Calls `work` for every case on all cores; the answers keep the order of the cases.
fn in_parallel<T: Send>(cases: &[Case], work: impl Fn(&Case) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, case)) = take(&next, cases) {
                    let answer = work(case);
                    done.lock().expect("no worker panics").insert(index, answer);
                }
            });
        }
    });
    done.into_inner().expect("no worker panics").into_values().collect()
}

fn take<'a>(next: &AtomicUsize, cases: &'a [Case]) -> Option<(usize, &'a Case)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    cases.get(index).map(|case| (index, case))
}
