//! A client: one endpoint, one key, one connection, one cache.
//!
//! [`Client`] is cheap to clone and all clones share everything. Building it touches no network: it connects at the first
//! call, and again whenever the connection is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use omni_api::cosi::state_client::StateClient;
use tokio::sync::OnceCell;

use crate::cache::{Cache, Store};
use crate::capabilities::{Capabilities, Fields};
use crate::clock::{Clock, SystemClock};
use crate::connect::{Connector, Findings, Proxy, TlsOptions};
use crate::core::Core;
use crate::counters::Counters;
use crate::endpoint::Endpoint;
use crate::key::Key;
use crate::management::Management;
use crate::retry::{Jitter, RetryPolicy};
use crate::state::State;
use crate::version::Server;
use crate::wire::{Shared, Wire};

/// How often an idle connection is tried.
const KEEP_ALIVE: Duration = Duration::from_mins(1);
/// How long the server may take to answer such a try.
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// A client of one Omni. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    core: Core,
    store: Store,
    server: OnceCell<Server>,
    capabilities: OnceCell<Capabilities>,
    fields: Fields,
    /// The server does not know Teardown; found out once.
    no_teardown: AtomicBool,
}

/// What a client is made of. Only the endpoint is a must.
#[derive(Debug, Clone)]
#[must_use]
pub struct ClientBuilder {
    endpoint: Endpoint,
    tls: TlsOptions,
    proxy: Proxy,
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

    /// Which proxy to go through. What the environment says, unless told otherwise.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
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
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
            // Contents of thousands of resources over a slow line need more than the window HTTP/2 starts with.
            .http2_adaptive_window(true);
        let findings = Findings::default();
        let connector = Connector::new(self.endpoint, self.tls, self.proxy, findings.clone());
        let channel = target.connect_with_connector_lazy(connector);
        let shared = Arc::new(Shared::new(text, self.key, self.clock, findings));
        let wire = Wire::new(channel, shared.clone());
        Ok(Client(Arc::new(Inner {
            core: Core::new(wire, shared, self.timeout, self.retry, self.jitter),
            store: Store::default(),
            server: OnceCell::new(),
            capabilities: OnceCell::new(),
            fields: Fields::default(),
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
            proxy: Proxy::from_environment(),
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

    /// The state service as it is on the wire: signed, and nothing else. No call is repeated, and the cache hears of nothing. For tools that
    /// judge a server.
    pub fn state_service(&self) -> StateClient<Wire> {
        self.core().state_client()
    }

    /// Resources, read with few calls however many are read.
    pub fn cache(&self) -> Cache {
        Cache::new(self.clone())
    }

    /// Calls that are no resources.
    pub fn management(&self) -> Management {
        Management::new(self.0.core.clone())
    }

    /// The calls made so far.
    pub fn counters(&self) -> &Counters {
        &self.0.core.shared().counters
    }

    /// The key that signs.
    pub fn key(&self) -> Option<&Key> {
        self.0.core.shared().key.as_ref()
    }

    /// The endpoint as it was given.
    pub fn endpoint(&self) -> &str {
        &self.0.core.shared().endpoint
    }

    /// The retry policy.
    pub fn retry_policy(&self) -> &RetryPolicy {
        self.0.core.retry_policy()
    }

    pub(crate) fn core(&self) -> &Core {
        &self.0.core
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn server_cell(&self) -> &OnceCell<Server> {
        &self.0.server
    }

    pub(crate) fn capabilities_cell(&self) -> &OnceCell<Capabilities> {
        &self.0.capabilities
    }

    pub(crate) fn fields(&self) -> &Fields {
        &self.0.fields
    }

    pub(crate) fn knows_teardown(&self) -> bool {
        !self.0.no_teardown.load(Ordering::Relaxed)
    }

    pub(crate) fn remember_no_teardown(&self) {
        self.0.no_teardown.store(true, Ordering::Relaxed);
    }
}
