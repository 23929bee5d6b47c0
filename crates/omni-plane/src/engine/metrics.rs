//! How long the steps took.
//!
//! A histogram with power-of-two buckets of nanoseconds: recording is one addition, a percentile is exact to a factor of two
//! upwards (the upper edge of its bucket). Real time, not the injected clock: it measures this machine.

use std::time::Duration;

const BUCKETS: usize = 64;

/// Durations, counted by magnitude.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: [u64; BUCKETS],
    total: Duration,
}

// === impl Histogram ===

impl Histogram {
    /// Counts one duration.
    pub fn record(&mut self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = (u64::BITS - nanos.leading_zeros()) as usize;
        self.counts[bucket.min(BUCKETS - 1)] += 1;
        self.total += took;
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of all.
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The duration that `percent` of all do not exceed, rounded up to its bucket's edge; zero when nothing was recorded.
    pub fn percentile(&self, percent: u64) -> Duration {
        let rank = (self.count() * percent.min(100)).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if rank > 0 && seen >= rank {
                return Duration::from_nanos((1_u64 << bucket) - 1);
            }
        }
        Duration::ZERO
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: [0; BUCKETS],
            total: Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_edge_of_the_bucket_it_falls_into() {
        let mut histogram = Histogram::default();
        for _ in 0..99 {
            histogram.record(Duration::from_nanos(100));
        }
        histogram.record(Duration::from_millis(1));
        assert_eq!(histogram.percentile(50), Duration::from_nanos(127));
        assert_eq!(histogram.percentile(99), Duration::from_nanos(127));
        assert!(histogram.percentile(100) >= Duration::from_millis(1));
        assert_eq!(histogram.count(), 100);
        assert_eq!(histogram.total(), Duration::from_nanos(9_900 + 1_000_000));
    }

    #[test]
    fn an_empty_histogram_has_no_percentile() {
        assert_eq!(Histogram::default().percentile(99), Duration::ZERO);
    }
}
