//! The verbs of the state service, by one caller.

use futures::TryStreamExt as _;
use omni_api::cosi::state_server::State as _;
use omni_api::{AnyResource, Kind, Resource, cosi};
use omni_plane::api::{Caller, StateService};
use tonic::Status;

use super::{request, wire};

/// A caller of a service.
pub(crate) struct As<'a>(pub(crate) &'a StateService, pub(crate) Option<&'a Caller>);

impl As<'_> {
    pub(crate) async fn get<K: Kind>(&self, id: &str) -> Result<Resource<K>, Status> {
        let message = cosi::GetRequest {
            namespace: K::NAMESPACE.into(),
            r#type: K::TYPE.into(),
            id: id.into(),
            options: None,
        };
        let answer = self.0.get(request(self.1, message)).await?.into_inner();
        Ok(read(answer.resource))
    }

    pub(crate) async fn list(
        &self,
        namespace: &str,
        type_name: &str,
    ) -> Result<Vec<String>, Status> {
        let message = cosi::ListRequest {
            namespace: namespace.into(),
            r#type: type_name.into(),
            options: None,
        };
        let answers = self.0.list(request(self.1, message)).await?.into_inner();
        let answers: Vec<_> = answers.try_collect().await?;
        Ok(answers
            .into_iter()
            .filter_map(|one| Some(one.resource?.metadata?.id))
            .collect())
    }

    pub(crate) async fn create<K: Kind>(
        &self,
        id: &str,
        edit: impl FnOnce(&mut Resource<K>),
    ) -> Result<Resource<K>, Status> {
        let message = cosi::CreateRequest {
            resource: Some(wire::<K>(id, edit)),
            options: None,
        };
        let answer = self.0.create(request(self.1, message)).await?.into_inner();
        Ok(read(answer.resource))
    }

    pub(crate) async fn update<K: Kind>(
        &self,
        resource: Resource<K>,
    ) -> Result<Resource<K>, Status> {
        let message = cosi::UpdateRequest {
            new_resource: Some(AnyResource::into(resource.to_any())),
            options: Some(cosi::UpdateOptions::default()),
        };
        let answer = self.0.update(request(self.1, message)).await?.into_inner();
        Ok(read(answer.resource))
    }

    pub(crate) async fn destroy<K: Kind>(&self, id: &str) -> Result<(), Status> {
        let message = cosi::DestroyRequest {
            namespace: K::NAMESPACE.into(),
            r#type: K::TYPE.into(),
            id: id.into(),
            options: None,
        };
        self.0.destroy(request(self.1, message)).await.map(|_| ())
    }

    /// The ids of the contents with which a watch on the kind begins.
    pub(crate) async fn watch<K: Kind>(&self) -> Result<Vec<String>, Status> {
        let message = cosi::WatchRequest {
            namespace: K::NAMESPACE.into(),
            r#type: K::TYPE.into(),
            id: None,
            options: Some(cosi::WatchOptions {
                bootstrap_contents: true,
                ..cosi::WatchOptions::default()
            }),
            api_version: 1,
        };
        let mut events = self.0.watch(request(self.1, message)).await?.into_inner();
        let mut ids = Vec::new();
        while let Some(message) = events.try_next().await? {
            for event in message.event {
                if event.event_type() == cosi::EventType::Bootstrapped {
                    return Ok(ids);
                }
                ids.extend(
                    event
                        .resource
                        .and_then(|resource| Some(resource.metadata?.id)),
                );
            }
        }
        Ok(ids)
    }
}

fn read<K: Kind>(resource: Option<cosi::Resource>) -> Resource<K> {
    let resource = AnyResource::try_from(resource.expect("a resource")).expect("well formed");
    resource.typed().expect("of its kind")
}
