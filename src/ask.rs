//! `-i`: one rewrite after the other is shown, and somebody says what becomes of it, with the letters of `git add -p`.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::process::Command;
use std::{env, fs};

use undefer_transforms::Site;

use crate::apply::Scratch;
use crate::compose::{compose, pieces};
use crate::diff::{self, Edit};
use crate::gofmt::Gofmt;
use crate::job::{Change, FileReport};
use crate::report::Outcome;
use crate::report::wording;
use crate::trouble::{Kind, Trouble, plain};

/// What the letters mean; the kind of the rewrite goes into the gap.
const HELP: &str = "\
y - rewrite this
n - leave this as it is
a - rewrite this and all that is left in this file
d - leave this and all that is left in this file
A - rewrite this and all that is left of its kind ({kind})
D - leave this and all that is left of its kind ({kind})
e - edit the new text, and rewrite with that
q - quit: leave this and all that is left; what was taken is written
? - print this
";

/// What somebody says about a rewrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Take,
    Leave,
    TakeFile,
    LeaveFile,
    TakeKind,
    LeaveKind,
    Edit,
    Quit,
    Help,
}

/// The conversation.
struct Talk<'a> {
    gofmt: &'a Gofmt,
    colour: bool,
    input: &'a mut dyn BufRead,
    out: &'a mut dyn Write,
    /// How many rewrites there are, and the number of the one that is asked about.
    all: usize,
    number: usize,
    kinds: HashMap<String, bool>,
    has_quit: bool,
}

/// Asks about every rewrite of the outcome, and leaves those that were taken. Nothing is said where there is nothing to ask.
pub fn ask(
    outcome: &mut Outcome,
    gofmt: &Gofmt,
    colour: bool,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> io::Result<()> {
    let bar = outcome.bar;
    let counts = outcome.changes().map(|file| pieces(file, bar).len());
    let (all, mut rejected) = (counts.sum(), 0);
    let mut talk = Talk { gofmt, colour, input, out, all, number: 0, kinds: HashMap::new(), has_quit: false };
    for at in 0..outcome.files.len() {
        let Some(change) = outcome.files[at].change.clone() else { continue };
        let pieces = pieces(&outcome.files[at], bar);
        let taken = talk.about(outcome, at, &change, &pieces)?;
        rejected += pieces.len() - taken.len();
        settle(&mut outcome.files[at], &change, taken, gofmt);
    }
    outcome.rejected = (all > 0).then_some(rejected);
    Ok(())
}

/// Puts what was taken into the report of the file.
fn settle(file: &mut FileReport, change: &Change, taken: Vec<Edit>, gofmt: &Gofmt) {
    file.change = None;
    if taken.is_empty() {
        return;
    }
    match compose(gofmt, &change.old, &taken) {
        Ok(change) => file.change = Some(change),
        Err(error) => {
            let words = format!("cannot be rewritten with what was taken: {error}");
            file.troubles.push(Trouble::failed(Kind::Unwritable, &file.name, &words));
            file.left = Some(words);
        }
    }
    file.edits = taken.into_iter().map(|edit| vec![edit]).collect();
}

impl Talk<'_> {
    /// Asks about the rewrites of a file; gives back those that were taken.
    fn about(
        &mut self,
        outcome: &Outcome,
        at: usize,
        change: &Change,
        pieces: &[(usize, Edit)],
    ) -> io::Result<Vec<Edit>> {
        let file = &outcome.files[at];
        let (mut taken, mut rest): (Vec<Edit>, Option<bool>) = (Vec::new(), None);
        for (fix, piece) in pieces {
            self.number += 1;
            let sites: Vec<&Site> = file.rewrite.sites.iter().filter(|site| site.fix == Some(*fix)).collect();
            let kind = sites.first().map_or_else(String::new, |site| wording::codes(site));
            let decided =
                if self.has_quit { Some(false) } else { rest.or_else(|| self.kinds.get(&kind).copied()) };
            let mut piece = piece.clone();
            let is_wanted = if let Some(decided) = decided {
                decided
            } else {
                self.show(outcome, file, &sites, change, &piece)?;
                self.decide(change, &taken, &kind, &mut piece, &mut rest)?
            };
            if is_wanted && self.fits(change, &taken, &piece)? {
                taken.push(piece);
            }
        }
        Ok(taken)
    }

    /// Shows a rewrite as if it were the only one, with all the sites that it is about.
    fn show(
        &mut self,
        outcome: &Outcome,
        file: &FileReport,
        sites: &[&Site],
        change: &Change,
        piece: &Edit,
    ) -> io::Result<()> {
        for site in sites {
            let at = file.index.position(site.span.start);
            let told = wording::told(outcome, file, site);
            writeln!(self.out, "{}:{}:{}: {told} ({})", file.name, at.line, at.column, site.rule.code())?;
        }
        match compose(self.gofmt, &change.old, std::slice::from_ref(piece)) {
            Ok(alone) => write!(self.out, "{}", diff::patch(&file.name, &alone.old, &alone.new, self.colour)),
            Err(error) => writeln!(self.out, "cannot be shown: {error}"),
        }
    }

    /// Asks until there is an answer that decides: whether the rewrite is taken, maybe with another text.
    fn decide(
        &mut self,
        change: &Change,
        taken: &[Edit],
        kind: &str,
        piece: &mut Edit,
        rest: &mut Option<bool>,
    ) -> io::Result<bool> {
        loop {
            let (number, all) = (self.number, self.all);
            write!(self.out, "({number}/{all}) Rewrite this [y,n,a,d,A,D,e,q,?]? ")?;
            self.out.flush()?;
            match self.answer()? {
                Answer::Take => return Ok(true),
                Answer::Leave => return Ok(false),
                Answer::TakeFile => return Ok(*rest.insert(true)),
                Answer::LeaveFile => return Ok(*rest.insert(false)),
                Answer::TakeKind => return Ok(*self.kinds.entry(kind.to_owned()).or_insert(true)),
                Answer::LeaveKind => return Ok(*self.kinds.entry(kind.to_owned()).or_insert(false)),
                Answer::Quit => {
                    self.has_quit = true;
                    return Ok(false);
                }
                Answer::Edit => {
                    if let Some(edited) = self.edit(change, taken, piece)? {
                        *piece = edited;
                        return Ok(true);
                    }
                }
                Answer::Help => write!(self.out, "{}", HELP.replace("{kind}", kind))?,
            }
        }
    }

    /// A line of input; its end counts as the wish to quit.
    fn answer(&mut self) -> io::Result<Answer> {
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            writeln!(self.out)?;
            return Ok(Answer::Quit);
        }
        Ok(match line.trim() {
            "y" => Answer::Take,
            "n" => Answer::Leave,
            "a" => Answer::TakeFile,
            "d" => Answer::LeaveFile,
            "A" => Answer::TakeKind,
            "D" => Answer::LeaveKind,
            "e" => Answer::Edit,
            "q" => Answer::Quit,
            _ => Answer::Help,
        })
    }

    /// Whether a rewrite can go with those that were taken, which is always so unless one was edited.
    fn fits(&mut self, change: &Change, taken: &[Edit], piece: &Edit) -> io::Result<bool> {
        let all: Vec<Edit> = taken.iter().chain([piece]).cloned().collect();
        match compose(self.gofmt, &change.old, &all) {
            Ok(_) => Ok(true),
            Err(error) => {
                writeln!(self.out, "left as it is: {error}")?;
                Ok(false)
            }
        }
    }

    /// Hands the new lines of a rewrite to the user's editor; nothing where that came to nothing, which is said.
    fn edit(&mut self, change: &Change, taken: &[Edit], piece: &Edit) -> io::Result<Option<Edit>> {
        let Ok(alone) = compose(self.gofmt, &change.old, std::slice::from_ref(piece)) else {
            return Ok(None);
        };
        let hunk = hunk(&alone);
        let text = match edited(&hunk.new) {
            Ok(text) => text,
            Err(words) => {
                writeln!(self.out, "{words}")?;
                return Ok(None);
            }
        };
        if text.trim().is_empty() {
            writeln!(self.out, "nothing is left of the text, so it is not taken")?;
            return Ok(None);
        }
        let edited = Edit { old: hunk.old, new: text };
        Ok(self.fits(change, taken, &edited)?.then_some(edited))
    }
}

