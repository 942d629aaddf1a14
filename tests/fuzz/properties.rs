//! What has to hold for every text, and for every rewrite of it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use undefer_transforms::scan::may_hold_site;
use undefer_transforms::{
    CloseErrors, Fix, Form, Forms, GoVersion, OnPanic, Options, PASSES, Reason, Rewrite, Safety, Site, Span,
    Verdict, rewrite,
};

use crate::comments;
use crate::judge::{Judge, Judgement};
use crate::layout::columns_aside;
use crate::syntax::Syntax;

/// Something that does not hold.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// Which property.
    pub(crate) property: &'static str,
    /// What was seen.
    pub(crate) detail: String,
}

/// What one text showed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) problems: Vec<Problem>,
    pub(crate) sites: usize,
    /// Go's front end takes the text.
    pub(crate) compiles: bool,
    /// The outputs that differ from the input.
    pub(crate) outputs: Vec<String>,
    /// Outputs in which only gofmt's columns have moved.
    pub(crate) columns: usize,
}

impl Outcome {
    fn demand(&mut self, holds: bool, property: &'static str, detail: impl FnOnce() -> String) {
        if !holds {
            self.problems.push(Problem { property, detail: detail() });
        }
    }
}

/// Tries everything on one text.
pub(crate) fn check(text: &str, go: GoVersion, judge: &mut Judge) -> Outcome {
    let mut outcome = Outcome::default();
    let before = judge.ask(text);
    outcome.compiles = before.error.is_none();
    for Way { bar, forms, close_errors, on_panic } in ways() {
        let extracts = forms.only && forms.list == [Form::Extract];
        let run = |text: &str| {
            let forms = forms.clone();
            let options = Options { bar, go, forms, close_errors, on_panic, ..Options::default() };
            catch_unwind(AssertUnwindSafe(|| rewrite(text, &options)))
        };
        let Ok(first) = run(text) else {
            outcome.demand(false, "it never panics", || format!("at the bar {}", bar.word()));
            continue;
        };
        outcome.sites = first.sites.len();
        sites(&mut outcome, text, &first);
        fixes(&mut outcome, text, &first, bar);
        let Some(new) = &first.text else { continue };
        output(&mut outcome, text, new, &before, judge);
        if let Ok(second) = run(new) {
            // What an import tells of a name that had none before may change verdicts, and so may how a text is read that is no Go.
            let excepted = extracts && is_judged_anew(&first, bar)
                || before.error.is_some() && imports(text) != imports(new)
                || before.formatted.is_none();
            again(&mut outcome, &first, &second, bar, excepted);
        } else {
            outcome.demand(false, "it never panics on its own output", || new.clone());
        }
        for fix in first.fixes.iter().filter(|_| bar == Safety::Unsafe && first.fixes.len() > 1) {
            let alone = applied(text, &[fix]);
            output(&mut outcome, text, &alone, &before, judge);
        }
        outcome.outputs.push(new.clone());
    }
    outcome
}

/// What is asked for.
struct Way {
    bar: Safety,
    forms: Forms,
    close_errors: CloseErrors,
    on_panic: OnPanic,
}

impl Way {
    fn of(bar: Safety, forms: Forms) -> Self {
        Way { bar, forms, close_errors: CloseErrors::Keep, on_panic: OnPanic::Propagate }
    }
}

/// Both bars, and at the unsafe one each form alone, and errors that are to arrive.
fn ways() -> Vec<Way> {
    let alone =
        PASSES.iter().map(|pass| Way::of(Safety::Unsafe, Forms { list: vec![pass.form], only: true }));
    let both = [Safety::Safe, Safety::Unsafe].map(|bar| Way::of(bar, Forms::default()));
    let unsafely = || Way::of(Safety::Unsafe, Forms::default());
    let arriving = [
        Way { close_errors: CloseErrors::Join, on_panic: OnPanic::Error, ..unsafely() },
        Way { close_errors: CloseErrors::Return, ..unsafely() },
    ];
    both.into_iter().chain(alone).chain(arriving).collect()
}

/// Each site has one verdict; it has a fix where it is rewritten and nowhere else.
fn sites(outcome: &mut Outcome, text: &str, rewrite: &Rewrite) {
    let spans: BTreeSet<Span> = rewrite.sites.iter().map(|site| site.span).collect();
    outcome.demand(spans.len() == rewrite.sites.len(), "a site has one verdict", || format!("{rewrite:#?}"));
    for site in &rewrite.sites {
        let fix = site.fix.and_then(|fix| rewrite.fixes.get(fix)).map(|fix| fix.safety);
        let agree = fix.is_some() == site.verdict.safety().is_some() && fix >= site.verdict.safety();
        outcome.demand(agree, "verdict and fix agree", || format!("{site:#?} {fix:?}"));
        let defer = text.get(site.span.start..site.span.end).is_some_and(|text| text.starts_with("defer"));
        outcome.demand(defer, "a site is a defer", || format!("{site:#?}"));
        let dropped = outcome.compiles && site.reason == Reason::InternalError;
        outcome.demand(!dropped, "no rewrite fails its checks", || format!("{site:#?}"));
    }
    let damaged = |site: &Site| site.reason == Reason::SyntaxError;
    let found = !rewrite.sites.iter().all(damaged);
    outcome.demand(!found || may_hold_site(text.as_bytes()), "the prefilter lets sites through", String::new);
}

