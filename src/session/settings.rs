//! From the provider block and the environment to settings, each with its source.
//!
//! Precedence: argument, environment, omniconfig. A value is never replaced by one of a lower rank because it is unknown: the
//! settings then wait for it. Messages name the source of a value, never the value of a secret.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use omni_client::connect::TlsOptions;
use omni_client::endpoint::Endpoint;
use omni_client::key::Key;
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::environment::{self, Environment};
use super::people::{self, Found};
use crate::provider::{Embedded, OmniConfig};

/// What the provider block comes to.
#[derive(Debug)]
pub enum Resolved {
    /// Everything is known.
    Known(Box<Settings>),
    /// This attribute is not known yet.
    Waiting(&'static str),
}

/// How to reach an account.
#[derive(Debug)]
pub struct Settings {
    /// Where it is.
    pub target: Target,
    /// Whom to trust.
    pub tls: TlsOptions,
    /// How long to wait for an answer.
    pub request_timeout: Option<Duration>,
    /// Whether objects of another account count as gone.
    pub allow_account_change: bool,
}

/// Where an account is.
#[derive(Debug)]
pub enum Target {
    /// An Omni.
    Remote(Remote),
    /// The embedded plane.
    Embedded(EmbeddedOptions),
}

/// An Omni, and the key to it.
#[derive(Debug)]
pub struct Remote {
    /// Its address.
    pub endpoint: Endpoint,
    /// Where the address came from.
    pub endpoint_from: Source,
    /// The key.
    pub key: Key,
    /// Where the key came from.
    pub key_from: Source,
}

/// How to start the embedded plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddedOptions {
    /// Its folder, as the user wrote it.
    pub path: String,
    /// Emulated machines.
    pub machines: u32,
    /// Emulated seconds per second.
    pub speed: u32,
    /// File with versions.
    pub versions: Option<String>,
    /// File with a fault script.
    pub faults: Option<String>,
    /// Release of Omni that it is; the newest where it is not set.
    pub omni: Option<String>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An attribute of the provider block.
    Argument(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A context of an omniconfig file.
    Omniconfig(String),
    /// The embedded plane.
    Embedded,
}

// === impl Settings ===

impl Settings {
    /// Where the endpoint came from.
    pub fn endpoint_from(&self) -> Source {
        match &self.target {
            Target::Remote(remote) => remote.endpoint_from.clone(),
            Target::Embedded(_) => Source::Embedded,
        }
    }

    /// Where the key came from.
    pub fn key_from(&self) -> Source {
        match &self.target {
            Target::Remote(remote) => remote.key_from.clone(),
            Target::Embedded(_) => Source::Embedded,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) => write!(f, "the provider's argument `{name}`"),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Omniconfig(file) => write!(f, "the omniconfig {file}"),
            Self::Embedded => f.write_str("the embedded plane"),
        }
    }
}

impl Source {
    /// Puts a message where the value stands, as far as that is in the configuration.
    fn locate(&self, diagnostic: Diagnostic) -> Diagnostic {
        match self {
            Self::Argument(name) => diagnostic.at_attribute(*name),
            Self::Variable(_) | Self::Omniconfig(_) | Self::Embedded => diagnostic,
        }
    }
}

/// Reads the provider block and the environment.
///
/// # Errors
/// What is missing, broken or expired, with what to do about it.
pub fn resolve(config: &OmniConfig, environment: &Environment) -> Result<Resolved, Diagnostics> {
    if let Some(attribute) = first_unknown(config) {
        return Ok(Resolved::Waiting(attribute));
    }
    let target = match &config.embedded {
        Attr::Known(embedded) => Target::Embedded(embedded_options(embedded)),
        Attr::Null | Attr::Unknown => Target::Remote(remote(config, environment)?),
    };
    Ok(Resolved::Known(Box::new(Settings {
        target,
        tls: tls(config)?,
        request_timeout: config
            .request_timeout
            .as_known()
            .map(tfplugin::types::Duration::get),
        allow_account_change: config.allow_account_change == Attr::Known(true),
    })))
}

fn first_unknown(config: &OmniConfig) -> Option<&'static str> {
    let embedded = config.embedded.is_unknown()
        || config.embedded.as_known().is_some_and(|embedded| {
            embedded.path.is_unknown()
                || embedded.machines.is_unknown()
                || embedded.speed.is_unknown()
                || embedded.versions.is_unknown()
                || embedded.faults.is_unknown()
                || embedded.omni.is_unknown()
        });
    let attributes = [
        ("embedded", embedded),
        ("endpoint", config.endpoint.is_unknown()),
        (
            "service_account_key",
            config.service_account_key.is_unknown(),
        ),
        (
            "insecure_skip_tls_verify",
            config.insecure_skip_tls_verify.is_unknown(),
        ),
        ("ca_certificate", config.ca_certificate.is_unknown()),
        ("omniconfig", config.omniconfig.is_unknown()),
        ("context", config.context.is_unknown()),
    ];
    attributes
        .into_iter()
        .find(|(_, unknown)| *unknown)
        .map(|(name, _)| name)
}

