//! What a cluster's Kubernetes holds of what Omni has given to it: objects and running jobs.
//!
//! Id: the cluster. The emulated clusters run no containers; what Omni applies to them is remembered here, with the inventory that it
//! was applied from, as a real cluster remembers it. It is what a backup of etcd saves and a restore brings back. Moments are
//! nanoseconds of emulated time since the Unix epoch; 0 is none.

use std::collections::BTreeMap;

use omni_api::Kind;
use omni_api::kind::Facts;

use crate::internal;

/// The kind of [`WorkloadSpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {}

/// What a cluster's Kubernetes holds.
#[derive(Clone, PartialEq, prost::Message)]
pub struct WorkloadSpec {
    /// The objects, sorted by id.
    #[prost(message, repeated, tag = "1")]
    pub objects: Vec<Object>,
    /// When the objects that are being applied are there.
    #[prost(uint64, tag = "2")]
    pub applied_at: u64,
    /// The jobs of health checks.
    #[prost(message, repeated, tag = "3")]
    pub jobs: Vec<Job>,
}

/// An object of Kubernetes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, prost::Message)]
pub struct Object {
    /// `Kind/namespace/name`, or `Kind/name` for objects of the cluster.
    #[prost(string, tag = "1")]
    pub id: String,
    /// API group; empty for the core.
    #[prost(string, tag = "2")]
    pub group: String,
    /// Kind.
    #[prost(string, tag = "3")]
    pub kind: String,
    /// Namespace; empty for objects of the cluster.
    #[prost(string, tag = "4")]
    pub namespace: String,
    /// Name.
    #[prost(string, tag = "5")]
    pub name: String,
    /// The inventory that it belongs to.
    #[prost(enumeration = "Inventory", tag = "6")]
    pub inventory: i32,
    /// SHA-256 (hex) of its manifest.
    #[prost(string, tag = "7")]
    pub sha256: String,
    /// Of its annotations those that expose it through Omni.
    #[prost(btree_map = "string, string", tag = "8")]
    pub annotations: BTreeMap<String, String>,
}

/// The job of a health check.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Job {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// When it was started.
    #[prost(uint64, tag = "2")]
    pub started_at: u64,
    /// SHA-256 (hex) of its manifest.
    #[prost(string, tag = "3")]
    pub sha256: String,
}

/// The lists in which Omni keeps what it has applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum Inventory {
    /// Omni's own objects.
    System = 0,
    /// Objects that are kept as they are written.
    User = 1,
    /// Objects that are applied once; they are never pruned.
    OneTime = 2,
}

// === impl Workload ===

impl Kind for Workload {
    type Spec = WorkloadSpec;
    const FACTS: &'static Facts =
        &internal::kind("KubernetesContents.plane.internal", "plane.Workload");
}

// === impl WorkloadSpec ===

impl WorkloadSpec {
    /// The object of this id in this inventory.
    pub fn object(&self, inventory: Inventory, id: &str) -> Option<&Object> {
        self.objects
            .iter()
            .find(|object| object.id == id && object.inventory() == inventory)
    }

    /// Whether there is an object of this id, whoever applied it.
    pub fn has(&self, id: &str) -> bool {
        self.objects.iter().any(|object| object.id == id)
    }

    /// Puts an object in, in place of the one of its id.
    pub fn put(&mut self, object: Object) {
        match self
            .objects
            .binary_search_by(|held| held.id.cmp(&object.id))
        {
            Ok(place) => self.objects[place] = object,
            Err(place) => self.objects.insert(place, object),
        }
    }
}
