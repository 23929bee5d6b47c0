//! What an object may ask while it works: session, time, cancellation, private state, warnings.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::mailbox::Mailbox;
use super::private::Private;
use super::{Diagnostic, Diagnostics};
use crate::schema::Object;
use crate::schema::types::Verb;
use crate::values::Value;

/// The context of one call.
///
/// # Guarantees
/// - Cancellation ends waiting, never work: the framework does not drop a verb that may have changed something.
/// - What was handed to [`keep`](Cx::keep) reaches the state, whatever happens to the call afterwards.
#[derive(Debug)]
pub struct Cx<S> {
    session: S,
    call: Call,
}

/// The part of a context that does not depend on the session.
#[derive(Debug, Default)]
pub(crate) struct Call {
    pub(crate) cancel: CancellationToken,
    pub(crate) terraform_version: Arc<str>,
    pub(crate) limit: Option<Limit>,
    pub(crate) deferral_allowed: bool,
    pub(crate) mailbox: Mailbox,
    pub(crate) notes: Mutex<Notes>,
}

/// How long a verb may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) verb: Verb,
    pub(crate) length: Duration,
    pub(crate) end: Instant,
}

/// What an object leaves behind besides its answer.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) diagnostics: Diagnostics,
    pub(crate) private: Private,
    pub(crate) kept: Option<Value>,
    pub(crate) deferred: Option<Deferral>,
}

/// Why waiting ended before what was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Interrupted {
    /// The user has asked Terraform to stop.
    #[error("interrupted by the user")]
    Cancelled,
    /// The verb has used up its time.
    #[error("no success within {length:?}, the limit that `timeouts.{}` sets", verb.name())]
    TimedOut {
        /// What took too long.
        verb: Verb,
        /// How long it was allowed to take.
        length: Duration,
    },
}

/// Why an object cannot be planned yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deferral {
    /// The object's configuration is not known well enough.
    ResourceConfigUnknown,
    /// The provider's configuration is not known well enough.
    ProviderConfigUnknown,
    /// Something that it builds upon is not there yet.
    AbsentPrerequisite,
}

impl<S> Cx<S> {
    /// A context for a test: never cancelled, without a time limit.
    pub fn new(session: S) -> Self {
        Self::of(session, Call::default())
    }

    pub(crate) const fn of(session: S, call: Call) -> Self {
        Self { session, call }
    }

    /// What the provider's `configure` has made.
    pub const fn session(&self) -> &S {
        &self.session
    }

    /// Version of the core that asks, such as `1.14.0`. Empty before the provider is configured.
    pub fn terraform_version(&self) -> &str {
        &self.call.terraform_version
    }

    /// Waits for `work`, but no longer than the user and the verb's timeout allow.
    ///
    /// # Errors
    /// Why the waiting ended. `work` is dropped then, so it must be something that only waits.
    pub async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, Interrupted> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            why = self.interrupted() => Err(why),
        }
    }

    /// Ends when the user cancels or the verb's time is up.
    pub async fn interrupted(&self) -> Interrupted {
        let Some(limit) = self.call.limit else {
            self.call.cancel.cancelled().await;
            return Interrupted::Cancelled;
        };
        tokio::select! {
            biased;
            () = self.call.cancel.cancelled() => Interrupted::Cancelled,
            () = tokio::time::sleep_until(limit.end) => Interrupted::TimedOut { verb: limit.verb, length: limit.length },
        }
    }

    /// Whether the user has asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.call.cancel.is_cancelled()
    }

    /// How long this verb may take; `None` where the object has no timeout for it.
    pub fn timeout(&self) -> Option<Duration> {
        self.call.limit.map(|limit| limit.length)
    }

    /// Puts this state into safety: call it as soon as the object exists remotely.
    ///
    /// Where the verb then fails, panics or is cancelled, this state is answered together with the error, so
    /// that Terraform knows the object and can destroy it. Unknown attributes become null in it.
    pub fn keep<M: Object>(&self, state: &M) {
        self.notes().kept = Some(state.encode());
    }

    /// Adds a warning (or an error, which lets the call fail while its answer is still used).
    pub fn warn(&self, diagnostic: Diagnostic) {
        self.notes().diagnostics.push(diagnostic);
    }

    /// Passes on messages: warnings are reported, and errors end the verb where `?` stands.
    ///
    /// # Errors
    /// All of `diagnostics`, where one of them is an error.
    pub fn report(&self, diagnostics: Diagnostics) -> Result<(), Diagnostics> {
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        self.notes().diagnostics.extend(diagnostics);
        Ok(())
    }

    /// Where messages go that concern the provider and none of its objects.
    pub fn mailbox(&self) -> Mailbox {
        self.call.mailbox.clone()
    }

    /// What was reported so far.
    pub fn diagnostics(&self) -> Diagnostics {
        self.notes().diagnostics.clone()
    }

    /// Bytes that this provider has stored with the object under `key`, outside of the attributes.
    pub fn private(&self, key: &str) -> Option<Vec<u8>> {
        self.notes().private.get(key).map(<[u8]>::to_vec)
    }

    /// Stores bytes with the object; `plan`, `create`, `read` and `update` carry them on.
    pub fn set_private(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        self.notes().private.set(key, bytes.into());
    }

    /// Asks core to plan the object later; `false` where this core cannot, and the call must go on.
    #[must_use = "a core that cannot defer needs an answer"]
    pub fn defer(&self, why: Deferral) -> bool {
        if self.call.deferral_allowed {
            self.notes().deferred = Some(why);
        }
        self.call.deferral_allowed
    }

    pub(crate) fn into_notes(self) -> Notes {
        let mut notes = self
            .call
            .notes
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        notes.diagnostics.extend(self.call.mailbox.take());
        notes
    }

    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        // A panic while the lock was held leaves notes that are still worth sending.
        self.call
            .notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
