//! A byte stream that looks at the server's first bytes.
//!
//! An HTTP/2 server speaks first with a settings frame. Where something else comes, the note says what it is: a TLS record
//! (the server wants TLS), an HTTP/1 answer (no gRPC there), or the end (a TLS server that will not speak with us).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::client::TlsStream;

use super::{Findings, TransportKind};

/// The kinds of byte streams.
pub(crate) enum Io {
    /// Plain text in the network.
    Tcp(TcpStream),
    /// TLS.
    Tls(Box<TlsStream<TcpStream>>),
    /// A socket on this machine.
    #[cfg(unix)]
    Unix(UnixStream),
}

/// A byte stream that looks at the server's first bytes.
pub(crate) struct Sniff {
    io: Io,
    findings: Findings,
    /// Plain text in the network: silence may mean that the server wants TLS.
    could_be_tls: bool,
    seen: bool,
}

// === impl Sniff ===

impl Sniff {
    /// Watches a stream on which nothing was read yet.
    pub(super) fn new(io: Io, findings: Findings, could_be_tls: bool) -> Self {
        Self {
            io,
            findings,
            could_be_tls,
            seen: false,
        }
    }

    /// Looks at the first bytes, once.
    fn look(&mut self, first: &[u8]) {
        self.seen = true;
        match first {
            [] if self.could_be_tls => self.findings.note(TransportKind::TlsExpected),
            // Alert or handshake record of TLS.
            [0x15 | 0x16, 0x03, ..] => self.findings.note(TransportKind::TlsExpected),
            _ if first.starts_with(b"HTTP/1") => {
                let words = "it answers in HTTP/1.1".to_owned();
                self.findings.note(TransportKind::NotGrpc(words));
            }
            [] => {}
            _ => self.findings.clear(),
        }
    }
}

impl AsyncRead for Sniff {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let result = match &mut this.io {
            Io::Tcp(io) => Pin::new(io).poll_read(context, buffer),
            Io::Tls(io) => Pin::new(io).poll_read(context, buffer),
            #[cfg(unix)]
            Io::Unix(io) => Pin::new(io).poll_read(context, buffer),
        };
        if !this.seen && result.is_ready() {
            let first = buffer.filled()[before..].to_vec();
            this.look(&first);
        }
        result
    }
}

impl AsyncWrite for Sniff {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().io {
            Io::Tcp(io) => Pin::new(io).poll_write(context, bytes),
            Io::Tls(io) => Pin::new(io).poll_write(context, bytes),
            #[cfg(unix)]
            Io::Unix(io) => Pin::new(io).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().io {
            Io::Tcp(io) => Pin::new(io).poll_flush(context),
            Io::Tls(io) => Pin::new(io).poll_flush(context),
            #[cfg(unix)]
            Io::Unix(io) => Pin::new(io).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().io {
            Io::Tcp(io) => Pin::new(io).poll_shutdown(context),
            Io::Tls(io) => Pin::new(io).poll_shutdown(context),
            #[cfg(unix)]
            Io::Unix(io) => Pin::new(io).poll_shutdown(context),
        }
    }
}
