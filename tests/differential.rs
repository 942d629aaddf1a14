//! Functions made at random, run as they are, rewritten, and by an interpreter that knows what each defer ought to do.

#[path = "differential/analyse.rs"]
mod analyse;
#[path = "differential/ast.rs"]
mod ast;
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

#[test]
fn every_rewrite_does_what_the_interpreter_says() {
    let f = generator::function(1, 5);
    println!("{}", print::file(&f, "main").text);
    println!("{}", print::entry(&f));
    let r = interpret::run(&f, (1, 2), &Default::default());
    println!("{}", r.trace);
}
#[path = "differential/batch.rs"]
mod batch;

#[test]
fn tmp_validate() {
    let env = |n: &str, d: usize| std::env::var(n).ok().and_then(|v| v.parse().ok()).unwrap_or(d);
    let (seed, count, size) = (env("UNDEFER_DIFF_SEED", 1), env("UNDEFER_DIFF_COUNT", 500), 1000);
    let mut shown = 0;
    let mut by: std::collections::BTreeMap<plan::Plan, usize> = std::collections::BTreeMap::new();
    for start in (0..count).step_by(size) {
        let functions: Vec<_> = (start..(start + size).min(count)).map(|i| generator::function(seed as u64, i)).collect();
        let texts: Vec<_> = functions.iter().map(|f| batch::Text { variant: "original", function: f, text: print::file(f, "original").text }).collect();
        for f in &functions {
            let s: std::collections::BTreeSet<_> = analyse::sites(f).iter().filter_map(|s| Some(plan::Plan { row: s.row?, form: s.form, list: s.list })).collect();
            for p in s { *by.entry(p).or_default() += 1; }
        }
        let ran = batch::run(&texts, true);
        println!("{start}: complaints {}", ran.complaints.len());
        for (k, c) in &ran.complaints { shown += 1; if shown < 12 { println!("{k:?} {c}\n{}", print::file(&functions[k.1 - start], "x").text); } }
        for f in &functions { for (k, args) in batch::ARGUMENTS.into_iter().enumerate() {
            if ran.complaints.contains_key(&("original".to_owned(), f.id)) { continue; }
            let want = interpret::run(f, args, &Default::default()).trace;
            let Some(got) = ran.traces.get(&("original".to_owned(), f.id, k)) else { continue };
            if *got != want { shown += 1; if shown < 12 { println!("DIFF {} {args:?}\n{}\nwant\n{want}\ngot\n{got}", f.id, print::file(f, "x").text); } }
        } }
    }
    println!("shown {shown}");
    let missing: Vec<_> = plan::plans().into_iter().filter(|p| by.get(p).copied().unwrap_or(0) * 20000 < 20 * count).collect();
    println!("combos below: {} of {}; {missing:?}", missing.len(), plan::plans().len());
}
