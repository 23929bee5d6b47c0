//! How much is looked at: what a read costs, in entries rather than in time.
//!
//! Counted per thread, so that whoever reads on one thread between two looks at the counter knows what that has cost, whatever other
//! threads do.

use std::cell::Cell;

thread_local! {
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

/// How many entries of stores this thread has looked at so far; a list counts all that it had to look at, found or not.
pub fn looks() -> u64 {
    LOOKS.get()
}

/// Looks that are not counted: a test's.
pub(crate) fn uncounted<T>(look: impl FnOnce() -> T) -> T {
    let before = looks();
    let seen = look();
    LOOKS.set(before);
    seen
}

pub(super) fn note(count: usize) {
    LOOKS.set(LOOKS.get() + count as u64);
}
