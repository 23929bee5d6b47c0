//! Get and list.

use std::sync::Arc;

use futures::StreamExt as _;
use omni_api::{AnyResource, Version, cosi};
use tonic::Status;

use super::{Answers, Refusal, StateService};
use crate::api::caller::{self, Caller};
use crate::api::status::Verb;
use crate::api::wire;
use crate::store::{Key, Query, StoreError};

impl StateService {
    pub(super) async fn read(
        &self,
        caller: Option<&Caller>,
        request: &cosi::GetRequest,
    ) -> Result<cosi::GetResponse, Status> {
        let key = Key::new(&request.namespace, &request.r#type, &request.id);
        let found = self.one(caller, &key).await;
        let found = found.map_err(|refusal| refusal.of(Verb::Change))?;
        Ok(cosi::GetResponse {
            resource: Some(wire::outgoing(self.gate.release(), &found)),
        })
    }

    /// One resource: stored, computed, or kept elsewhere.
    pub(in crate::api) async fn one(
        &self,
        caller: Option<&Caller>,
        key: &Key,
    ) -> Result<Arc<AnyResource>, Refusal> {
        let stored = self.stored(key);
        self.gate.read(caller, key, stored.as_deref())?;
        let found = if self.computes(&key.namespace, &key.type_name) {
            self.compute(caller::signed(caller)?, key)?.map(Arc::new)
        } else if self.is_external(&key.namespace) {
            Some(Arc::new(self.backup(key).await?))
        } else {
            stored
        };
        found.ok_or_else(|| StoreError::NotFound(key.at(Version::UNDEFINED)).into())
    }

    /// The resources are rendered one by one, as the reader takes them.
    pub(super) async fn read_kind(
        &self,
        caller: Option<&Caller>,
        request: &cosi::ListRequest,
    ) -> Result<Answers<cosi::ListResponse>, Status> {
        let options = request.options.clone().unwrap_or_default();
        let query = wire::query(&options.label_query, options.id_query.as_ref())?;
        let found = self
            .many(caller, &request.namespace, &request.r#type, &query)
            .await?;
        let release = self.gate.release();
        let answers = futures::stream::iter(found).map(move |resource| {
            Ok(cosi::ListResponse {
                resource: Some(wire::outgoing(release, &resource)),
            })
        });
        Ok(Box::pin(answers))
    }

    /// The resources of a kind that the caller sees: stored, computed, or kept elsewhere.
    pub(in crate::api) async fn many(
        &self,
        caller: Option<&Caller>,
        namespace: &str,
        type_name: &str,
        query: &Query,
    ) -> Result<Vec<Arc<AnyResource>>, Status> {
        self.gate.read_kind(caller, namespace, type_name, query)?;
        let mut found = if self.computes(namespace, type_name) {
            let computed = self.compute_all(caller::signed(caller)?, type_name, query)?;
            computed.into_iter().map(Arc::new).collect()
        } else if self.is_external(namespace) {
            let backups = self.backups(type_name, query).await?;
            backups.into_iter().map(Arc::new).collect()
        } else {
            self.store.list(namespace, type_name, query)
        };
        found.retain(|resource| self.gate.shows(caller, resource));
        Ok(found)
    }
}
