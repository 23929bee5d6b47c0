//! When to try again, and how long to wait before it.
//!
//! Waits grow, are spread by chance so that many clients do not come back at once, and end: a total limit bounds them. Time
//! is tokio's, so a paused clock makes tests instant; chance is an injected generator, so a seed makes them repeatable.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::Instant;

/// How patient a client is.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    /// The first wait; each further one is twice as long.
    pub first: Duration,
    /// The longest single wait.
    pub longest: Duration,
    /// How long to keep trying a server that has answered before.
    pub within: Duration,
    /// How long to keep trying a server that has never answered.
    pub within_first_contact: Duration,
    /// How often a lost race for a version is run again.
    pub conflicts: u32,
}

/// A source of chance for the waits. Cheap to clone; all clones draw from one generator.
#[derive(Debug, Clone)]
pub struct Jitter(Arc<Mutex<StdRng>>);

/// A row of growing waits.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
    end: Instant,
    jitter: Jitter,
}

// === impl RetryPolicy ===

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(5),
            within: Duration::from_mins(1),
            within_first_contact: Duration::from_secs(3),
            conflicts: 8,
        }
    }
}

impl RetryPolicy {
    /// A row of waits that ends `within` from now.
    pub fn backoff(&self, within: Duration, jitter: &Jitter) -> Backoff {
        Backoff {
            next: self.first,
            longest: self.longest,
            end: Instant::now() + within,
            jitter: jitter.clone(),
        }
    }
}

// === impl Jitter ===

impl Jitter {
    /// Chance from the system.
    pub fn from_system() -> Self {
        Self(Arc::new(Mutex::new(rand::make_rng())))
    }

    /// Chance that repeats.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// A time between the half and the whole of this one.
    pub fn spread(&self, wait: Duration) -> Duration {
        wait.mul_f64(self.0.lock().random_range(0.5..=1.0))
    }
}

// === impl Backoff ===

impl Backoff {
    /// The next wait; `None` when it would end after the limit.
    pub fn next_wait(&mut self) -> Option<Duration> {
        let wait = self.jitter.spread(self.next);
        self.next = (self.next * 2).min(self.longest);
        (Instant::now() + wait <= self.end).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_are_spread_and_end() {
        let policy = RetryPolicy::default();
        let mut backoff = policy.backoff(Duration::from_secs(20), &Jitter::seeded(7));
        let start = Instant::now();
        let mut whole = policy.first;
        let mut count = 0;
        while let Some(wait) = backoff.next_wait() {
            assert!(wait >= whole / 2 && wait <= whole, "{wait:?} of {whole:?}");
            whole = (whole * 2).min(policy.longest);
            count += 1;
            tokio::time::sleep(wait).await;
        }
        assert!(count > 6, "{count} waits");
        assert!(start.elapsed() <= Duration::from_secs(20));
    }

    #[test]
    fn the_same_seed_gives_the_same_waits() {
        let (one, two) = (Jitter::seeded(1), Jitter::seeded(1));
        let draw = |jitter: &Jitter| jitter.spread(Duration::from_secs(1));
        assert_eq!((draw(&one), draw(&one)), (draw(&two), draw(&two)));
    }
}
