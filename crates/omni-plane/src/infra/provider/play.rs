//! Which infrastructure providers the plane plays itself.
//!
//! An internal kind, id of the provider. It appears with the provider and stays as long as that one; `aside` says that a real
//! provider program has spoken with its own key, and from then on the plane leaves everything of this provider to it.

use omni_api::Kind;
use omni_api::kind::Facts;

use crate::internal;

/// The kind of [`PlaySpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Play {}

/// How the plane plays a provider.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct PlaySpec {
    /// Whether it has a fixed set of machines instead of making them on request.
    #[prost(bool, tag = "1")]
    pub(crate) fixed: bool,
    /// How many machines a fixed one has.
    #[prost(uint32, tag = "2")]
    pub(crate) machines: u32,
    /// Our last heartbeat, in nanoseconds since the Unix epoch.
    #[prost(uint64, tag = "3")]
    pub(crate) last: u64,
    /// The one before: what stands in the store when a heartbeat was cut in two.
    #[prost(uint64, tag = "4")]
    pub(crate) previous: u64,
    /// A real provider has taken over.
    #[prost(bool, tag = "5")]
    pub(crate) aside: bool,
}

impl Kind for Play {
    type Spec = PlaySpec;
    const FACTS: &'static Facts =
        &internal::kind("ProviderPlays.plane.internal", "plane.ProviderPlay");
}
