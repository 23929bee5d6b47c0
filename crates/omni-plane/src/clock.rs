//! Injected time.
//!
//! Everything in the plane that waits or stamps asks a [`Clock`]. A system clock runs at a speed: at 10, an emulated minute
//! passes in six seconds of wall time. A manual clock stands still until it is advanced, so that tests are exact and never wait.
//!
//! There are two times. *Emulated* time ([`Clock::now`], [`Clock::moment`]) drives machines, controllers and the time stamps
//! of resources; it never runs backwards, across restarts either ([`Clock::not_before`]). *Wall* time ([`Clock::wall`]) is for what other
//! computers judge: signatures, keys, tokens. At speed 1 both agree; a manual clock has one time only.

use std::collections::BTreeMap;
use std::ops::Add;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use prost_types::Timestamp;
use tokio::sync::watch;

/// A point in emulated time: how long after the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(Duration);

/// A source of time, shared by everything in one plane. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    System(System),
    Manual(Manual),
}

#[derive(Debug)]
struct System {
    speed: f64,
    anchor: Mutex<(Instant, Duration)>,
}

#[derive(Debug)]
struct Manual {
    now: watch::Sender<Moment>,
    sleepers: Mutex<BTreeMap<Moment, usize>>,
}

/// Takes a sleeper off the list, however its sleep ends.
struct Sleeper<'a> {
    manual: &'a Manual,
    until: Moment,
}

// === impl Moment ===

impl Moment {
    /// The moment that lies this long after the Unix epoch.
    pub const fn from_unix(since: Duration) -> Self {
        Self(since)
    }

    /// How long after the Unix epoch it is.
    pub const fn since_unix(self) -> Duration {
        self.0
    }

    /// How much later it is than `earlier`; zero when it is not.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }
}

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        Self {
            seconds: i64::try_from(moment.0.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(moment.0.subsec_nanos()).unwrap_or_default(),
        }
    }
}

/// Times before 1970 count as the epoch.
impl From<Timestamp> for Moment {
    fn from(stamp: Timestamp) -> Self {
        let seconds = u64::try_from(stamp.seconds).unwrap_or_default();
        let nanos = u32::try_from(stamp.nanos).unwrap_or_default();
        Self(Duration::new(seconds, nanos.min(999_999_999)))
    }
}

// === impl Clock ===

impl Clock {
    /// A clock that starts now and runs `speed` times as fast as the wall's.
    ///
    /// A speed that is not a positive number counts as 1.
    pub fn system(speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 {
            speed
        } else {
            1.0
        };
        Self(Arc::new(Source::System(System {
            speed: speed.clamp(0.001, 1e6),
            anchor: Mutex::new((Instant::now(), wall_now())),
        })))
    }

    /// A clock that stands at 2026-01-01T00:00:00Z until it is advanced.
    pub fn manual() -> Self {
        Self::manual_at(Moment(Duration::from_hours(490_896)))
    }

    /// A clock that stands at `start` until it is advanced.
    pub fn manual_at(start: Moment) -> Self {
        Self(Arc::new(Source::Manual(Manual {
            now: watch::Sender::new(start),
            sleepers: Mutex::default(),
        })))
    }

    /// The present moment of emulated time.
    pub fn moment(&self) -> Moment {
        match &*self.0 {
            Source::System(system) => system.moment(),
            Source::Manual(manual) => *manual.now.borrow(),
        }
    }

    /// The present moment as a time stamp for resources.
    pub fn now(&self) -> Timestamp {
        self.moment().into()
    }

    /// Wall time since the Unix epoch; emulated time on a manual clock.
    pub fn wall(&self) -> Duration {
        match &*self.0 {
            Source::System(_) => wall_now(),
            Source::Manual(manual) => manual.now.borrow().0,
        }
    }

    /// Makes sure that emulated time is not earlier than `moment`: a plane that starts again continues where it stopped.
    pub fn not_before(&self, moment: Moment) {
        match &*self.0 {
            Source::System(system) => {
                if system.moment() < moment {
                    *system.anchor.lock() = (Instant::now(), moment.0);
                }
            }
            Source::Manual(manual) => manual.set(moment),
        }
    }

