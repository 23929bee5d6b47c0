//! Driving an engine by hand on a manual clock: a discrete-event simulation.
//!
//! All that can be done now is done; then the clock jumps to the next timer. An hour of a thousand clusters passes in the time
//! that its reconciliations take, and nothing ever waits.

use std::time::Duration;

use super::Engine;
use crate::{Moment, Store};

/// How a simulation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// At rest: nothing to do, and no timer but those of habits.
    Quiet,
    /// The time was over and there was still work on its way.
    Busy,
}

// === impl Engine ===

impl Engine {
    /// Runs until the plane is at rest, for at most `limit` of emulated time.
    ///
    /// Assumes a manual clock; on any other the simulation does what can be done now and ends.
    pub fn settle(&mut self, limit: Duration) -> Settled {
        let deadline = self.clock.moment() + limit;
        loop {
            while self.step() {}
            if self.timers.working() == 0 {
                return Settled::Quiet;
            }
            if !self.jump(deadline) {
                return Settled::Busy;
            }
        }
    }

    /// Lets emulated time pass, habits included.
    pub fn pass(&mut self, span: Duration) {
        let deadline = self.clock.moment() + span;
        loop {
            while self.step() {}
            if !self.jump(deadline) {
                break;
            }
        }
        self.clock.advance(deadline.since(self.clock.moment()));
        while self.step() {}
    }

    /// Runs step by step until the condition holds, for at most `limit` of emulated time; whether it came to hold.
    pub fn until(&mut self, limit: Duration, mut holds: impl FnMut(&Store) -> bool) -> bool {
        let deadline = self.clock.moment() + limit;
        loop {
            if holds(self.store()) {
                return true;
            }
            if !self.step() && !self.jump(deadline) {
                return false;
            }
        }
    }

    /// Moves the clock to the next timer; false when there is none before the deadline.
    fn jump(&mut self, deadline: Moment) -> bool {
        let now = self.clock.moment();
        match self.timers.next() {
            Some(next) if next <= deadline => {
                self.clock.advance(next.since(now));
                self.clock.moment() >= next
            }
            _ => false,
        }
    }
}
