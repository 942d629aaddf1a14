//! The report of `check` for people who want to see why: the source of each site with all that its verdict rests on,
//! and below it the diff, or the way to more words. `annotate-snippets` is known here only.
//!
//! It panics on spans that leave the text or cut a character, so every span is fitted to the text first.

use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Message, Renderer, Snippet};
use undefer_transforms::{Site, Span, Verdict};

use crate::diff;
use crate::job::FileReport;
use crate::report::{View, counts, reasoning, text, wording};

/// Prints the sites that are asked for, each followed by an empty line.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let renderer = if view.colour { Renderer::styled() } else { Renderer::plain() };
    for (file, site) in view.sites() {
        text::line(view, file, site, out)?;
        writeln!(out, "{}", renderer.render(&[group(view, file, site)]))?;
        write!(out, "{}", reasoning::lines(file, site))?;
        writeln!(out, "{}", hunks(view, file, site))?;
    }
    Ok(())
}

/// Source and footnotes of a site. The line above names the place: the crate would count characters, and columns are
/// bytes here, as in Go's own tools.
fn group<'a>(view: &View<'_>, file: &'a FileReport, site: &'a Site) -> Group<'a> {
    let level = if counts(file, site) { Level::WARNING } else { Level::NOTE };
    let group = Group::with_level(level).element(snippet(file, site));
    footnotes(view, file, site).into_iter().fold(group, Group::element)
}

/// What is said below the source.
fn footnotes(view: &View<'_>, file: &FileReport, site: &Site) -> Vec<Message<'static>> {
    let mut notes = Vec::new();
    if !matches!(site.verdict, Verdict::Rewrite { .. }) {
        notes.push(Level::HELP.message(format!("`undefer explain {}` says more", site.reason.code())));
    }
    notes.extend(site.passed_over.iter().map(|passed| {
        let line = file.index.position(passed.span.start).line;
        let (form, sentence, code) = (passed.form.word(), passed.reason.sentence(), passed.reason.code());
        Level::NOTE.message(format!("not {form}: {sentence}, line {line} ({code})"))
    }));
    let first = view.leader(file, site);
    if first.span != site.span {
        let line = file.index.position(first.span.start).line;
        notes.push(Level::HELP.message(format!("it goes with the defer on line {line}, where the diff is")));
    }
    notes
}

/// The hunks of the fix of a site, if it is the one to show them.
fn hunks(view: &View<'_>, file: &FileReport, site: &Site) -> String {
    let edits = site.fix.and_then(|fix| file.edits.get(fix));
    match (edits, &file.text) {
        (Some(edits), Some(text)) if view.leader(file, site).span == site.span => {
            diff::hunks(text, &diff::apply(text, edits), view.colour)
        }
        _ => String::new(),
    }
}

/// The lines that the site is about, with a note on each place in them.
fn snippet<'a>(file: &'a FileReport, site: &'a Site) -> Snippet<'a, Annotation<'a>> {
    let text = file.text.as_deref().unwrap_or_default();
    let places = places(text, site);
    let ends = places.iter().fold(places[0].span.clone(), |all, place| {
        all.start.min(place.span.start)..all.end.max(place.span.end)
    });
    let window = file.index.line_start(ends.start)..line_end(text, ends.end);
    let snippet = Snippet::source(&text[window.clone()]).line_start(file.index.position(window.start).line);
    places.into_iter().fold(snippet, |snippet, Place { kind, span, label }| {
        snippet.annotation(kind.span(span.start - window.start..span.end - window.start).label(label))
    })
}

/// Something to point at.
struct Place {
    kind: AnnotationKind,
    span: Range<usize>,
    label: String,
}

/// The defer, its loop, the exits and the evidence.
fn places(text: &str, site: &Site) -> Vec<Place> {
    let context = |span, label| Place { kind: AnnotationKind::Context, span: first_line(text, span), label };
    let waits = format!("{} `{}`", site.rule.about().mark, site.function);
    let mut places = vec![Place { kind: AnnotationKind::Primary, ..context(site.span, waits) }];
    if site.loop_span.start < site.span.start {
        let head = Span::new(site.loop_span.start, site.span.start.min(site.loop_span.end));
        places.push(context(head, "the loop".to_owned()));
    }
    places.extend(site.exits.iter().map(|exit| context(exit.span, format!("exit: {}", exit.code))));
    places.extend(site.evidence.iter().map(|evidence| {
        context(
            evidence.span,
            format!("{}: {}", evidence.reason.code(), wording::one_line(&evidence.message)),
        )
    }));
    places
}

/// The first line of what a span covers, without blanks at its end: whole bodies would be drawn as brackets across each
/// other. Fitted to the text and its characters.
fn first_line(text: &str, span: Span) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end).max(start);
    let line = text[start..end].split('\n').next().unwrap_or_default();
    start..start + line.trim_end().len()
}

