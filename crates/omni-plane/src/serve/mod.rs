//! Serving the plane on a socket.
