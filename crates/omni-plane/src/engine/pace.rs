//! Ids that cost much are taken more slowly, and those of controllers that rest, after their rest.
//!
//! Some ids stand for many resources (a token that ten thousand machines joined with, a large machine set): each look at one of them is a look at
//! all of them, and each of the many is a reason to look. Such an id then waits before its next turn, as long as its last one was
//! expensive: the events of the meantime are answered by one look. So the work for one id does not grow with the square of what it
//! stands for. Small ids never wait. Who looks at few and writes a list of many says so ([`Context::weigh`]), and waits as well.

use std::collections::HashMap;
use std::time::Duration;

use super::context::Context;
use super::queue::Key;
use crate::Moment;

/// Who looks at so many resources in one turn waits for nothing.
const EASY: u64 = 1_000;
/// What everybody else waits for each resource.
const EACH: Duration = Duration::from_millis(1);

/// Who must wait, and until when.
#[derive(Debug, Default)]
pub(super) struct Pace(HashMap<Key, Moment>);

// === impl Context ===

impl Context<'_> {
    /// This turn goes through so many things that are not looked at one by one: it is as expensive as if they were.
    pub fn weigh(&self, count: usize) {
        self.weight.set(self.weight.get() + count as u64);
    }
}

// === impl Pace ===

impl Pace {
    /// Notes what a turn has cost.
    pub(super) fn paid(&mut self, key: &Key, looks: u64, now: Moment) {
        if looks > EASY {
            let looks = u32::try_from(looks).unwrap_or(u32::MAX);
            self.0.insert(key.clone(), now + EACH * looks);
        }
    }

    /// Notes that the key's controller rests so long after a turn.
    pub(super) fn rest(&mut self, key: &Key, rest: Duration, now: Moment) {
        if rest.is_zero() {
            return;
        }
        let until = self.0.entry(key.clone()).or_insert(now);
        *until = (*until).max(now + rest);
    }

    /// Until when the key must wait; `None` when it may have its turn.
    pub(super) fn wait(&mut self, key: &Key, now: Moment) -> Option<Moment> {
        if self.0.is_empty() {
            return None;
        }
        let until = *self.0.get(key)?;
        if until > now {
            return Some(until);
        }
        self.0.remove(key);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looked_at_much_waits_in_proportion() {
        let (mut pace, now) = (Pace::default(), Moment::default());
        let key = |id: &str| Key {
            controller: 0,
            id: id.into(),
        };
        pace.paid(&key("small"), EASY, now);
        pace.paid(&key("large"), 20_000, now);
        assert_eq!(pace.wait(&key("small"), now), None);
        let until = now + Duration::from_secs(20);
        assert_eq!(pace.wait(&key("large"), now), Some(until));
        assert_eq!(pace.wait(&key("large"), until), None);
        assert!(pace.0.is_empty());
    }

    #[test]
    fn who_rests_waits_as_long_and_longer_only_for_what_it_cost() {
        let (mut pace, now) = (Pace::default(), Moment::default());
        let key = |id: &str| Key {
            controller: 0,
            id: id.into(),
        };
        let rest = Duration::from_secs(10);
        for (id, looks, seconds) in [("light", 1, 10), ("heavy", 20_000, 20)] {
            pace.paid(&key(id), looks, now);
            pace.rest(&key(id), rest, now);
            let until = now + Duration::from_secs(seconds);
            assert_eq!(pace.wait(&key(id), now), Some(until), "{id}");
        }
        pace.rest(&key("never"), Duration::ZERO, now);
        assert_eq!(pace.wait(&key("never"), now), None);
    }
}
