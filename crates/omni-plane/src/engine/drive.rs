//! Driving an engine on real time, at the clock's speed.

use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::{Clock, Moment};

/// After so many steps in a row others get a turn.
const BATCH: usize = 256;

// === impl Engine ===

impl Engine {
    /// Runs until it is stopped. Between two steps at the latest: a step is never cut.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let busy = (0..BATCH).all(|_| self.step());
            if stop.is_cancelled() {
                return;
            }
            if busy {
                tokio::task::yield_now().await;
                continue;
            }
            let next = self.timers.next();
            tokio::select! {
                () = stop.cancelled() => return,
                event = self.events.recv() => match event {
                    Some(event) => self.dispatch(&event),
                    None => return,
                },
                () = until(&self.clock, next) => {}
            }
        }
    }
}

async fn until(clock: &Clock, next: Option<Moment>) {
    match next {
        Some(moment) => clock.sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
