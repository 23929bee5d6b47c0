//! Where the server is, in the forms that people write.
//!
//! `https://host[:port]` speaks TLS (443), `http://` and `grpc://` plain text (80), a bare `host:port` TLS, and
//! `unix:///path` a socket on this machine. Omni has no path below its address, so a path is an error rather than ignored.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    address: Address,
}

/// What to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A host in the network.
    Tcp {
        /// Name or IP address, without brackets.
        host: String,
        /// Port.
        port: u16,
        /// Whether TLS is spoken.
        tls: bool,
    },
    /// A socket on this machine; plain text.
    Unix(PathBuf),
}

/// Why a text is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Nothing was given.
    #[error("the endpoint is empty")]
    Empty,
    /// The scheme is none that we speak.
    #[error(
        "the endpoint {text:?} has the scheme {scheme:?}; https, http, grpc and unix are known"
    )]
    Scheme {
        /// The endpoint.
        text: String,
        /// Its scheme.
        scheme: String,
    },
    /// There is no host.
    #[error("the endpoint {0:?} names no host")]
    NoHost(String),
    /// The port is not a number from 1 to 65535.
    #[error("the endpoint {0:?} has a port that is no number from 1 to 65535")]
    Port(String),
    /// It has a path, a query or a fragment.
    #[error("the endpoint {0:?} has a path; Omni's address is a host and a port only")]
    Path(String),
    /// It carries a user name or a password.
    #[error("the endpoint carries a user name; Omni knows callers by their key only")]
    UserInfo,
    /// A bare host without a port could be either.
    #[error("the endpoint {0:?} has neither scheme nor port; write https://{0}")]
    Bare(String),
    /// The socket's path is not absolute.
    #[error("the endpoint {0:?} needs an absolute path: unix:///path")]
    RelativeSocket(String),
    /// The host contains a sign that no name has.
    #[error("the endpoint {0:?} has a host that is no name and no address")]
    Host(String),
}

// === impl Endpoint ===

impl Endpoint {
    /// A socket on this machine.
    pub fn unix(path: &Path) -> Self {
        Self {
            text: format!("unix://{}", path.display()),
            address: Address::Unix(path.to_owned()),
        }
    }

    /// What to connect to.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The address as a URI that HTTP understands; a socket is called `localhost`.
    pub(crate) fn uri(&self) -> String {
        match &self.address {
            Address::Tcp { host, port, tls } => {
                let scheme = if *tls { "https" } else { "http" };
                if host.contains(':') {
                    format!("{scheme}://[{host}]:{port}")
                } else {
                    format!("{scheme}://{host}:{port}")
                }
            }
            Address::Unix(_) => "http://localhost".to_owned(),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EndpointError::Empty);
        }
        let address = match text.split_once("://") {
            Some(("https", rest)) => tcp(text, rest, true, Some(443))?,
            Some(("http" | "grpc", rest)) => tcp(text, rest, false, Some(80))?,
            Some(("unix", path)) => socket(text, path)?,
            Some((scheme, _)) => {
                return Err(EndpointError::Scheme {
                    text: text.to_owned(),
                    scheme: scheme.to_owned(),
                });
            }
            None => match text.strip_prefix("unix:") {
                Some(path) => socket(text, path)?,
                None => tcp(text, text, true, None)?,
            },
        };
        Ok(Self {
            text: text.to_owned(),
            address,
        })
    }
}

/// A socket's path.
fn socket(text: &str, path: &str) -> Result<Address, EndpointError> {
    if path.starts_with('/') {
        Ok(Address::Unix(PathBuf::from(path)))
    } else {
        Err(EndpointError::RelativeSocket(text.to_owned()))
    }
}

