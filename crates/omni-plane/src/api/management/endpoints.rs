//! The addresses that the plane names.

use crate::serve::Address;

/// Where clients reach what the plane names in the files that it hands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// The API.
    pub api: String,
    /// The proxy in front of the clusters' Kubernetes APIs.
    pub kubernetes: String,
}

// === impl Endpoints ===

impl Endpoints {
    /// Those of a plane that is served at an address; clients cannot be sent to a Unix socket, so that one has Omni's defaults.
    pub fn at(address: &Address) -> Self {
        match address {
            Address::Tcp(socket) => Self {
                api: format!("http://{socket}"),
                ..Self::default()
            },
            Address::Unix(_) => Self::default(),
        }
    }
}

impl Default for Endpoints {
    /// Omni's own defaults.
    fn default() -> Self {
        Self {
            api: "https://localhost:8099".to_owned(),
            kubernetes: "https://localhost:8095".to_owned(),
        }
    }
}
