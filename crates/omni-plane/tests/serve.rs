//! Sockets: who may listen where, what happens at the end, how big a message may be.

use std::net::SocketAddr;
use std::path::Path;

use hyper_util::rt::TokioIo;
use omni_api::cosi::state_client::StateClient;
use omni_api::cosi::{CreateRequest, Metadata, Resource, Spec, WatchRequest};
use omni_plane::api::StateService;
use omni_plane::serve::{Address, Connections, Listener, ServeError, serve};
use omni_plane::{Clock, Store};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::{Channel, Endpoint};

const MIB: usize = 1 << 20;

fn routes(stop: &CancellationToken) -> Routes {
    let service = StateService::bare(Store::in_memory(Clock::manual()), stop.clone());
    Routes::new(service.into_server())
}

async fn client(path: &Path) -> StateClient<Channel> {
    let path = path.to_owned();
    let connect = tower::service_fn(move |_| {
        let path = path.clone();
        async move { Ok::<_, std::io::Error>(TokioIo::new(UnixStream::connect(path).await?)) }
    });
    let channel = Endpoint::from_static("http://plane")
        .connect_with_connector(connect)
        .await;
    StateClient::new(channel.expect("it listens"))
        .max_encoding_message_size(64 * MIB)
        .max_decoding_message_size(64 * MIB)
}

fn resource(size: usize) -> CreateRequest {
    CreateRequest {
        resource: Some(Resource {
            metadata: Some(Metadata {
                namespace: "default".into(),
                r#type: "Probes.lab.dev".into(),
                id: "x".into(),
                version: "undefined".into(),
                phase: "running".into(),
                ..Metadata::default()
            }),
            spec: Some(Spec {
                proto_spec: vec![7; size],
                yaml_spec: String::new(),
            }),
        }),
        options: None,
    }
}

#[tokio::test]
async fn an_address_beyond_this_computer_is_refused() {
    let wide: SocketAddr = "0.0.0.0:0".parse().expect("an address");
    let refused = Listener::bind(Address::Tcp(wide)).await;
    assert!(matches!(refused, Err(ServeError::NotLoopback(address)) if address == wide));
    let near = Listener::bind(Address::Tcp("127.0.0.1:0".parse().expect("an address"))).await;
    let near = near.expect("the system chooses a port");
    assert!(matches!(near.address(), Address::Tcp(address) if address.port() > 0));
}

#[tokio::test]
async fn a_socket_in_use_is_left_alone_and_a_dead_one_replaced() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("plane.sock");
    // A file that a killed server left behind.
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
    assert!(path.exists());
    let first = Listener::bind(Address::Unix(path.clone()))
        .await
        .expect("the dead one is replaced");
    let second = Listener::bind(Address::Unix(path.clone())).await;
    assert!(matches!(second, Err(ServeError::InUse(_))), "{second:?}");
    drop(first);
    assert!(!path.exists(), "the file goes with its server");
}

#[tokio::test]
async fn an_order_to_stop_ends_watches_and_the_server() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("plane.sock");
    let listener = Listener::bind(Address::Unix(path.clone()))
        .await
        .expect("a free path");
    let (stop, connections) = (CancellationToken::new(), Connections::default());
    let server = tokio::spawn(serve(
        listener,
        routes(&stop),
        connections.clone(),
        stop.clone(),
    ));
    let mut watcher = client(&path).await;
    let request = WatchRequest {
        namespace: "default".into(),
        r#type: "Probes.lab.dev".into(),
        ..WatchRequest::default()
    };
    let mut watch = watcher
        .watch(request)
        .await
        .expect("it begins")
        .into_inner();
    assert!(
        watch
            .message()
            .await
            .expect("it stands")
            .is_some_and(|first| first.event.is_empty())
    );
    assert_eq!(connections.open(), 1);
    stop.cancel();
    assert!(watch.message().await.expect("it ends in order").is_none());
    drop((watch, watcher));
    server.await.expect("no panic").expect("it ended in order");
    assert_eq!(connections.open(), 0);
    assert!(!path.exists());
}

