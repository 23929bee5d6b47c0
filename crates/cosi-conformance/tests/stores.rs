//! The suite against everything that keeps resources here, and against any server that the environment names.
#![allow(missing_docs, reason = "a test's name is its documentation")]

use cosi_conformance::{Asked, Event, Events, OnWire, Refusal, Seen, Subject};
use futures::StreamExt as _;
use hyper_util::rt::TokioIo;
use omni_api::cosi::state_client::StateClient;
use omni_api::{AnyResource, Phase, Resource, kind, specs};
use omni_client::{Client, Key as AccountKey};
use omni_plane::api::StateService;
use omni_plane::serve::{Address, Connections, Listener, serve};
use omni_plane::store::{EventKind, Key, Query, StoreError, WatchEvent, WatchOptions, Watcher};
use omni_plane::{Clock, Store};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Endpoint;

/// A store, asked without a server in between.
struct Direct {
    name: &'static str,
    store: Store,
}

/// A patch that any Omni accepts: it belongs to nobody and says nothing.
fn sample() -> AnyResource {
    let spec = specs::ConfigPatchSpec {
        data: "machine: {}\n".to_owned(),
        ..Default::default()
    };
    Resource::<kind::ConfigPatch>::new("sample", spec).to_any()
}

fn key(id: &str) -> Key {
    Key::of::<kind::ConfigPatch>(id)
}

fn refusal(error: StoreError) -> Refusal {
    match error {
        StoreError::NotFound(_) => Refusal::NotFound,
        StoreError::AlreadyExists(_) => Refusal::Exists,
        StoreError::Version { .. } | StoreError::Finalizers { .. } => Refusal::Conflict,
        StoreError::Owner { .. } => Refusal::Owner,
        StoreError::Phase { .. } => Refusal::Phase,
        error => Refusal::Other(error.to_string()),
    }
}

fn query(asked: &Asked) -> Query {
    let id = asked.id.as_deref().map(regex::Regex::new);
    Query {
        selector: asked.labels.clone(),
        id: id.transpose().expect("an expression"),
        ..Query::default()
    }
}

fn seen(event: WatchEvent) -> Result<Seen, Refusal> {
    let (event, bookmark) = match event {
        WatchEvent::Resource(event, bookmark) => {
            let resource = AnyResource::clone(&event.resource);
            let old = event.old.as_deref().cloned();
            let told = match event.kind {
                EventKind::Created => Event::Created(resource),
                EventKind::Updated => Event::Updated {
                    old: Box::new(old.expect("an update has a past")),
                    new: resource,
                },
                EventKind::Destroyed => Event::Destroyed(resource),
            };
            (told, bookmark.map(Vec::from).unwrap_or_default())
        }
        WatchEvent::Missing => (Event::Destroyed(sample()), Vec::new()),
        WatchEvent::Bootstrapped(bookmark) => (Event::Bootstrapped, bookmark.into()),
        WatchEvent::Noop(bookmark) => (Event::Noop, bookmark.into()),
        WatchEvent::Complete => (Event::Bootstrapped, Vec::new()),
        WatchEvent::Failed(text) | WatchEvent::Overrun(text) => return Err(Refusal::Other(text)),
    };
    Ok(Seen { event, bookmark })
}

/// The events of a watcher; a missing resource gets the name that was asked for.
fn events(watcher: Watcher, id: Option<String>) -> Events {
    let batches = futures::stream::unfold(watcher, |mut watcher| async move {
        let batch = watcher.next().await?;
        Some((futures::stream::iter(batch), watcher))
    });
    let named = move |event: WatchEvent| {
        let mut seen = seen(event)?;
        if let (Event::Destroyed(gone), Some(id)) = (&mut seen.event, &id) {
            gone.metadata.id = id.as_str().into();
        }
        Ok(seen)
    };
    batches.flatten().map(named).boxed()
}

impl Subject for Direct {
    fn name(&self) -> &str {
        self.name
    }

    fn sample(&self, id: &str) -> AnyResource {
        let mut sample = sample();
        sample.metadata.id = id.into();
        sample
    }

    fn allows_owners(&self) -> bool {
        true
    }

    async fn get(&self, id: &str) -> Result<AnyResource, Refusal> {
        let key = key(id);
        let found = self.store.get(&key.namespace, &key.type_name, id);
        found.as_deref().cloned().ok_or(Refusal::NotFound)
    }

    async fn list(&self, asked: &Asked) -> Result<Vec<AnyResource>, Refusal> {
        let key = key("");
        let all = self
            .store
            .list(&key.namespace, &key.type_name, &query(asked));
        Ok(all.iter().map(|one| AnyResource::clone(one)).collect())
    }

