//! A server on a Unix socket and a client of it.

use hyper_util::rt::TokioIo;
use omni_api::cosi::state_client::StateClient;
use omni_api::cosi::{self, Metadata, Resource, Spec};
use omni_plane::api::StateService;
use omni_plane::serve::{Address, Connections, Listener, serve};
use omni_plane::{Clock, Store};
use prost::Message as _;
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

pub(crate) const TYPE: &str = "Probes.lab.dev";

/// What a step showed.
pub(crate) enum Seen {
    Failed(String, String),
    Resource(Value),
    Empty,
    Ids(Vec<String>),
    Messages(Value),
}

pub(crate) struct Probe {
    pub(crate) client: StateClient<Channel>,
    stop: CancellationToken,
    server: JoinHandle<()>,
    _home: tempfile::TempDir,
}

impl Probe {
    pub(crate) async fn start() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("plane.sock");
        let listener = Listener::bind(Address::Unix(path.clone()))
            .await
            .expect("a free path");
        let stop = CancellationToken::new();
        let service = StateService::bare(Store::in_memory(Clock::manual()), stop.clone());
        let routes = Routes::new(service.into_server());
        let serving = serve(listener, routes, Connections::default(), stop.clone());
        let server = tokio::spawn(async move { serving.await.expect("it serves") });
        let connect = tower::service_fn(move |_| {
            let path = path.clone();
            async move { Ok::<_, std::io::Error>(TokioIo::new(UnixStream::connect(path).await?)) }
        });
        let channel = Endpoint::from_static("http://plane")
            .connect_with_connector(connect)
            .await;
        let client = StateClient::new(channel.expect("it listens"))
            .send_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Gzip);
        Self {
            client,
            stop,
            server,
            _home: home,
        }
    }

    pub(crate) async fn stop(self) {
        drop(self.client);
        self.stop.cancel();
        self.server.await.expect("it ends");
    }
}

/// A resource as the recorded probe wrote it: one label, one byte of contents.
pub(crate) fn resource(id: &str, version: &str) -> Resource {
    Resource {
        metadata: Some(Metadata {
            namespace: "default".into(),
            r#type: TYPE.into(),
            id: id.into(),
            version: version.into(),
            phase: "running".into(),
            labels: [("a".to_owned(), "1".to_owned())].into(),
            ..Metadata::default()
        }),
        spec: Some(Spec {
            proto_spec: vec![1],
            yaml_spec: "{}".into(),
        }),
    }
}

pub(crate) fn change(
    mut resource: Resource,
    edit: impl FnOnce(&mut Metadata, &mut Spec),
) -> Resource {
    let (Some(metadata), Some(spec)) = (&mut resource.metadata, &mut resource.spec) else {
        panic!("a whole resource");
    };
    edit(metadata, spec);
    resource
}

pub(crate) fn answered(answer: Result<Option<Resource>, Status>) -> Seen {
    match answer {
        Ok(Some(resource)) => {
            let json =
                omni_api::reflect::to_json("cosi.resource.Resource", &resource.encode_to_vec());
            Seen::Resource(json.expect("a known message"))
        }
        Ok(None) => Seen::Empty,
        Err(status) => Seen::Failed(code(status.code()), status.message().to_owned()),
    }
}

/// A code by Go's name for it.
pub(crate) fn code(code: Code) -> String {
    format!("{code:?}")
}

/// The options of a list with one term.
pub(crate) fn term(
    key: &str,
    op: cosi::label_term::Operation,
    value: &[&str],
    invert: bool,
) -> cosi::LabelQuery {
    let term = cosi::LabelTerm {
        key: key.into(),
        op: op.into(),
        value: value.iter().map(|one| (*one).to_owned()).collect(),
        invert,
    };
    cosi::LabelQuery { terms: vec![term] }
}
