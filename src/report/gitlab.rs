//! The report for GitLab: Code Quality. GitLab compares the report of a merge request with that of the target branch by
//! fingerprint, so each is unique in the report and stays the same as long as the site is the same.

use std::io::{self, Write};

use serde::Serialize;
use undefer_transforms::Site;

use crate::job::FileReport;
use crate::report::View;
use crate::report::fingerprint::{Fingerprint, fingerprints};
use crate::report::json::object;
use crate::report::region::{Unit, region};
use crate::report::wording::{self, Level};

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Prints the sites that are asked for.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let issues: Vec<_> = view.outcome.files.iter().flat_map(|file| issues(view, file)).collect();
    object(&issues, out)
}

fn issues<'a>(view: &'a View<'_>, file: &'a FileReport) -> impl Iterator<Item = Issue<'a>> {
    let prints = fingerprints(file);
    let sites = file.rewrite.sites.iter().zip(prints).filter(|(site, _)| view.shows(file, site));
    sites.map(|(site, print)| issue(view, file, site, print))
}

fn issue<'a>(view: &View<'_>, file: &'a FileReport, site: &Site, print: Fingerprint) -> Issue<'a> {
    let severity = match Level::of(file, site) {
        Level::Error => "major",
        Level::Warning => "minor",
        Level::Note | Level::None => "info",
    };
    let at = region(file, site.span, Unit::Byte);
    Issue {
        description: wording::told(view.outcome, file, site),
        check_name: site.rule.code(),
        fingerprint: print.in_file(&file.name),
        severity,
        location: Location { path: &file.name, lines: Lines { begin: at.start.line, end: at.end.line } },
    }
}