/// The fixes of a bar share no byte, and together they are its text.
fn fixes(outcome: &mut Outcome, text: &str, rewrite: &Rewrite, bar: Safety) {
    let chosen = chosen(&rewrite.fixes, bar);
    let text = applied(text, &chosen);
    outcome.demand(rewrite.text.as_ref().is_none_or(|new| *new == text), "the fixes make the text", || {
        format!("at the bar {} they make\n{text}\nnot\n{}", bar.word(), rewrite.text.as_deref().unwrap_or(""))
    });
    let changed = rewrite.text.is_some() != chosen.is_empty();
    outcome.demand(changed, "there is a text where there are fixes", || format!("{rewrite:#?}"));
}

/// The fixes that apply at a bar; of two that conflict the less safe one covers what the other does.
fn chosen(fixes: &[Fix], bar: Safety) -> Vec<&Fix> {
    let mut order: Vec<usize> = (0..fixes.len()).filter(|&index| fixes[index].safety <= bar).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(fixes[index].safety));
    let mut chosen: Vec<usize> = Vec::new();
    for index in order {
        if !fixes[index].conflicts.iter().any(|other| chosen.contains(other)) {
            chosen.push(index);
        }
    }
    chosen.into_iter().map(|index| &fixes[index]).collect()
}

fn applied(text: &str, fixes: &[&Fix]) -> String {
    let mut fixes: Vec<&&Fix> = fixes.iter().collect();
    fixes.sort_by_key(|fix| fix.span);
    let mut out = String::new();
    let mut from = 0;
    for fix in fixes {
        out.push_str(text.get(from..fix.span.start).unwrap_or("<fixes overlap>"));
        out.push_str(&fix.new);
        from = fix.span.end;
    }
    out + text.get(from..).unwrap_or("<a fix ends outside>")
}

/// What the output owes to the parser, to gofmt, to the compiler and to whoever wrote the comments.
fn output(outcome: &mut Outcome, old: &str, new: &str, before: &Judgement, judge: &mut Judge) {
    let (was, is) = (Syntax::of(old), Syntax::of(new));
    let faults = (was.faults(), is.faults());
    // How much the grammar makes of damage depends on what stands around it.
    let stay = || faults.0 > 0 && was.whole_functions().is_subset(&is.whole_functions());
    outcome
        .demand(faults.1 <= faults.0 || stay(), "no syntax fault is made", || format!("{faults:?}\n{new}"));
    let Some(formatted) = &before.formatted else { return };
    outcome.demand(comments::multiset(old) == comments::multiset(new), "comments stay", || new.to_owned());
    let after = judge.ask(new);
    let broken = after.formatted.is_none();
    outcome.demand(!broken, "gofmt takes the output", || format!("{:?}\n{new}", after.error));
    if before.error.is_none() && !broken {
        outcome.demand(after.error.is_none(), "the output compiles", || format!("{:?}\n{new}", after.error));
    }
    if formatted == old && after.formatted.as_ref().is_some_and(|formatted| formatted != new) {
        let formatted = after.formatted.unwrap_or_default();
        let same = columns_aside(&formatted) == columns_aside(new);
        outcome.columns += usize::from(same);
        outcome.demand(same, "clean input stays clean", || format!("{new}\ngofmt wants\n{formatted}"));
    }
}

/// A second run finds the sites that were left, and nothing to do.
fn again(outcome: &mut Outcome, first: &Rewrite, second: &Rewrite, bar: Safety, excepted: bool) {
    outcome.demand(excepted || second.text.is_none(), "a second run changes nothing", || {
        let texts = (first.text.as_deref().unwrap_or(""), second.text.as_deref().unwrap_or(""));
        format!("at the bar {}\n{}\nbecomes\n{}", bar.word(), texts.0, texts.1)
    });
    let fix = |site: &Site| site.fix.and_then(|fix| first.fixes.get(fix));
    // A defer that leaves the loop anyway is no site any more where the literal of another one is around it.
    let round = |site: &&Site| site.verdict != Verdict::Once;
    let stays = |site: &&Site| fix(site).is_none_or(|fix| fix.safety > bar);
    let want = first.sites.iter().filter(round).filter(stays).count();
    let left = second.sites.iter().filter(round).count();
    outcome.demand(left == want, "exactly the rewritten sites are gone", || {
        format!("{left} are left, not {want}\n{}", first.text.as_deref().unwrap_or(""))
    });
}

/// How many lines of a text may import something.
fn imports(text: &str) -> usize {
    let may_import = |line: &&str| line.starts_with("import") || line.starts_with('"') && line.ends_with('"');
    text.lines().map(str::trim).filter(may_import).count()
}

/// What README.md excepts where the form is extract: a loop that only holds something, around one whose iteration becomes a
/// function, a literal that moves, which shared a variable or saw another meaning of a name of the language, and a loop that
/// restores what such a function uses.
fn is_judged_anew(first: &Rewrite, bar: Safety) -> bool {
    let moved = |site: &Site| first.fixes.iter().any(|fix| fix.reaches(bar) && fix.span.contains(site.span));
    first.sites.iter().any(|site| match site.reason {
        Reason::AcquireAndHold | Reason::StateRestored => true,
        Reason::ExtractShared | Reason::NameHidden => moved(site),
        _ => false,
    })
}
