//! The task that keeps a slot current.

use std::sync::{Arc, Weak};

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::slot::Slot;
use crate::error::Error;
use crate::watch::{Change, Engine};

/// How current a slot is.
#[derive(Debug, Clone)]
pub(super) enum Currency {
    /// Contents or connection are not there yet, or not any more.
    Behind,
    /// Current.
    Live,
    /// The watch is over.
    Over(Error),
}

/// Tells how current a slot is.
pub(super) type FeedState = watch::Receiver<Currency>;

/// A running watch; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Feed {
    state: FeedState,
    _task: AbortOnDropHandle<()>,
}

// === impl Feed ===

impl Feed {
    /// Starts the task. Must be called within a tokio runtime.
    pub(super) fn start(slot: &Arc<Slot>, engine: Engine) -> Self {
        let (sender, state) = watch::channel(Currency::Behind);
        let task = tokio::spawn(run(engine, Arc::downgrade(slot), sender));
        Self {
            state,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Tells how current the slot is.
    pub(super) fn state(&self) -> FeedState {
        self.state.clone()
    }

    /// Whether the watch is over.
    pub(super) fn is_over(&self) -> bool {
        matches!(*self.state.borrow(), Currency::Over(_))
    }
}

/// Waits until the slot is current.
pub(super) async fn wait(state: &mut FeedState) -> Result<(), Error> {
    let done = state
        .wait_for(|currency| !matches!(currency, Currency::Behind))
        .await;
    match done.as_deref() {
        Ok(Currency::Over(error)) => Err(error.clone()),
        Ok(_) => Ok(()),
        // The task was replaced by one with a wider scope; the caller asks the server itself.
        Err(_) => Err(Error::Unavailable {
            message: "the watch was replaced".to_owned(),
        }),
    }
}

/// Keeps the slot current until it is dropped or the watch is over.
async fn run(mut engine: Engine, slot: Weak<Slot>, sender: watch::Sender<Currency>) {
    let mut generation = 0;
    loop {
        let step = engine.step().await;
        let Some(slot) = slot.upgrade() else { return };
        let changes = match step {
            Ok(changes) => changes,
            Err(error) => {
                sender.send_replace(Currency::Over(error));
                return;
            }
        };
        if generation != engine.generation() {
            generation = engine.generation();
            slot.restart();
        }
        let was_live = matches!(*sender.borrow(), Currency::Live);
        match (was_live, engine.is_live()) {
            (true, true) => changes.into_iter().for_each(|change| apply(&slot, change)),
            (false, true) => {
                slot.contents(engine.contents());
                sender.send_replace(Currency::Live);
            }
            (true, false) => {
                sender.send_replace(Currency::Behind);
            }
            (false, false) => {}
        }
    }
}

/// Takes over one change.
fn apply(slot: &Slot, change: Change) {
    match change {
        Change::Created(new) | Change::Updated { new, .. } => {
            slot.put(new);
        }
        Change::Destroyed(last) => slot.left(&last),
        Change::Bootstrapped => {}
    }
}
