//! What the objects work with: one account of one Omni, connected at the first use.
//!
//! A session is cheap to clone. Building it reads the provider block and the environment and finds every mistake that can be found
//! without a network; connecting checks the key's acceptance, the server's API version and the account, once for all objects.

mod account;
#[cfg(feature = "plane")]
pub mod embedded;
mod environment;
pub mod explain;
mod people;
pub mod settings;

use std::sync::Arc;

use omni_client::version::{API_VERSIONS, Server, Support};
use omni_client::{Client, Endpoint, Key};
use tfplugin::objects::{Cx, Deferral, Mailbox};
use tfplugin::{Diagnostic, Diagnostics};
use tokio::sync::OnceCell;

pub use environment::{ENDPOINT, Environment};

use crate::provider::OmniConfig;
use crate::readiness::wait::capital;
use settings::{Resolved, Settings, Target};

/// One account of one Omni. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    resolved: Resolved,
    user_agent: String,
    mailbox: Mailbox,
    connected: OnceCell<Connected>,
}

// === impl Session ===

impl Session {
    /// Reads the provider block and the environment. What is found out about the server when it is connected, and concerns no object, goes to
    /// the mailbox.
    ///
    /// # Errors
    /// What is missing or broken in them. A value that is not known yet is no error: the session then waits.
    pub fn new(
        config: &OmniConfig,
        environment: &Environment,
        terraform: &str,
        mailbox: Mailbox,
    ) -> Result<Self, Diagnostics> {
        let user_agent = concat!("terraform-provider-omni/", env!("CARGO_PKG_VERSION"));
        let user_agent = if terraform.is_empty() {
            user_agent.to_owned()
        } else {
            format!("{user_agent} terraform/{terraform}")
        };
        let resolved = settings::resolve(config, environment)?;
        Ok(Self(Arc::new(Inner {
            resolved,
            user_agent,
            mailbox,
            connected: OnceCell::new(),
        })))
    }

    /// A session with a client that is connected already, for people's commands and tests.
    pub fn of(client: Client) -> Self {
        let resolved = Resolved::Waiting("endpoint");
        let connected = OnceCell::new_with(Some(Connected {
            client,
            _plane: None,
        }));
        Self(Arc::new(Inner {
            resolved,
            user_agent: String::new(),
            mailbox: Mailbox::default(),
            connected,
        }))
    }

    /// The connected client.
    ///
    /// # Errors
    /// Why there is no connection, with what to do about it.
    pub async fn client(&self) -> Result<&Client, Diagnostics> {
        Ok(&self
            .0
            .connected
            .get_or_try_init(|| self.connect())
            .await?
            .client)
    }

    /// The connected client, or `None` where the provider block is not known yet.
    ///
    /// Plan-time checks use it: what cannot be checked yet is checked in the apply's plan.
    ///
    /// # Errors
    /// As [`Self::client`].
    pub async fn client_if_known(&self) -> Result<Option<&Client>, Diagnostics> {
        if self.is_waiting() {
            Ok(None)
        } else {
            self.client().await.map(Some)
        }
    }

    /// Whether the provider block is not known well enough to connect.
    pub fn is_waiting(&self) -> bool {
        matches!(self.0.resolved, Resolved::Waiting(_)) && !self.0.connected.initialized()
    }

    /// Whether objects of another account count as gone.
    pub fn allows_account_change(&self) -> bool {
        matches!(&self.0.resolved, Resolved::Known(settings) if settings.allow_account_change)
    }

    async fn connect(&self) -> Result<Connected, Diagnostic> {
        let settings = match &self.0.resolved {
            Resolved::Known(settings) => settings,
            Resolved::Waiting(attribute) => return Err(not_known_yet(attribute)),
        };
        let connected = self.build(settings).await?;
        let client = &connected.client;
        let server = client
            .server()
            .await
            .map_err(|error| explain::connecting(&error, settings))?;
        let support = server.check().map_err(|error| {
            Diagnostic::error("Unsupported version of Omni's API")
                .detail(format!("{}.", capital(&error.to_string())))
        })?;
        if let Support::Newer { found } = support {
            self.0.mailbox.post(newer(server, found));
        }
        tracing::debug!(
            endpoint = client.endpoint(),
            endpoint_from = %settings.endpoint_from(),
            key_from = %settings.key_from(),
            account = server.account_id.as_deref().unwrap_or_default(),
            omni = server.version,
            "connected"
        );
        Ok(connected)
    }

