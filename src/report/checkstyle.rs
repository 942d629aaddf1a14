//! The report for tools that read the XML of Checkstyle. Columns count bytes, as in Go's own tools. `quick-xml` is known
//! here only.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::BytesDecl;
use undefer_transforms::Site;

use crate::job::FileReport;
use crate::report::View;
use crate::report::wording::{self, Level};

/// The version of the form; readers look for some version, and for no other element or attribute than these.
const VERSION: &str = "5.0";

/// Prints the sites that are asked for, by file.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(quick_xml::events::Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.create_element("checkstyle").with_attribute(("version", VERSION)).write_inner_content(
        |writer| {
            let files = view
                .outcome
                .files
                .iter()
                .filter(|file| file.rewrite.sites.iter().any(|site| view.shows(file, site)));
            files.into_iter().try_for_each(|file| element(view, file, writer))
        },
    )?;
    out.write_all(&writer.into_inner())?;
    writeln!(out)
}

fn element(view: &View<'_>, file: &FileReport, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
    let sites = file.rewrite.sites.iter().filter(|site| view.shows(file, site));
    let element = writer.create_element("file").with_attribute(("name", &*legal(&file.name)));
    element.write_inner_content(|writer| {
        sites.into_iter().try_for_each(|site| error(view, file, site, writer))
    })?;
    Ok(())
}

fn error(view: &View<'_>, file: &FileReport, site: &Site, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
    let at = file.index.position(site.span.start);
    let severity = match Level::of(file, site) {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note | Level::None => "info",
    };
    let message = wording::told(view.outcome, file, site);
    writer
        .create_element("error")
        .with_attribute(("line", &*at.line.to_string()))
        .with_attribute(("column", &*at.column.to_string()))
        .with_attribute(("severity", severity))
        .with_attribute(("message", &*legal(&message)))
        .with_attribute(("source", &*format!("undefer.{}", site.rule.code())))
        .write_empty()?;
    Ok(())
}

/// Text without the characters that XML 1.0 cannot hold in any way; Go source may hold them.
fn legal(text: &str) -> String {
    let is_legal = |letter: char| !matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    text.chars().map(|letter| if is_legal(letter) { letter } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            legal("a\t\u{1b}[1m\r\n\0\u{c}🦀\u{7f}\u{ffff}"),
            "a\t\u{fffd}[1m\r\n\u{fffd}\u{fffd}🦀\u{7f}\u{fffd}"
        );
    }
}
