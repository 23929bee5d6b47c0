//! Which cluster's load balancer has which port.
//!
//! An internal kind: one lease for each port that is taken, the id is the port. Beside them stands the mark, below which nothing is free: so the
//! lowest free port is found without looking at all that are taken. The mark may lie too low after a crash, never too high.

use omni_api::kind::{Facts, Kind};

use crate::engine::{Context, Error};
use crate::internal;

/// The first port that is given to a load balancer.
const FIRST: u32 = 10_000;
/// The id of the mark.
const MARK: &str = "mark";

/// A port that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BalancerPort {}

/// Of a lease, the cluster; of the mark, a port below which nothing is free.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct BalancerPortSpec {
    #[prost(string, tag = "1")]
    cluster: String,
    #[prost(uint32, tag = "2")]
    mark: u32,
}

impl Kind for BalancerPort {
    type Spec = BalancerPortSpec;
    const FACTS: &'static Facts = &internal::kind("BalancerPorts.plane.internal", internal::EMPTY);
}

/// Takes the lowest port that no other cluster has.
///
/// # Errors
/// [`Error::Unusable`] when every port is taken.
pub(super) fn lease(cx: &Context<'_>, cluster: &str) -> Result<u16, Error> {
    let mut port = mark(cx)?;
    while let Some(lease) = cx.get::<BalancerPort>(&port.to_string())?
        && lease.spec.cluster != cluster
    {
        port += 1;
    }
    let found = u16::try_from(port).map_err(|_| Error::Unusable {
        what: "the range of load balancer ports".into(),
        reason: "every port is taken".into(),
    })?;
    keep(cx, cluster, &port.to_string())?;
    Ok(found)
}

/// Moves the mark above a port that was taken just now. Comes last: until then, whoever was interrupted finds his own lease again.
///
/// # Errors
/// Those of the context.
pub(super) fn pass(cx: &Context<'_>, port: u16) -> Result<(), Error> {
    set_mark(cx, u32::from(port) + 1)
}

/// Sees to it that a port that a cluster has is known to be taken.
///
/// # Errors
/// Those of the context.
pub(super) fn keep(cx: &Context<'_>, cluster: &str, port: &str) -> Result<(), Error> {
    cx.put::<BalancerPort>(port, |lease| cluster.clone_into(&mut lease.spec.cluster))?;
    Ok(())
}

/// Gives a port back.
///
/// # Errors
/// Those of the context.
pub(super) fn give_back(cx: &Context<'_>, port: &str) -> Result<(), Error> {
    if let Ok(number) = port.parse::<u32>() {
        set_mark(cx, number.min(mark(cx)?))?;
    }
    if cx.get::<BalancerPort>(port)?.is_some() {
        cx.remove::<BalancerPort>(port)?;
    }
    Ok(())
}

fn mark(cx: &Context<'_>) -> Result<u32, Error> {
    let mark = cx.get::<BalancerPort>(MARK)?;
    Ok(mark.map_or(FIRST, |mark| mark.spec.mark.max(FIRST)))
}

fn set_mark(cx: &Context<'_>, port: u32) -> Result<(), Error> {
    cx.put::<BalancerPort>(MARK, |mark| mark.spec.mark = port)?;
    Ok(())
}
