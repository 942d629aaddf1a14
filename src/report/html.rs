//! The report as a page for review: one file, which loads nothing. Each finding has its diff side by side and the way to its
//! verdict; rewrites can be rejected, and the list of those is what `undefer apply --reject` reads.
//!
//! The page is `page.html`, with comments where something goes. What comes from source text or from a file's name is escaped;
//! characters that would be invisible, or would have others shown in another order, are spelled out.

use std::fmt::Write as _;
use std::io::{self, Write};

use undefer_transforms::{Safety, Site, Verdict, applied};

use crate::diff::{self, Side};
use crate::job::FileReport;
use crate::report::{View, reasoning, summary, wording};

const PAGE: &str = include_str!("page.html");

/// The kinds of findings that can be shown and hidden, in this order.
const KINDS: [&str; 6] = ["safe", "unsafe", "refused", "keep", "once", "suppressed"];

/// Prints the page with the sites that are asked for.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings: String = view.outcome.files.iter().map(|file| section(view, file)).collect();
    let parts = [
        ("summary", message(&summary::sites(view))),
        ("filters", filters(view)),
        ("findings", findings),
        ("flags", if view.outcome.bar == Safety::Unsafe { " --unsafe".to_owned() } else { String::new() }),
        ("troubles", troubles(view)),
        ("version", text(concat!("undefer ", env!("CARGO_PKG_VERSION")))),
    ];
    out.write_all(filled(PAGE, &parts).as_bytes())
}

/// The page with its parts, which come in the order of their places. No part is looked at for places again.
fn filled(page: &str, parts: &[(&str, String)]) -> String {
    let (mut filled, mut rest) = (String::new(), page);
    for (name, part) in parts {
        let Some((before, behind)) = rest.split_once(&format!("<!--undefer:{name}-->")) else { continue };
        filled.push_str(before);
        filled.push_str(part);
        rest = behind;
    }
    filled + rest
}

/// One box for each kind that there is.
fn filters(view: &View<'_>) -> String {
    let files = view.outcome.files.iter();
    let kinds: Vec<&str> = files.flat_map(|file| leaders(view, file).map(|site| kind(file, site))).collect();
    let mut boxes = String::new();
    for name in KINDS {
        let count = kinds.iter().filter(|kind| **kind == name).count();
        if count > 0 {
            let _ = writeln!(
                boxes,
                "<label><input type=\"checkbox\" data-verdict=\"{name}\" checked> {name} ({count})</label>"
            );
        }
    }
    boxes
}

/// The sites of a file that are asked for and stand for themselves, or first in their fix.
fn leaders<'v>(view: &'v View<'_>, file: &'v FileReport) -> impl Iterator<Item = &'v Site> {
    let shown = file.rewrite.sites.iter().filter(|site| view.shows(file, site));
    shown.filter(|site| view.leader(file, site).span == site.span)
}

/// The safety of the whole rewrite that a site belongs to, or the verdict.
fn kind(file: &FileReport, site: &Site) -> &'static str {
    let fix = site.fix.and_then(|fix| file.rewrite.fixes.get(fix)).map(|fix| fix.safety);
    fix.or(site.verdict.safety()).map_or(site.verdict.word(), Safety::word)
}

/// All findings of a file; nothing where there is none.
fn section(view: &View<'_>, file: &FileReport) -> String {
    let cards: String = leaders(view, file).map(|site| card(view, file, site)).collect();
    if cards.is_empty() {
        return cards;
    }
    format!("<section>\n<h2>{}</h2>\n{cards}</section>\n", text(&file.name))
}

/// A finding, with all sites that go with it.
fn card(view: &View<'_>, file: &FileReport, leader: &Site) -> String {
    let kind = kind(file, leader);
    let mut card =
        format!("<article class=\"{kind}\" data-verdict=\"{kind}\" data-path=\"{}\">\n", text(&file.name));
    if let Some(fix) = leader.fix.filter(|fix| applied(&file.rewrite.fixes, view.outcome.bar).contains(fix)) {
        let id = text(&file.rewrite_id(fix));
        let _ = writeln!(
            card,
            "<label class=\"reject\" hidden><input type=\"checkbox\" data-id=\"{id}\"> reject</label>"
        );
    }
    let together = |site: &&Site| {
        site.span == leader.span || leader.fix.is_some() && site.fix == leader.fix && view.shows(file, site)
    };
    for site in file.rewrite.sites.iter().filter(together) {
        card += &told(view, file, site);
    }
    card += &sides(file, leader);
    card + "</article>\n"
}