/// Host and port, the port optional where the scheme has a usual one.
fn tcp(text: &str, rest: &str, tls: bool, usual: Option<u16>) -> Result<Address, EndpointError> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains('@') {
        return Err(EndpointError::UserInfo);
    }
    if rest.contains(['/', '?', '#']) {
        return Err(EndpointError::Path(text.to_owned()));
    }
    let (host, port) = split(rest).ok_or_else(|| EndpointError::Host(text.to_owned()))?;
    if host.is_empty() {
        return Err(EndpointError::NoHost(text.to_owned()));
    }
    let sign = |sign: char| sign.is_ascii_alphanumeric() || ".-_:%".contains(sign);
    if !host.chars().all(sign) {
        return Err(EndpointError::Host(text.to_owned()));
    }
    let port = match port {
        Some(port) => match port.parse() {
            Ok(port) if port > 0 => port,
            _ => return Err(EndpointError::Port(text.to_owned())),
        },
        None => usual.ok_or_else(|| EndpointError::Bare(text.to_owned()))?,
    };
    Ok(Address::Tcp {
        host: host.to_owned(),
        port,
        tls,
    })
}

/// Splits `host`, `host:port`, `[v6]` and `[v6]:port`; `None` when brackets do not fit.
fn split(rest: &str) -> Option<(&str, Option<&str>)> {
    if let Some(inner) = rest.strip_prefix('[') {
        let (host, after) = inner.split_once(']')?;
        return match after.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => after.is_empty().then_some((host, None)),
        };
    }
    match rest.split_once(':') {
        Some((_, port)) if port.contains(':') => None,
        Some((host, port)) => Some((host, Some(port))),
        None => Some((rest, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, u16, bool), EndpointError> {
        match text.parse::<Endpoint>()?.address {
            Address::Tcp { host, port, tls } => Ok((host, port, tls)),
            Address::Unix(path) => Ok((path.display().to_string(), 0, false)),
        }
    }

    #[test]
    fn each_form_finds_its_port_and_its_security() {
        let rows = [
            ("https://omni.example.org", "omni.example.org", 443, true),
            ("https://omni.example.org/", "omni.example.org", 443, true),
            (
                "https://omni.example.org:8099",
                "omni.example.org",
                8099,
                true,
            ),
            ("http://localhost", "localhost", 80, false),
            ("grpc://127.0.0.1:8080", "127.0.0.1", 8080, false),
            ("omni.example.org:443", "omni.example.org", 443, true),
            ("https://[::1]:9", "::1", 9, true),
            ("unix:///run/omni.sock", "/run/omni.sock", 0, false),
            ("unix:/run/omni.sock", "/run/omni.sock", 0, false),
        ];
        for (text, host, port, tls) in rows {
            assert_eq!(parse(text), Ok((host.to_owned(), port, tls)), "{text}");
        }
    }

    #[test]
    fn a_wrong_endpoint_says_what_is_wrong() {
        let own = str::to_owned;
        assert_eq!(parse(" "), Err(EndpointError::Empty));
        assert_eq!(
            parse("omni.example.org"),
            Err(EndpointError::Bare(own("omni.example.org")))
        );
        assert_eq!(
            parse("https://"),
            Err(EndpointError::NoHost(own("https://")))
        );
        assert_eq!(
            parse("https://a:x"),
            Err(EndpointError::Port(own("https://a:x")))
        );
        assert_eq!(
            parse("https://a:0"),
            Err(EndpointError::Port(own("https://a:0")))
        );
        assert_eq!(
            parse("https://a/b"),
            Err(EndpointError::Path(own("https://a/b")))
        );
        assert_eq!(parse("https://u:p@a"), Err(EndpointError::UserInfo));
        assert_eq!(
            parse("https://a b"),
            Err(EndpointError::Host(own("https://a b")))
        );
        assert_eq!(
            parse("https://::1"),
            Err(EndpointError::Host(own("https://::1")))
        );
        assert_eq!(
            parse("unix://sock"),
            Err(EndpointError::RelativeSocket(own("unix://sock")))
        );
        assert!(matches!(
            parse("ftp://a"),
            Err(EndpointError::Scheme { .. })
        ));
    }

    #[test]
    fn a_v6_address_keeps_its_brackets_in_the_uri() {
        let endpoint: Endpoint = "https://[::1]:9".parse().expect("an endpoint");
        assert_eq!(endpoint.uri(), "https://[::1]:9");
    }
}
