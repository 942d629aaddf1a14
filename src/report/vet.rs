//! Findings as the go command reads them from tools of its own kind: a tree of packages, tools and diagnostics, or lines.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use undefer_transforms::{Site, Span};

use crate::job::FileReport;
use crate::report::json::TOOL;
use crate::report::region::{self, Unit};
use crate::report::{View, wording};

/// A finding. Places are `FILE:LINE:COLUMN`, columns in bytes.
#[derive(Debug, Serialize)]
struct Diagnostic {
    category: &'static str,
    posn: String,
    end: String,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggested_fixes: Vec<Fix>,
}

#[derive(Debug, Serialize)]
struct Fix {
    message: String,
    edits: Vec<Edit>,
}

/// A replacement of bytes of a file.
#[derive(Debug, Serialize)]
struct Edit {
    filename: String,
    start: usize,
    end: usize,
    new: String,
}

/// Prints the findings of the package `id`; without any, an empty tree.
pub fn tree(id: &str, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let diagnostics: Vec<Diagnostic> =
        view.sites().map(|(file, site)| diagnostic(view, file, site)).collect();
    let mut tree = BTreeMap::new();
    if !diagnostics.is_empty() {
        tree.insert(id, BTreeMap::from([(TOOL.name, diagnostics)]));
    }
    super::json::object(&tree, out)
}

/// Prints the findings one a line, each with so many lines around it, where that is asked for.
pub fn lines(context: Option<usize>, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (file, site) in view.sites() {
        let Diagnostic { posn, message, .. } = diagnostic(view, file, site);
        writeln!(out, "{posn}: {message}")?;
        let Some(context) = context else { continue };
        let (first, last) =
            (file.index.position(site.span.start).line, file.index.position(site.span.end).line);
        let shown = (first.saturating_sub(context).max(1))..=(last + context);
        for (number, line) in
            (1..).zip(region::text(file).lines()).filter(|(number, _)| shown.contains(number))
        {
            writeln!(out, "{number}\t{line}")?;
        }
    }
    Ok(())
}

fn diagnostic(view: &View<'_>, file: &FileReport, site: &Site) -> Diagnostic {
    let place = |offset| {
        let at = region::region(file, Span::new(offset, offset), Unit::Byte).start;
        format!("{}:{}:{}", file.name, at.line, at.column)
    };
    Diagnostic {
        category: site.reason.code(),
        posn: place(site.span.start),
        end: place(site.span.end),
        message: format!("{} ({})", wording::told(view.outcome, file, site), site.rule.code()),
        suggested_fixes: fix(view, file, site).into_iter().collect(),
    }
}

/// What the run would do, at the first of the sites that it is about: nobody should apply it twice.
fn fix(view: &View<'_>, file: &FileReport, site: &Site) -> Option<Fix> {
    let edits = file.edits.get(site.fix?).filter(|edits| !edits.is_empty())?;
    let is_first = view.leader(file, site).span == site.span;
    (is_first && file.is_above(site, view.outcome.bar)).then(|| Fix {
        message: format!("rewrite it ({})", wording::what(site)),
        edits: edits
            .iter()
            .map(|edit| Edit {
                filename: file.name.clone(),
                start: edit.old.start + file.bom_len,
                end: edit.old.end + file.bom_len,
                new: edit.new.clone(),
            })
            .collect(),
    })
}
