//! A panic in an object ends its call, not the provider.
//!
//! The panic hook notes where it happened, on the thread that polls the object, and is silent for it: what a
//! hook prints would reach Terraform's log as noise. Panics elsewhere go to the hook that was there before.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::pin;
use std::sync::Once;
use std::task::Poll;

use crate::objects::Diagnostic;

/// An object has panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Panicked {
    message: String,
    place: String,
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs the code of an object; a panic in it is a value.
pub(super) async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    note_places();
    let mut work = pin!(work);
    poll_fn(|context| match guard(|| work.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
        Err(panicked) => Poll::Ready(Err(panicked)),
    })
    .await
}

/// As [`guarded`], for code that does not wait.
pub(super) fn guarded_now<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    note_places();
    guard(work)
}

fn guard<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    let outer = GUARDED.replace(true);
    // The state that a panic may have left half-changed is dropped with the call.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    outcome.map_err(|payload| Panicked {
        message: text(payload.as_ref()),
        place: PLACE
            .take()
            .unwrap_or_else(|| "an unknown place".to_owned()),
    })
}

fn note_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if GUARDED.get() {
                note(info);
            } else {
                before(info);
            }
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(%place, "an object of the provider panicked");
    PLACE.set(Some(place));
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it panicked at {}: {}", self.place, self.message)
    }
}

impl Panicked {
    /// For the user: what happened, where, and where to report it.
    pub(super) fn diagnostic(&self, issues: &str) -> Diagnostic {
        Diagnostic::error("The provider has a bug")
            .detail(format!("It panicked at {}: {}.", self.place, self.message))
            .remedy(format!("Please report this text at {issues}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_says_where_it_happened_and_where_to_report_it() {
        let outcome = guarded(async {
            tokio::task::yield_now().await;
            assert!(std::hint::black_box(false), "the sky fell");
        })
        .await;
        let text = outcome
            .unwrap_err()
            .diagnostic("https://example.org/issues")
            .text();
        assert!(text.contains("panics.rs:"), "{text}");
        assert!(text.contains("the sky fell"), "{text}");
        assert!(text.contains("https://example.org/issues"), "{text}");
    }
}
