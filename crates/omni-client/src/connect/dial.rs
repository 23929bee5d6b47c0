//! From a name and a port to a TCP connection.
//!
//! All addresses of the name are tried in the resolver's order, each a moment after the one before, and the first that
//! answers is taken: an address family that leads nowhere costs a moment, not the connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::net::{TcpStream, lookup_host};

use super::TransportKind;

/// How long the next address waits for the one before (RFC 8305).
const MOMENT: Duration = Duration::from_millis(250);

/// Connects to a host.
pub(super) async fn dial(host: &str, port: u16) -> Result<TcpStream, TransportKind> {
    let dns = |reason: String| TransportKind::Dns {
        host: host.to_owned(),
        reason,
    };
    let addresses = lookup_host((host, port))
        .await
        .map_err(|error| dns(error.to_string()))?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    let mut last = dns("it has no address".to_owned());
    let mut tries = FuturesUnordered::new();
    let mut rest = addresses.into_iter();
    let mut next = rest.next();
    while next.is_some() || !tries.is_empty() {
        if let Some(address) = next.take() {
            tries.push(TcpStream::connect(address));
        }
        tokio::select! {
            result = tries.next(), if !tries.is_empty() => match result {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => {
                    last = meaning(&error);
                    next = rest.next();
                }
                None => {}
            },
            () = tokio::time::sleep(MOMENT), if rest.len() > 0 => next = rest.next(),
        }
    }
    Err(last)
}

/// What the system's refusal means.
pub(super) fn meaning(error: &io::Error) -> TransportKind {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => TransportKind::Refused,
        io::ErrorKind::NotFound => TransportKind::NoSocket,
        _ => TransportKind::Unreachable(error.to_string()),
    }
}
