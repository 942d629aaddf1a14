//! The passes: each turns the facts about a group of defers into a plan, or says why it does not.

mod acquire;
mod ahead;
pub(crate) mod arrivals;
mod captures;
pub(crate) mod closure;
mod constants;
mod constructors;
mod doubts;
mod extract;
pub(crate) mod guard;
pub(crate) mod hoist;
mod inline;
mod lines;
mod made;
pub(crate) mod opened;
mod operands;
mod own;
mod pieces;
mod places;
pub(crate) mod pool;
mod poolable;
mod pools;
mod prerequisites;
mod receivers;
mod release;
mod returns;
mod settled;
mod wishes;
mod words;

use crate::edit::Edit;
use crate::file::File;
use crate::parse::NodeId;
use crate::region::{Exit, Group, Target};
use crate::span::Span;
use crate::verdict::{Form, Reason};

/// What a pass would do.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The edits, on the text that was analysed.
    pub(crate) edits: Vec<Edit>,
    /// A reason of the class unsafe where the pass itself cannot prove its rewrite, with what is to blame.
    pub(crate) doubt: Option<Refusal>,
    /// What it changes on purpose: a reason of the class unsafe for each wish of the caller that it fulfils.
    pub(crate) changes: Vec<Refusal>,
    /// Doubts about sites of the group that are none in this form: the defer, the reason, and what it is to blame for.
    pub(crate) settles: Vec<(NodeId, Refusal)>,
    /// Why a reviewer would rather see another form.
    pub(crate) clumsy: Option<Refusal>,
    /// Of a doubted plan, whether a panic in between is likely to be survived with the resource still held.
    pub(crate) must_release: bool,
    /// The statements that move, on the text that was analysed.
    pub(crate) region: Span,
    /// Whether the edits declare a label for the loop.
    pub(crate) labels: bool,
    /// How many variables of the function the edits declare.
    pub(crate) variables: usize,
    /// The name of the function that the edits declare at package level.
    pub(crate) declares: Option<String>,
    /// It calls packages that it imports, or pools that it declares, where they are not there yet.
    pub(crate) imports: bool,
    /// Labels of the function that some edit takes a jump from.
    pub(crate) dropped: Vec<String>,
    /// What leaves the region.
    pub(crate) exits: Vec<Exit>,
}

/// Why a pass leaves a group alone, or doubts its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// A reason of the class refused, or unsafe for a doubt.
    pub(crate) reason: Reason,
    /// What is to blame.
    pub(crate) at: Span,
}

/// What was settled for a group before any text changed, so that it does not depend on which groups are rewritten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// The label that the loop gets if it needs one; nothing while it is not settled.
    pub(crate) label: Option<String>,
    /// Names for the variables of the function that the plan declares; empty while they are not settled.
    pub(crate) variables: Vec<String>,
    /// The name of the function that the plan declares at package level; nothing while it is not settled.
    pub(crate) declared: Option<String>,
    /// All names that were settled for groups of the function.
    pub(crate) settled: Vec<String>,
}

/// The word for an exit in reports.
pub(crate) fn exit_code(to: Target) -> &'static str {
    match to {
        Target::Next => "continue",
        Target::Return => "return",
        Target::Break(_) => "break",
        Target::Continue(_) => "continue-outer",
    }
}

/// A pass as users know it.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// The form it makes, by the word of flags and reports.
    pub form: Form,
    /// One line.
    pub summary: &'static str,
    /// The soundness argument and the prerequisites.
    pub doc: &'static str,
    /// A Go function before.
    pub before: &'static str,
    /// The same function after.
    pub after: &'static str,
    /// When the form is taken though nobody asked for it.
    pub standing: Standing,
    /// Whether code of the iteration runs in a frame of its own afterwards.
    pub wraps: bool,
    /// The form that stands in for this one where a panic must not skip the release.
    pub stand_in: Option<Form>,
    pub(crate) plan: fn(&File<'_, '_>, &Group, &Given) -> Result<Plan, Refusal>,
}

/// When a form is taken though nobody asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Where the form itself adds no doubt, and a reviewer would write it.
    Preferred,
    /// Where no preferred form is.
    Default,
    /// Never.
    Asked,
}

/// All passes, in the order in which the engine prefers them.
pub const PASSES: &[Pass] =
    &[inline::PASS, closure::PASS, guard::PASS, pool::PASS, hoist::PASS, extract::PASS];

impl Pass {
    /// The pass that makes a form; nothing where none does yet.
    pub fn of(form: Form) -> Option<&'static Pass> {
        PASSES.iter().find(|pass| pass.form == form)
    }
}
