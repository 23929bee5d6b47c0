//! Internal kinds of faults.

use omni_api::Kind;
use omni_api::kind::Facts;

use crate::internal;

/// The kind of [`FaultScriptSpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultScript {}

/// The script that the plane was started with.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct FaultScriptSpec {
    /// Its text.
    #[prost(string, tag = "1")]
    pub(crate) text: String,
}

/// The kind of [`MachineFaultsSpec`]; its id is the machine's UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MachineFaults {}

/// What goes wrong with a machine.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct MachineFaultsSpec {
    /// How many of its installations fail.
    #[prost(uint32, tag = "1")]
    pub(crate) failing_installs: u32,
    /// When it falls silent.
    #[prost(message, repeated, tag = "2")]
    pub(crate) outages: Vec<Outage>,
    /// How its upgrades hang.
    #[prost(message, optional, tag = "3")]
    pub(crate) upgrade_hangs: Option<Hang>,
}

/// A machine neither answers nor works. Spans are in nanoseconds.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Outage {
    #[prost(enumeration = "Since", tag = "1")]
    pub(crate) since: i32,
    #[prost(uint64, tag = "2")]
    pub(crate) after: u64,
    /// How long; for good where there is none.
    #[prost(uint64, optional, tag = "3")]
    pub(crate) lasts: Option<u64>,
}

/// From when on an outage counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Since {
    /// It ran in a cluster for the first time.
    Running = 0,
    /// It spoke to Omni for the first time.
    Join = 1,
}

/// An upgrade hangs.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Hang {
    /// How long in nanoseconds; for good where there is none.
    #[prost(uint64, optional, tag = "1")]
    pub(crate) lasts: Option<u64>,
}

/// The kind of [`RequestNumberSpec`]. Its id is the request's; those of `provider/<id>` and `set/<id>` hold the last number of a
/// provider and of a set of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestNumber {}

/// Which request a request is.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(crate) struct RequestNumberSpec {
    /// Of its provider, from 1.
    #[prost(uint32, tag = "1")]
    pub(crate) number: u32,
    /// Of its set, from 1; 0 where it belongs to none.
    #[prost(uint32, tag = "2")]
    pub(crate) in_set: u32,
}

impl Kind for FaultScript {
    type Spec = FaultScriptSpec;
    const FACTS: &'static Facts =
        &internal::kind("FaultScripts.plane.internal", "plane.FaultScript");
}

impl Kind for MachineFaults {
    type Spec = MachineFaultsSpec;
    const FACTS: &'static Facts =
        &internal::kind("MachineFaults.plane.internal", "plane.MachineFaults");
}

impl Kind for RequestNumber {
    type Spec = RequestNumberSpec;
    const FACTS: &'static Facts =
        &internal::kind("RequestNumbers.plane.internal", "plane.RequestNumber");
}
