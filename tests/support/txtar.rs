//! The txtar format: a comment, then named parts, each under its own `-- name --` line.

/// One archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Archive {
    /// The text before the first part.
    pub(crate) comment: String,
    /// Name and text of each part, in order.
    pub(crate) parts: Vec<(String, String)>,
}

impl Archive {
    /// Reads an archive. Every text is one.
    pub(crate) fn parse(text: &str) -> Self {
        let mut archive = Self::default();
        for line in text.split_inclusive('\n') {
            match (part_name(line), archive.parts.last_mut()) {
                (Some(name), _) => archive.parts.push((name.to_owned(), String::new())),
                (None, Some((_, body))) => body.push_str(line),
                (None, None) => archive.comment.push_str(line),
            }
        }
        archive
    }

    /// The text of the part `name`.
    pub(crate) fn part(&self, name: &str) -> Option<&str> {
        self.parts.iter().find(|(part, _)| part == name).map(|(_, body)| body.as_str())
    }

    /// Gives the part `name` a text, takes it away (`None`), or adds it at the end.
    pub(crate) fn set(&mut self, name: &str, body: Option<String>) {
        let at = self.parts.iter().position(|(part, _)| part == name);
        match (at, body) {
            (Some(at), Some(body)) => self.parts[at].1 = body,
            (Some(at), None) => drop(self.parts.remove(at)),
            (None, Some(body)) => self.parts.push((name.to_owned(), body)),
            (None, None) => {}
        }
    }

    /// The archive as text.
    pub(crate) fn write(&self) -> String {
        let parts = self.parts.iter().map(|(name, body)| format!("-- {name} --\n{body}"));
        self.comment.clone() + &parts.collect::<String>()
    }
}

fn part_name(line: &str) -> Option<&str> {
    let name = line.trim_end().strip_prefix("-- ")?.strip_suffix(" --")?;
    Some(name.trim()).filter(|name| !name.is_empty())
}

#[test]
fn an_archive_is_written_as_it_was_read() {
    let text = "Title\n\n-- a.go --\npackage a\n-- b/c.go --\n-- not a part\n";
    let archive = Archive::parse(text);
    assert_eq!(archive.comment, "Title\n\n");
    assert_eq!(archive.part("b/c.go"), Some("-- not a part\n"));
    assert_eq!(archive.write(), text);
}
