//! A gRPC service that answers signed calls only.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::NamedService;

use super::Verifier;
use super::payload::SIGNATURE;

/// Wraps a service: calls without a valid signature end here, the others carry their [`Caller`](crate::api::Caller) on.
#[derive(Debug, Clone)]
pub struct Signed<S> {
    inner: S,
    verifier: Verifier,
    /// Methods that decide by themselves what they answer to callers who did not sign.
    open: &'static [&'static str],
}

impl<S> Signed<S> {
    /// The service behind the check.
    pub fn new(inner: S, verifier: Verifier) -> Self {
        Self {
            inner,
            verifier,
            open: &[],
        }
    }

    /// Lets calls of these methods through that carry no signature at all; a wrong one is refused all the same.
    #[must_use]
    pub fn open(self, methods: &'static [&'static str]) -> Self {
        Self {
            open: methods,
            ..self
        }
    }
}

impl<S: NamedService> NamedService for Signed<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Signed<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Self::Response, Infallible>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let method = request.uri().path();
        if self.open.contains(&method) && !request.headers().contains_key(SIGNATURE) {
            return Either::Right(self.inner.call(request));
        }
        match self.verifier.check(request.headers(), method) {
            Ok(caller) => {
                request.extensions_mut().insert(Arc::new(caller));
                Either::Right(self.inner.call(request))
            }
            Err(reason) => {
                tracing::info!(%method, reason = &reason as &dyn std::error::Error, "unsigned call refused");
                Either::Left(ready(Ok(
                    Status::unauthenticated("invalid signature").into_http()
                )))
            }
        }
    }
}
