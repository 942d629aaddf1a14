//! What one outlet says about one defer, so that outlets can be compared.

use serde_json::Value;
use undefer_transforms::{LineIndex, Rewrite};

use super::markers::Marker;

/// One site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Line of the defer, from 1.
    pub(crate) line: usize,
    /// Column in bytes, from 1.
    pub(crate) column: usize,
    /// Verdict, safety where it is a rewrite, reason.
    pub(crate) words: String,
    /// The form of a rewrite.
    pub(crate) form: Option<String>,
}

impl Finding {
    /// The words that a new marker carries: the verdict and its safety or reason.
    fn marker_words(&self) -> String {
        self.words.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }
}

/// The findings of the library, whose offsets do not count a byte-order mark.
pub(crate) fn of_library(text: &str, rewrite: &Rewrite) -> Vec<Finding> {
    let lines = LineIndex::new(text.trim_start_matches('\u{feff}'));
    let finding = |site: &undefer_transforms::Site| {
        let position = lines.position(site.span.start);
        let form = match site.verdict {
            undefer_transforms::Verdict::Rewrite { form, .. } => Some(form.word().to_owned()),
            _ => None,
        };
        let safety = site.verdict.safety().map(undefer_transforms::Safety::word);
        let words = words(site.verdict.word(), safety, site.reason.code());
        Finding { line: position.line, column: position.column, words, form }
    };
    rewrite.sites.iter().map(finding).collect()
}

/// The findings of `check --output-format json`.
pub(crate) fn of_json(report: &Value) -> Result<Vec<Finding>, String> {
    let sites = report["sites"].as_array().ok_or("the report has no sites")?;
    sites.iter().map(|site| of_site(site).ok_or(format!("not a site: {site}"))).collect()
}

fn of_site(site: &Value) -> Option<Finding> {
    let number = |key: &str| site[key].as_u64().and_then(|number| usize::try_from(number).ok());
    let words = words(site["verdict"].as_str()?, site["safety"].as_str(), site["reason"].as_str()?);
    let form = site["form"].as_str().map(str::to_owned);
    Some(Finding { line: number("line")?, column: number("column")?, words, form })
}

fn words(verdict: &str, safety: Option<&str>, reason: &str) -> String {
    [Some(verdict), safety, Some(reason)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Full words for comparing with markers.
pub(crate) fn markers(findings: &[Finding]) -> Vec<Marker> {
    by_line(findings, |finding| match &finding.form {
        Some(form) => format!("{} {form}", finding.words),
        None => finding.words.clone(),
    })
}

/// Short words for writing markers.
pub(crate) fn new_markers(findings: &[Finding]) -> Vec<Marker> {
    by_line(findings, Finding::marker_words)
}

fn by_line(findings: &[Finding], words: impl Fn(&Finding) -> String) -> Vec<Marker> {
    let mut sorted = findings.to_vec();
    sorted.sort();
    let mut markers: Vec<Marker> = Vec::new();
    for finding in &sorted {
        match markers.last_mut() {
            Some(marker) if marker.line == finding.line => marker.wants.push(words(finding)),
            _ => markers.push(Marker { line: finding.line, wants: vec![words(finding)] }),
        }
    }
    markers
}