#[tokio::test]
async fn messages_may_be_large_but_not_endless() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("plane.sock");
    let listener = Listener::bind(Address::Unix(path.clone()))
        .await
        .expect("a free path");
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve(
        listener,
        routes(&stop),
        Connections::default(),
        stop.clone(),
    ));
    let mut client = client(&path).await;
    let too_big = client
        .create(resource(33 * MIB))
        .await
        .expect_err("over 32 MiB");
    assert_eq!(too_big.code(), tonic::Code::OutOfRange, "{too_big}");
    let large = client
        .create(resource(20 * MIB))
        .await
        .expect("under 32 MiB")
        .into_inner();
    let stored = large
        .resource
        .and_then(|resource| resource.spec)
        .expect("a resource");
    assert_eq!(stored.proto_spec.len(), 20 * MIB);
    drop(client);
    stop.cancel();
    server.await.expect("no panic").expect("it ended in order");
}

/// What a client without gRPC hears.
async fn heard(request: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = Listener::bind(Address::Tcp("127.0.0.1:0".parse().expect("an address"))).await;
    let listener = listener.expect("the system chooses a port");
    let Address::Tcp(address) = *listener.address() else {
        panic!("it listens on TCP");
    };
    let stop = CancellationToken::new();
    let routes = omni_plane::api::routes(
        &Store::in_memory(Clock::manual()),
        &omni_plane::backups::Depot::memory(),
        omni_plane::api::Endpoints::default(),
        stop.clone(),
    );
    let server = serve(listener, routes, Connections::default(), stop.clone());
    let server = tokio::spawn(server);
    let browser = tokio::net::TcpStream::connect(address).await;
    let mut browser = browser.expect("it listens");
    let sent = browser.write_all(request.as_bytes()).await;
    sent.expect("it reads");
    let mut answer = String::new();
    let read = browser.read_to_string(&mut answer).await;
    read.expect("it answers");
    stop.cancel();
    server.await.expect("no panic").expect("it ended in order");
    answer
}

#[tokio::test]
async fn who_asks_for_the_rest_gateway_is_told_that_there_is_none() {
    let answer = heard(
        "POST /api/omni.resources.ResourceService/List HTTP/1.1\r\nHost: plane\r\nContent-Type: application/json\r\nContent-Length: \
         2\r\nConnection: close\r\n\r\n{}",
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 501 Not Implemented\r\n"),
        "{answer}"
    );
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(body).expect("JSON"),
        serde_json::json!({
            "code": 12,
            "message": "the embedded plane does not serve the REST gateway: make the same call by gRPC",
            "details": [],
        })
    );
}

#[tokio::test]
async fn a_probe_of_health_is_answered_without_a_signature() {
    let answer = heard("GET /healthz HTTP/1.1\r\nHost: plane\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test]
async fn who_loads_an_image_as_old_omnictls_did_is_told_to_upgrade() {
    let ask = |method: &str| {
        format!(
            "{method} /image/a/v1.13.8/metal-amd64.iso HTTP/1.1\r\nHost: plane\r\nConnection: close\r\n\r\n"
        )
    };
    let answer = heard(&ask("GET")).await;
    assert!(answer.starts_with("HTTP/1.1 410 Gone\r\n"), "{answer}");
    let text = "Omni no longer proxies Talos installation media downloads. Please upgrade omnictl to a recent version; newer omnictl \
                downloads directly from the Talos image factory.\n";
    assert!(answer.ends_with(text), "{answer}");
    let head = heard(&ask("HEAD")).await;
    assert!(head.starts_with("HTTP/1.1 410 Gone\r\n"), "{head}");
    assert!(head.ends_with("\r\n\r\n"), "{head}");
}
