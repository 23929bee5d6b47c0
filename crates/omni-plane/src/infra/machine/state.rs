//! What a machine remembers: what it is made of, and how far it has come.
//!
//! An internal kind, written by the machine and by those who switch it on or off. A machine that was killed in the middle of an
//! installation goes on where it was: every span is kept as the moment of its end. Moments are nanoseconds of emulated time
//! since the Unix epoch; 0 is none.

use std::collections::BTreeMap;
use std::time::Duration;

use omni_api::Kind;
use omni_api::kind::Facts;

use crate::Moment;
use crate::internal;

/// The kind of [`MachineStateSpec`]; its id is the machine's UUID, its label the cluster it is a member of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MachineState {}

/// What a machine remembers.
#[allow(
    clippy::struct_excessive_bools,
    reason = "facts that are true or not, each by itself"
)]
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MachineStateSpec {
    /// What it is made of; does not change.
    #[prost(message, optional, tag = "1")]
    pub(crate) build: Option<Build>,
    /// What it is doing.
    #[prost(enumeration = "Stage", tag = "2")]
    pub(crate) stage: i32,
    /// When that ends.
    #[prost(uint64, tag = "3")]
    pub(crate) until: u64,
    /// The last stage that it told.
    #[prost(enumeration = "Stage", tag = "4")]
    pub(crate) shown: i32,
    /// Whether Talos is on its disk.
    #[prost(bool, tag = "5")]
    pub(crate) installed: bool,
    /// What it runs.
    #[prost(message, optional, tag = "6")]
    pub(crate) image: Option<Image>,
    /// What it will run after the next boot.
    #[prost(message, optional, tag = "7")]
    pub(crate) next_image: Option<Image>,
    /// How often it has booted.
    #[prost(uint32, tag = "8")]
    pub(crate) boots: u32,
    /// How often it has joined a cluster.
    #[prost(uint32, tag = "9")]
    pub(crate) memberships: u32,
    /// What it is as a member of a cluster.
    #[prost(message, optional, tag = "10")]
    pub(crate) member: Option<MemberState>,
    /// Since when it neither answers nor works.
    #[prost(uint64, tag = "11")]
    pub(crate) silent_since: u64,
    /// When it speaks to Omni for the first time.
    #[prost(uint64, tag = "12")]
    pub(crate) joins_at: u64,
    /// Its owner takes it away: it leaves Omni and is forgotten.
    #[prost(bool, tag = "13")]
    pub(crate) removed: bool,
    /// Whether it has joined.
    #[prost(bool, tag = "14")]
    pub(crate) joined: bool,
    /// Its provider has switched it off, or wants to as soon as it can.
    #[prost(bool, tag = "15")]
    pub(crate) switched_off: bool,
    /// The last wipe that its provider has done.
    #[prost(string, tag = "16")]
    pub(crate) wiped: String,
    /// When Omni has read what it is made of.
    #[prost(uint64, tag = "18")]
    pub(crate) introduced_at: u64,
    /// When the wipe that is being done is over.
    #[prost(uint64, tag = "17")]
    pub(crate) wiping_until: u64,
    /// Its tunnel is up, but nobody answers behind it.
    #[prost(bool, tag = "19")]
    pub(crate) deaf: bool,
    /// How many installations have failed.
    #[prost(uint32, tag = "22")]
    pub(crate) failed_installs: u32,
    /// Why the last installation failed, until one succeeds or nobody wants one any more.
    #[prost(string, tag = "20")]
    pub(crate) install_error: String,
    /// When it ran in a cluster for the first time.
    #[prost(uint64, tag = "21")]
    pub(crate) running_since: u64,
    /// Somebody has shut it down; it stays off until somebody switches it on.
    #[prost(bool, tag = "23")]
    pub(crate) shut_down: bool,
    /// The version of Talos that somebody wants on its disk although no cluster does; empty when that has begun.
    #[prost(string, tag = "24")]
    pub(crate) by_hand: String,
    /// The disk that Talos is on; empty is the first one.
    #[prost(string, tag = "25")]
    pub(crate) system_disk: String,
    /// How often it has booted what is on its disk.
    #[prost(uint32, tag = "26")]
    pub(crate) disk_boots: u32,
}

/// What a machine is made of.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Build {
    /// `amd64` or `arm64`.
    #[prost(string, tag = "1")]
    pub(crate) arch: String,
    /// Talos' name of the platform.
    #[prost(string, tag = "2")]
    pub(crate) platform: String,
    /// Maker of the processor.
    #[prost(string, tag = "3")]
    pub(crate) processor: String,
    /// Number of cores.
    #[prost(uint32, tag = "4")]
    pub(crate) cores: u32,
    /// Memory.
    #[prost(uint32, tag = "5")]
    pub(crate) memory_mib: u32,
    /// Size of its first disk, in bytes.
    #[prost(uint64, tag = "6")]
    pub(crate) disk: u64,
    /// Labels that come with its image.
    #[prost(btree_map = "string, string", tag = "7")]
    pub(crate) labels: BTreeMap<String, String>,
    /// Kernel arguments of the join.
    #[prost(string, repeated, tag = "8")]
    pub(crate) join_args: Vec<String>,
    /// What it booted at first.
    #[prost(message, optional, tag = "9")]
    pub(crate) initial: Option<Image>,
    /// The provider that made it; empty for a machine that came by itself.
    #[prost(string, tag = "10")]
    pub(crate) provider: String,
    /// The request that it was made for.
    #[prost(string, tag = "11")]
    pub(crate) request: String,
    /// The set of the request.
    #[prost(string, tag = "12")]
    pub(crate) request_set: String,
    /// Whether it belongs to a provider with a fixed set of machines.
    #[prost(bool, tag = "13")]
    pub(crate) fixed: bool,
    /// The kind of instance, where the platform has kinds.
    #[prost(string, tag = "14")]
    pub(crate) instance: String,
    /// Its other disks.
    #[prost(message, repeated, tag = "15")]
    pub(crate) more_disks: Vec<Disk>,
}

