//! Resource kinds: the static facts about each type of resource that Omni has.
//!
//! A kind is a zero-sized marker (`kind::Cluster`) that ties a type text to a namespace and a spec message, so that
//! `Resource<kind::Cluster>` cannot be mixed up with another kind although two kinds may share one spec message.
//! [`Facts`] carries the same by value, for code that meets kinds by their name (the plane's doors, the definitions list).

mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

pub use table::*;

/// Names of Omni's namespaces.
pub mod namespace {
    /// Durable resources of users and controllers.
    pub const DEFAULT: &str = "default";
    /// Lost when the server restarts.
    pub const EPHEMERAL: &str = "ephemeral";
    /// Counters and activity.
    pub const METRICS: &str = "metrics";
    /// Shared between Omni and its infrastructure providers.
    pub const INFRA_PROVIDER: &str = "infra-provider";
    /// Heartbeats of infrastructure providers.
    pub const INFRA_PROVIDER_EPHEMERAL: &str = "infra-provider-ephemeral";
    /// Namespaces and resource definitions.
    pub const META: &str = "meta";
    /// Signing keys of OIDC and of service-account tokens.
    pub const OIDC: &str = "oidc";
    /// Computed from a store outside Omni (etcd backups).
    pub const EXTERNAL: &str = "external";
    /// Computed on read.
    pub const VIRTUAL: &str = "virtual";
}

/// A kind of resource, known at compile time.
pub trait Kind: Send + Sync + 'static {
    /// The protobuf message of the spec.
    type Spec: prost::Message + Default + Clone + PartialEq + Send + Sync + 'static;
    /// Everything that is known about the kind.
    const FACTS: &'static Facts;
    /// The type text, `Clusters.omni.sidero.dev`.
    const TYPE: &'static str = Self::FACTS.type_name;
    /// The namespace in which resources of this kind live.
    const NAMESPACE: &'static str = Self::FACTS.namespace;
}

/// What is known about a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The type text, `Clusters.omni.sidero.dev`.
    pub type_name: &'static str,
    /// The namespace in which resources of this kind live.
    pub namespace: &'static str,
    /// Full name of the spec's protobuf message; `google.protobuf.Empty` where there is none.
    pub spec: &'static str,
    /// Who may read it.
    pub read: Read,
    /// Who may write it from outside.
    pub write: Write,
    /// How the cluster of such a resource is found, for access policies.
    pub cluster: ClusterScope,
    /// Whether users own it; torn down without finalizers, the server destroys such a resource by itself.
    pub user_managed: bool,
    /// Whether its contents are secret.
    pub sensitive: bool,
}

/// Roles, in their order of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// May do nothing.
    None,
    /// An infrastructure provider, confined to its own resources.
    InfraProvider,
    /// Reads.
    Reader,
    /// Reads, and the audit log.
    Auditor,
    /// Manages clusters and machines.
    Operator,
    /// Everything.
    Admin,
}

/// Who may read a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Anybody, unsigned too.
    Public,
    /// Any valid signature.
    Signed,
    /// This role or a higher one.
    Role(Role),
    /// Declared readable, refused in fact: Omni lists the kind in one of its two tables only.
    Unlisted,
    /// Nobody from outside.
    Denied,
}

/// Who may write a kind from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// Nobody.
    None,
    /// Create, update and destroy, with this role or a higher one.
    All(Role),
    /// Create and destroy only.
    CreateDestroy(Role),
    /// Update and destroy only; created by a management call.
    UpdateDestroy(Role),
    /// Teardown and destroy only.
    Destroy(Role),
    /// Created once, by anybody.
    CreateOnce,
    /// Written by the infrastructure provider that owns it.
    Provider,
}

/// How the cluster of a resource is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterScope {
    /// It has none.
    None,
    /// Its id is the cluster's.
    Id,
    /// It carries the cluster's label.
    Label,
}

/// A text that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role {0:?}")]
pub struct UnknownRole(pub String);

macro_rules! kinds {
    ($($name:ident, $type:literal, $ns:ident, $spec:literal, $rust:ty, $read:expr, $write:expr, $cluster:expr, $user:literal, $sensitive:literal;)*) => {
        $(
            #[doc = concat!("`", $type, "`, spec `", $spec, "`.")]
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub enum $name {}

            impl super::Kind for $name {
                type Spec = $rust;
                const FACTS: &'static super::Facts = &super::Facts {
                    type_name: $type,
                    namespace: namespace::$ns,
                    spec: $spec,
                    read: $read,
                    write: $write,
                    cluster: $cluster,
                    user_managed: $user,
                    sensitive: $sensitive,
                };
            }
        )*

        /// All kinds, in the order of the table.
        pub static ALL: &[&super::Facts] = &[$(<$name as super::Kind>::FACTS),*];
    };
}
use kinds;

/// The facts of the kind with this type text.
pub fn find(type_name: &str) -> Option<&'static Facts> {
    static INDEX: OnceLock<BTreeMap<&'static str, &'static Facts>> = OnceLock::new();
    INDEX
        .get_or_init(|| ALL.iter().map(|facts| (facts.type_name, *facts)).collect())
        .get(type_name)
        .copied()
}

// === impl Role ===

impl Role {
    /// All roles, weakest first.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::InfraProvider,
        Self::Reader,
        Self::Auditor,
        Self::Operator,
        Self::Admin,
    ];

    /// The word that Omni writes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::InfraProvider => "InfraProvider",
            Self::Reader => "Reader",
            Self::Auditor => "Auditor",
            Self::Operator => "Operator",
            Self::Admin => "Admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_type_text() {
        let facts = find("Clusters.omni.sidero.dev").expect("in the table");
        assert_eq!(facts.spec, "specs.ClusterSpec");
        assert!(facts.user_managed);
        assert!(find("Clusters").is_none());
    }

    #[test]
    fn type_texts_are_unique() {
        let mut names: Vec<_> = ALL.iter().map(|facts| facts.type_name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn roles_are_ordered_by_power_and_keep_their_words() {
        assert!(Role::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
    }
}
