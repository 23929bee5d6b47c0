//! Resources, straight from the server: read, write, tear down.
//!
//! Reads are repeated while the server stumbles. Writes are repeated only where that is safe: when the earlier try certainly
//! did nothing, or when what is stored is recognised as our own (see [`State::create`]). Every answer to a write is given
//! to the client's cache, so that later reads through it never go back behind it.

mod delete;
mod raw;
mod write;

use omni_api::kind::Facts;
use omni_api::{AnyResource, Kind, Resource};

use crate::client::Client;
use crate::error::Error;
use crate::query::Query;

pub use delete::Teardown;
pub(crate) use raw::{Raw, from_wire};

/// The state service of one client.
#[derive(Debug, Clone)]
pub struct State {
    client: Client,
    raw: Raw,
}

// === impl State ===

impl State {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            raw: Raw::new(client.core().clone()),
            client,
        }
    }

    pub(crate) fn raw(&self) -> &Raw {
        &self.raw
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// One resource.
    ///
    /// Omni answers reads from a cache of its own, so that one straight after a write may be stale: use the write's answer.
    ///
    /// # Errors
    /// [`Error::NotFound`], and those of any call.
    pub async fn get<K: Kind>(&self, id: &str) -> Result<Resource<K>, Error> {
        let any = self.raw.get(K::NAMESPACE, K::TYPE, id).await?;
        Ok(any.typed()?)
    }

    /// One resource; `None` when there is none.
    ///
    /// # Errors
    /// Those of [`Self::get`] but [`Error::NotFound`].
    pub async fn find<K: Kind>(&self, id: &str) -> Result<Option<Resource<K>>, Error> {
        match self.get(id).await {
            Ok(resource) => Ok(Some(resource)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One resource of a kind that older servers have in another namespace; `None` when there is none.
    ///
    /// # Errors
    /// Those of [`Self::find`].
    pub async fn find_in<K: Kind>(
        &self,
        namespace: &str,
        id: &str,
    ) -> Result<Option<Resource<K>>, Error> {
        match self.raw.get(namespace, K::TYPE, id).await {
            Ok(any) => Ok(Some(any.typed()?)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All resources of a kind that is known by its facts only, sorted by id.
    ///
    /// # Errors
    /// Those of [`Self::list`].
    pub async fn list_any(&self, facts: &Facts) -> Result<Vec<AnyResource>, Error> {
        let query = Query::all();
        self.raw
            .list(facts.namespace, facts.type_name, &query)
            .await
    }

    /// All resources of a kind that a query asks for, sorted by id.
    ///
    /// # Errors
    /// Those of any call; [`Error::Unimplemented`] for kinds that cannot be listed.
    pub async fn list<K: Kind>(&self, query: &Query) -> Result<Vec<Resource<K>>, Error> {
        let all = self.raw.list(K::NAMESPACE, K::TYPE, query).await?;
        let typed: Result<Vec<_>, _> = all.iter().map(omni_api::AnyResource::typed).collect();
        Ok(typed?)
    }
}