/// An image of Talos.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Image {
    /// Version without a leading `v`.
    #[prost(string, tag = "1")]
    pub(crate) version: String,
    /// Id of the schematic.
    #[prost(string, tag = "2")]
    pub(crate) schematic: String,
    /// Its extensions.
    #[prost(string, repeated, tag = "3")]
    pub(crate) extensions: Vec<String>,
    /// Its kernel arguments beyond those of the join.
    #[prost(string, repeated, tag = "4")]
    pub(crate) kernel_args: Vec<String>,
    /// The schematic as the image factory keeps it; empty for the image of the first boot, whose contents say all.
    #[prost(string, tag = "5")]
    pub(crate) raw: String,
}

/// A disk beside the first one.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Disk {
    /// Its path.
    #[prost(string, tag = "1")]
    pub(crate) path: String,
    /// Its size in bytes.
    #[prost(uint64, tag = "2")]
    pub(crate) size: u64,
    /// How it is connected.
    #[prost(string, tag = "3")]
    pub(crate) transport: String,
    /// Whether it turns.
    #[prost(bool, tag = "4")]
    pub(crate) rotational: bool,
}

/// A machine as a member of a cluster.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MemberState {
    /// The cluster.
    #[prost(string, tag = "1")]
    pub(crate) cluster: String,
    /// Whether it is a control plane.
    #[prost(bool, tag = "2")]
    pub(crate) control_plane: bool,
    /// The configuration that it runs.
    #[prost(string, tag = "3")]
    pub(crate) config_sha256: String,
    /// The configuration that is taking effect.
    #[prost(string, tag = "4")]
    pub(crate) applying: String,
    /// When that one has taken effect.
    #[prost(uint64, tag = "5")]
    pub(crate) applied_at: u64,
    /// When its etcd works.
    #[prost(uint64, tag = "6")]
    pub(crate) etcd_at: u64,
    /// When its API server works.
    #[prost(uint64, tag = "7")]
    pub(crate) api_at: u64,
    /// When all its services are healthy.
    #[prost(uint64, tag = "8")]
    pub(crate) services_at: u64,
    /// When Kubernetes knows its node.
    #[prost(uint64, tag = "9")]
    pub(crate) node_at: u64,
    /// Its kubelet.
    #[prost(message, optional, tag = "10")]
    pub(crate) kubelet: Option<Component>,
    /// Its static pods, in the order in which Kubernetes lists them.
    #[prost(message, repeated, tag = "11")]
    pub(crate) pods: Vec<Component>,
}

/// A component of Kubernetes on a machine.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Component {
    /// Its name.
    #[prost(string, tag = "1")]
    pub(crate) app: String,
    /// The version that runs.
    #[prost(string, tag = "2")]
    pub(crate) version: String,
    /// The version that is being taken up.
    #[prost(string, tag = "3")]
    pub(crate) next: String,
    /// When that one runs.
    #[prost(uint64, tag = "4")]
    pub(crate) next_at: u64,
}

/// What a machine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Stage {
    /// Waits for a configuration.
    Maintenance = 0,
    /// Writes Talos to its disk.
    Installing = 1,
    /// Writes a new Talos beside the running one.
    Upgrading = 2,
    /// Goes down and comes up.
    Rebooting = 3,
    /// Starts Talos.
    Booting = 4,
    /// Is a member of a cluster.
    Running = 5,
    /// Leaves its cluster and wipes itself.
    Resetting = 6,
    /// Has no power.
    Off = 7,
}

// === impl MachineState ===

impl Kind for MachineState {
    type Spec = MachineStateSpec;
    const FACTS: &'static Facts =
        &internal::secret("MachineStates.plane.internal", "plane.MachineState");
}

// === impl MachineStateSpec ===

impl MachineStateSpec {
    /// What it is made of; the default where nothing is known.
    pub(crate) fn build(&self) -> Build {
        self.build.clone().unwrap_or_default()
    }
}

/// A moment as it is kept.
pub(crate) fn keep(moment: Moment) -> u64 {
    u64::try_from(moment.since_unix().as_nanos()).unwrap_or(u64::MAX)
}

/// A kept moment.
pub(crate) fn kept(nanos: u64) -> Moment {
    Moment::from_unix(Duration::from_nanos(nanos))
}

/// Whether a kept moment has come.
pub(crate) fn reached(nanos: u64, now: Moment) -> bool {
    nanos != 0 && kept(nanos) <= now
}
