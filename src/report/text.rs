//! The text report of `check`: `path:line:col: message [what, reason] (rule)`, one line for each site, as Go's own
//! tools print them, so that existing problem matchers work.

use std::io::{self, Write};

use undefer_transforms::Site;

use crate::job::FileReport;
use crate::report::{View, wording};
use crate::style::{Part, paint};

/// Prints the sites that are asked for.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    view.sites().try_for_each(|(file, site)| line(view, file, site, out))
}

/// Prints one site.
pub(super) fn line(view: &View<'_>, file: &FileReport, site: &Site, out: &mut dyn Write) -> io::Result<()> {
    let at = file.index.position(site.span.start);
    let place = paint(view.colour, Part::Place, &format!("{}:{}:{}:", file.name, at.line, at.column));
    let codes = paint(view.colour, Part::Code, &format!("[{}] ({})", wording::codes(site), site.rule.code()));
    writeln!(out, "{place} {} {codes}", wording::sentence(view.outcome, file, site))
}