fn embedded_options(embedded: &Embedded) -> EmbeddedOptions {
    EmbeddedOptions {
        path: embedded.path.as_str().unwrap_or_default().to_owned(),
        machines: embedded.machines.known_or(0),
        speed: embedded.speed.known_or(1),
        versions: embedded.versions.clone().known(),
        faults: embedded.faults.clone().known(),
        omni: embedded.omni.clone().known(),
    }
}

fn remote(config: &OmniConfig, environment: &Environment) -> Result<Remote, Diagnostics> {
    let argument = config
        .endpoint
        .as_str()
        .map(|text| (text.to_owned(), Source::Argument("endpoint")));
    let variable = || {
        Some((
            environment.get(environment::ENDPOINT)?.to_owned(),
            Source::Variable(environment::ENDPOINT),
        ))
    };
    let chosen = argument.or_else(variable);
    // A context that is named must exist even where something else names the endpoint.
    let found = if chosen.is_none() || config.context.is_known() {
        people::context(config, environment)?
    } else {
        None
    };
    let of_file = || {
        found.as_ref().map(|found| {
            (
                found.context.url.clone(),
                Source::Omniconfig(found.file.clone()),
            )
        })
    };
    let (text, endpoint_from) = chosen.or_else(of_file).ok_or_else(no_endpoint)?;
    let endpoint = text.parse().map_err(|error| {
        endpoint_from.locate(
            Diagnostic::error("Endpoint cannot be used")
                .detail(format!("{error} (from {endpoint_from}).")),
        )
    })?;
    let (key, key_from) = key(config, environment, found.as_ref())?;
    Ok(Remote {
        endpoint,
        endpoint_from,
        key,
        key_from,
    })
}

fn no_endpoint() -> Diagnostic {
    Diagnostic::error("No endpoint")
        .detail("The provider does not know where Omni is.")
        .remedy(
            "Set `endpoint` (or OMNI_ENDPOINT) to the address of the account, such as https://example.omni.siderolabs.io. Without an account, \
             set `embedded = { path = \".omni\" }` to run against a management plane on this machine.",
        )
        .at_attribute("endpoint")
}

fn key(
    config: &OmniConfig,
    environment: &Environment,
    found: Option<&Found>,
) -> Result<(Key, Source), Diagnostic> {
    let argument = config
        .service_account_key
        .as_known()
        .map(|key| (key.expose(), Source::Argument("service_account_key")));
    let variable = |name| Some((environment.get(name)?, Source::Variable(name)));
    let (key, source) = match (
        argument.or_else(|| environment::KEYS.into_iter().find_map(variable)),
        found,
    ) {
        (Some((text, source)), _) => (
            Key::parse(text).map_err(|error| broken_key(&error, &source))?,
            source,
        ),
        (None, Some(found)) => (
            people::key(found, environment)?,
            Source::Omniconfig(found.file.clone()),
        ),
        (None, None) => return Err(no_key()),
    };
    key.check(Timestamp::now())
        .map_err(|error| broken_key(&error, &source))?;
    Ok((key, source))
}

fn no_key() -> Diagnostic {
    Diagnostic::error("No service account key")
        .detail("The provider has no key to sign its requests with.")
        .remedy(
            "Set OMNI_SERVICE_ACCOUNT_KEY (or `service_account_key`) to the key that `omnictl serviceaccount create` prints. Operator is the role \
             that manages clusters; infrastructure providers and service accounts need Admin.",
        )
        .at_attribute("service_account_key")
}

fn broken_key(error: &omni_client::KeyError, source: &Source) -> Diagnostic {
    let remedy = match source {
        Source::Omniconfig(_) => {
            "Run `omnictl get clusters` once to log in again, or use the key of a service account."
        }
        _ => {
            "Make a new one with `omnictl serviceaccount create`, or renew it with `omnictl serviceaccount renew`."
        }
    };
    source.locate(
        Diagnostic::error("Service account key cannot be used")
            .detail(format!("{} (from {source}).", with_causes(error)))
            .remedy(remedy),
    )
}

fn tls(config: &OmniConfig) -> Result<TlsOptions, Diagnostic> {
    if config.insecure_skip_tls_verify == Attr::Known(true) {
        return Ok(TlsOptions::insecure());
    }
    let Some(certificate) = config.ca_certificate.as_str() else {
        return Ok(TlsOptions::platform());
    };
    TlsOptions::with_authority(certificate).map_err(|error| {
        Diagnostic::error("Authority's certificate cannot be used")
            .detail(format!("{}.", with_causes(&error)))
            .remedy("Set `ca_certificate` to PEM text (`file(\"ca.pem\")`) or to the path of a PEM file.")
            .at_attribute("ca_certificate")
    })
}

/// An error with its causes, in one line.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests;
