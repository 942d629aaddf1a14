//! The panic fence: a bug met in one file is a trouble of that file, not the end of the run.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static FENCED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `work`; a panic becomes an error with its message and place, and prints nothing.
pub fn fence<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    quiet_hook();
    FENCED.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    FENCED.set(false);
    outcome.map_err(|payload| {
        let message = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = message.or_else(|| payload.downcast_ref::<String>().cloned());
        let message = message.unwrap_or_else(|| "a panic without words".to_owned());
        let place = PLACE.take();
        format!("{} ({place})", message.lines().next().unwrap_or_default())
    })
}

/// Rust would print each panic as it happens; behind the fence the report does that.
fn quiet_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if FENCED.get() {
                PLACE.set(info.location().map(ToString::to_string).unwrap_or_default());
            } else {
                usual(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_words() {
        let words = fence(|| panic!("no {}", 1)).map(|()| 0).unwrap_err();
        assert!(words.starts_with("no 1 (src"), "{words}");
        assert_eq!(fence(|| 1), Ok(1));
    }
}
