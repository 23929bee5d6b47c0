//! What the server does to whom, counted since the plane was started.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::script::{Call, Fault, ServerStalls, WatchBreaks};
use crate::Store;

/// The faults of a server. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerFaults(Arc<[Counted]>);

#[derive(Debug)]
struct Counted {
    fault: Fault,
    seen: AtomicU32,
}

// === impl ServerFaults ===

impl ServerFaults {
    /// Those of the plane's script.
    pub(crate) fn of(store: &Store) -> Self {
        let faults = super::installed(store)
            .into_iter()
            .filter(|fault| matches!(fault, Fault::ServerStalls(_) | Fault::WatchBreaks(_)));
        let counted = faults.map(|fault| Counted {
            fault,
            seen: AtomicU32::new(0),
        });
        Self(counted.collect())
    }

    /// Notes a call; how it stalls, if it does.
    pub(crate) fn stall(&self, call: Call, type_name: &str) -> Option<&ServerStalls> {
        self.0.iter().find_map(|counted| match &counted.fault {
            Fault::ServerStalls(it)
                if it.call.is_none_or(|wanted| wanted == call)
                    && meant(it.kind.as_ref(), type_name) =>
            {
                counted.hits(it.after, it.times).then_some(it)
            }
            _ => None,
        })
    }

    /// Notes a watch that begins; after how many events it breaks, if it does.
    pub(crate) fn breaks(&self, type_name: &str) -> Option<u32> {
        self.0.iter().find_map(|counted| match &counted.fault {
            Fault::WatchBreaks(WatchBreaks { kind, after, times })
                if meant(kind.as_ref(), type_name) =>
            {
                counted.hits(0, *times).then_some(*after)
            }
            _ => None,
        })
    }
}

// === impl Counted ===

impl Counted {
    /// Notes one more; whether it is one of those that are hit after so many that are not.
    fn hits(&self, spared: u32, times: NonZeroU32) -> bool {
        let number = self.seen.fetch_add(1, Ordering::Relaxed);
        (spared..spared.saturating_add(times.get())).contains(&number)
    }
}

fn meant(kind: Option<&String>, type_name: &str) -> bool {
    kind.is_none_or(|kind| kind == type_name)
}
