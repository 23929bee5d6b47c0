//! A machine as a member of a cluster: configuration, etcd, API server, kubelet, static pods.
//!
//! Each fact is the moment from which it holds; what depends on another begins when that one holds. Only a running machine gets
//! on; what it was before a reboot comes back after it.

use crate::Moment;
use crate::machines::desired::{Components, DesiredSpec};

use super::state::{Component, MemberState, keep, kept, reached};
use super::step::{Pace, World};

/// A machine that has just become a member.
pub(crate) fn joined(desired: &DesiredSpec, pace: Pace<'_>) -> MemberState {
    let mut member = MemberState {
        cluster: desired.cluster.clone(),
        control_plane: desired.control_plane,
        config_sha256: desired.config_sha256.clone(),
        ..MemberState::default()
    };
    if !member.control_plane {
        member.services_at = keep(pace.now + pace.timings.services_worker);
    }
    member
}

/// A member that has rebooted: its services come back, and it has read its configuration anew.
pub(crate) fn returned(member: &mut MemberState, desired: &DesiredSpec, pace: Pace<'_>) {
    let back = keep(pace.now + pace.timings.services_again);
    for moment in [
        &mut member.etcd_at,
        &mut member.api_at,
        &mut member.services_at,
        &mut member.node_at,
    ] {
        if *moment != 0 {
            *moment = back.max(*moment);
        }
    }
    desired.config_sha256.clone_into(&mut member.config_sha256);
    member.applying.clear();
}

/// Begins to apply the configuration it is told, if that is another; whether anything began.
pub(crate) fn apply(member: &mut MemberState, desired: &DesiredSpec, pace: Pace<'_>) -> bool {
    let wanted = &desired.config_sha256;
    if wanted.is_empty() || *wanted == member.config_sha256 || *wanted == member.applying {
        return false;
    }
    wanted.clone_into(&mut member.applying);
    member.applied_at = keep(pace.now + pace.timings.apply);
    true
}

/// Does one thing that is due; false when nothing is.
pub(crate) fn advance(member: &mut MemberState, world: &World, pace: Pace<'_>) -> bool {
    if !member.applying.is_empty() && reached(member.applied_at, pace.now) {
        member.config_sha256 = std::mem::take(&mut member.applying);
        return true;
    }
    start_services(member, world, pace) || follow_versions(member, world, pace)
}

/// Sets the moments of what has just become possible.
fn start_services(member: &mut MemberState, world: &World, pace: Pace<'_>) -> bool {
    let Pace { now, timings } = pace;
    if member.control_plane {
        let told = world
            .desired
            .as_ref()
            .is_some_and(|desired| desired.bootstrap);
        if member.etcd_at == 0 && (told || world.etcd_exists) {
            member.etcd_at = keep(now + timings.etcd);
            return true;
        }
        if member.services_at == 0 && reached(member.etcd_at, now) {
            let api = if world.api_answers {
                timings.api_more
            } else {
                timings.api_first
            };
            member.services_at = keep(now + timings.services_control_plane);
            member.api_at = keep(now + api);
            return true;
        }
    }
    let api = world.api_answers || reached(member.api_at, now);
    if member.node_at == 0 && api {
        member.node_at = keep(now + timings.node);
        return true;
    }
    false
}

/// Takes up the versions that the applied configuration names.
fn follow_versions(member: &mut MemberState, world: &World, pace: Pace<'_>) -> bool {
    let Some(desired) = &world.desired else {
        return false;
    };
    let configured = desired.config_sha256 == member.config_sha256;
    let versions = desired.kubernetes.as_ref().filter(|_| configured);
    let Some(versions) = versions.cloned() else {
        return false;
    };
    begin(member, &versions, pace.now) || change(member, &versions, pace)
}

/// Runs what did not run before.
fn begin(member: &mut MemberState, versions: &Components, now: Moment) -> bool {
    if member.kubelet.is_none() && reached(member.node_at, now) && !versions.kubelet.is_empty() {
        member.kubelet = Some(Component::new("kubelet", &versions.kubelet));
        return true;
    }
    if member.pods.is_empty() && member.control_plane && reached(member.api_at, now) {
        let pods = pods(versions).map(|(app, version)| Component::new(app, version));
        member.pods = pods
            .into_iter()
            .filter(|pod| !pod.version.is_empty())
            .collect();
        return !member.pods.is_empty();
    }
    false
}

/// Changes what runs another version.
fn change(member: &mut MemberState, versions: &Components, pace: Pace<'_>) -> bool {
    let Pace { now, timings } = pace;
    let kubelet = member.kubelet.as_mut();
    if kubelet
        .is_some_and(|kubelet| kubelet.take_up(&versions.kubelet, now, keep(now + timings.kubelet)))
    {
        return true;
    }
    let until = keep(now + timings.static_pod);
    pods(versions).into_iter().any(|(app, version)| {
        let pod = member.pods.iter_mut().find(|pod| pod.app == app);
        pod.is_some_and(|pod| pod.take_up(version, now, until))
    })
}

/// The static pods of a control plane, in the order in which Kubernetes lists them.
fn pods(versions: &Components) -> [(&'static str, &str); 3] {
    [
        ("kube-apiserver", &versions.apiserver),
        ("kube-controller-manager", &versions.controller_manager),
        ("kube-scheduler", &versions.scheduler),
    ]
}

/// The next moment at which something about the member changes by itself.
pub(crate) fn next(member: &MemberState, now: Moment) -> Option<Moment> {
    let own = [
        member.etcd_at,
        member.api_at,
        member.services_at,
        member.node_at,
        if member.applying.is_empty() {
            0
        } else {
            member.applied_at
        },
    ];
    let components = member.kubelet.iter().chain(&member.pods);
    let components = components.filter(|component| !component.next.is_empty());
    own.into_iter()
        .chain(components.map(|component| component.next_at))
        .filter(|moment| *moment != 0)
        .map(kept)
        .filter(|moment| *moment > now)
        .min()
}

// === impl Component ===

impl Component {
    fn new(app: &str, version: &str) -> Self {
        Self {
            app: app.to_owned(),
            version: version.to_owned(),
            ..Self::default()
        }
    }

    /// Finishes a change that is due, or begins one; whether anything happened.
    fn take_up(&mut self, version: &str, now: Moment, until: u64) -> bool {
        if !self.next.is_empty() && reached(self.next_at, now) {
            self.version = std::mem::take(&mut self.next);
            return true;
        }
        let begins = !version.is_empty() && self.version != version && self.next != version;
        if begins {
            version.clone_into(&mut self.next);
            self.next_at = until;
        }
        begins
    }
}
