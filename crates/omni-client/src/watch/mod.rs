//! Watches: what exists, then every change, without a gap.
//!
//! A [`Watch`] outlives its connections. When one breaks it continues after the last bookmark; where the server no longer
//! has that history it asks for the contents anew and tells the difference to what it told before. So the events always
//! lead from one true state to the next, nothing is told twice, and a consumer needs no case for a reconnect. What lay
//! between two states during an outage may be told as one change.

mod engine;
mod known;
mod mirror;
#[cfg(test)]
mod property;
mod request;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::Stream;
use omni_api::{AnyResource, Kind, Resource};

use crate::error::Error;
use crate::query::Query;
use crate::state::State;

pub(crate) use engine::Engine;
pub(crate) use known::Change;
pub use mirror::{Mirror, World};
pub(crate) use request::Target;

/// A change in what a watch looks at.
pub enum Event<K: Kind> {
    /// It exists now, or matches the query now.
    Created(Arc<Resource<K>>),
    /// It was written.
    Updated {
        /// As it was told last.
        old: Arc<Resource<K>>,
        /// As it is.
        new: Arc<Resource<K>>,
    },
    /// It is gone, or does not match the query any more; as it was told last.
    Destroyed(Arc<Resource<K>>),
    /// Everything that existed when the watch began has been told. Comes once.
    Bootstrapped,
}

/// A watch on one resource or on a kind.
#[derive(Debug)]
pub struct Watch<K: Kind> {
    engine: Engine,
    kind: PhantomData<fn() -> K>,
}

// === impl Watch ===

impl<K: Kind> Watch<K> {
    fn new(engine: Engine) -> Self {
        Self {
            engine,
            kind: PhantomData,
        }
    }

    /// The next event. It may be dropped while it waits; no event is lost.
    ///
    /// # Errors
    /// What no waiting mends (key, role, a kind that cannot be watched), or what lasted longer than the client's patience.
    /// The watch may be asked again: it goes on where it was.
    pub async fn next(&mut self) -> Result<Event<K>, Error> {
        Ok(match self.engine.next().await? {
            Change::Created(new) => Event::Created(typed(&new)?),
            Change::Updated { old, new } => Event::Updated {
                old: typed(&old)?,
                new: typed(&new)?,
            },
            Change::Destroyed(last) => Event::Destroyed(typed(&last)?),
            Change::Bootstrapped => Event::Bootstrapped,
        })
    }

    /// The events as a stream that ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Event<K>, Error>> + Send {
        futures::stream::unfold(Some(self), |watch| async move {
            let mut watch = watch?;
            match watch.next().await {
                Ok(event) => Some((Ok(event), Some(watch))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// The watch as a value: the state of the world, always current. A task of its own keeps it so until all mirrors of it
    /// are dropped. Must be called within a tokio runtime.
    pub fn mirror(self) -> Mirror<K> {
        Mirror::new(self.engine)
    }
}

/// A resource of the kind that the watch asked for.
fn typed<K: Kind>(any: &Arc<AnyResource>) -> Result<Arc<Resource<K>>, Error> {
    Ok(Arc::new(any.typed()?))
}

// === impl Event ===

/// Names and versions only; specs may be large or secret.
impl<K: Kind> fmt::Debug for Event<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(new) => write!(f, "Created {}", new.metadata),
            Self::Updated { old, new } => {
                write!(
                    f,
                    "Updated {} from version {}",
                    new.metadata, old.metadata.version
                )
            }
            Self::Destroyed(last) => write!(f, "Destroyed {}", last.metadata),
            Self::Bootstrapped => f.write_str("Bootstrapped"),
        }
    }
}

// === impl State ===

impl State {
    /// Watches the resources of a kind that a query asks for. Connects at the first [`Watch::next`].
    pub fn watch<K: Kind>(&self, query: &Query) -> Watch<K> {
        let target = Target::kind(K::NAMESPACE, K::TYPE, query.clone());
        Watch::new(Engine::new(self.client().core().clone(), target))
    }

    /// Watches one resource, which need not exist. Connects at the first [`Watch::next`].
    pub fn watch_one<K: Kind>(&self, id: &str) -> Watch<K> {
        let target = Target::one(K::NAMESPACE, K::TYPE, id);
        Watch::new(Engine::new(self.client().core().clone(), target))
    }
}
