//! A resource: metadata every kind shares, and a spec.
//!
//! [`Resource`] is typed by its kind; [`AnyResource`] keeps the spec as the bytes that travel. Conversions from the wire
//! follow COSI: both parts must be there, a version is decimal text or `undefined`, a phase is one of two words.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use prost::Message as _;
use prost_types::Timestamp;

use crate::{Kind, cosi};

/// Labels or annotations.
pub type Map = BTreeMap<String, String>;

/// What every resource carries besides its spec.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    /// Namespace, see [`crate::kind::namespace`].
    pub namespace: Arc<str>,
    /// Type text, `Clusters.omni.sidero.dev`.
    pub type_name: Arc<str>,
    /// Id, unique within namespace and type.
    pub id: Arc<str>,
    /// Version; counts the writes.
    pub version: Version,
    /// Name of the controller that owns it; empty for a user's.
    pub owner: String,
    /// Where in its life it is.
    pub phase: Phase,
    /// When it was created, by the server's clock.
    pub created: Option<Timestamp>,
    /// When it was last written, by the server's clock; `None` when never since creation.
    pub updated: Option<Timestamp>,
    /// Who must still act before it may be destroyed.
    pub finalizers: Vec<String>,
    /// Labels: queries see them.
    pub labels: Map,
    /// Annotations: queries do not see them.
    pub annotations: Map,
}

/// The version of a resource: a count, or undefined before the first write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(Option<u64>);

/// Where in its life a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Phase {
    /// Wanted.
    #[default]
    Running,
    /// On its way out; there is no way back.
    TearingDown,
}

/// A resource of a kind known at compile time.
#[derive(Debug)]
pub struct Resource<K: Kind> {
    /// What every resource carries.
    pub metadata: Metadata,
    /// The kind's own contents.
    pub spec: K::Spec,
}

/// A resource of any kind, its spec as the bytes on the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct AnyResource {
    /// What every resource carries.
    pub metadata: Metadata,
    /// The encoded spec message.
    pub spec: Vec<u8>,
    /// The sender's YAML rendering of the spec; empty when there was none.
    pub yaml: String,
}

/// A resource that does not keep COSI's form. `Display` is COSI's own text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The message has no metadata.
    #[error("metadata is missing")]
    MetadataMissing,
    /// The message has no spec.
    #[error("spec is missing")]
    SpecMissing,
    /// The version is neither a number nor `undefined`.
    #[error("error parsing version: strconv.ParseInt: parsing {0:?}: invalid syntax")]
    Version(String),
    /// The phase is none of the two words.
    #[error("unknown phase: {0}")]
    Phase(String),
    /// The resource is of another kind than asked for.
    #[error("expected a resource of type {expected}, got {actual}")]
    Type {
        /// The type asked for.
        expected: &'static str,
        /// The type that came.
        actual: String,
    },
    /// The spec's bytes are not the kind's message.
    #[error("the spec of {type_name} cannot be decoded: {reason}")]
    Spec {
        /// The type of the resource.
        type_name: String,
        /// The decoder's words.
        reason: String,
    },
}

// === impl Version ===

impl Version {
    /// Before the first write.
    pub const UNDEFINED: Self = Self(None);
    /// After the first write.
    pub const FIRST: Self = Self(Some(1));

    /// The version with this count.
    pub const fn new(count: u64) -> Self {
        Self(Some(count))
    }

    /// The count; `None` when undefined.
    pub const fn count(self) -> Option<u64> {
        self.0
    }

    /// The version after one more write.
    #[must_use]
    pub fn next(self) -> Self {
        Self(Some(self.0.map_or(1, |count| count.saturating_add(1))))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(count) => write!(f, "{count}"),
            None => f.write_str("undefined"),
        }
    }
}

impl FromStr for Version {
    type Err = WireError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "undefined" {
            return Ok(Self::UNDEFINED);
        }
        text.parse()
            .map(Self::new)
            .map_err(|_| WireError::Version(text.to_owned()))
    }
}

// === impl Phase ===

impl Phase {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::TearingDown => "tearingDown",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Phase {
    type Err = WireError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "running" => Ok(Self::Running),
            "tearingDown" => Ok(Self::TearingDown),
            other => Err(WireError::Phase(other.to_owned())),
        }
    }
}

// === impl Metadata ===

