//! The server's check of signatures: the headers are there, the text repeats what was received, the signature holds.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::HeaderMap;
use omni_client::sign::{self, SignatureHeader};
use tonic::Status;
use tower::{Layer, Service};

/// Refuses calls that are not signed by the one registered key.
#[derive(Clone)]
pub(crate) struct CheckSignatures {
    pub(crate) fingerprint: String,
    pub(crate) public: String,
}

/// A service behind the check.
#[derive(Clone)]
pub(crate) struct Checked<S> {
    inner: S,
    check: CheckSignatures,
}

// === impl CheckSignatures ===

impl CheckSignatures {
    fn holds(&self, path: &str, headers: &HeaderMap) -> bool {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        let (Some(payload), Some(signature)) = (text(sign::PAYLOAD), text(sign::SIGNATURE)) else {
            return false;
        };
        let Ok(signature) = signature.parse::<SignatureHeader>() else {
            return false;
        };
        signature.fingerprint == self.fingerprint
            && payload == sign::payload(path, headers)
            && sign::verify(&self.public, payload.as_bytes(), &signature.signature).is_ok()
    }
}

impl<S> Layer<S> for CheckSignatures {
    type Service = Checked<S>;

    fn layer(&self, inner: S) -> Checked<S> {
        Checked {
            inner,
            check: self.clone(),
        }
    }
}

// === impl Checked ===

impl<S, B> Service<http::Request<B>> for Checked<S>
where
    S: Service<http::Request<B>, Response = http::Response<tonic::body::Body>> + Send,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        if self.check.holds(request.uri().path(), request.headers()) {
            return Box::pin(self.inner.call(request));
        }
        let refusal = Status::unauthenticated("invalid signature").into_http();
        Box::pin(async move { Ok(refusal) })
    }
}