    async fn build(&self, settings: &Settings) -> Result<Connected, Diagnostic> {
        let (endpoint, key, plane) = match &settings.target {
            Target::Remote(remote) => (remote.endpoint.clone(), remote.key.clone(), None),
            Target::Embedded(options) => join_embedded(options).await?,
        };
        let builder = Client::builder(endpoint)
            .key(key)
            .tls(settings.tls.clone())
            .user_agent(self.0.user_agent.clone());
        let builder = match settings.request_timeout {
            Some(timeout) => builder.request_timeout(timeout),
            None => builder,
        };
        let client = builder.build().map_err(|error| {
            Diagnostic::error("Endpoint cannot be used")
                .detail(format!("{error}."))
                .at_attribute("endpoint")
        })?;
        Ok(Connected {
            client,
            _plane: plane,
        })
    }
}

/// A client, and the hold on the embedded plane that keeps it from ending by itself.
#[derive(Debug)]
struct Connected {
    client: Client,
    _plane: Option<Hold>,
}

/// Tells Terraform's log what the connection was used for: `TF_LOG=DEBUG` shows the calls of a whole command.
impl Drop for Connected {
    fn drop(&mut self) {
        let calls = self.client.counters().by_method();
        let short = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let calls: Vec<_> = calls
            .iter()
            .map(|(path, count)| format!("{} {count}", short(path)))
            .collect();
        tracing::debug!(calls = calls.join(", "), "calls on the wire");
    }
}

/// Whatever keeps a plane alive while it is held.
type Hold = Box<dyn std::fmt::Debug + Send + Sync>;

#[cfg(feature = "plane")]
async fn join_embedded(
    options: &settings::EmbeddedOptions,
) -> Result<(Endpoint, Key, Option<Hold>), Diagnostic> {
    let joined = embedded::ensure(options).await?;
    Ok((
        joined.endpoint.clone(),
        joined.key.clone(),
        Some(Box::new(joined)),
    ))
}

#[cfg(not(feature = "plane"))]
#[expect(clippy::unused_async, reason = "the same signature as with the plane")]
async fn join_embedded(
    _: &settings::EmbeddedOptions,
) -> Result<(Endpoint, Key, Option<Hold>), Diagnostic> {
    Err(Diagnostic::error("No embedded plane in this build")
        .detail("This build of the provider was made without the feature `plane`.")
        .remedy("Use a released build, or remove `embedded` and set `endpoint` and `service_account_key`.")
        .at_attribute("embedded"))
}

/// Asks core to come back when the provider block is known, where the core can; says why not where it cannot.
///
/// # Errors
/// The attribute that is not known, for cores that cannot defer.
pub fn defer<S>(session: &Session, cx: &Cx<S>) -> Result<(), Diagnostics> {
    if cx.defer(Deferral::ProviderConfigUnknown) {
        return Ok(());
    }
    match &session.0.resolved {
        Resolved::Waiting(attribute) => Err(not_known_yet(attribute).into()),
        Resolved::Known(_) => Ok(()),
    }
}

fn newer(server: &Server, found: u32) -> Diagnostic {
    Diagnostic::warning("Newer version of Omni's API")
        .detail(format!(
            "This Omni ({}) speaks API version {found}; this release of the provider knows versions {} and {}. It goes on with what it knows; \
             calls that have changed since then fail.",
            server.name(),
            API_VERSIONS.start(),
            API_VERSIONS.end()
        ))
        .remedy("Use a newer release of the provider as soon as there is one.")
}

fn not_known_yet(attribute: &str) -> Diagnostic {
    Diagnostic::error("Provider configuration not known yet")
        .detail(format!(
            "`{attribute}` of the provider is decided during the apply, but this needs the connection now. The environment is not used \
             in its place: it may name another account."
        ))
        .remedy(format!(
            "Apply what `{attribute}` depends on first (`-target`), or configure this provider in a stack of its own."
        ))
        .at_attribute(attribute)
}
