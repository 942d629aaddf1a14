//! A leak or an intention? What is known about the life of a deferred call's resource.

use crate::Evidence;
use crate::locate::Case;
use crate::verdict::Reason;

/// What the analysis concludes about one site.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    /// A reason of the class keep, refused, unsafe or safe.
    pub(crate) reason: Reason,
    /// The reason's sentence with what it is about in this place.
    pub(crate) message: String,
    /// What it rests on.
    pub(crate) evidence: Vec<Evidence>,
}

/// Judges one site.
pub(crate) fn judge(case: &Case<'_, '_>) -> Judgement {
    let _ = case;
    let reason = Reason::Unproved;
    Judgement { reason, message: reason.sentence().to_owned(), evidence: Vec::new() }
}
