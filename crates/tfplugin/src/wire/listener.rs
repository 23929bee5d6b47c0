//! Where a core connects to: a Unix socket of our own, or TCP loopback where there is none.
//!
//! A Unix socket lies in a folder that only its user can enter; both are removed when the
//! listener is dropped. TCP listens on the loopback address only.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use tokio::net::TcpListener;

use super::connection::Connection;
use super::handshake::{CoreRequest, PortRange};

/// Where a provider can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// The path of a Unix socket.
    Unix(PathBuf),
    /// A loopback address and port.
    Tcp(SocketAddr),
}

/// A bound socket that accepts connections.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    address: Address,
    place: Place,
}

/// What is removed from the disk with the last use of a listener.
#[derive(Debug, Default)]
pub(super) struct Place {
    #[cfg(unix)]
    _dir: Option<super::socket_dir::SocketDir>,
}

/// Why nothing could be bound.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The folder for the socket could not be made.
    #[error("cannot make a folder for the socket in {}", parent.display())]
    Folder {
        /// The folder that it should be made in.
        parent: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The path is too long for a socket, or cannot stand in the handshake line.
    #[error("the socket cannot be at {}: the path is too long or not printable", path.display())]
    Path {
        /// Where the socket would have been.
        path: PathBuf,
    },
    /// The socket could not be bound.
    #[error("cannot listen at {address}")]
    Bind {
        /// The path, or the range of ports.
        address: String,
        /// What the system says.
        source: std::io::Error,
    },
}

#[derive(Debug)]
enum Socket {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
    Tcp(TcpListener),
}

impl Address {
    /// The kind of the address, as the handshake line names it.
    pub fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }

    /// The address itself, as the handshake line names it.
    pub fn text(&self) -> String {
        match self {
            Self::Unix(path) => path.to_string_lossy().into_owned(),
            Self::Tcp(address) => address.to_string(),
        }
    }
}

impl Listener {
    /// Listens as the core asks: on a Unix socket where the system has them.
    ///
    /// # Errors
    /// [`ListenError`] where nothing can be bound. Must be called inside a tokio runtime.
    pub fn bind(request: &CoreRequest) -> Result<Self, ListenError> {
        #[cfg(unix)]
        {
            Self::bind_unix(request.socket_dir.as_deref())
        }
        #[cfg(not(unix))]
        {
            Self::bind_tcp(request.ports)
        }
    }

    /// Listens on a Unix socket in a new folder inside `parent`, or where temporary files go.
    ///
    /// # Errors
    /// [`ListenError`] where the folder or the socket cannot be made.
    #[cfg(unix)]
    pub fn bind_unix(parent: Option<&std::path::Path>) -> Result<Self, ListenError> {
        let dir = super::socket_dir::SocketDir::create(parent)?;
        let path = dir.socket();
        let listener =
            tokio::net::UnixListener::bind(&path).map_err(|source| ListenError::Bind {
                address: path.display().to_string(),
                source,
            })?;
        Ok(Self {
            socket: Socket::Unix(listener),
            address: Address::Unix(path),
            place: Place { _dir: Some(dir) },
        })
    }

    /// Listens on the first free port of the range, loopback only.
    ///
    /// # Errors
    /// [`ListenError::Bind`] where no port of the range is free. Must be called inside a tokio
    /// runtime.
    pub fn bind_tcp(ports: PortRange) -> Result<Self, ListenError> {
        let PortRange { min, max } = ports;
        let mut last = std::io::Error::from(std::io::ErrorKind::AddrInUse);
        for port in min..=max {
            match bind_port(port) {
                Ok(bound) => return Ok(bound),
                Err(error) => last = error,
            }
        }
        Err(ListenError::Bind {
            address: format!("{}:{min}-{max}", Ipv4Addr::LOCALHOST),
            source: last,
        })
    }

    /// Where the core must connect to.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Takes out what must be removed in time, whoever still holds the listener.
    pub(super) fn take_place(&mut self) -> Place {
        std::mem::take(&mut self.place)
    }

    /// Waits for the next connection. Dropping the future loses none.
    ///
    /// # Errors
    /// What the system says, for example that there are too many open files.
    pub async fn accept(&self) -> std::io::Result<Connection> {
        match &self.socket {
            #[cfg(unix)]
            Socket::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok(Connection::new(stream))
            }
            Socket::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Connection::new(stream))
            }
        }
    }
}

fn bind_port(port: u16) -> std::io::Result<Listener> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let address = Address::Tcp(listener.local_addr()?);
    Ok(Listener {
        socket: Socket::Tcp(listener),
        address,
        place: Place::default(),
    })
}
