//! The name of a resource.

use std::fmt;
use std::sync::Arc;

use omni_api::{AnyResource, Kind, Metadata, Version};

/// Namespace, type and id: what names a resource. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The namespace it lives in.
    pub namespace: Arc<str>,
    /// The type text, `Clusters.omni.sidero.dev`.
    pub type_name: Arc<str>,
    /// The id, unique within namespace and type.
    pub id: Arc<str>,
}

/// A key with a version, printed as COSI prints resources: `Clusters.omni.sidero.dev(default/prod@3)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What it names.
    pub key: Key,
    /// The version that is spoken of.
    pub version: Version,
}

// === impl Key ===

impl Key {
    /// A key from its parts.
    pub fn new(namespace: &str, type_name: &str, id: &str) -> Self {
        Self {
            namespace: namespace.into(),
            type_name: type_name.into(),
            id: id.into(),
        }
    }

    /// The key of a resource of a known kind.
    pub fn of<K: Kind>(id: &str) -> Self {
        Self::new(K::NAMESPACE, K::TYPE, id)
    }

    /// The key with a version.
    pub fn at(&self, version: Version) -> Reference {
        Reference {
            key: self.clone(),
            version,
        }
    }
}

impl From<&Metadata> for Key {
    fn from(metadata: &Metadata) -> Self {
        Self {
            namespace: metadata.namespace.clone(),
            type_name: metadata.type_name.clone(),
            id: metadata.id.clone(),
        }
    }
}

impl From<&AnyResource> for Key {
    fn from(resource: &AnyResource) -> Self {
        Self::from(&resource.metadata)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            namespace,
            type_name,
            id,
        } = self;
        write!(f, "{type_name}({namespace}/{id})")
    }
}

// === impl Reference ===

impl From<&Metadata> for Reference {
    fn from(metadata: &Metadata) -> Self {
        Key::from(metadata).at(metadata.version)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, version } = self;
        let Key {
            namespace,
            type_name,
            id,
        } = key;
        write!(f, "{type_name}({namespace}/{id}@{version})")
    }
}
