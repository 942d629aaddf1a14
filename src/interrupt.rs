//! Ctrl-C and termination: a flag that is looked at between files, so that none is left half-written.
//! `ctrlc` is known here only.

use std::sync::atomic::{AtomicBool, Ordering};

static STOPPED: AtomicBool = AtomicBool::new(false);

/// The signal handler could not be installed.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for interrupts: {0}")]
pub struct ListenError(#[from] ctrlc::Error);

/// Turns interrupts into the flag that [`stopped`] reads.
pub fn listen() -> Result<(), ListenError> {
    Ok(ctrlc::set_handler(|| STOPPED.store(true, Ordering::Relaxed))?)
}

/// Whether the user asked the run to end.
pub fn stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}
