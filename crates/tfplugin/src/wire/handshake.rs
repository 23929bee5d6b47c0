//! What the core tells a provider when it starts it, and the one line of the answer.
//!
//! Everything is read through a [`Environment`], so that tests need not change the process. A
//! process without the magic cookie was started by a person: that is an answer, not an error.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::listener::Address;

/// The variable by which a core says that it is one.
pub const MAGIC_COOKIE_KEY: &str = "TF_PLUGIN_MAGIC_COOKIE";
/// The value of [`MAGIC_COOKIE_KEY`]. It is no secret; it only tells a core from a person.
pub const MAGIC_COOKIE_VALUE: &str =
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/// The major version of the provider protocol that this crate speaks.
pub const PROTOCOL_VERSION: u32 = 6;
/// The version of the handshake line itself.
const LINE_VERSION: u32 = 1;

/// Who started this process.
#[derive(Debug)]
pub enum Start {
    /// A core, with what it asks for.
    ByCore(Box<CoreRequest>),
    /// A person: there is no cookie. Say what this program is and exit with 1.
    ByPerson,
}

/// What the core asks of the provider it starts.
#[derive(Debug, Default, Clone)]
pub struct CoreRequest {
    /// The major protocol versions that the core offers; empty where it did not say.
    pub protocol_versions: Vec<u32>,
    /// The only certificate that may connect. Without one the connection is not encrypted.
    pub client_certificate: Option<CertificateDer<'static>>,
    /// Where the socket must be; without it, the folder for temporary files.
    pub socket_dir: Option<PathBuf>,
    /// The TCP ports to choose from where there are no Unix sockets.
    pub ports: PortRange,
    /// Whether the core knows of multiplexed broker connections and wants to hear our answer.
    pub asks_for_multiplexing: bool,
}

/// An inclusive range of TCP ports; `0..=0` leaves the choice to the system.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    /// The first port to try.
    pub min: u16,
    /// The last port to try.
    pub max: u16,
}

/// Why the core's request cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// `PLUGIN_CLIENT_CERT` is not one certificate in PEM form.
    #[error("PLUGIN_CLIENT_CERT must hold one PEM certificate, it holds {found}")]
    ClientCertificate {
        /// What was found instead.
        found: String,
    },
    /// A port variable is not a port, or the range is empty.
    #[error("PLUGIN_MIN_PORT and PLUGIN_MAX_PORT are not a range of ports: {value:?}")]
    Ports {
        /// The offending value or values.
        value: String,
    },
    /// The core wants a socket for a group of users, which is for containers and not supported.
    #[error("PLUGIN_UNIX_SOCKET_GROUP is not supported, the socket is the user's own: {group:?}")]
    SocketGroup {
        /// The group that was asked for.
        group: String,
    },
}

/// Where variables are looked up: the process's environment, or a test's own table.
pub trait Environment {
    /// The value of a variable; none where it is not set or not Unicode.
    fn get(&self, name: &str) -> Option<String>;

    /// The value of a variable that is set and not empty.
    fn non_empty(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty())
    }
}

/// The environment of this process.
#[derive(Debug, Clone, Copy)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

impl Environment for std::collections::BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<String> {
        std::collections::BTreeMap::get(self, name).cloned()
    }
}

impl Start {
    /// Finds out who started this process.
    ///
    /// # Errors
    /// [`HandshakeError`] where a core asks for something that cannot be served.
    pub fn from_env() -> Result<Self, HandshakeError> {
        Self::from_environment(&ProcessEnvironment)
    }

    /// As [`Start::from_env`], with the variables of `env`.
    ///
    /// # Errors
    /// [`HandshakeError`] where a core asks for something that cannot be served.
    pub fn from_environment(env: &impl Environment) -> Result<Self, HandshakeError> {
        if env.get(MAGIC_COOKIE_KEY).as_deref() != Some(MAGIC_COOKIE_VALUE) {
            return Ok(Self::ByPerson);
        }
        CoreRequest::read(env).map(|request| Self::ByCore(Box::new(request)))
    }
}

impl CoreRequest {
    fn read(env: &impl Environment) -> Result<Self, HandshakeError> {
        if let Some(group) = env.non_empty("PLUGIN_UNIX_SOCKET_GROUP") {
            return Err(HandshakeError::SocketGroup { group });
        }
        Ok(Self {
            protocol_versions: protocol_versions(env),
            client_certificate: env
                .non_empty("PLUGIN_CLIENT_CERT")
                .map(|pem| only_certificate(&pem))
                .transpose()?,
            socket_dir: env.non_empty("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            ports: PortRange::read(env)?,
            asks_for_multiplexing: env.non_empty("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }

    /// Whether the core speaks our protocol version. Where it does not, the handshake line tells
    /// it so and the core explains it to its user.
    pub fn offers_our_version(&self) -> bool {
        self.protocol_versions.is_empty() || self.protocol_versions.contains(&PROTOCOL_VERSION)
    }

    /// The answer to the core, without the line end: where we listen and which certificate is ours.
    ///
    /// The seventh field is written only for a core that asks, since an older one takes it for a
    /// part of the certificate. Its value is honest: connections are not multiplexed.
    pub fn handshake_line(&self, address: &Address, own: Option<&CertificateDer<'_>>) -> String {
        let certificate = own.map_or_else(String::new, |der| STANDARD_NO_PAD.encode(der));
        let multiplexing = if self.asks_for_multiplexing {
            "|false"
        } else {
            ""
        };
        let (network, address) = (address.network(), address.text());
        format!(
            "{LINE_VERSION}|{PROTOCOL_VERSION}|{network}|{address}|grpc|{certificate}{multiplexing}"
        )
    }
}

impl PortRange {
    fn read(env: &impl Environment) -> Result<Self, HandshakeError> {
        let port = |name: &str| {
            let value = env.non_empty(name).unwrap_or_else(|| "0".to_owned());
            value
                .parse::<u16>()
                .map_err(|_| HandshakeError::Ports { value })
        };
        let (min, max) = (port("PLUGIN_MIN_PORT")?, port("PLUGIN_MAX_PORT")?);
        if min > max {
            let value = format!("{min} to {max}");
            return Err(HandshakeError::Ports { value });
        }
        Ok(Self { min, max })
    }
}

/// The versions offered; what is not a number is none of ours and skipped.
fn protocol_versions(env: &impl Environment) -> Vec<u32> {
    env.get("PLUGIN_PROTOCOL_VERSIONS")
        .unwrap_or_default()
        .split(',')
        .filter_map(|version| version.trim().parse().ok())
        .collect()
}

fn only_certificate(pem: &str) -> Result<CertificateDer<'static>, HandshakeError> {
    let refused = |found: String| HandshakeError::ClientCertificate { found };
    let mut certificates = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| refused("something that cannot be decoded".to_owned()))?;
    match (certificates.pop(), certificates.len()) {
        (Some(certificate), 0) => Ok(certificate),
        (last, before) => Err(refused(format!(
            "{} certificates",
            before + usize::from(last.is_some())
        ))),
    }
}
