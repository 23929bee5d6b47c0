//! Reads with few calls, however many resources are read.
//!
//! The first reads of a kind are Gets; from a small threshold on, one watch brings all resources of the kind and answers
//! every further read. Where all readers so far named the same cluster, the watch carries its label. Kinds without a watch,
//! and keys that may not list, stay with Gets; that is found out once.
//!
//! What the cache answers never goes back behind our own writes: an answer of the server is taken over only when it is not
//! older, by creation and version. A resource that the cache does not hold is asked for once more before it counts as
//! missing. While the watch has lost its connection, reads wait for it.

mod feed;
#[cfg(test)]
mod property;
mod slot;

use std::collections::HashMap;
use std::sync::Arc;

use omni_api::kind::{ClusterScope, Facts, namespace};
use omni_api::{AnyResource, Kind, Resource};
use parking_lot::Mutex;

use crate::client::Client;
use crate::error::{Advice, Error};
use crate::query::Query;
use crate::watch::{Change, Engine, Target};

use slot::Slot;

/// So many reads of a kind are Gets before a watch is worth it.
const THRESHOLD: u32 = 2;

/// The cached reads of one client.
#[derive(Debug, Clone)]
pub struct Cache {
    client: Client,
}

/// What a client has read and written, by kind.
#[derive(Debug, Default)]
pub(crate) struct Store(Mutex<HashMap<String, Arc<Slot>>>);

/// How a kind is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// One by one.
    Get,
    /// By one watch on all.
    Watch,
    /// By one watch on all, or on one cluster's where that is enough.
    WatchByCluster,
}

// === impl Cache ===

impl Cache {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// One resource; `None` when there is none. `cluster` names the cluster whose label it carries, where the caller knows.
    ///
    /// # Errors
    /// Those of [`crate::State::find`].
    pub async fn get<K: Kind>(
        &self,
        id: &str,
        cluster: Option<&str>,
    ) -> Result<Option<Resource<K>>, Error> {
        let slot = self.client.store().slot(K::FACTS);
        let found = match slot.plan(cluster) {
            slot::Plan::Ask => None,
            slot::Plan::Feed(scope) => {
                let live = self.live::<K>(&slot, scope).await;
                slot.get(id).filter(|_| live)
            }
        };
        let found = match found {
            Some(found) => Some(found),
            None => self.ask::<K>(&slot, id).await?,
        };
        found.map(|any| Ok(any.typed()?)).transpose()
    }

    /// All resources of a kind, or those with the label of a cluster, sorted by id.
    ///
    /// # Errors
    /// Those of [`crate::State::list`].
    pub async fn list<K: Kind>(&self, cluster: Option<&str>) -> Result<Vec<Resource<K>>, Error> {
        let slot = self.client.store().slot(K::FACTS);
        if let slot::Plan::Feed(scope) = slot.plan_list(cluster)
            && self.live::<K>(&slot, scope).await
        {
            let all = slot.all(cluster);
            let typed: Result<Vec<_>, _> = all.iter().map(|any| any.typed()).collect();
            return Ok(typed?);
        }
        let query = cluster.map_or_else(Query::all, Query::cluster);
        self.client.state().list(&query).await
    }

    /// Waits until the watch of a scope is current; `false` when there is none to be had.
    async fn live<K: Kind>(&self, slot: &Arc<Slot>, scope: Option<String>) -> bool {
        let query = scope.as_deref().map_or_else(Query::all, Query::cluster);
        let start = || {
            let target = Target::kind(K::NAMESPACE, K::TYPE, query);
            feed::Feed::start(
                slot,
                Engine::new(self.client.core().clone(), target).fresh(),
            )
        };
        let mut state = slot.feed(scope, start);
        match feed::wait(&mut state).await {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(%error, kind = K::TYPE, "no watch; reading one by one");
                slot.no_feed(error.advice() == Advice::Never);
                false
            }
        }
    }

    /// Asks the server for one resource and merges its answer with what is known.
    async fn ask<K: Kind>(&self, slot: &Slot, id: &str) -> Result<Option<Arc<AnyResource>>, Error> {
        match self
            .client
            .state()
            .raw()
            .get(K::NAMESPACE, K::TYPE, id)
            .await
        {
            Ok(resource) => Ok(slot.put(Arc::new(resource))),
            // Omni answers Gets from a cache of its own; a watch on the one resource tells what is stored.
            Err(Error::NotFound { .. }) if slot.wrote(id) => self.look::<K>(slot, id).await,
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What is stored, by the first event of a watch on the one resource.
    async fn look<K: Kind>(
        &self,
        slot: &Slot,
        id: &str,
    ) -> Result<Option<Arc<AnyResource>>, Error> {
        let target = Target::one(K::NAMESPACE, K::TYPE, id);
        let first = Engine::new(self.client.core().clone(), target)
            .next()
            .await?;
        if let Change::Created(resource) = first {
            return Ok(slot.put(resource));
        }
        slot.gone(id);
        Ok(None)
    }
}

// === impl Store ===

impl Store {
    /// The slot of a kind.
    fn slot(&self, facts: &Facts) -> Arc<Slot> {
        let mut slots = self.0.lock();
        let name = facts.type_name;
        if let Some(slot) = slots.get(name) {
            return slot.clone();
        }
        let slot = Arc::new(Slot::new(Strategy::of(facts)));
        slots.insert(name.to_owned(), slot.clone());
        slot
    }

    /// Takes over the answer to a write of ours.
    pub(crate) fn wrote(&self, facts: &Facts, resource: AnyResource) {
        self.slot(facts).own(Arc::new(resource));
    }

    /// What the server tells, or what is known where that is newer.
    pub(crate) fn newest(&self, facts: &Facts, told: AnyResource) -> Arc<AnyResource> {
        let told = Arc::new(told);
        self.slot(facts).put(told.clone()).unwrap_or(told)
    }

    /// Takes over that a resource is gone.
    pub(crate) fn destroyed(&self, facts: &Facts, id: &str) {
        self.slot(facts).gone(id);
    }
}

// === impl Strategy ===

impl Strategy {
    /// The strategy for a kind: the one table of them.
    pub(crate) fn of(facts: &Facts) -> Self {
        match (facts.namespace, facts.cluster) {
            (namespace::VIRTUAL | namespace::EXTERNAL, _) => Self::Get,
            (_, ClusterScope::Label) => Self::WatchByCluster,
            _ => Self::Watch,
        }
    }
}
