//! All that is asked of one case: the outlets agree with it, and what nobody has to ask for.

use similar::TextDiff;
use undefer_transforms::{Class, Reason, Rewrite, Safety, Verdict};

use super::case::Case;
use super::layout::columns_aside;
use super::process::gofmt;
use super::{comments, finding, markers, outlets};

/// How a case came out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// What is wrong.
    pub(crate) problems: Vec<String>,
    /// What the library made of the input.
    pub(crate) got: String,
}

/// Runs one case through everything but go vet.
pub(crate) fn check(case: &Case) -> Outcome {
    let rewrite = outlets::rewrite(case, &case.input, case.bar());
    let found = finding::of_library(&case.input, &rewrite);
    let mut problems = markers::compare(&case.wanted, &finding::markers(&found));
    let got = outlets::library(case);
    let json = outlets::json(case);
    if let Ok((reported, _)) = &json
        && *reported != found
    {
        problems.push(format!("json: sites differ from the library's\n{reported:#?}\n{found:#?}"));
    }
    let texts = [
        ("library", Ok(got.clone())),
        ("diff", outlets::diff(case)),
        ("write", outlets::write(case)),
        ("json", json.map(|(_, text)| text)),
    ];
    problems.extend(compare_texts(case, &texts));
    problems.extend([Safety::Safe, Safety::Unsafe].into_iter().flat_map(|bar| check_bar(case, bar)));
    problems.extend(check_output(case, rewrite.text.as_deref(), &got));
    problems.extend(check_accepted(case));
    Outcome { problems, got }
}

/// Accepting every reason comes to the same as the unsafe bar, but for what is called accepted.
fn check_accepted(case: &Case) -> Option<String> {
    let all: Vec<Reason> =
        Reason::ALL.iter().copied().filter(|reason| reason.class() == Class::Unsafe).collect();
    let accepting = outlets::accepting(case, &case.input, &all);
    let unsafely = outlets::rewrite(case, &case.input, Safety::Unsafe);
    let is_marked =
        |site: &undefer_transforms::Site| site.accepted == (site.verdict.safety() == Some(Safety::Unsafe));
    if accepting.text == unsafely.text && accepting.sites.iter().all(is_marked) {
        return None;
    }
    Some(format!("accepting every reason is not --unsafe: {accepting:#?}\n{unsafely:#?}"))
}

/// Outlets that fail in the same way are named in one complaint.
fn compare_texts(case: &Case, texts: &[(&str, Result<String, String>)]) -> Vec<String> {
    let mut wrong: Vec<(Vec<&str>, String)> = Vec::new();
    for (outlet, text) in texts {
        let complaint = match text {
            Ok(text) if same(case, outlet, text) => continue,
            Ok(text) => difference(&case.output, text),
            Err(error) => error.clone(),
        };
        match wrong.iter_mut().find(|(_, known)| *known == complaint) {
            Some((outlets, _)) => outlets.push(outlet),
            None => wrong.push((vec![outlet], complaint)),
        }
    }
    wrong.into_iter().map(|(outlets, complaint)| format!("{}: {complaint}", outlets.join(", "))).collect()
}

/// The library formats nothing, so where gofmt had something to do on the input it is compared after gofmt.
fn same(case: &Case, outlet: &str, text: &str) -> bool {
    let formatted = |text: &str| gofmt(text).unwrap_or_else(|| text.to_owned());
    text == case.output || (outlet == "library" && formatted(text) == formatted(&case.output))
}

fn difference(want: &str, got: &str) -> String {
    let diff = TextDiff::from_lines(want, got);
    format!("text differs\n{}", diff.unified_diff().context_radius(30).header("want", "got"))
}

/// What holds at either bar: one verdict a site, one fix a rewrite, and the bar is kept.
fn check_bar(case: &Case, bar: Safety) -> Vec<String> {
    let mut problems = Vec::new();
    let before = outlets::rewrite(case, &case.input, bar);
    problems.extend(check_sites(&before));
    let after = outlets::rewrite(case, before.text.as_deref().unwrap_or(&case.input), bar);
    if let Some(text) = &after.text {
        let first = before.text.as_deref().unwrap_or_default();
        problems.push(format!("a second run finds more to do; {}", difference(first, text)));
    }
    let fix = |site: &undefer_transforms::Site| site.fix.and_then(|fix| before.fixes.get(fix));
    // A defer that leaves the loop anyway is no site any more where the literal of another one is around it.
    // What another rewrite goes over may be gone with it.
    let round = |site: &&undefer_transforms::Site| {
        site.verdict != Verdict::Once && site.reason != Reason::OverlapsRewrite
    };
    let stays = |site: &&undefer_transforms::Site| fix(site).is_none_or(|fix| !fix.reaches(bar));
    let want = before.sites.iter().filter(round).filter(stays).count();
    let left = after.sites.iter().filter(round).count();
    if left != want {
        problems.push(format!("{left} sites are left, not {want}, as the verdicts say"));
    }
    problems.into_iter().map(|problem| format!("at the bar {}: {problem}", bar.word())).collect()
}

fn check_sites(rewrite: &Rewrite) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, site) in rewrite.sites.iter().enumerate() {
        if rewrite.sites[..index].iter().any(|other| (other.span, other.rule) == (site.span, site.rule)) {
            problems.push(format!("two verdicts for one site: {site:?}"));
        }
        let safety = site.fix.and_then(|fix| rewrite.fixes.get(fix)).map(|fix| fix.safety);
        if safety.is_some() != site.verdict.safety().is_some() || safety < site.verdict.safety() {
            problems.push(format!("verdict and fix do not agree: {site:?}"));
        }
    }
    problems
}

/// What holds for every output: it parses, it is formatted if the input was, and no comment is lost. Where the input is as
/// gofmt wants it, the library's `own` lines are too, but for columns.
fn check_output(case: &Case, own: Option<&str>, got: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let (before, after) = (gofmt(&case.input), gofmt(got));
    if before.is_some() && after.is_none() {
        problems.push(format!("the output does not parse\n{got}"));
    }
    let clean = before.is_some_and(|text| text == case.input);
    if clean && after.is_some_and(|text| text != got) {
        problems.push("gofmt has something to do on the output".to_owned());
    }
    if let Some(own) = own.filter(|own| clean && columns_aside(own) != columns_aside(got)) {
        problems.push(format!("the library leaves more to gofmt than columns; {}", difference(got, own)));
    }
    if comments::multiset(&case.input) != comments::multiset(got) {
        problems.push(format!("comments were lost or made\n{got}"));
    }
    if !clean && !outside_is_untouched(case, got) {
        problems.push("text outside the region changed".to_owned());
    }
    problems
}

/// Input that gofmt would change keeps its own look before the first and after the last fix.
fn outside_is_untouched(case: &Case, got: &str) -> bool {
    let (input, got) = (case.input.trim_start_matches('\u{feff}'), got.trim_start_matches('\u{feff}'));
    let rewrite = outlets::rewrite(case, input, case.bar());
    let spans = rewrite.fixes.iter().filter(|fix| fix.reaches(case.bar())).map(|fix| fix.span);
    spans.reduce(undefer_transforms::Span::hull).map_or(input == got, |span| {
        got.starts_with(&input[..span.start]) && got.ends_with(&input[span.end..])
    })
}
