//! Writes that survive a lost answer.
//!
//! When the connection breaks after a write was sent, the write may have taken place. It is then sent again, and where the
//! server's refusal fits a write of ours that did take place, the stored resource is looked at: it is ours when it holds
//! exactly what we sent, and is not from before our call; an update also has the version that our write would have given it.

use jiff::{SignedDuration, Timestamp};
use omni_api::{AnyResource, Kind, Phase, Resource};

use super::State;
use crate::error::{Advice, Error};

/// How far a server's time stamp may lie before our own idea of its time: clocks are known to the second.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);

// === impl State ===

impl State {
    /// Creates a resource; answers it as stored.
    ///
    /// Nothing is adopted: a resource of that id that was there before is [`Error::AlreadyExists`]. The one exception is our
    /// own write whose answer was lost: what is stored then equals what was sent, and was created after this call began by the
    /// server's clock. Its version does not tell: controllers take hold of a new resource at once.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::Validation`], [`Error::PermissionDenied`], and those of any call.
    pub async fn create<K: Kind>(&self, resource: &Resource<K>) -> Result<Resource<K>, Error> {
        let began = self.server_now();
        let any = resource.to_any();
        let ours = |stored: &Resource<K>| {
            let created = stored.metadata.created;
            let since = created.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok());
            since.is_some_and(|since| since.saturating_add(TOLERANCE).is_ok_and(|at| at >= began))
                && same(stored, resource)
        };
        let write = || self.raw.create(&any);
        let stored = self.write(resource.id(), write, ours).await?;
        self.took(stored)
    }

    /// Replaces a resource at the version that it carries; answers it as stored.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another version is stored, [`Error::PhaseConflict`] when it is being torn down,
    /// [`Error::NotFound`], [`Error::Validation`], and those of any call.
    pub async fn update<K: Kind>(&self, resource: &Resource<K>) -> Result<Resource<K>, Error> {
        let any = resource.to_any();
        let ours = |stored: &Resource<K>| {
            stored.metadata.version == resource.metadata.version.next() && same(stored, resource)
        };
        let write = || self.raw.update(&any, Phase::Running);
        let stored = self.write(resource.id(), write, ours).await?;
        self.took(stored)
    }

    /// Changes a resource: reads it, lets `change` set the caller's own fields, writes it; when somebody else was faster,
    /// reads and sets again, a bounded number of times. Where `change` changes nothing, nothing is written.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the race was lost too often, [`Error::NotFound`], and those of [`Self::update`].
    pub async fn modify<K: Kind>(
        &self,
        id: &str,
        change: impl FnMut(&mut Resource<K>) + Send,
    ) -> Result<Resource<K>, Error> {
        let base = self.newest(id).await?;
        self.modify_from(base, change).await
    }

    /// As [`Self::modify`], with a resource that was read before; saves the first read.
    ///
    /// # Errors
    /// Those of [`Self::modify`].
    pub async fn modify_from<K: Kind>(
        &self,
        mut base: Resource<K>,
        mut change: impl FnMut(&mut Resource<K>) + Send,
    ) -> Result<Resource<K>, Error> {
        let policy = self.raw.core.retry_policy();
        let mut backoff = self.raw.core.backoff();
        let mut races = 0;
        loop {
            let mut wanted = base.clone();
            change(&mut wanted);
            if wanted == base {
                return Ok(base);
            }
            let lost = match self.update(&wanted).await {
                Err(error @ Error::Conflict { .. }) => error,
                result => return result,
            };
            races += 1;
            let wait = backoff.next_wait().filter(|_| races < policy.conflicts);
            tokio::time::sleep(wait.ok_or(lost)?).await;
            base = self.newest(wanted.id()).await?;
        }
    }

    /// The resource as the server tells it, or as our own last write left it where the server's read lags behind that.
    async fn newest<K: Kind>(&self, id: &str) -> Result<Resource<K>, Error> {
        let told = self.raw.get(K::NAMESPACE, K::TYPE, id).await?;
        Ok(self.client.store().newest(K::FACTS, told).typed()?)
    }

    /// Sends a write until its fate is known.
    async fn write<K: Kind, F>(
        &self,
        id: &str,
        mut write: impl FnMut() -> F,
        ours: impl Fn(&Resource<K>) -> bool,
    ) -> Result<AnyResource, Error>
    where
        F: Future<Output = Result<AnyResource, Error>>,
    {
        let mut backoff = self.raw.core.backoff();
        let mut doubt = false;
        loop {
            let error = match write().await {
                Ok(stored) => return Ok(stored),
                Err(error) => error,
            };
            doubt |= error.advice() == Advice::InDoubt;
            let settled = match &error {
                Error::DeadlineExceeded { .. } => true,
                Error::AlreadyExists { .. } | Error::Conflict { .. } => doubt,
                _ => false,
            };
            if settled && let Some(stored) = self.recognise(id, &ours).await {
                return Ok(stored);
            }
            if error.advice() == Advice::Never {
                return Err(error);
            }
            match backoff.next_wait() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    /// The stored resource, if it is what we wrote.
    async fn recognise<K: Kind>(
        &self,
        id: &str,
        ours: &impl Fn(&Resource<K>) -> bool,
    ) -> Option<AnyResource> {
        let stored = self.raw.get(K::NAMESPACE, K::TYPE, id).await.ok()?;
        let typed = stored.typed::<K>().ok()?;
        ours(&typed).then_some(stored)
    }

    /// Hands a stored resource to the cache and to the caller.
    pub(super) fn took<K: Kind>(&self, stored: AnyResource) -> Result<Resource<K>, Error> {
        let typed = stored.typed()?;
        self.client.store().wrote(K::FACTS, stored);
        Ok(typed)
    }

    /// The server's time as far as it is known, ours otherwise.
    fn server_now(&self) -> Timestamp {
        let shared = self.raw.core.shared();
        let skew = shared.skew().unwrap_or_default();
        shared
            .clock
            .now()
            .saturating_add(skew)
            .unwrap_or(Timestamp::MIN)
    }
}

/// Whether two resources say the same, apart from what the server sets.
fn same<K: Kind>(stored: &Resource<K>, sent: &Resource<K>) -> bool {
    let (left, right) = (&stored.metadata, &sent.metadata);
    stored.spec == sent.spec
        && left.phase == right.phase
        && left.labels == right.labels
        && left.annotations == right.annotations
}
