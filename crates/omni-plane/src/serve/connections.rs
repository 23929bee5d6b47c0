//! Who is connected.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tonic::transport::server::Connected;

/// Counts open connections. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Connections(Arc<watch::Sender<usize>>);

/// A connection that is counted as long as it lives.
#[derive(Debug)]
pub(super) struct Counted<T> {
    inner: T,
    connections: Connections,
}

// === impl Connections ===

impl Connections {
    /// How many connections are open.
    pub fn open(&self) -> usize {
        *self.0.borrow()
    }

    /// Shows every change of the count.
    pub fn subscribe(&self) -> watch::Receiver<usize> {
        self.0.subscribe()
    }

    pub(super) fn count<T>(&self, inner: T) -> Counted<T> {
        self.0.send_modify(|open| *open += 1);
        let connections = self.clone();
        Counted { inner, connections }
    }
}

// === impl Counted ===

impl<T> Drop for Counted<T> {
    fn drop(&mut self) {
        self.connections.0.send_modify(|open| *open -= 1);
    }
}

impl<T> Connected for Counted<T> {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
