//! Cancellation: `StopProvider` ends the waiting of the calls under way, and of no later one.

use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// The calls under way.
#[derive(Debug)]
pub(super) struct Calls {
    /// Cancelled when the process ends.
    process: CancellationToken,
    /// Parent of the calls under way.
    current: Mutex<CancellationToken>,
}

impl Calls {
    pub(super) fn new(process: CancellationToken) -> Self {
        Self {
            current: Mutex::new(process.child_token()),
            process,
        }
    }

    /// A token for a new call.
    pub(super) fn token(&self) -> CancellationToken {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .child_token()
    }

    /// Cancels the calls under way. Calls that come later (the closing of what is open) are not concerned.
    pub(super) fn stop(&self) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.cancel();
        *current = self.process.child_token();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_cancels_the_calls_under_way_and_no_later_one() {
        let calls = Calls::new(CancellationToken::new());
        let running = calls.token();
        calls.stop();
        assert!(running.is_cancelled());
        assert!(!calls.token().is_cancelled());
    }

    #[test]
    fn the_end_of_the_process_cancels_every_call() {
        let process = CancellationToken::new();
        let calls = Calls::new(process.clone());
        calls.stop();
        let later = calls.token();
        process.cancel();
        assert!(later.is_cancelled());
    }
}