/// What there is to say about a site.
fn told(view: &View<'_>, file: &FileReport, site: &Site) -> String {
    let at = file.index.position(site.span.start);
    let (what, code) = (text(&wording::what(site)), text(site.reason.code()));
    let sentence = message(&wording::sentence(view.outcome, file, site));
    let function = text(&site.function);
    let mut told = format!(
        "<h3>Line {}, <code>{function}</code>: <span class=\"verdict\">{what}</span> <span class=\"soft\">{code}</span></h3>\n\
         <p>{sentence}</p>\n",
        at.line
    );
    let mut notes = String::new();
    for found in &site.evidence {
        let line = file.index.position(found.span.start).line;
        let _ = writeln!(
            notes,
            "<li>line {line}: {} ({})</li>",
            message(&found.message),
            text(found.reason.code())
        );
    }
    for passed in &site.passed_over {
        let (form, sentence) = (passed.form.word(), text(passed.reason.sentence()));
        let line = file.index.position(passed.span.start).line;
        let _ = writeln!(notes, "<li>not {form}: {sentence}, line {line}</li>");
    }
    if !notes.is_empty() {
        let _ = write!(told, "<ul>\n{notes}</ul>\n");
    }
    let detail = if matches!(site.verdict, Verdict::Rewrite { safety: Safety::Unsafe, .. }) {
        String::new()
    } else {
        format!("<p>{}</p>\n", message(site.reason.detail()))
    };
    let steps = text(&reasoning::lines(file, site));
    told + &format!(
        "<details>\n<summary>How it was decided</summary>\n{detail}<pre>{steps}</pre>\n</details>\n"
    )
}

/// The diff of a fix, side by side; nothing where there is no fix.
fn sides(file: &FileReport, site: &Site) -> String {
    let edits = site.fix.and_then(|fix| file.edits.get(fix));
    let (Some(edits), Some(old)) = (edits, &file.text) else { return String::new() };
    let mut rows = String::new();
    for (index, hunk) in diff::sides(old, &diff::apply(old, edits)).into_iter().enumerate() {
        for (at, row) in hunk.into_iter().enumerate() {
            let gap = if index > 0 && at == 0 { " class=\"gap\"" } else { "" };
            let (gone, come) = match row {
                row if row.is_shifted() => ("shift", "shift"),
                row if row.is_changed() => ("gone", "come"),
                _ => ("", ""),
            };
            let _ = writeln!(rows, "<tr{gap}>{}{}</tr>", cell(row.old, gone), cell(row.new, come));
        }
    }
    format!(
        "<table aria-label=\"Before and after\">\n<colgroup><col class=\"num\"><col><col class=\"num\"><col></colgroup>\n\
         <tbody>\n{rows}</tbody>\n</table>\n"
    )
}

/// A line with its number; an empty cell where the other side has more lines.
fn cell(side: Option<Side<'_>>, class: &str) -> String {
    match side {
        None => "<td class=\"num none\"></td><td class=\"none\"></td>".to_owned(),
        Some(Side { line, content }) => {
            format!("<td class=\"num\">{line}</td><td class=\"{class}\">{}</td>", text(content))
        }
    }
}

/// What could not be read or understood.
fn troubles(view: &View<'_>) -> String {
    let mut items = String::new();
    for trouble in view.outcome.troubles() {
        let place = trouble.at.map_or_else(String::new, |at| format!(":{}", at.line));
        let _ = writeln!(
            items,
            "<li><code>{}{place}</code>: {}</li>",
            text(&trouble.path),
            message(&trouble.message)
        );
    }
    if items.is_empty() {
        return items;
    }
    format!("<section>\n<h2>Not read, or not understood</h2>\n<ul>\n{items}</ul>\n</section>")
}

/// A message of ours: words, with code between backticks.
fn message(words: &str) -> String {
    wording::marked(words, text, |code| format!("<code>{}</code>", text(code)))
}

/// Text that is nothing but text, in an element as well as in an attribute between double quotes.
fn text(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' => escaped.push(letter),
            letter if is_unseen(letter) => {
                let _ = write!(escaped, "\\u{{{:04x}}}", u32::from(letter));
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Controls, and what changes the direction of text or has no width: a reviewer has to see it.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_nothing_but_text() {
        assert_eq!(
            text("</td><script>alert('\"&')"),
            "&lt;/td&gt;&lt;script&gt;alert(&#39;&quot;&amp;&#39;)"
        );
        assert_eq!(text("a\u{202e}b\u{1b}\r\tc\n"), "a\\u{202e}b\\u{001b}\\u{000d}\tc\n");
        assert_eq!(message("`a<b` is <c>"), "<code>a&lt;b</code> is &lt;c&gt;");
        assert_eq!(message("one ` alone"), "one ` alone");
    }

    #[test]
    fn every_part_has_its_place_and_none_is_filled_twice() {
        let parts = ["summary", "filters", "findings", "flags", "troubles", "version"];
        let filled = filled(PAGE, &parts.map(|name| (name, "<!--undefer:version-->".to_owned())));
        assert_eq!(filled.matches("<!--undefer:version-->").count(), parts.len());
        assert_eq!(filled.matches("<!--").count(), parts.len());
    }
}
