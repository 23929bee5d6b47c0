//! The calls as they are on the wire, one try or many, on resources of any kind.

use futures::TryStreamExt as _;
use omni_api::cosi;
use omni_api::resource::WireError;
use omni_api::{AnyResource, Phase};
use tonic::Response;

use crate::compressed;
use crate::core::Core;
use crate::error::{Call, Error};
use crate::query::Query;

/// The calls as they are on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Raw {
    pub(crate) core: Core,
}

// === impl Raw ===

impl Raw {
    pub(crate) fn new(core: Core) -> Self {
        Self { core }
    }

    /// Reads one, repeated while the server stumbles.
    pub(crate) async fn get(
        &self,
        namespace: &str,
        kind: &str,
        id: &str,
    ) -> Result<AnyResource, Error> {
        let call = || async {
            let request = self.core.request(cosi::GetRequest {
                namespace: namespace.to_owned(),
                r#type: kind.to_owned(),
                id: id.to_owned(),
                options: Some(cosi::GetOptions {}),
            });
            let mut service = self.core.state_client();
            let answer = self.core.once(Call::Read, service.get(request)).await?;
            from_wire(answer.resource)
        };
        self.core.repeat(call).await
    }

    /// Reads many, repeated while the server stumbles.
    pub(crate) async fn list(
        &self,
        namespace: &str,
        kind: &str,
        query: &Query,
    ) -> Result<Vec<AnyResource>, Error> {
        let call = || async {
            let request = self.core.request(cosi::ListRequest {
                namespace: namespace.to_owned(),
                r#type: kind.to_owned(),
                options: Some(cosi::ListOptions {
                    label_query: query.labels(),
                    id_query: query.ids(),
                }),
            });
            let mut service = self.core.state_client();
            let collect = async {
                let stream = service.list(request).await?.into_inner();
                stream.try_collect::<Vec<_>>().await.map(Response::new)
            };
            let answers = self.core.once(Call::Read, collect).await?;
            answers
                .into_iter()
                .map(|answer| from_wire(answer.resource))
                .collect()
        };
        self.core.repeat(call).await
    }

    /// Creates, one try.
    pub(super) async fn create(&self, resource: &AnyResource) -> Result<AnyResource, Error> {
        let request = self.core.request(cosi::CreateRequest {
            resource: Some(resource.clone().into()),
            options: Some(cosi::CreateOptions::default()),
        });
        let mut service = self.core.state_client();
        let answer = self
            .core
            .once(Call::Create, service.create(request))
            .await?;
        from_wire(answer.resource)
    }

    /// Replaces, one try. Options are always sent: without them Omni's server fails.
    pub(super) async fn update(
        &self,
        resource: &AnyResource,
        expected: Phase,
    ) -> Result<AnyResource, Error> {
        let request = self.core.request(cosi::UpdateRequest {
            new_resource: Some(resource.clone().into()),
            options: Some(cosi::UpdateOptions {
                owner: String::new(),
                expected_phase: Some(expected.to_string()),
            }),
        });
        let mut service = self.core.state_client();
        let answer = self
            .core
            .once(Call::Update, service.update(request))
            .await?;
        from_wire(answer.resource)
    }

    /// Tears down, repeated while the server stumbles; answers whether nobody holds it any more.
    pub(super) async fn teardown(
        &self,
        namespace: &str,
        kind: &str,
        id: &str,
    ) -> Result<bool, Error> {
        let call = || async {
            let request = self.core.request(cosi::TeardownRequest {
                namespace: namespace.to_owned(),
                r#type: kind.to_owned(),
                id: id.to_owned(),
                options: Some(cosi::TeardownOptions::default()),
            });
            let mut service = self.core.state_client();
            let answer = self
                .core
                .once(Call::Destroy, service.teardown(request))
                .await?;
            Ok(answer.destroy_ready)
        };
        self.core.repeat(call).await
    }

    /// Destroys, repeated while the server stumbles.
    pub(super) async fn destroy(&self, namespace: &str, kind: &str, id: &str) -> Result<(), Error> {
        let call = || async {
            let request = self.core.request(cosi::DestroyRequest {
                namespace: namespace.to_owned(),
                r#type: kind.to_owned(),
                id: id.to_owned(),
                options: Some(cosi::DestroyOptions::default()),
            });
            let mut service = self.core.state_client();
            self.core
                .once(Call::Destroy, service.destroy(request))
                .await?;
            Ok(())
        };
        self.core.repeat(call).await
    }

    /// Tears down, waits and destroys in one call that has no limit of its own; repeated while the server stumbles.
    pub(super) async fn teardown_and_destroy(
        &self,
        namespace: &str,
        kind: &str,
        id: &str,
    ) -> Result<(), Error> {
        let call = || async {
            let request = tonic::Request::new(cosi::TeardownAndDestroyRequest {
                namespace: namespace.to_owned(),
                r#type: kind.to_owned(),
                id: id.to_owned(),
                options: Some(cosi::TeardownAndDestroyOptions::default()),
            });
            let mut service = self.core.state_client();
            let answer = service.teardown_and_destroy(request).await;
            let meaning = |status| self.core.shared().meaning(Call::Destroy, &status);
            answer.map(|_| ()).map_err(meaning)
        };
        self.core.repeat(call).await
    }
}

/// A resource from the wire, its compressed parts made plain.
pub(crate) fn from_wire(wire: Option<cosi::Resource>) -> Result<AnyResource, Error> {
    let wire = wire.ok_or(WireError::MetadataMissing)?;
    let mut resource = AnyResource::try_from(wire)?;
    compressed::expand(&mut resource)?;
    Ok(resource)
}
