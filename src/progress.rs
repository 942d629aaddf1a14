//! A progress bar on standard error, for people who wait. `indicatif` is known here only.
//!
//! No thread draws it: whoever has handled a file asks whether it is time.

use std::io::{self, IsTerminal};
use std::sync::Once;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run that ends within this time shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the bar looks like; without colours, so that no setting has to be asked.
const TEMPLATE: &str = "undefer: [{bar:30}] {pos} of {len} files";

/// Counts the files that are done, and shows the count once somebody has waited for it.
pub struct Progress {
    started: Instant,
    is_terminal: bool,
    is_quiet: bool,
    bar: ProgressBar,
    shown: Once,
}

impl Progress {
    /// Starts the clock. Nothing is ever shown if the run is quiet or standard error is no terminal.
    pub fn start(is_quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let is_terminal = io::stderr().is_terminal();
        Self { started: Instant::now(), is_terminal, is_quiet, bar, shown: Once::new() }
    }

    /// Says how many files there are.
    pub fn expect(&self, files: usize) {
        self.bar.set_length(files as u64);
    }

    /// Counts one more file; any thread may call it.
    pub fn step(&self) {
        self.bar.inc(1);
        if is_due(self.is_terminal, self.is_quiet, self.started.elapsed()) {
            self.shown.call_once(|| show(&self.bar));
        }
    }

    /// Takes the bar away, before anything else is printed.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Whether a bar is to be seen: somebody looks, wants to know, and has waited for `elapsed`.
fn is_due(is_terminal: bool, is_quiet: bool, elapsed: Duration) -> bool {
    is_terminal && !is_quiet && elapsed > PATIENCE
}

fn show(bar: &ProgressBar) {
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_draw_target(ProgressDrawTarget::stderr());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_for_people_who_wait() {
        let long = PATIENCE + Duration::from_millis(1);
        for (is_terminal, is_quiet, elapsed, expected) in [
            (true, false, long, true),
            (true, false, PATIENCE, false),
            (true, false, Duration::ZERO, false),
            (true, true, long, false),
            (false, false, long, false),
            (false, true, long, false),
        ] {
            let told = format!("{is_terminal} {is_quiet} {elapsed:?}");
            assert_eq!(is_due(is_terminal, is_quiet, elapsed), expected, "{told}");
        }
    }

    #[test]
    fn the_bar_can_be_drawn_and_every_file_is_counted() {
        let progress = Progress::start(true);
        progress.expect(3);
        (0..3).for_each(|_| progress.step());
        assert_eq!((progress.bar.position(), progress.bar.length()), (3, Some(3)));
        assert!(progress.bar.is_hidden());
        progress.clear();
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