    /// Sleeps for an emulated span.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.moment() + span).await;
    }

    /// Sleeps until an emulated moment; returns at once when it has passed.
    pub async fn sleep_until(&self, until: Moment) {
        match &*self.0 {
            Source::System(system) => {
                // Not a poll: the loop only repeats when the clock was moved or the timer came early by rounding.
                while let Some(wall) = system.wall_until(until) {
                    tokio::time::sleep(wall).await;
                }
            }
            Source::Manual(manual) => manual.sleep_until(until).await,
        }
    }

    /// Moves a manual clock and wakes the sleepers whose moment has come. A system clock ignores it.
    pub fn advance(&self, span: Duration) {
        if let Source::Manual(manual) = &*self.0 {
            let target = *manual.now.borrow() + span;
            manual.set(target);
        }
    }

    /// The earliest moment that somebody sleeps for on a manual clock.
    pub fn next_deadline(&self) -> Option<Moment> {
        match &*self.0 {
            Source::System(_) => None,
            Source::Manual(manual) => manual.sleepers.lock().keys().next().copied(),
        }
    }
}

// === impl System ===

impl System {
    fn moment(&self) -> Moment {
        let (start, origin) = *self.anchor.lock();
        Moment(origin.saturating_add(start.elapsed().mul_f64(self.speed)))
    }

    /// How long to sleep on the wall's clock; `None` when the moment has come.
    fn wall_until(&self, until: Moment) -> Option<Duration> {
        // A century at most: the division by a slow speed must not overflow, and the caller asks again.
        let left = until
            .since(self.moment())
            .min(Duration::from_hours(876_600));
        (!left.is_zero()).then(|| left.div_f64(self.speed).max(Duration::from_micros(1)))
    }
}

// === impl Manual ===

impl Manual {
    fn set(&self, target: Moment) {
        self.now.send_if_modified(|now| {
            let later = *now < target;
            if later {
                *now = target;
            }
            later
        });
    }

    async fn sleep_until(&self, until: Moment) {
        *self.sleepers.lock().entry(until).or_default() += 1;
        let _sleeper = Sleeper {
            manual: self,
            until,
        };
        let mut now = self.now.subscribe();
        // The sender lives as long as `self`, so that waiting cannot fail.
        let _ = now.wait_for(|now| *now >= until).await;
    }
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        let mut sleepers = self.manual.sleepers.lock();
        if let Some(count) = sleepers.get_mut(&self.until) {
            *count -= 1;
            if *count == 0 {
                sleepers.remove(&self.until);
            }
        }
    }
}

fn wall_now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn a_manual_clock_wakes_sleepers_in_their_order() {
        let clock = Clock::manual();
        let start = clock.moment();
        let long = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(MINUTE * 2).await }
        });
        let short = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(MINUTE).await }
        });
        while clock.0.sleeper_count() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(clock.next_deadline(), Some(start + MINUTE));
        clock.advance(MINUTE);
        short.await.expect("it wakes");
        assert!(!long.is_finished());
        clock.advance(MINUTE);
        long.await.expect("it wakes");
        assert_eq!(clock.next_deadline(), None);
    }

    #[test]
    fn a_fast_clock_outruns_the_wall_and_never_goes_back() {
        let clock = Clock::system(1_000.0);
        let ahead = clock.moment() + MINUTE * 60;
        clock.not_before(ahead);
        assert!(clock.moment() >= ahead);
        clock.not_before(Moment::default());
        assert!(clock.moment() >= ahead);
        assert!(clock.wall() < ahead.since_unix());
    }

    #[test]
    fn a_stamp_survives_the_way_there_and_back() {
        let moment = Moment::from_unix(Duration::new(1_767_225_600, 7));
        assert_eq!(Moment::from(Timestamp::from(moment)), moment);
    }

    impl Source {
        fn sleeper_count(&self) -> usize {
            match self {
                Self::System(_) => 0,
                Self::Manual(manual) => manual.sleepers.lock().values().sum(),
            }
        }
    }
}
