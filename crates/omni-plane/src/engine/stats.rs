//! What an engine counts, for those who watch it from outside.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::metrics::Histogram;

/// Counters of a running engine.
#[derive(Debug, Default)]
pub struct Stats {
    pending: AtomicUsize,
    failures: AtomicU64,
    steps: Mutex<Histogram>,
}

// === impl Stats ===

impl Stats {
    /// How much is to be done: keys in the queue, events not looked at, timers of work on its way. Zero means at rest.
    pub fn pending(&self) -> usize {
        self.pending.load(Ordering::Acquire)
    }

    /// How many reconciliations failed so far.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// How long the reconciliations took so far, in real time.
    pub fn steps(&self) -> Histogram {
        self.steps.lock().clone()
    }

    pub(super) fn set_pending(&self, pending: usize) {
        self.pending.store(pending, Ordering::Release);
    }

    pub(super) fn record(&self, took: Duration, failed: bool) {
        self.steps.lock().record(took);
        self.failures
            .fetch_add(u64::from(failed), Ordering::Relaxed);
    }
}
