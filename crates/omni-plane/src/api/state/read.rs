//! Get and list.

use std::sync::Arc;

use futures::StreamExt as _;
use omni_api::kind::namespace::EXTERNAL;
use omni_api::{Version, cosi};
use tonic::Status;

use super::{Answers, StateService, computed};
use crate::api::caller::{self, Caller};
use crate::api::status::{self, Verb};
use crate::api::wire;
use crate::store::{Key, Query, StoreError};

impl StateService {
    pub(super) fn read(
        &self,
        caller: Option<&Caller>,
        request: &cosi::GetRequest,
    ) -> Result<cosi::GetResponse, Status> {
        let key = Key::new(&request.namespace, &request.r#type, &request.id);
        let stored = self.stored(&key);
        self.gate.read(caller, &key, stored.as_deref())?;
        let stored = if self.computes(&key.namespace, &key.type_name) {
            self.compute(caller::signed(caller)?, &key)?.map(Arc::new)
        } else {
            stored
        };
        let stored = stored.ok_or_else(|| {
            let missing = StoreError::NotFound(key.at(Version::UNDEFINED));
            status::of_store(Verb::Change, &missing)
        })?;
        Ok(cosi::GetResponse {
            resource: Some(wire::outgoing(&stored)),
        })
    }

    /// The resources are rendered one by one, as the reader takes them.
    pub(super) fn read_kind(
        &self,
        caller: Option<&Caller>,
        request: &cosi::ListRequest,
    ) -> Result<Answers<cosi::ListResponse>, Status> {
        let options = request.options.clone().unwrap_or_default();
        let query = wire::query(&options.label_query, options.id_query.as_ref())?;
        let (namespace, type_name) = (&request.namespace, &request.r#type);
        self.gate.read_kind(caller, namespace, type_name, &query)?;
        let mut found = if self.computes(namespace, type_name) {
            let computed = self.compute_all(caller::signed(caller)?, type_name, &query)?;
            computed.into_iter().map(Arc::new).collect()
        } else if namespace == EXTERNAL {
            return Err(external(type_name, &query));
        } else {
            self.store.list(namespace, type_name, &query)
        };
        found.retain(|resource| self.gate.shows(caller, resource));
        let answers = futures::stream::iter(found).map(|resource| {
            Ok(cosi::ListResponse {
                resource: Some(wire::outgoing(&resource)),
            })
        });
        Ok(Box::pin(answers))
    }
}

/// Backups live in a store of their own, which a plane does not have. The question must be put right all the same.
fn external(type_name: &str, query: &Query) -> Status {
    let [one] = query.selector.0.as_slice() else {
        return Status::unknown("failed to validate: cluster ID must be specified in query");
    };
    if one.pinned(omni_api::labels::CLUSTER).is_none() {
        return Status::unknown("failed to validate: cluster ID must be specified in query");
    }
    computed::unsupported(&format!("the embedded plane keeps no {type_name}"))
}
