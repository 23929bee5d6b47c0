//! What every call needs: the way to the server, a deadline, patience.
//!
//! It is apart from the client so that background tasks can hold it without keeping the client, and with it themselves,
//! alive.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use omni_api::cosi::state_client::StateClient;
use omni_api::management::management_service_client::ManagementServiceClient;
use tokio::time::Instant;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

use crate::error::{Advice, Call, Error};
use crate::retry::{Backoff, Jitter, RetryPolicy};
use crate::wire::{Shared, Wire};

/// The biggest message in either direction, as Omni has it.
const MAX_MESSAGE: usize = 32 * 1024 * 1024;

/// How much earlier than we the server may notice that our deadline passes.
const NOTICE: Duration = Duration::from_millis(10);

/// What every call needs. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Core(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    wire: Wire,
    shared: Arc<Shared>,
    timeout: Duration,
    retry: RetryPolicy,
    jitter: Jitter,
}

// === impl Core ===

impl Core {
    pub(crate) fn new(
        wire: Wire,
        shared: Arc<Shared>,
        timeout: Duration,
        retry: RetryPolicy,
        jitter: Jitter,
    ) -> Self {
        Self(Arc::new(Inner {
            wire,
            shared,
            timeout,
            retry,
            jitter,
        }))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    pub(crate) fn retry_policy(&self) -> &RetryPolicy {
        &self.0.retry
    }

    pub(crate) fn state_client(&self) -> StateClient<Wire> {
        StateClient::new(self.0.wire.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
            .send_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Gzip)
    }

    pub(crate) fn management_client(&self) -> ManagementServiceClient<Wire> {
        ManagementServiceClient::new(self.0.wire.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
            .send_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Gzip)
    }

    /// A request that tells the server how long we shall wait.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.0.timeout);
        request
    }

    /// A row of waits for the server, shorter while it has never answered.
    pub(crate) fn backoff(&self) -> Backoff {
        let policy = &self.0.retry;
        let met = self.0.shared.met.load(Ordering::Relaxed);
        let within = if met {
            policy.within
        } else {
            policy.within_first_contact
        };
        policy.backoff(within, &self.0.jitter)
    }

    /// Waits for one answer, at most the request timeout.
    pub(crate) async fn once<T>(
        &self,
        call: Call,
        answer: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Error> {
        let (after, began) = (self.0.timeout, Instant::now());
        let late = || Error::DeadlineExceeded { after };
        match tokio::time::timeout(after, answer).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(match self.0.shared.meaning(call, &status) {
                // We told the server our deadline; when it passes, either side may be the first to notice.
                Error::Throttled { .. } | Error::Cancelled if began.elapsed() + NOTICE >= after => {
                    late()
                }
                meaning => meaning,
            }),
            Err(_) => Err(late()),
        }
    }

    /// Runs a call that may be repeated at will, until it succeeds, fails for good or patience ends.
    pub(crate) async fn repeat<T, F>(&self, call: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.repeat_while(|advice| advice != Advice::Never, call)
            .await
    }

    /// Runs a call that must not take place twice: repeated only while it certainly did not take place.
    pub(crate) async fn repeat_unsent<T, F>(&self, call: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.repeat_while(|advice| advice == Advice::Again, call)
            .await
    }

    async fn repeat_while<T, F>(
        &self,
        again: impl Fn(Advice) -> bool,
        mut call: impl FnMut() -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut backoff = self.backoff();
        loop {
            let error = match call().await {
                Err(error) if again(error.advice()) => error,
                result => return result,
            };
            match backoff.next_wait() {
                Some(wait) => {
                    tracing::debug!(%error, ?wait, "trying again");
                    tokio::time::sleep(wait).await;
                }
                None => return Err(error),
            }
        }
    }
}