/// All that a change does, from its first changed line to its last one.
fn hunk(change: &Change) -> Edit {
    let edits = diff::edits(&change.old, &change.new);
    let (Some(first), Some(last)) = (edits.first(), edits.last()) else {
        return Edit { old: 0..0, new: String::new() };
    };
    let old = first.old.start..last.old.end;
    let behind = change.old.len() - old.end;
    Edit { new: change.new[old.start..change.new.len() - behind].to_owned(), old }
}

/// The text as the user leaves it in an editor: that of `VISUAL`, else of `EDITOR`, else vi.
fn edited(text: &str) -> Result<String, String> {
    let fail = |error: io::Error| format!("cannot be edited: {}", plain(&error));
    let named = |name: &str| env::var(name).ok().filter(|editor| !editor.trim().is_empty());
    let editor = named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    let scratch = Scratch::new().map_err(fail)?;
    let path = scratch.path().join("rewrite.go");
    fs::write(&path, text).map_err(fail)?;
    // As git starts it: the variable may hold arguments.
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{editor} \"$@\""), &editor]).arg(&path);
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(_) => return Err(format!("`{editor}` failed, so nothing was edited")),
        Err(error) => return Err(fail(error)),
    }
    let mut new = fs::read_to_string(&path).map_err(fail)?;
    if text.ends_with('\n') && !new.ends_with('\n') {
        new.push('\n');
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hunk_reaches_from_the_first_changed_line_to_the_last() {
        for (old, new, from, gone, come) in [
            ("a\nb\nc\nd\n", "a\nx\nc\ny\nd\n", 2, "b\nc\n", "x\nc\ny\n"),
            ("a\nb\n", "a\n", 2, "b\n", ""),
            ("a\n", "a\nb\n", 2, "", "b\n"),
        ] {
            let hunk = hunk(&Change { old: old.to_owned(), new: new.to_owned() });
            assert_eq!((hunk.old.start, &old[hunk.old.clone()], hunk.new.as_str()), (from, gone, come));
        }
    }
}
