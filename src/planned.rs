//! From a plan to an outcome: each file is looked at again, and is left as it is if it is not what the plan was made for.

use std::fs;
use std::path::{Path, PathBuf};

use crate::compose::compose;
use crate::config::Apply;
use crate::diff::Edit;
use crate::gofmt::Gofmt;
use crate::hash::Hash;
use crate::job::{Change, Counts, FileReport};
use crate::plan::{Plan, PlanError, PlannedFile};
use crate::report::Outcome;
use crate::trouble::{Kind, Trouble, plain};
use crate::walk::Target;

/// What becomes of the files of a plan; `bar` is that of the run, and of no matter here.
pub fn outcome(apply: &Apply, gofmt: &Gofmt, bar: undefer_transforms::Safety) -> Result<Outcome, PlanError> {
    let mut plan = Plan::read(&apply.plan)?;
    let rejected = apply.reject.as_ref().map(|list| plan.reject(list)).transpose()?;
    let files = plan.files.iter().filter(|file| !file.fixes.is_empty());
    let files = files.map(|file| Box::new(report(file, gofmt))).collect();
    let mut outcome = Outcome::new(files, Vec::new(), bar, &Counts::default());
    outcome.rejected = Some(rejected.unwrap_or(0));
    Ok(outcome)
}

fn report(planned: &PlannedFile, gofmt: &Gofmt) -> FileReport {
    let target = Target { path: PathBuf::from(&planned.path), explicit: true };
    let mut file = FileReport::new(&target, planned.path.clone());
    let edit = |fix: &crate::plan::PlannedFix| Edit { old: fix.start..fix.end, new: fix.new.clone() };
    file.edits = planned.fixes.iter().map(|fix| vec![edit(fix)]).collect();
    match change(planned, &file.edits.concat(), gofmt) {
        Ok(change) => file.change = Some(change),
        Err(words) => {
            file.troubles.push(Trouble::failed(Kind::Unwritable, &file.name, &words));
            file.left = Some(words);
        }
    }
    file
}

fn change(planned: &PlannedFile, edits: &[Edit], gofmt: &Gofmt) -> Result<Change, String> {
    let path = Path::new(&planned.path);
    if path.extension().is_none_or(|extension| extension != "go") {
        return Err("not a Go file, so no plan of undefer is about it".to_owned());
    }
    let old = fs::read(path).map_err(|error| plain(&error))?;
    if Hash::of(&old).to_string() != planned.hash {
        return Err("changed since the plan was made; make a new plan".to_owned());
    }
    let old =
        String::from_utf8(old).map_err(|_| "not UTF-8, so no plan of undefer is about it".to_owned())?;
    compose(gofmt, &old, edits).map_err(|error| format!("the plan cannot be carried out: {error}"))
}
