//! A subject behind a connection: the state service as gRPC has it.

use std::error::Error;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use omni_api::cosi::state_client::StateClient;
use omni_api::{AnyResource, Phase, cosi};
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::codegen::{Body as HttpBody, Bytes};
use tonic::{Code, Status};

use crate::subject::{Asked, Event, Events, Refusal, Seen, Subject};

/// A server of the state API, asked through a client of it.
#[derive(Debug)]
pub struct OnWire<T> {
    /// The client. It signs where the server wants that.
    pub client: StateClient<T>,
    /// What the server is called in the report.
    pub name: String,
    /// A resource that the server accepts; its id does not matter.
    pub sample: AnyResource,
    /// Whether callers may write in the name of an owner.
    pub allows_owners: bool,
}

/// What every transport of a client must be.
pub trait Transport:
    GrpcService<
        Body,
        Future: Send,
        ResponseBody: HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>> + Send>
                          + Send
                          + 'static,
    > + Clone
    + Send
    + Sync
{
}

impl<T> Transport for T
where
    T: GrpcService<Body> + Clone + Send + Sync,
    T::Future: Send,
    T::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as HttpBody>::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
}

// === impl OnWire ===

impl<T> OnWire<T> {
    fn names(&self) -> (String, String) {
        let metadata = &self.sample.metadata;
        (
            metadata.namespace.to_string(),
            metadata.type_name.to_string(),
        )
    }
}

impl<T: Transport> Subject for OnWire<T> {
    fn name(&self) -> &str {
        &self.name
    }

    fn sample(&self, id: &str) -> AnyResource {
        let mut sample = self.sample.clone();
        sample.metadata.id = id.into();
        sample
    }

    fn allows_owners(&self) -> bool {
        self.allows_owners
    }

    async fn get(&self, id: &str) -> Result<AnyResource, Refusal> {
        let (namespace, r#type) = self.names();
        let options = Some(cosi::GetOptions::default());
        let request = cosi::GetRequest {
            namespace,
            r#type,
            id: id.to_owned(),
            options,
        };
        let answer = self.client.clone().get(request).await?;
        stored(answer.into_inner().resource)
    }

    async fn list(&self, asked: &Asked) -> Result<Vec<AnyResource>, Refusal> {
        let (namespace, r#type) = self.names();
        let options = Some(cosi::ListOptions {
            label_query: Vec::from(&asked.labels),
            id_query: id_query(asked),
        });
        let request = cosi::ListRequest {
            namespace,
            r#type,
            options,
        };
        let answer = self.client.clone().list(request).await?;
        let all = answer.into_inner().map_err(Refusal::from);
        all.and_then(|one| async move { stored(one.resource) })
            .try_collect()
            .await
    }

    async fn create(&self, resource: AnyResource, owner: &str) -> Result<AnyResource, Refusal> {
        let request = cosi::CreateRequest {
            resource: Some(resource.into()),
            options: Some(cosi::CreateOptions {
                owner: owner.to_owned(),
            }),
        };
        let answer = self.client.clone().create(request).await?;
        stored(answer.into_inner().resource)
    }

    async fn update(
        &self,
        resource: AnyResource,
        owner: &str,
        expected: Option<Phase>,
    ) -> Result<AnyResource, Refusal> {
        let request = cosi::UpdateRequest {
            new_resource: Some(resource.into()),
            options: Some(cosi::UpdateOptions {
                owner: owner.to_owned(),
                expected_phase: expected.map(|phase| phase.to_string()),
            }),
        };
        let answer = self.client.clone().update(request).await?;
        stored(answer.into_inner().resource)
    }

    async fn teardown(&self, id: &str, owner: &str) -> Result<bool, Refusal> {
        let (namespace, r#type) = self.names();
        let options = Some(cosi::TeardownOptions {
            owner: owner.to_owned(),
        });
        let request = cosi::TeardownRequest {
            namespace,
            r#type,
            id: id.to_owned(),
            options,
        };
        let answer = self.client.clone().teardown(request).await?;
        Ok(answer.into_inner().destroy_ready)
    }

    async fn destroy(&self, id: &str, owner: &str) -> Result<(), Refusal> {
        let (namespace, r#type) = self.names();
        let options = Some(cosi::DestroyOptions {
            owner: owner.to_owned(),
        });
        let request = cosi::DestroyRequest {
            namespace,
            r#type,
            id: id.to_owned(),
            options,
        };
        self.client.clone().destroy(request).await?;
        Ok(())
    }

    async fn watch(&self, id: Option<&str>, asked: &Asked) -> Result<Events, Refusal> {
        let (namespace, r#type) = self.names();
        let options = Some(cosi::WatchOptions {
            bootstrap_contents: asked.contents,
            tail_events: asked.tail.into(),
            label_query: Vec::from(&asked.labels),
            id_query: id_query(asked),
            start_from_bookmark: asked.after.clone(),
            ..cosi::WatchOptions::default()
        });
        let id = id.map(str::to_owned);
        let request = cosi::WatchRequest {
            namespace,
            r#type,
            id,
            options,
            api_version: 1,
        };
        let answer = self.client.clone().watch(request).await?;
        let messages = answer.into_inner().map_err(Refusal::from);
        let events = messages.map_ok(|message| stream::iter(message.event.into_iter().map(seen)));
        Ok(events.try_flatten().boxed())
    }
}

fn id_query(asked: &Asked) -> Option<cosi::IdQuery> {
    let regexp = asked.id.clone()?;
    Some(cosi::IdQuery { regexp })
}

fn stored(resource: Option<cosi::Resource>) -> Result<AnyResource, Refusal> {
    let resource =
        resource.ok_or_else(|| Refusal::Other("an answer without a resource".to_owned()))?;
    AnyResource::try_from(resource).map_err(|error| Refusal::Other(error.to_string()))
}

fn seen(event: cosi::Event) -> Result<Seen, Refusal> {
    let bookmark = event.bookmark.clone().unwrap_or_default();
    let told = match event.event_type() {
        cosi::EventType::Created => Event::Created(stored(event.resource)?),
        cosi::EventType::Updated => Event::Updated {
            old: Box::new(stored(event.old)?),
            new: stored(event.resource)?,
        },
        cosi::EventType::Destroyed => Event::Destroyed(stored(event.resource)?),
        cosi::EventType::Bootstrapped => Event::Bootstrapped,
        cosi::EventType::Noop => Event::Noop,
        cosi::EventType::Errored => return Err(Refusal::Other(event.error.unwrap_or_default())),
    };
    Ok(Seen {
        event: told,
        bookmark,
    })
}

/// The meaning of a status, as COSI's own client reads it.
impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::NotFound => Self::NotFound,
            Code::AlreadyExists => Self::Exists,
            Code::FailedPrecondition => Self::Conflict,
            Code::PermissionDenied => Self::Owner,
            Code::InvalidArgument => Self::Phase,
            _ => Self::Other(status.to_string()),
        }
    }
}