    async fn create(&self, resource: AnyResource, owner: &str) -> Result<AnyResource, Refusal> {
        let made = self.store.create(resource, owner).map_err(refusal)?;
        Ok(AnyResource::clone(&made))
    }

    async fn update(
        &self,
        resource: AnyResource,
        owner: &str,
        expected: Option<Phase>,
    ) -> Result<AnyResource, Refusal> {
        let stored = self.store.update(resource, owner, expected);
        let stored = stored.map_err(refusal)?;
        Ok(AnyResource::clone(&stored))
    }

    async fn teardown(&self, id: &str, owner: &str) -> Result<bool, Refusal> {
        self.store.teardown(&key(id), owner).map_err(refusal)
    }

    async fn destroy(&self, id: &str, owner: &str) -> Result<(), Refusal> {
        self.store.destroy(&key(id), owner).map_err(refusal)
    }

    async fn watch(&self, id: Option<&str>, asked: &Asked) -> Result<Events, Refusal> {
        let options = WatchOptions {
            bootstrap_contents: asked.contents,
            tail_events: asked.tail.into(),
            start_from: asked.after.clone(),
            query: query(asked),
            ..WatchOptions::default()
        };
        let key = key(id.unwrap_or_default());
        let watcher = match id {
            Some(id) => self
                .store
                .watch(&key.namespace, &key.type_name, id, &options),
            None => self
                .store
                .watch_kind(&key.namespace, &key.type_name, &options),
        };
        // Every refusal of a watch is about its bookmark here: the suite never combines options that exclude each other.
        let watcher = watcher.map_err(|_| Refusal::Conflict)?;
        Ok(events(watcher, id.map(str::to_owned)))
    }
}

#[expect(clippy::print_stdout, reason = "the report is for people")]
async fn conforms(subject: &impl Subject) {
    let report = cosi_conformance::run(subject).await;
    println!("{report}");
    assert!(report.broken.is_empty(), "{report}");
}

#[tokio::test]
async fn the_store_in_memory_conforms() {
    let store = Store::in_memory(Clock::manual());
    conforms(&Direct {
        name: "in memory",
        store,
    })
    .await;
}

#[tokio::test]
async fn the_durable_store_conforms_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("state"), Clock::manual()).expect("a file");
    let subject = Direct {
        name: "in a file",
        store,
    };
    conforms(&subject).await;
    subject.store.committed().await.expect("written");
    assert_eq!(subject.list(&Asked::default()).await, Ok(Vec::new()));
}

#[tokio::test]
async fn the_server_conforms() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("api");
    let listener = Listener::bind(Address::Unix(path.clone()))
        .await
        .expect("bound");
    let stop = CancellationToken::new();
    let service = StateService::bare(Store::in_memory(Clock::manual()), stop.clone());
    let routes = Routes::new(service.into_server());
    let serving = serve(listener, routes, Connections::default(), stop.clone());
    let serving = tokio::spawn(serving);
    let connect = tower::service_fn(move |_| {
        let path = path.clone();
        async move { Ok::<_, std::io::Error>(TokioIo::new(UnixStream::connect(path).await?)) }
    });
    let endpoint = Endpoint::from_static("http://plane");
    let channel = endpoint.connect_with_connector(connect).await;
    let subject = OnWire {
        client: StateClient::new(channel.expect("it listens")),
        name: "over gRPC".to_owned(),
        sample: sample(),
        allows_owners: true,
    };
    conforms(&subject).await;
    drop(subject);
    stop.cancel();
    serving.await.expect("no panic").expect("a clean end");
}

/// `OMNI_CONFORMANCE_ENDPOINT` and `OMNI_CONFORMANCE_KEY` name a server, an Omni or a plane, that is judged as well.
#[tokio::test]
async fn the_server_of_the_environment_conforms() {
    let named = |name| std::env::var(name).ok();
    let Some(endpoint) = named("OMNI_CONFORMANCE_ENDPOINT") else {
        println!(
            "skipped: the_server_of_the_environment_conforms (OMNI_CONFORMANCE_ENDPOINT is not set)"
        );
        return;
    };
    let text = named("OMNI_CONFORMANCE_KEY").expect("OMNI_CONFORMANCE_KEY");
    let account = AccountKey::parse(&text).expect("a key");
    let client = Client::builder(endpoint.parse().expect("an endpoint")).key(account);
    let subject = OnWire {
        client: client.build().expect("a client").state_service(),
        name: endpoint,
        sample: sample(),
        allows_owners: false,
    };
    conforms(&subject).await;
}
