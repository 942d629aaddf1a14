//! The word of the Go toolchain on rewritten texts, before anything is printed or written.
//!
//! A package is a folder. All of its new texts stand in an overlay in place of its files, so nothing is written to ask. What the
//! toolchain says of the new texts is compared with what it says of the old ones: only a new complaint speaks against a
//! rewrite. Of a package that does not compile as it is, nobody can say anything, so it keeps its text too.

mod judge;
mod platforms;
mod said;

use std::path::Path;

use undefer_transforms::Safety;

use crate::cli::Verify;
use crate::interrupt;
use crate::job::FileReport;
use crate::report::Outcome;
use crate::subject::{self, Subject};
use crate::toolchain::{Host, Overlay, ToolchainError};
use crate::trouble::{Kind, Trouble};
use judge::Judge;

/// Why a text is not to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Objection {
    /// The toolchain says something about the new text of its package that it does not say about the old one.
    Broken(Vec<String>),
    /// The package does not compile as it is, or not here.
    Unknown(String),
}

/// Asks about every text that changes; takes back those that are not to be used, with a trouble each. `here` is absolute.
pub fn verify(level: Verify, here: &Path, outcome: &mut Outcome) -> Result<(), ToolchainError> {
    let subjects = subject::all(here, outcome);
    let mut overlay = Overlay::new()?;
    for subject in &subjects {
        overlay.add(&subject.path, &subject.new)?;
    }
    for (root, members) in subject::by_module(&subjects) {
        if interrupt::stopped() {
            break;
        }
        let objections = match Host::ask(root) {
            Ok(host) => {
                Judge { level, root, subjects: &subjects, overlay: &overlay, host }.judge(&members)?
            }
            Err(ToolchainError::Words(words)) => {
                members.iter().map(|&number| (number, Objection::Unknown(words.clone()))).collect()
            }
            Err(error) => return Err(error),
        };
        for (number, objection) in objections {
            let subject = &subjects[number];
            let told = told(&objection, number, &overlay);
            take_back(&mut outcome.files[subject.file], subject, outcome.bar, told);
        }
    }
    Ok(())
}

/// The file keeps its text, and says why: at the sites that are nearest to what the toolchain points at.
fn take_back(file: &mut FileReport, subject: &Subject, bar: Safety, told: Vec<(Option<usize>, String)>) {
    let mut troubles: Vec<Trouble> = Vec::new();
    for (line, message) in told {
        let offset = line.map_or(0, |line| subject.old_offset(line).saturating_sub(file.bom_len));
        let at = subject::nearest(file, offset, bar).map(|site| file.index.position(site.span.start));
        if troubles.iter().all(|trouble| trouble.at != at) {
            troubles.push(Trouble { at, ..Trouble::failed(Kind::Unverified, &file.name, message) });
        }
    }
    file.left = troubles.first().map(|trouble| trouble.message.clone());
    file.troubles.append(&mut troubles);
    file.change = None;
}

/// What there is to say about an objection to a text, with the line of the new text where there is one.
fn told(objection: &Objection, number: usize, overlay: &Overlay) -> Vec<(Option<usize>, String)> {
    let words = match objection {
        Objection::Unknown(words) => {
            return vec![(
                None,
                format!("cannot be verified, so it keeps its text: {}", overlay.plain(words)),
            )];
        }
        Objection::Broken(words) => words,
    };
    let own = words.iter().filter_map(|words| overlay.place(words)).filter(|(text, ..)| *text == number);
    let own: Vec<_> = own
        .map(|(_, line, words)| {
            (
                Some(line),
                format!(
                    "keeps its text, which the rewrite would break: {words} (line {line} of the new text)"
                ),
            )
        })
        .collect();
    if own.is_empty() {
        let words = words.first().map_or_else(String::new, |words| overlay.plain(words));
        return vec![(None, format!("keeps its text, as the rewrite would break its package: {words}"))];
    }
    own
}
