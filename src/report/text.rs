//! The text report of `check`: `path:line:col: message [what, reason] (rule)`, one line for each site, as Go's own
//! tools print them, so that existing problem matchers work. With a profile the hottest come first.

use std::cmp::Ordering;
use std::io::{self, Write};

use undefer_transforms::Site;

use crate::job::{FileReport, Heat};
use crate::report::{View, wording};
use crate::style::{Part, paint};

/// Prints the sites that are asked for.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut sites: Vec<_> = view.sites().collect();
    // Stable: what is in no profile keeps its order behind what is.
    sites.sort_by(|(a_file, a), (b_file, b)| hotter(b_file.heat(b), a_file.heat(a)));
    sites.into_iter().try_for_each(|(file, site)| line(view, file, site, out))
}

/// Prints one site.
pub(super) fn line(view: &View<'_>, file: &FileReport, site: &Site, out: &mut dyn Write) -> io::Result<()> {
    let at = file.index.position(site.span.start);
    let place = paint(view.colour, Part::Place, &format!("{}:{}:{}:", file.name, at.line, at.column));
    let codes = paint(view.colour, Part::Code, &format!("[{}] ({})", wording::codes(site), site.rule.code()));
    let heat = file.heat(site).map_or_else(String::new, |heat| {
        let (function, defers) = (heat.function * 100.0, heat.defers * 100.0);
        format!("; {function:.1}% of the profile is in its function, {defers:.1}% in defers there")
    });
    writeln!(out, "{place} {}{heat} {codes}", wording::sentence(view.outcome, file, site))
}

/// What is lost in defers counts first, then what goes through the function.
fn hotter(one: Option<Heat>, other: Option<Heat>) -> Ordering {
    let key = |heat: Option<Heat>| heat.map_or((-1.0, -1.0), |heat| (heat.defers, heat.function));
    let ((one_defers, one_function), (defers, function)) = (key(one), key(other));
    one_defers.total_cmp(&defers).then(one_function.total_cmp(&function))
}
