//! When each account and each key was last used.
//!
//! Written at most once a minute for each key, as Omni does: bookkeeping must not turn every read into a write.

use std::collections::HashMap;
use std::time::Duration;

use omni_api::kind;
use parking_lot::Mutex;
use prost_types::Timestamp;

use crate::api::caller::Caller;
use crate::{Moment, Store};

const INTERVAL: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub(super) struct Activity {
    store: Store,
    written: Mutex<HashMap<String, Duration>>,
}

impl Activity {
    pub(super) fn new(store: Store) -> Self {
        let written = Mutex::default();
        Self { store, written }
    }

    pub(super) fn seen(&self, caller: &Caller, now: Duration) {
        let due = {
            let mut written = self.written.lock();
            let last = written.get(&caller.fingerprint).copied();
            let due = last.is_none_or(|last| last + INTERVAL <= now);
            if due {
                written.insert(caller.fingerprint.clone(), now);
            }
            due
        };
        if due {
            let stamp = Timestamp::from(Moment::from_unix(now));
            let identity =
                self.store
                    .put::<kind::IdentityLastActive>("", &caller.identity, |seen| {
                        seen.spec.last_active = Some(stamp);
                    });
            let key =
                self.store
                    .put::<kind::PublicKeyLastActive>("", &caller.fingerprint, |seen| {
                        seen.metadata
                            .labels
                            .insert("identity".into(), caller.identity.clone());
                        seen.spec.last_used = Some(stamp);
                    });
            if let Err(error) = identity.and(key) {
                tracing::warn!(%error, "activity of an account was not noted");
            }
        }
    }
}
