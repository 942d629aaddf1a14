//! The report for GitHub Actions: workflow commands, which the runner shows as annotations of a pull request.
//!
//! GitHub shows ten annotations of each level and step. So the gravest come first, and tests come after the code that they
//! test; `--step-summary` holds all of them. Columns count UTF-16 code units, and are told only within one line: GitHub
//! ignores them elsewhere.

use std::io::{self, Write};

use undefer_transforms::Site;

use crate::job::FileReport;
use crate::report::View;
use crate::report::region::{Unit, region};
use crate::report::wording::{self, Level};

/// Prints a command for each site that is asked for.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut sites: Vec<_> = view.sites().collect();
    sites.sort_by_key(|(file, site)| (Level::of(file, site), file.name.ends_with("_test.go")));
    sites.into_iter().try_for_each(|(file, site)| command(view, file, site, out))
}

fn command(view: &View<'_>, file: &FileReport, site: &Site, out: &mut dyn Write) -> io::Result<()> {
    let name = match Level::of(file, site) {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note | Level::None => "notice",
    };
    let at = region(file, site.span, Unit::Utf16);
    let path = property(&file.name);
    write!(out, "::{name} file={path},line={},endLine={}", at.start.line, at.end.line)?;
    if at.start.line == at.end.line {
        write!(out, ",col={},endColumn={}", at.start.column, at.end.column)?;
    }
    let message = wording::told(view.outcome, file, site);
    writeln!(out, ",title={}::{}", property(&format!("undefer {}", site.rule.code())), data(&message))
}

/// A message: the runner undoes these escapes and no others.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which a colon or a comma would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_runner_would_read_is_escaped() {
        assert_eq!(data("50%: a,b\r\n::error::x"), "50%25: a,b%0D%0A::error::x");
        assert_eq!(property("d:/a,b%0A.go\n"), "d%3A/a%2Cb%250A.go%0A");
    }
}
