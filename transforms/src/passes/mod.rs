//! The passes: each turns the facts about a group of defers into a plan, or says why it does not.

pub(crate) mod closure;

use crate::edit::Edit;
use crate::region::{Exit, Target};
use crate::span::Span;
use crate::verdict::{Form, Reason};

/// What a pass would do.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The shape.
    pub(crate) form: Form,
    /// The edits, on the text that was analysed.
    pub(crate) edits: Vec<Edit>,
    /// A reason of the class unsafe where the pass itself cannot prove its rewrite.
    pub(crate) doubt: Option<Reason>,
    /// The statements that move, on the text that was analysed.
    pub(crate) region: Span,
    /// Whether the edits declare a label for the loop.
    pub(crate) labels: bool,
    /// Labels of the function that some edit takes a jump from.
    pub(crate) dropped: Vec<String>,
    /// What leaves the region.
    pub(crate) exits: Vec<Exit>,
}

/// Why a pass leaves a group alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// A reason of the class refused.
    pub(crate) reason: Reason,
    /// What is to blame.
    pub(crate) at: Span,
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
}

/// All passes, in the order in which `auto` prefers them.
pub const PASSES: &[Pass] = &[closure::PASS];
