//! A plan: rewrites that a run would make, in a file that people review and `undefer apply` reads. Its schema is
//! `docs/schema/plan-1.json`.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use undefer_transforms::{Fix, Site};

use crate::apply;
use crate::compose::pieces;
use crate::hash::Hash;
use crate::job::FileReport;
use crate::report::Outcome;
use crate::trouble::{broken, plain};

/// The version of the format.
pub const SCHEMA: u32 = 1;

/// Rewrites that somebody may take or reject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plan {
    /// The version of this format.
    pub schema: u32,
    /// The version of undefer that made it.
    pub version: String,
    /// The bar of the run: `safe` or `unsafe`.
    pub bar: String,
    /// Files that change, sorted by path.
    pub files: Vec<PlannedFile>,
}

/// A file that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlannedFile {
    /// Relative to the directory in which the plan was made and is applied, with `/`.
    pub path: String,
    /// FNV-1a of 128 bits of the file as it was read, in hexadecimal digits.
    pub hash: String,
    /// Its rewrites, in order. Each can be taken without the others.
    pub fixes: Vec<PlannedFix>,
}

/// A rewrite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlannedFix {
    /// Unique in the plan; what a list of rejected rewrites holds.
    pub id: String,
    /// `safe` or `unsafe`.
    pub safety: String,
    /// The form of the rewrite.
    pub form: String,
    /// The defers that it is about.
    pub sites: Vec<PlannedSite>,
    /// The first byte of the file that goes.
    pub start: usize,
    /// The byte behind the last one that goes.
    pub end: usize,
    /// What comes. gofmt lays out the file when all that was taken has been put in.
    pub new: String,
}

/// A defer, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlannedSite {
    /// Of the defer, from 1.
    pub line: usize,
    /// Of the defer, in bytes from 1.
    pub column: usize,
    /// The enclosing function.
    pub function: String,
    /// A stable code; `undefer explain` knows it.
    pub reason: String,
    /// The reason's sentence, with what it is about in this place.
    pub message: String,
}

/// A plan that is not to be had, or cannot be obeyed.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It cannot be read.
    #[error("{name}: {}", plain(error))]
    Unreadable {
        /// As it was named.
        name: String,
        /// What the system said.
        error: io::Error,
    },
    /// It is no plan.
    #[error("{name}:{line}: not a plan: {words}; make one with `undefer plan -o FILE`")]
    Broken {
        /// As it was named.
        name: String,
        /// From 1.
        line: usize,
        /// What is wrong.
        words: String,
    },
    /// It is from the future.
    #[error(
        "{name}: its schema is {schema}, and this version of undefer knows 1; use the version that made it"
    )]
    Schema {
        /// As it was named.
        name: String,
        /// What it says.
        schema: u32,
    },
    /// Something else than what is in the plan is rejected.
    #[error("{name}:{line}: the plan has no rewrite `{id}`; a list for it has one id a line")]
    Unknown {
        /// The list as it was named.
        name: String,
        /// From 1.
        line: usize,
        /// What stands there.
        id: String,
    },
}

impl Plan {
    /// The rewrites that a run makes.
    pub fn of(outcome: &Outcome) -> Self {
        Plan {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            bar: outcome.bar.word().to_owned(),
            files: outcome.changes().filter_map(|file| planned(file, outcome)).collect(),
        }
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, PlanError> {
        let name = path.display().to_string();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return Err(PlanError::Unreadable { name, error }),
        };
        let plan: Plan = match serde_json::from_str(&text) {
            Ok(plan) => plan,
            Err(error) => {
                let (line, words) = broken(&error);
                return Err(PlanError::Broken { name, line, words });
            }
        };
        if plan.schema != SCHEMA {
            return Err(PlanError::Schema { name, schema: plan.schema });
        }
        Ok(plan)
    }

    /// Writes it, whole or not at all.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        apply::put(path, text.as_bytes())
    }

    /// Takes out the rewrites that a list names, one id a line. How many that were.
    pub fn reject(&mut self, list: &Path) -> Result<usize, PlanError> {
        let name = list.display().to_string();
        let text =
            fs::read_to_string(list).map_err(|error| PlanError::Unreadable { name: name.clone(), error })?;
        let ids = (1..).zip(text.lines()).filter(|(_, id)| !id.trim().is_empty());
        let mut rejected = Vec::new();
        for (line, id) in ids {
            let is_known = self.files.iter().flat_map(|file| &file.fixes).any(|fix| fix.id == id.trim());
            if !is_known {
                return Err(PlanError::Unknown { name, line, id: id.trim().to_owned() });
            }
            rejected.push(id.trim());
        }
        let before = self.fixes();
        for file in &mut self.files {
            file.fixes.retain(|fix| !rejected.contains(&fix.id.as_str()));
        }
        Ok(before - self.fixes())
    }

    fn fixes(&self) -> usize {
        self.files.iter().map(|file| file.fixes.len()).sum()
    }
}

fn planned(file: &FileReport, outcome: &Outcome) -> Option<PlannedFile> {
    let change = file.change.as_ref()?;
    let fix = |(index, edit): (usize, crate::diff::Edit)| {
        let Fix { safety, form, .. } = &file.rewrite.fixes[index];
        let sites = file.rewrite.sites.iter().filter(|site| site.fix == Some(index));
        PlannedFix {
            id: file.rewrite_id(index),
            safety: safety.word().to_owned(),
            form: form.word().to_owned(),
            sites: sites.map(|found| site(file, found)).collect(),
            start: edit.old.start,
            end: edit.old.end,
            new: edit.new,
        }
    };
    Some(PlannedFile {
        path: file.name.clone(),
        hash: Hash::of(change.old.as_bytes()).to_string(),
        fixes: pieces(file, outcome.bar).into_iter().map(fix).collect(),
    })
}

fn site(file: &FileReport, site: &Site) -> PlannedSite {
    let at = file.index.position(site.span.start);
    PlannedSite {
        line: at.line,
        column: at.column,
        function: site.function.clone(),
        reason: site.reason.code().to_owned(),
        message: site.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_types() -> io::Result<()> {
        crate::report::json::check_schema::<Plan>("plan-1")
    }
}
