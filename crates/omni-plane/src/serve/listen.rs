//! Where the plane listens.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{BoxStream, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_stream::wrappers::{TcpListenerStream, UnixListenerStream};

use super::connections::Counted;
use super::socket_file::SocketFile;
use super::{Connections, ServeError};

/// An address on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// TCP on loopback; port 0 lets the system choose.
    Tcp(SocketAddr),
}

/// A bound socket. A Unix socket's file goes with it.
#[derive(Debug)]
pub struct Listener {
    address: Address,
    socket: Socket,
}

#[derive(Debug)]
enum Socket {
    Unix(UnixListener, SocketFile),
    Tcp(TcpListener),
}

/// A connection of either sort.
#[derive(Debug)]
pub(super) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

// === impl Address ===

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "http://{address}"),
        }
    }
}

// === impl Listener ===

impl Listener {
    /// Binds the address. The file of a Unix socket that nobody serves any more is replaced.
    ///
    /// # Errors
    /// [`ServeError::NotLoopback`], [`ServeError::InUse`], [`ServeError::Bind`].
    pub async fn bind(address: Address) -> Result<Self, ServeError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::InUse(address.clone()),
            _ => ServeError::Bind {
                address: address.clone(),
                source,
            },
        };
        match &address {
            Address::Unix(path) => {
                remove_stale(path).await.map_err(failed)?;
                let socket = UnixListener::bind(path).map_err(failed)?;
                let socket = Socket::Unix(socket, SocketFile::of(path));
                Ok(Self { address, socket })
            }
            Address::Tcp(wanted) if !wanted.ip().is_loopback() => {
                Err(ServeError::NotLoopback(*wanted))
            }
            Address::Tcp(wanted) => {
                let socket = TcpListener::bind(wanted).await.map_err(failed)?;
                let bound = socket.local_addr().map_err(failed)?;
                Ok(Self {
                    address: Address::Tcp(bound),
                    socket: Socket::Tcp(socket),
                })
            }
        }
    }

    /// Where it listens, with the port that the system chose.
    pub fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn incoming(
        self,
        connections: Connections,
    ) -> BoxStream<'static, io::Result<Counted<Stream>>> {
        match self.socket {
            Socket::Unix(socket, file) => UnixListenerStream::new(socket)
                .map(move |stream| {
                    let _lives_as_long = &file;
                    Ok(connections.count(Stream::Unix(stream?)))
                })
                .boxed(),
            Socket::Tcp(socket) => TcpListenerStream::new(socket)
                .map(move |stream| {
                    let stream = stream?;
                    // Small answers must not wait for more to send.
                    stream.set_nodelay(true)?;
                    Ok(connections.count(Stream::Tcp(stream)))
                })
                .boxed(),
        }
    }
}

/// Removes the file of a socket whose server is gone; one that answers stays.
async fn remove_stale(path: &Path) -> io::Result<()> {
    match UnixStream::connect(path).await {
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)
        }
        Err(_) => Ok(()),
    }
}

// === impl Stream ===

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