/// Offset behind the line that holds `offset`, which lies in the text. The line end belongs to it: without the `\n` a `\r`
/// would be shown.
fn line_end(text: &str, offset: usize) -> usize {
    text[offset..].find('\n').map_or(text.len(), |length| offset + length + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use undefer_transforms::{Evidence, Exit, Form, LineIndex, PassedOver, Reason, Safety};

    use super::*;
    use crate::cli::Show;
    use crate::diff::Edit;
    use crate::job::Counts;
    use crate::report::Outcome;
    use crate::report::bare_site;
    use crate::walk::Target;

    /// Tabs, both ends of lines, a lone carriage return, wide, astral, combining and control characters, no last newline.
    const TEXTS: [&str; 9] = [
        "",
        "\n",
        "\tfor {\n\t\tdefer\tf()\t\n\t}\n",
        "for {\r\n\tdefer f()\r\n}\r\n",
        "a\rb\n\rc\r",
        "// 世界\nfor 世 {defer 界()}",
        "🦀🦀\n\t🦀\n",
        "e\u{301}\u{200b}\u{202e}x\u{1b}[1m\n\u{0}y",
        "\n\n\nlast",
    ];

    fn file(text: &str, sites: Vec<Site>) -> FileReport {
        let target = Target { path: "a.go".into(), explicit: true };
        let mut file = FileReport::new(&target, "a.go".to_owned());
        file.index = LineIndex::new(text);
        file.text = Some(text.to_owned());
        file.rewrite.sites = sites;
        file
    }

    fn site(span: Span, other: Span) -> Site {
        let (reason, message) = (Reason::UnknownUse, "one\r\ntwo\tthree".to_owned());
        Site {
            span,
            loop_span: other,
            function: "f".to_owned(),
            message: message.clone(),
            exits: vec![Exit { code: "return", span: other }, Exit { code: "break", span }],
            evidence: vec![Evidence { reason, message, span: other }],
            passed_over: vec![PassedOver { form: Form::Closure, reason, span }],
            ..bare_site(Verdict::Refused, reason)
        }
    }

    fn printed(file: FileReport, colour: bool) -> String {
        let outcome = Outcome::new(vec![Box::new(file)], Vec::new(), Safety::Unsafe, &Counts::default());
        let (show, writes, unwritten) = (Show::All, false, &BTreeMap::new());
        let view = View { outcome: &outcome, show, colour, writes, unwritten };
        let mut out = Vec::new();
        print(&view, &mut out).expect("memory takes all bytes");
        String::from_utf8(out).expect("reports are text")
    }

    /// All spans with ends up to two bytes behind the text, also those that cut a character.
    fn spans(text: &str) -> impl Iterator<Item = Span> + Clone {
        let last = text.len() + 2;
        (0..=last).flat_map(move |start| (start..=last).map(move |end| Span::new(start, end)))
    }

    #[test]
    fn any_span_in_any_text_can_be_shown() {
        for text in TEXTS {
            let others = [0, text.len() / 2, text.len()];
            for span in spans(text) {
                let sites = others.map(|end| site(span, Span::new(end.min(span.start), end))).to_vec();
                let count = sites.len();
                let printed = printed(file(text, sites), span.start % 2 == 0);
                for label in
                    ["waits for the end of `f`", "exit: return", "exit: break", "unknown-use: one  two"]
                {
                    assert_eq!(printed.matches(label).count(), count, "{text:?} {span:?} {label}: {printed}");
                }
            }
        }
    }

    #[test]
    fn lines_are_numbered_as_in_the_file() {
        let text = "\r\n\rx\n\n\tdefer f()\r\n".repeat(30);
        let at = text.rfind("defer").unwrap_or_default();
        let span = Span::new(at, at + "defer f()".len());
        let printed = printed(file(&text, vec![site(span, span)]), false);
        assert!(printed.starts_with("a.go:120:2: "), "{printed}");
        assert!(printed.contains("\n120 |     defer f()\n    |     ^^^^^^^^^\n"), "{printed}");
    }

    #[test]
    fn a_fix_is_shown_once_and_the_other_sites_name_the_place() {
        let text = "for {\n\tdefer a()\n\tdefer b()\n}\n";
        let verdict = Verdict::Rewrite { form: Form::Closure, safety: Safety::Safe };
        let [one, two] = ["defer a()", "defer b()"].map(|words| {
            let at = text.find(words).unwrap_or_default();
            let span = Span::new(at, at + words.len());
            Site { verdict, fix: Some(0), ..site(span, Span::new(0, text.len())) }
        });
        let mut file = file(text, vec![one, two]);
        file.edits = vec![vec![Edit { old: 6..17, new: "\tfunc() {\n".to_owned() }]];
        let printed = printed(file, false);
        let hunk = "@@ -1,4 +1,4 @@\n for {\n-\tdefer a()\n+\tfunc() {\n \tdefer b()\n }\n\n";
        assert_eq!(printed.matches(hunk).count(), 1, "{printed}");
        assert_eq!(printed.matches("@@").count(), 2, "{printed}");
        assert!(
            printed.ends_with(
                "  = help: it goes with the defer on line 2, where the diff is\n  \
                 decided by unknown-use: something unknown is done with the resource\n\n"
            ),
            "{printed}"
        );
    }
}
