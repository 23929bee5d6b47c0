//! What is asked for by plain HTTP at the address of the services.
//!
//! Omni's health and its answer to those who still load images through it are the plane's, too. The REST gateway the plane has not: Omni has it for
//! its web pages, and clients that manage anything speak gRPC. Who asks for it is told so in the gateway's own form.

use axum::Router;
use axum::routing::any;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Response, StatusCode};
use tonic::Code;
use tonic::service::Routes;

/// Where the gateway's calls are: `/api/<package>.<Service>/<Method>`, and what else Omni has under that path.
const GATEWAY: &str = "/api/{*call}";

/// Whether it is alive.
const HEALTH: &str = "/healthz";

/// Where Omni once had images.
const IMAGES: &str = "/image/{*name}";

const NO_GATEWAY: &str =
    "the embedded plane does not serve the REST gateway: make the same call by gRPC";

const NO_IMAGES: &str = "Omni no longer proxies Talos installation media downloads. Please upgrade omnictl to a recent version; newer omnictl \
                         downloads directly from the Talos image factory.\n";

/// The services, and an answer to those who come without gRPC.
pub(super) fn beside(routes: Routes) -> Router {
    let services: Router = routes.into_axum_router();
    services
        .route(GATEWAY, any(no_gateway))
        .route(HEALTH, any(StatusCode::OK))
        .route(IMAGES, any(no_images))
}

/// A status as the gateway writes it.
async fn no_gateway() -> Response<String> {
    let status = serde_json::json!({
        "code": i32::from(Code::Unimplemented),
        "message": NO_GATEWAY,
        "details": [],
    });
    answer(
        StatusCode::NOT_IMPLEMENTED,
        "application/json",
        status.to_string(),
    )
}

async fn no_images(method: Method) -> Response<String> {
    let text = if method == Method::HEAD {
        ""
    } else {
        NO_IMAGES
    };
    answer(
        StatusCode::GONE,
        "text/plain; charset=utf-8",
        text.to_owned(),
    )
}

fn answer(status: StatusCode, form: &'static str, body: String) -> Response<String> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let form = HeaderValue::from_static(form);
    answer.headers_mut().insert(CONTENT_TYPE, form);
    answer
}
