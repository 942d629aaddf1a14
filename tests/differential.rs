//! Functions made at random run as they are and rewritten, beside an interpreter that knows when each defer is due.
//!
//! `UNDEFER_DIFF_COUNT` (500) functions are made from `UNDEFER_DIFF_SEED` (1). The interpreter has to foresee the
//! trace of every original, which holds it against Go itself, and then that of every rewritten text.
//! From 20,000 functions on, the coverage is asserted too. `UNDEFER_DIFF_SHOW` prints one function first.

#[path = "differential/analyse.rs"]
mod analyse;
#[path = "differential/ast.rs"]
mod ast;
#[path = "differential/batch.rs"]
mod batch;
#[path = "differential/compare.rs"]
mod compare;
#[path = "differential/coverage.rs"]
mod coverage;
#[path = "differential/evidence.rs"]
mod evidence;
#[path = "differential/execute.rs"]
mod execute;
#[path = "differential/generator/mod.rs"]
mod generator;
#[path = "differential/helpers.rs"]
mod helpers;
#[path = "differential/interpret.rs"]
mod interpret;
#[path = "differential/plan.rs"]
mod plan;
#[path = "differential/print.rs"]
mod print;
#[path = "differential/rng.rs"]
mod rng;
#[path = "differential/rows.rs"]
mod rows;
#[path = "differential/value.rs"]
mod value;

use compare::{Case, Failure};
use coverage::Coverage;
use undefer_transforms::{Form, Forms, PASSES};

/// Functions that are built into one program.
const BATCH: usize = 500;
/// Failures that are shown in full.
const SHOWN: usize = 3;
/// From this many functions on, every combination has to occur [`OFTEN`] times.
const MANY: usize = 20_000;
const OFTEN: usize = 20;
/// The share of covered functions that each form may leave, in tenths of a percent. A plain call cannot stand for a defer
/// in a block that ends before the iteration does, few iterations make what a pool could keep, and many assign to variables
/// that a function of their own could not.
const LEFT: &[(&str, usize)] =
    &[("auto", 30), ("closure", 30), ("inline", 1000), ("guard", 1000), ("pool", 1000), ("extract", 700)];

#[test]
fn every_rewrite_does_what_the_interpreter_says() {
    let seed = setting("UNDEFER_DIFF_SEED", 1);
    let asked = std::env::var("UNDEFER_DIFF_FORM").ok();
    for form in forms().filter(|form| asked.as_deref().is_none_or(|asked| asked == word(form))) {
        let usual = if form.list.is_empty() { 500 } else { 150 };
        let count = setting("UNDEFER_DIFF_COUNT", usual) as usize;
        if std::env::var_os("UNDEFER_DIFF_SHOW").is_some() {
            show(seed, setting("UNDEFER_DIFF_SHOW", 0) as usize, &form);
        }
        check(seed, count, &form);
    }
}

/// What `auto` picks, and each form alone that is about the cleanup. What may be opened once these functions have none of.
fn forms() -> impl Iterator<Item = Forms> {
    let about_cleanups = PASSES.iter().filter(|pass| pass.form != Form::Hoist);
    let alone = about_cleanups.map(|pass| Forms { list: vec![pass.form], only: true });
    std::iter::once(Forms::default()).chain(alone)
}

fn word(forms: &Forms) -> &'static str {
    forms.list.first().map_or("auto", |form| form.word())
}

/// Makes, runs and compares `count` functions.
fn check(seed: u64, count: usize, forms: &Forms) {
    let mut coverage = Coverage::default();
    let (mut wrong, mut report) = (0, String::new());
    for start in (0..count).step_by(BATCH) {
        let numbers = start..(start + BATCH).min(count);
        let cases: Vec<Case> =
            numbers.map(|index| Case::of(generator::function(seed, index), forms)).collect();
        for case in &cases {
            coverage.count(case);
        }
        for failure in compare::check(&cases) {
            wrong += 1;
            if wrong <= SHOWN {
                report.push_str(&shown(seed, &cases, &failure));
            }
        }
    }
    let form = word(forms);
    println!("{}form {form}, seed {seed}, {count} functions, wrong {wrong}", coverage.table());
    assert!(wrong == 0, "form {form}: {wrong} failures of {count} functions\n{report}");
    let left = coverage.left_per_mille();
    let most = LEFT.iter().find(|(known, _)| *known == form).map_or(0, |(_, most)| *most);
    assert!(left <= most, "form {form}: {left} of 1,000 covered functions were left, more than {most}");
    let rare = if count >= MANY { coverage.rarer_than(OFTEN) } else { Vec::new() };
    assert!(rare.is_empty(), "combinations that occur less than {OFTEN} times: {rare:?}");
}

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => default,
    }
}

fn shown(seed: u64, cases: &[Case], failure: &Failure) -> String {
    let case = cases.iter().find(|case| case.function.id == failure.id).expect("a case of this batch");
    format!(
        "\n=== seed {seed}, function {}: {}\n--- original\n{}\n--- rewritten\n{}\n",
        failure.id,
        failure.what,
        case.source,
        case.rewritten()
    )
}

/// Prints one function, its rewrite and the verdicts, for a look at a failure.
fn show(seed: u64, number: usize, forms: &Forms) {
    let case = Case::of(generator::function(seed, number), forms);
    println!("{}\n{}", case.source, case.rewritten());
    for (site, verdict) in case.sites.iter().zip(case.verdicts()) {
        println!("{site:?}: {verdict:?}");
    }
}
