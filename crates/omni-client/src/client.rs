//! A client: one endpoint, one key, one connection, one cache.
//!
//! [`Client`] is cheap to clone and all clones share everything. Building it touches no network: it connects at the first
//! call, and again whenever the connection is lost.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use omni_api::cosi::state_client::StateClient;
use omni_api::management::management_service_client::ManagementServiceClient;
use tokio::sync::OnceCell;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

use crate::cache::Cache;
use crate::clock::{Clock, SystemClock};
use crate::connect::{Connector, Findings, TlsOptions};
use crate::counters::Counters;
use crate::endpoint::Endpoint;
use crate::error::{Advice, Call, Error};
use crate::key::Key;
use crate::management::Management;
use crate::retry::{Backoff, Jitter, RetryPolicy};
use crate::state::State;
use crate::version::Server;
use crate::wire::{Shared, Wire};

/// The biggest message in either direction, as Omni has it.
const MAX_MESSAGE: usize = 32 * 1024 * 1024;
/// How often an idle connection is tried.
const KEEP_ALIVE: Duration = Duration::from_mins(1);
/// How long the server may take to answer such a try.
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// A client of one Omni. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    wire: Wire,
    shared: Arc<Shared>,
    timeout: Duration,
    retry: RetryPolicy,
    jitter: Jitter,
    cache: Cache,
    server: OnceCell<Server>,
    /// The server does not know Teardown; found out once.
    no_teardown: AtomicBool,
}

/// What a client is made of. Only the endpoint is a must.
#[derive(Debug, Clone)]
#[must_use]
pub struct ClientBuilder {
    endpoint: Endpoint,
    tls: TlsOptions,
    key: Option<Key>,
    user_agent: String,
    timeout: Duration,
    retry: RetryPolicy,
    jitter: Jitter,
    clock: Arc<dyn Clock>,
}

/// A client cannot be made of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The endpoint is none that HTTP can address.
    #[error("the endpoint {0:?} cannot be addressed over HTTP")]
    Endpoint(String),
    /// The user agent has a sign that no header can carry.
    #[error("the user agent {0:?} cannot be sent")]
    UserAgent(String),
}

// === impl ClientBuilder ===

impl ClientBuilder {
    /// Signs every call with this key. Without one, calls go out unsigned and Omni refuses nearly all of them.
    pub fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// Whom to trust where TLS is spoken.
    pub fn tls(mut self, tls: TlsOptions) -> Self {
        self.tls = tls;
        self
    }

    /// How the client calls itself, `terraform-provider-omni/0.1.0 terraform/1.14.0`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// How long to wait for one answer; watches have no limit. Thirty seconds unless said otherwise.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How patient to be.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Chance for the waits between tries.
    pub fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// The time of day for signatures.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes the client. Must be called within a tokio runtime; touches no network.
    ///
    /// # Errors
    /// [`BuildError`] when endpoint or user agent cannot be put into HTTP.
    pub fn build(self) -> Result<Client, BuildError> {
        let text = self.endpoint.to_string();
        let target = tonic::transport::Endpoint::from_shared(self.endpoint.uri())
            .map_err(|_| BuildError::Endpoint(text.clone()))?
            .user_agent(self.user_agent.clone())
            .map_err(|_| BuildError::UserAgent(self.user_agent))?
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
        let findings = Findings::default();
        let connector = Connector::new(self.endpoint, self.tls, findings.clone());
        let channel = target.connect_with_connector_lazy(connector);
        let shared = Arc::new(Shared::new(text, self.key, self.clock, findings));
        Ok(Client(Arc::new(Inner {
            wire: Wire::new(channel, shared.clone()),
            shared,
            timeout: self.timeout,
            retry: self.retry,
            jitter: self.jitter,
            cache: Cache::default(),
            server: OnceCell::new(),
            no_teardown: AtomicBool::new(false),
        })))
    }
}

// === impl Client ===

impl Client {
    /// Starts to describe a client of this endpoint.
    pub fn builder(endpoint: Endpoint) -> ClientBuilder {
        ClientBuilder {
            endpoint,
            tls: TlsOptions::platform(),
            key: None,
            user_agent: concat!("omni-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            jitter: Jitter::from_system(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Resources, straight from the server.
    pub fn state(&self) -> State {
        State::new(self.clone())
    }

    /// Calls that are no resources.
    pub fn management(&self) -> Management {
        Management::new(self.clone())
    }

    /// The calls made so far.
    pub fn counters(&self) -> &Counters {
        &self.0.shared.counters
    }

    /// The key that signs.
    pub fn key(&self) -> Option<&Key> {
        self.0.shared.key.as_ref()
    }

    /// The endpoint as it was given.
    pub fn endpoint(&self) -> &str {
        &self.0.shared.endpoint
    }

    /// The retry policy.
    pub fn retry_policy(&self) -> &RetryPolicy {
        &self.0.retry
    }

    pub(crate) fn own_cache(&self) -> &Cache {
        &self.0.cache
    }

    pub(crate) fn server_cell(&self) -> &OnceCell<Server> {
        &self.0.server
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    pub(crate) fn knows_teardown(&self) -> bool {
        !self.0.no_teardown.load(Ordering::Relaxed)
    }

    pub(crate) fn remember_no_teardown(&self) {
        self.0.no_teardown.store(true, Ordering::Relaxed);
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
        let after = self.0.timeout;
        match tokio::time::timeout(after, answer).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(self.0.shared.meaning(call, &status)),
            Err(_) => Err(Error::DeadlineExceeded { after }),
        }
    }

    /// Runs a call that may be repeated at will, until it succeeds, fails for good or patience ends.
    pub(crate) async fn repeat<T, F>(&self, mut call: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut backoff = self.backoff();
        loop {
            let error = match call().await {
                Err(error) if error.advice() != Advice::Never => error,
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
