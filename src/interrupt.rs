//! Ctrl-C, termination and file-size limits: signals that set a flag and kill nobody. The flag of an interrupt is looked at
//! between files, so that none is left half-written. `signal-hook` is known here only.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::register;

static STOPPED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// A signal handler could not be installed.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for interrupts: {0}")]
pub struct ListenError(#[from] io::Error);

/// Turns interrupts into the flag that [`stopped`] reads.
pub fn listen() -> Result<(), ListenError> {
    for signal in [SIGINT, SIGTERM] {
        register(signal, Arc::clone(&STOPPED))?;
    }
    #[cfg(unix)]
    listen_on_unix()?;
    Ok(())
}

/// A terminal that goes away is an interrupt. A file that would exceed the limit of its size is none: the signal would kill
/// the run, the error that comes with it is a trouble of that file. A handler ends with `exec`, so that gofmt and git are as ever.
#[cfg(unix)]
fn listen_on_unix() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGXFSZ};
    register(SIGHUP, Arc::clone(&STOPPED))?;
    register(SIGXFSZ, Arc::default())?;
    Ok(())
}

/// Whether the user asked the run to end.
pub fn stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}
