//! Get and list.

use futures::StreamExt as _;
use omni_api::cosi;
use tonic::Status;

use super::{Answers, StateService};
use crate::api::caller::Caller;
use crate::api::status::{self, Verb};
use crate::api::wire;
use crate::store::{Key, StoreError};

impl StateService {
    pub(super) fn read(
        &self,
        caller: Option<&Caller>,
        request: &cosi::GetRequest,
    ) -> Result<cosi::GetResponse, Status> {
        let key = Key::new(&request.namespace, &request.r#type, &request.id);
        let stored = self.stored(&key);
        self.gate.read(caller, &key, stored.as_deref())?;
        let stored = stored.ok_or_else(|| {
            let missing = StoreError::NotFound(key.at(Default::default()));
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
        let mut found = self.store.list(namespace, type_name, &query);
        found.retain(|resource| self.gate.shows(caller, resource));
        let answers = futures::stream::iter(found).map(|resource| {
            Ok(cosi::ListResponse {
                resource: Some(wire::outgoing(&resource)),
            })
        });
        Ok(Box::pin(answers))
    }
}