impl Metadata {
    /// Metadata of a resource that was never written.
    pub fn new(namespace: &str, type_name: &str, id: &str) -> Self {
        Self {
            namespace: namespace.into(),
            type_name: type_name.into(),
            id: id.into(),
            version: Version::UNDEFINED,
            owner: String::new(),
            phase: Phase::Running,
            created: None,
            updated: None,
            finalizers: Vec::new(),
            labels: Map::new(),
            annotations: Map::new(),
        }
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(String::as_str)
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }

    /// Whether it is on its way out.
    pub fn tearing_down(&self) -> bool {
        self.phase == Phase::TearingDown
    }
}

/// COSI's name of a resource in its messages: `Clusters.omni.sidero.dev(default/prod@3)`.
impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            type_name,
            namespace,
            id,
            version,
            ..
        } = self;
        write!(f, "{type_name}({namespace}/{id}@{version})")
    }
}

impl TryFrom<cosi::Metadata> for Metadata {
    type Error = WireError;

    fn try_from(wire: cosi::Metadata) -> Result<Self, Self::Error> {
        Ok(Self {
            version: wire.version.parse()?,
            phase: wire.phase.parse()?,
            namespace: wire.namespace.into(),
            type_name: wire.r#type.into(),
            id: wire.id.into(),
            owner: wire.owner,
            created: wire.created,
            updated: wire.updated,
            finalizers: wire.finalizers,
            labels: wire.labels,
            annotations: wire.annotations,
        })
    }
}

impl From<Metadata> for cosi::Metadata {
    fn from(metadata: Metadata) -> Self {
        Self {
            namespace: metadata.namespace.to_string(),
            r#type: metadata.type_name.to_string(),
            id: metadata.id.to_string(),
            version: metadata.version.to_string(),
            owner: metadata.owner,
            phase: metadata.phase.to_string(),
            created: metadata.created,
            updated: metadata.updated,
            finalizers: metadata.finalizers,
            labels: metadata.labels,
            annotations: metadata.annotations,
        }
    }
}

// === impl Resource ===

impl<K: Kind> Resource<K> {
    /// A resource that was never written.
    pub fn new(id: &str, spec: K::Spec) -> Self {
        Self {
            metadata: Metadata::new(K::NAMESPACE, K::TYPE, id),
            spec,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.metadata.id
    }

    /// The same resource with the spec as bytes; the YAML rendering stays empty.
    pub fn to_any(&self) -> AnyResource {
        AnyResource {
            metadata: self.metadata.clone(),
            spec: self.spec.encode_to_vec(),
            yaml: String::new(),
        }
    }
}

impl<K: Kind> Clone for Resource<K> {
    fn clone(&self) -> Self {
        Self {
            metadata: self.metadata.clone(),
            spec: self.spec.clone(),
        }
    }
}

impl<K: Kind> PartialEq for Resource<K> {
    fn eq(&self, other: &Self) -> bool {
        self.metadata == other.metadata && self.spec == other.spec
    }
}

// === impl AnyResource ===

impl AnyResource {
    /// The typed resource.
    ///
    /// # Errors
    /// [`WireError::Type`] when it is of another kind, [`WireError::Spec`] when the bytes do not decode.
    pub fn typed<K: Kind>(&self) -> Result<Resource<K>, WireError> {
        if &*self.metadata.type_name != K::TYPE {
            let actual = self.metadata.type_name.to_string();
            return Err(WireError::Type {
                expected: K::TYPE,
                actual,
            });
        }
        let spec = K::Spec::decode(self.spec.as_slice()).map_err(|error| WireError::Spec {
            type_name: K::TYPE.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Resource {
            metadata: self.metadata.clone(),
            spec,
        })
    }
}

impl TryFrom<cosi::Resource> for AnyResource {
    type Error = WireError;

    fn try_from(wire: cosi::Resource) -> Result<Self, Self::Error> {
        let metadata = wire.metadata.ok_or(WireError::MetadataMissing)?;
        let spec = wire.spec.ok_or(WireError::SpecMissing)?;
        Ok(Self {
            metadata: metadata.try_into()?,
            spec: spec.proto_spec,
            yaml: spec.yaml_spec,
        })
    }
}

impl From<AnyResource> for cosi::Resource {
    fn from(resource: AnyResource) -> Self {
        Self {
            metadata: Some(resource.metadata.into()),
            spec: Some(cosi::Spec {
                proto_spec: resource.spec,
                yaml_spec: resource.yaml,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
