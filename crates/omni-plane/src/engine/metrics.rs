//! How long the steps took.
//!
//! A histogram of nanoseconds whose buckets grow by an eighth of a power of two: recording is one addition, a percentile is exact to an
//! eighth upwards (the upper edge of its bucket). Real time, not the injected clock: it measures this machine.

use std::time::Duration;

/// Each power of two is cut into so many buckets, as a power of two itself.
const CUT: u32 = 3;
const BUCKETS: usize = ((u64::BITS - CUT + 1) << CUT) as usize;

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
        self.counts[bucket(nanos)] += 1;
        self.total += took;
    }

    /// Counts what another one has counted.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    /// What has been counted since an earlier copy of this histogram.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut since = self.clone();
        for (count, before) in since.counts.iter_mut().zip(&earlier.counts) {
            *count = count.saturating_sub(*before);
        }
        since.total = since.total.saturating_sub(earlier.total);
        since
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
                return Duration::from_nanos(edge(bucket));
            }
        }
        Duration::ZERO
    }
}

/// Where a number of nanoseconds is counted: its highest bits, and how many follow them.
fn bucket(nanos: u64) -> usize {
    let length = u64::BITS - nanos.leading_zeros();
    let shift = length.saturating_sub(CUT + 1);
    let (group, place) = (u64::from(shift) << CUT, nanos >> shift);
    usize::try_from(group + place).map_or(BUCKETS - 1, |bucket| bucket.min(BUCKETS - 1))
}

/// The highest number of nanoseconds that is counted in a bucket.
fn edge(bucket: usize) -> u64 {
    let (group, place) = (bucket >> CUT, (bucket & ((1 << CUT) - 1)) as u64);
    match group.checked_sub(1) {
        None => place,
        Some(shift) => (((1 << CUT) + place + 1) << shift).wrapping_sub(1),
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
        assert_eq!(histogram.percentile(50), Duration::from_nanos(103));
        assert_eq!(histogram.percentile(99), Duration::from_nanos(103));
        assert!(histogram.percentile(100) >= Duration::from_millis(1));
        assert_eq!(histogram.count(), 100);
        assert_eq!(histogram.total(), Duration::from_nanos(9_900 + 1_000_000));
    }

    #[test]
    fn a_bucket_ends_an_eighth_above_what_falls_into_it_at_most() {
        let odd = |bits: u32| (1_u64 << bits) | (1_u64 << (bits / 2));
        let numbers = (0..64).flat_map(|bits| [1_u64 << bits, odd(bits), (1_u64 << bits) - 1]);
        for nanos in numbers.chain([u64::MAX]) {
            let edge = edge(bucket(nanos));
            assert!(
                edge >= nanos && edge - nanos <= nanos / 8,
                "{nanos}: {edge}"
            );
        }
    }

    #[test]
    fn an_empty_histogram_has_no_percentile() {
        assert_eq!(Histogram::default().percentile(99), Duration::ZERO);
    }
}
