//! The way out of a company's network: an HTTP proxy that tunnels.
//!
//! Omni's own tools go through the proxy that `HTTPS_PROXY` names, except to the hosts of `NO_PROXY` and to this machine
//! itself; so do we. The proxy is spoken to in plain text; inside of the tunnel TLS runs end to end.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::{Service as _, service_fn};

use super::TransportKind;
use super::dial::dial;

/// Which hosts are reached through a proxy. Cheap to clone.
#[derive(Clone)]
pub struct Proxy(Option<Arc<Matcher>>);

// === impl Proxy ===

impl Proxy {
    /// No proxy, whatever the environment says.
    pub fn none() -> Self {
        Self(None)
    }

    /// What `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    pub fn from_environment() -> Self {
        Self(Some(Arc::new(Matcher::from_env())))
    }

    /// One proxy (`http://user:password@host:port`) for all hosts but these (comma-separated, as in `NO_PROXY`).
    pub fn new(proxy: &str, except: &str) -> Self {
        Self(Some(Arc::new(
            Matcher::builder()
                .https(proxy.to_owned())
                .no(except.to_owned())
                .build(),
        )))
    }

    /// The proxy for a host.
    fn of(&self, host: &str, port: u16) -> Option<Intercept> {
        if is_this_machine(host) {
            return None;
        }
        // Go asks for the proxy of https for every gRPC connection, plain text included.
        let uri = target(host, port).ok()?;
        self.0.as_ref()?.intercept(&uri)
    }

    /// Connects to a host, through the proxy where there is one for it.
    pub(super) async fn dial(&self, host: &str, port: u16) -> Result<TcpStream, TransportKind> {
        let Some(proxy) = self.of(host, port) else {
            return dial(host, port).await;
        };
        let fail = |reason: String| TransportKind::Proxy {
            proxy: name(proxy.uri()),
            reason,
        };
        if proxy.uri().scheme_str() != Some("http") {
            return Err(fail("only http:// proxies are spoken to".to_owned()));
        }
        let connect = service_fn(|uri: Uri| async move {
            let host = uri.host().unwrap_or_default().to_owned();
            dial(host.trim_matches(['[', ']']), uri.port_u16().unwrap_or(80))
                .await
                .map(TokioIo::new)
        });
        let mut tunnel = Tunnel::new(proxy.uri().clone(), connect);
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        let target = target(host, port).map_err(|error| fail(error.to_string()))?;
        let stream = tunnel
            .call(target)
            .await
            .map_err(|error| fail(words(&error)))?;
        Ok(stream.into_inner())
    }
}

/// The rules may hold a password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Proxy(rules)"
        } else {
            "Proxy(none)"
        })
    }
}

/// The address to ask a proxy for.
fn target(host: &str, port: u16) -> Result<Uri, http::uri::InvalidUri> {
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    format!("https://{host}:{port}").parse()
}

/// A proxy's address without the password that it may carry.
fn name(uri: &Uri) -> String {
    let port = uri.port_u16().unwrap_or(80);
    format!("{}:{port}", uri.host().unwrap_or_default())
}

/// An error with its cause.
fn words(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Whether a host is this machine by its name or address.
fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_for_all_hosts_but_the_excepted_and_this_machine() {
        let proxy = Proxy::new(
            "http://u:p@proxy.example.org:3128",
            "omni.internal,10.0.0.0/8",
        );
        assert!(proxy.of("omni.example.org", 443).is_some());
        for host in ["omni.internal", "10.1.2.3", "localhost", "127.0.0.1", "::1"] {
            assert!(proxy.of(host, 443).is_none(), "{host}");
        }
        assert!(Proxy::none().of("omni.example.org", 443).is_none());
        assert!(!format!("{proxy:?}").contains('p') || !format!("{proxy:?}").contains("3128"));
    }

    #[test]
    fn a_proxys_password_is_not_in_its_name() {
        let proxy = Proxy::new("http://user:canary@proxy.example.org:3128", "");
        let found = proxy.of("omni.example.org", 443).expect("a proxy");
        assert_eq!(name(found.uri()), "proxy.example.org:3128");
    }
}
