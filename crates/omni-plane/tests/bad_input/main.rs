//! Whatever comes over the wire: an answer with a status, never a panic, never a call that hangs.
//!
//! What a caller with rights can send is the business of `crates/bad-input`, which goes through every call.

mod refusals;

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use omni_plane::api::signature::{Signed, Verifier};
use omni_plane::api::{Endpoints, Management, StateService};
use omni_plane::{Clock, Store};
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::service::Routes;

const METHODS: [&str; 20] = [
    "/cosi.resource.State/Get",
    "/cosi.resource.State/List",
    "/cosi.resource.State/Create",
    "/cosi.resource.State/Update",
    "/cosi.resource.State/Destroy",
    "/cosi.resource.State/Watch",
    "/cosi.resource.State/Teardown",
    "/cosi.resource.State/TeardownAndDestroy",
    "/management.ManagementService/Kubeconfig",
    "/management.ManagementService/Talosconfig",
    "/management.ManagementService/Omniconfig",
    "/management.ManagementService/ValidateConfig",
    "/management.ManagementService/ValidateJSONSchema",
    "/management.ManagementService/CreateServiceAccount",
    "/management.ManagementService/RenewServiceAccount",
    "/management.ManagementService/DestroyServiceAccount",
    "/management.ManagementService/CreateUser",
    "/management.ManagementService/KubernetesUpgradePreChecks",
    "/management.ManagementService/CreateJoinToken",
    "/management.ManagementService/NoSuchCall",
];

fn services() -> Routes {
    let store = Store::in_memory(Clock::manual());
    let state = StateService::bare(store.clone(), CancellationToken::new());
    let management = Management::new(store, Endpoints::default());
    Routes::new(state.into_server()).add_service(management.into_server())
}

pub(crate) fn call(method: &str, frame: Vec<u8>) -> http::Request<Body> {
    http::Request::post(format!("http://plane{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(Full::new(frame.into())))
        .expect("a request")
}

pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("small");
    [&[0][..], &length.to_be_bytes(), message].concat()
}

/// The status of the answer; `None` while a stream is open, which is an answer too.
pub(crate) fn answer<S>(mut service: S, request: http::Request<Body>) -> Option<String>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Error: std::fmt::Debug,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let status = |headers: &http::HeaderMap| {
        headers
            .get("grpc-status")
            .map(|status| status.to_str().expect("a number").to_owned())
    };
    runtime.block_on(async {
        let answer = tokio::time::timeout(Duration::from_secs(10), service.call(request));
        let answer = answer.await.expect("it hangs").expect("infallible");
        if let Some(status) = status(answer.headers()) {
            return Some(status);
        }
        let (_, mut body) = answer.into_parts();
        loop {
            // An open watch says nothing more until something happens.
            let Ok(frame) = tokio::time::timeout(Duration::from_millis(20), body.frame()).await
            else {
                return None;
            };
            let frame = frame?.expect("a frame");
            if let Some(found) = frame.trailers_ref().and_then(status) {
                return Some(found);
            }
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_are_answered(method in 0..METHODS.len(), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let status = answer(services(), call(METHODS[method], framed(&bytes)));
        let open_watch = METHODS[method].ends_with("/Watch") && status.is_none();
        prop_assert!(open_watch || status.is_some(), "{}", METHODS[method]);
    }

    #[test]
    fn truncated_frames_are_answered(method in 0..METHODS.len(), bytes in prop::collection::vec(any::<u8>(), 0..12)) {
        answer(services(), call(METHODS[method], bytes));
    }

    #[test]
    fn any_signature_header_is_refused_alike(
        signature in "(siderov1 )?[ -~]{0,60}",
        payload in "[ -~]{0,80}",
        stamp in "[0-9]{0,12}",
    ) {
        let store = Store::in_memory(Clock::manual());
        let state = StateService::new(store.clone(), Endpoints::default(), CancellationToken::new());
        let service = Signed::new(state.into_server(), Verifier::new(store));
        let mut request = call(METHODS[0], framed(&[]));
        for (name, value) in [("signature", signature), ("payload", payload), ("timestamp", stamp)] {
            let name: http::HeaderName = format!("x-sidero-{name}").parse().expect("a name");
            request.headers_mut().insert(name, value.parse().expect("printable"));
        }
        let status = answer(service, request);
        prop_assert_eq!(status.as_deref(), Some("16"));
    }
}
