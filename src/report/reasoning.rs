//! The way to a verdict in words: what is released, where it comes from, what holds and uses it, what decided, and what
//! would change that.

use std::fmt::Write as _;

use undefer_transforms::{Rule, Safety, Site, Verdict, test_parameters};

use crate::job::FileReport;
use crate::report::{is_finding, region, wording};

/// The reasoning for a site, one line for each step, each ended.
pub(super) fn lines(file: &FileReport, site: &Site) -> String {
    let mut lines = String::new();
    let mut say = |offset: usize, word: &str, message: &str| {
        let position = file.index.position(offset);
        let message = wording::one_line(message);
        let _ = writeln!(lines, "  {}:{}: {word}: {message}", position.line, position.column);
    };
    for step in &site.steps {
        say(step.span.start, step.role.word(), &step.message);
    }
    let _ = writeln!(lines, "  decided by {}: {}", site.reason.code(), site.reason.sentence());
    if matches!(site.verdict, Verdict::Rewrite { safety: Safety::Unsafe, .. }) {
        let _ = writeln!(lines, "  {}", site.reason.detail());
        if let Some(missing) = &site.missing {
            let of = missing.of.as_ref().map_or_else(String::new, |of| format!("{of}."));
            let _ = writeln!(
                lines,
                "  nothing is known of {}.{of}{}; if it is so, say in .undefer.toml:",
                missing.package, missing.name
            );
            for line in missing.stanza().lines() {
                let _ = writeln!(lines, "    {line}");
            }
        }
        let _ = writeln!(lines, "  or take it as it is: --accept {}", site.reason.code());
    }
    if let Some(advice) = advice(file, site) {
        let _ = writeln!(lines, "  {advice}");
    }
    lines
}

/// What may be better than a rewrite in a test that loops over a table, where something to call is in scope.
fn advice(file: &FileReport, site: &Site) -> Option<String> {
    let is_asked = site.rule == Rule::DeferInLoop && is_finding(site.verdict);
    if !file.name.ends_with("_test.go") || !is_asked {
        return None;
    }
    let name = test_parameters(region::text(file), &[site.span]).remove(0)?;
    Some(format!(
        "in a test over a table, `{name}.Run` with `{name}.Cleanup` in each case may be the better cure, or `{name}.Cleanup` \
         alone where it should last"
    ))
}
