//! Is anybody there? Counts those who need the plane and tells when nobody has for a while.
//!
//! [`Activity`] counts connections. Once [`Activity::deserted`] has answered, no [`Presence`] is given out any more, so that
//! nobody is let in to a plane that is about to end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// Counts those who need the plane. Clones are the same count.
#[derive(Debug, Clone)]
pub struct Activity(Arc<watch::Sender<State>>);

/// Somebody needs the plane as long as this lives.
#[derive(Debug)]
pub struct Presence(Activity);

#[derive(Debug, Default, Clone, Copy)]
struct State {
    present: usize,
    /// How often anybody came; tells apart "nobody since" from "nobody now".
    visits: u64,
    closed: bool,
}

// === impl Activity ===

impl Activity {
    /// Nobody is there.
    #[expect(
        clippy::new_without_default,
        reason = "a count that nobody shares counts nothing"
    )]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::default()))
    }

    /// Somebody comes; `None` when the plane is about to end.
    pub fn enter(&self) -> Option<Presence> {
        let entered = self.0.send_if_modified(|state| {
            if !state.closed {
                state.present += 1;
                state.visits += 1;
            }
            !state.closed
        });
        entered.then(|| Presence(self.clone()))
    }

    /// Lets nobody in any more.
    pub(super) fn close(&self) {
        self.0.send_modify(|state| state.closed = true);
    }

    /// Resolves when nobody was there for `grace` and nothing was left to do at its end; from then on nobody is let in.
    pub(super) async fn deserted(&self, grace: Duration, busy: impl Fn() -> bool) {
        let mut state = self.0.subscribe();
        loop {
            // The sender lives as long as `self`, so that waiting cannot fail.
            let visits = state
                .wait_for(|state| state.present == 0)
                .await
                .map_or(0, |state| state.visits);
            let came = state.wait_for(|state| state.visits != visits);
            if tokio::time::timeout(grace, came).await.is_err() && !busy() && self.leave(visits) {
                return;
            }
        }
    }

    /// Closes the door when still nobody has come.
    fn leave(&self, visits: u64) -> bool {
        self.0.send_if_modified(|state| {
            let nobody = state.present == 0 && state.visits == visits;
            state.closed |= nobody;
            nobody
        })
    }
}

// === impl Presence ===

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| state.present -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::time::Instant;

    use super::*;

    impl Activity {
        pub(in crate::daemon) fn present(&self) -> usize {
            self.0.borrow().present
        }
    }

    const GRACE: Duration = Duration::from_secs(10);
    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn nobody_for_the_grace_period_is_idle_and_nobody_is_let_in_after() {
        let activity = Activity::new();
        let start = Instant::now();
        activity.deserted(GRACE, || false).await;
        assert_eq!(start.elapsed(), GRACE);
        assert!(activity.enter().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_visit_starts_the_grace_period_anew() {
        let activity = Activity::new();
        let start = Instant::now();
        let visitor = activity.clone();
        tokio::spawn(async move {
            tokio::time::sleep(9 * SECOND).await;
            let presence = visitor.enter().expect("still open");
            tokio::time::sleep(20 * SECOND).await;
            drop(presence);
        });
        activity.deserted(GRACE, || false).await;
        assert_eq!(start.elapsed(), 39 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_visit_in_between_counts_as_one() {
        let activity = Activity::new();
        let start = Instant::now();
        let visitor = activity.clone();
        tokio::spawn(async move {
            tokio::time::sleep(5 * SECOND).await;
            drop(visitor.enter().expect("still open"));
        });
        activity.deserted(GRACE, || false).await;
        assert_eq!(start.elapsed(), 15 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_is_left_keeps_the_plane() {
        let activity = Activity::new();
        let start = Instant::now();
        let busy = Arc::new(AtomicBool::new(true));
        let worker = busy.clone();
        tokio::spawn(async move {
            tokio::time::sleep(15 * SECOND).await;
            worker.store(false, Ordering::Relaxed);
        });
        activity
            .deserted(GRACE, move || busy.load(Ordering::Relaxed))
            .await;
        assert_eq!(start.elapsed(), 20 * SECOND);
    }
}
