//! Connections that can be cut, to play a network that breaks.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

/// All connections of a server, present and future.
#[derive(Clone)]
pub(crate) struct Connections(watch::Sender<CancellationToken>);

/// A connection that can be cut.
pub(crate) struct Cuttable<T> {
    io: T,
    cut: Pin<Box<tokio_util::sync::WaitForCancellationFutureOwned>>,
}

// === impl Connections ===

impl Connections {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(CancellationToken::new()))
    }

    /// Makes a connection one that can be cut.
    pub(crate) fn admit<T>(&self, io: T) -> Cuttable<T> {
        let token = self.0.borrow().clone();
        Cuttable {
            io,
            cut: Box::pin(token.cancelled_owned()),
        }
    }

    /// Cuts all present connections, at once and without a word.
    pub(crate) fn cut(&self) {
        self.0.send_replace(CancellationToken::new()).cancel();
    }
}

// === impl Cuttable ===

impl<T> Cuttable<T> {
    fn is_cut(&mut self, context: &mut Context<'_>) -> bool {
        self.cut.as_mut().poll(context).is_ready()
    }
}

fn reset<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
}

impl<T: AsyncRead + Unpin> AsyncRead for Cuttable<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_cut(context) {
            return reset();
        }
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Cuttable<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_cut(context) {
            return reset();
        }
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_cut(context) {
            return reset();
        }
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

impl<T> Connected for Cuttable<T> {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}
