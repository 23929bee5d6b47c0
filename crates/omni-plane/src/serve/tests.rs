//! How serving ends.

use std::convert::Infallible;
use std::future::Pending;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::Notify;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codegen::Service;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tonic::transport::Endpoint;
use tonic_prost::ProstCodec;

use super::*;

/// Answers nobody, ever.
#[derive(Clone)]
struct Forever {
    called: Arc<Notify>,
}

impl NamedService for Forever {
    const NAME: &'static str = "forever";
}

impl Service<Request<Body>> for Forever {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pending<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        self.called.notify_one();
        std::future::pending()
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_something_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = Address::Unix(folder.path().join("api"));
    let listener = Listener::bind(address.clone()).await.expect("bound");
    let (stop, called) = (CancellationToken::new(), Arc::new(Notify::new()));
    let service = Forever {
        called: called.clone(),
    };
    let serving = serve(
        listener,
        Routes::new(service),
        Connections::default(),
        stop.clone(),
    );
    let serving = tokio::spawn(serving);
    let endpoint = Endpoint::from_shared(address.to_string()).expect("an endpoint");
    let mut client = Grpc::new(endpoint.connect_lazy());
    let call = tokio::spawn(async move {
        client.ready().await.expect("connected");
        let path = PathAndQuery::from_static("/forever/Call");
        let codec = ProstCodec::<(), ()>::default();
        client
            .unary(tonic::Request::new(()), path, codec)
            .await
            .map(drop)
    });
    called.notified().await;
    let told = Instant::now();
    stop.cancel();
    serving.await.expect("no panic").expect("a clean end");
    assert_eq!(told.elapsed(), FINISH);
    call.abort();
}
