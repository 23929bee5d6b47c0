//! What is to be reconciled later.
//!
//! A heap of moments. A key has one timer at most: setting it again replaces the old one, so a reconciliation that asks to be
//! looked at later is always the last word. Timers of the same moment fire in the order in which they were set.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::queue::Key;
use crate::Moment;

/// Whether somebody waits for the end of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Work on its way: the plane is not at rest before it is done.
    Work,
    /// A look now and then (a heartbeat, a clean-up): the plane is at rest all the same.
    Idle,
}

/// The timers of an engine.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Moment, u64, Key)>>,
    set: HashMap<Key, (u64, Urgency)>,
    serial: u64,
    working: usize,
}

// === impl Timers ===

impl Timers {
    /// Sets the key's timer, in place of the one it had.
    pub(crate) fn set(&mut self, key: Key, at: Moment, urgency: Urgency) {
        self.cancel(&key);
        self.serial += 1;
        self.working += usize::from(urgency == Urgency::Work);
        self.set.insert(key.clone(), (self.serial, urgency));
        self.heap.push(Reverse((at, self.serial, key)));
    }

    /// Forgets the key's timer.
    pub(crate) fn cancel(&mut self, key: &Key) {
        if let Some((_, urgency)) = self.set.remove(key) {
            self.working -= usize::from(urgency == Urgency::Work);
        }
    }

    /// The moment of the next timer.
    pub(crate) fn next(&mut self) -> Option<Moment> {
        while let Some(Reverse((at, serial, key))) = self.heap.peek() {
            if self.is_current(key, *serial) {
                return Some(*at);
            }
            self.heap.pop();
        }
        None
    }

    /// Takes a key whose moment has come.
    pub(crate) fn pop_due(&mut self, now: Moment) -> Option<Key> {
        if self.next()? > now {
            return None;
        }
        let Reverse((_, _, key)) = self.heap.pop()?;
        self.cancel(&key);
        Some(key)
    }

    /// How many timers stand for work on its way.
    pub(crate) fn working(&self) -> usize {
        self.working
    }

    fn is_current(&self, key: &Key, serial: u64) -> bool {
        self.set
            .get(key)
            .is_some_and(|(current, _)| *current == serial)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn key(id: &str) -> Key {
        Key {
            controller: 0,
            id: id.into(),
        }
    }

    fn at(seconds: u64) -> Moment {
        Moment::from_unix(Duration::from_secs(seconds))
    }

    #[test]
    fn timers_fire_in_the_order_of_their_moments_then_of_their_setting() {
        let mut timers = Timers::default();
        timers.set(key("late"), at(3), Urgency::Work);
        timers.set(key("z"), at(1), Urgency::Work);
        timers.set(key("a"), at(1), Urgency::Work);
        assert_eq!(timers.next(), Some(at(1)));
        let fired: Vec<_> = std::iter::from_fn(|| timers.pop_due(at(2))).collect();
        assert_eq!(fired, [key("z"), key("a")]);
        assert_eq!(timers.working(), 1);
    }

    #[test]
    fn a_timer_set_again_replaces_the_first() {
        let mut timers = Timers::default();
        timers.set(key("a"), at(1), Urgency::Work);
        timers.set(key("a"), at(5), Urgency::Idle);
        assert_eq!(timers.working(), 0);
        assert_eq!(timers.pop_due(at(2)), None);
        assert_eq!(timers.pop_due(at(5)), Some(key("a")));
        assert_eq!(timers.pop_due(at(9)), None);
    }

    #[test]
    fn a_cancelled_timer_never_fires() {
        let mut timers = Timers::default();
        timers.set(key("a"), at(1), Urgency::Work);
        timers.cancel(&key("a"));
        assert_eq!(timers.next(), None);
        assert_eq!(timers.working(), 0);
    }
}
