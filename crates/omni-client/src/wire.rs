//! The one way to the server: every call is counted, signed and, when it fails below gRPC, given its reason.
//!
//! It is a tower service around tonic's channel, so that it sees the finished headers: the signature is made last. The
//! channel connects at the first call and again whenever the connection is lost.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::task::{Context, Poll};

use http::header::{CONTENT_TYPE, DATE, HeaderMap};
use jiff::SignedDuration;
use tonic::Status;
use tonic::body::Body;
use tonic::transport::Channel;
use tower::Service;

use crate::clock::Clock;
use crate::connect::{Findings, TransportError, TransportKind};
use crate::counters::Counters;
use crate::error::{Call, Error, classify};
use crate::key::Key;
use crate::sign;

type BoxError = Box<dyn StdError + Send + Sync>;

/// What all calls of a client share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) endpoint: String,
    pub(crate) key: Option<Key>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) counters: Counters,
    pub(crate) findings: Findings,
    /// Whether the server has ever answered.
    pub(crate) met: AtomicBool,
    /// How many seconds the server's clock is ahead; `i64::MIN` when unknown.
    skew: AtomicI64,
}

/// The way to the server: signs every call that goes over it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Wire {
    channel: Channel,
    shared: Arc<Shared>,
}

// === impl Shared ===

impl Shared {
    /// Nothing is known about the server yet.
    pub(crate) fn new(
        endpoint: String,
        key: Option<Key>,
        clock: Arc<dyn Clock>,
        findings: Findings,
    ) -> Self {
        Self {
            endpoint,
            key,
            clock,
            counters: Counters::default(),
            findings,
            met: AtomicBool::new(false),
            skew: AtomicI64::new(i64::MIN),
        }
    }

    /// How far the server's clock is ahead of ours, to the second, once it has answered with its time.
    pub(crate) fn skew(&self) -> Option<SignedDuration> {
        match self.skew.load(Ordering::Relaxed) {
            i64::MIN => None,
            seconds => Some(SignedDuration::from_secs(seconds)),
        }
    }

    /// The meaning of a failed call.
    pub(crate) fn meaning(&self, call: Call, status: &Status) -> Error {
        let Some(source) = status.source() else {
            return self.with_skew(classify(call, status));
        };
        if let Some(error) = find::<Error>(source) {
            return error.clone();
        }
        if find::<tonic::TimeoutExpired>(source).is_some() {
            return Error::Cancelled;
        }
        Error::Transport(self.transport(source))
    }

    /// The reason of a failure below gRPC.
    fn transport(&self, error: &(dyn StdError + 'static)) -> TransportError {
        if let Some(known) = find::<TransportError>(error) {
            return known.clone();
        }
        let broken = || TransportKind::Broken(innermost(error));
        TransportError {
            endpoint: self.endpoint.clone(),
            kind: self.findings.last().unwrap_or_else(broken),
        }
    }

    fn with_skew(&self, error: Error) -> Error {
        match error {
            Error::Unauthenticated { message, .. } => Error::Unauthenticated {
                message,
                skew: self
                    .skew()
                    .filter(|skew| skew.abs() > SignedDuration::from_mins(1)),
            },
            other => other,
        }
    }

    /// Learns from an answer's headers: that the server is there, and its time.
    fn learn(&self, headers: &HeaderMap) {
        self.met.store(true, Ordering::Relaxed);
        let date = headers.get(DATE).and_then(|value| value.to_str().ok());
        let parsed = date.and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
        if let Some(server) = parsed {
            let ahead = server.timestamp().as_second() - self.clock.now().as_second();
            self.skew.store(ahead, Ordering::Relaxed);
        }
    }
}

// === impl Wire ===

impl Wire {
    /// The way through this channel.
    pub(crate) fn new(channel: Channel, shared: Arc<Shared>) -> Self {
        Self { channel, shared }
    }
}

impl Service<http::Request<Body>> for Wire {
    type Response = http::Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.channel.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let shared = self.shared.clone();
        let path = request.uri().path().to_owned();
        if let Some(key) = &shared.key {
            let signed = sign::sign(key, &path, request.headers_mut(), shared.clock.now());
            if let Err(error) = signed {
                return Box::pin(async move { Err(Error::Key(error).into()) });
            }
        }
        shared.counters.count(&path);
        let answer = self.channel.call(request);
        Box::pin(async move {
            let response = answer.await?;
            check(&response, &shared)?;
            shared.learn(response.headers());
            Ok(response)
        })
    }
}

/// Whether the answer is gRPC's at all.
fn check(response: &http::Response<Body>, shared: &Shared) -> Result<(), TransportError> {
    let headers = response.headers();
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("application/grpc")) {
        return Ok(());
    }
    // A proxy's 502, 503 or 504 is an answer of its own, which tonic turns into Unavailable.
    if response.status().is_server_error() {
        return Ok(());
    }
    let words = format!(
        "HTTP status {}, content type {}",
        response.status().as_u16(),
        kind.unwrap_or("none")
    );
    Err(TransportError {
        endpoint: shared.endpoint.clone(),
        kind: TransportKind::NotGrpc(words),
    })
}

/// The first error of this type in a chain. An I/O error hides what it carries from the chain, so it is opened.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let io = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match io {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// The words at the bottom of a chain.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn shared() -> Shared {
        let clock = ManualClock::at("2026-11-20T23:02:22Z".parse().expect("a time"));
        Shared::new(String::new(), None, Arc::new(clock), Findings::default())
    }

    fn answered_at(date: &'static str) -> Shared {
        let shared = shared();
        let mut headers = HeaderMap::new();
        headers.insert(DATE, http::HeaderValue::from_static(date));
        shared.learn(&headers);
        shared
    }

    fn refused(shared: &Shared) -> Option<SignedDuration> {
        match shared.meaning(Call::Read, &Status::unauthenticated("invalid signature")) {
            Error::Unauthenticated { skew, .. } => skew,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refused_signature_tells_of_a_clock_that_is_wrong_and_only_then() {
        let ahead = answered_at("Fri, 20 Nov 2026 23:12:22 GMT");
        assert_eq!(refused(&ahead), Some(SignedDuration::from_mins(10)));
        let right = answered_at("Fri, 20 Nov 2026 23:02:24 GMT");
        assert_eq!(right.skew(), Some(SignedDuration::from_secs(2)));
        assert_eq!(refused(&right), None);
        assert_eq!(refused(&shared()), None);
        assert_eq!(answered_at("yesterday").skew(), None);
    }

    #[test]
    fn an_error_in_an_io_error_is_found() {
        let inner = TransportError {
            endpoint: "https://a".to_owned(),
            kind: TransportKind::Refused,
        };
        let status = Status::from_error(Box::new(io::Error::other(inner.clone())));
        assert_eq!(
            shared().meaning(Call::Read, &status),
            Error::Transport(inner)
        );
    }

    #[test]
    fn a_proxys_page_instead_of_an_answer_is_named() {
        let answer = |code: u16, kind: &'static str| {
            let response = http::Response::builder()
                .status(code)
                .header(CONTENT_TYPE, kind);
            check(
                &response.body(Body::empty()).expect("a response"),
                &shared(),
            )
        };
        assert_eq!(answer(200, "application/grpc"), Ok(()));
        assert_eq!(answer(200, "application/grpc+proto"), Ok(()));
        assert_eq!(
            answer(503, "text/html"),
            Ok(()),
            "that is Unavailable by its code"
        );
        let page = answer(200, "text/html").expect_err("a page");
        assert_eq!(
            page.kind,
            TransportKind::NotGrpc("HTTP status 200, content type text/html".to_owned())
        );
    }
}
