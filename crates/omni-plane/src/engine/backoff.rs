//! How long a failed step waits before it is tried again.
//!
//! Doubling from a base to a ceiling, and nothing random: one engine works on one store, so there is no herd to spread, and
//! the same failures give the same times in every run.

use std::time::Duration;

/// The waiting times after failures in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    ceiling: Duration,
}

// === impl Backoff ===

impl Backoff {
    /// Doubles from `base` and never exceeds `ceiling`.
    pub const fn new(base: Duration, ceiling: Duration) -> Self {
        Self { base, ceiling }
    }

    /// The wait after the given number of failures in a row (1 is the first).
    pub fn after(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.base
            .saturating_mul(1_u32 << doublings)
            .min(self.ceiling)
    }
}

/// Half a second at first, a minute at most.
impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_millis(500), Duration::from_mins(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_ceiling_and_stays_there() {
        let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
        let waits: Vec<_> = [1, 2, 3, 4, 1_000]
            .map(|failures| backoff.after(failures).as_secs())
            .into();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
    }
}
