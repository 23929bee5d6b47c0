//! What an engine counts, for those who watch it from outside.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::metrics::Histogram;

/// Counters of a running engine.
#[derive(Debug)]
pub struct Stats {
    pending: AtomicUsize,
    last: AtomicUsize,
    tallies: Vec<Mutex<Tally>>,
}

/// What one controller has done so far.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Its name.
    pub controller: &'static str,
    /// How long its reconciliations took, in real time.
    pub steps: Histogram,
    /// How many of them failed.
    pub failures: u64,
    /// How many resources were looked at: by its reconciliations, and to find out which ids an event concerns.
    pub looks: u64,
}

// === impl Stats ===

impl Stats {
    pub(super) fn of(controllers: impl Iterator<Item = &'static str>) -> Self {
        let tally = |controller| {
            Mutex::new(Tally {
                controller,
                steps: Histogram::default(),
                failures: 0,
                looks: 0,
            })
        };
        Self {
            pending: AtomicUsize::new(0),
            last: AtomicUsize::new(usize::MAX),
            tallies: controllers.map(tally).collect(),
        }
    }

    /// How much is to be done: keys in the queue, events not looked at, timers of work on its way. Zero means at rest.
    pub fn pending(&self) -> usize {
        self.pending.load(Ordering::Acquire)
    }

    /// How many reconciliations failed so far.
    pub fn failures(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.lock().failures).sum()
    }

    /// How long the reconciliations took so far, in real time.
    pub fn steps(&self) -> Histogram {
        let mut all = Histogram::default();
        for tally in &self.tallies {
            all.add(&tally.lock().steps);
        }
        all
    }

    /// What each controller has done so far, in the order of the engine.
    pub fn tallies(&self) -> Vec<Tally> {
        let copies = self.tallies.iter().map(|tally| tally.lock().clone());
        copies.collect()
    }

    /// Whose reconciliation was the last one; `None` before the first.
    pub fn last(&self) -> Option<&'static str> {
        let tally = self.tallies.get(self.last.load(Ordering::Acquire))?;
        Some(tally.lock().controller)
    }

    pub(super) fn set_pending(&self, pending: usize) {
        self.pending.store(pending, Ordering::Release);
    }

    pub(super) fn record(&self, controller: usize, took: Duration, looks: u64, failed: bool) {
        self.last.store(controller, Ordering::Release);
        let mut tally = self.tallies[controller].lock();
        tally.steps.record(took);
        tally.looks += looks;
        tally.failures += u64::from(failed);
    }

    pub(super) fn looked(&self, controller: usize, looks: u64) {
        self.tallies[controller].lock().looks += looks;
    }
}
