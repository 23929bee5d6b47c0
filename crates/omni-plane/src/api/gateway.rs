//! The REST gateway, which the plane has not: who asks for it is told so in the gateway's own form.
//!
//! Omni has it for its web pages; clients that manage anything speak gRPC.

use axum::Router;
use axum::routing::any;
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use tonic::Code;
use tonic::service::Routes;

/// Where the gateway's calls are: `/api/<package>.<Service>/<Method>`, and what else Omni has under that path.
const PATH: &str = "/api/{*call}";

const REFUSAL: &str =
    "the embedded plane does not serve the REST gateway: make the same call by gRPC";

/// The services, and an answer to those who ask for the gateway.
pub(super) fn beside(routes: Routes) -> Routes {
    let services: Router = routes.into_axum_router();
    services.route(PATH, any(refuse)).into()
}

/// A status as the gateway writes it.
async fn refuse() -> Response<String> {
    let status = serde_json::json!({
        "code": i32::from(Code::Unimplemented),
        "message": REFUSAL,
        "details": [],
    });
    let mut answer = Response::new(status.to_string());
    *answer.status_mut() = StatusCode::NOT_IMPLEMENTED;
    let json = http::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
