//! The etcd of a cluster as its control planes report it, and whether it can do without one of them.

use omni_api::Resource;
use omni_api::kind::ClusterMachine;

use crate::engine::{Context, Error};
use crate::machines::Observed;
use crate::store::Query;

/// The members of an etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Etcd {
    members: Vec<Member>,
    control_planes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    machine: String,
    healthy: bool,
}

// === impl Etcd ===

impl Etcd {
    /// The etcd of a machine set's control planes.
    ///
    /// # Errors
    /// Those of the context.
    pub(super) fn of(cx: &Context<'_>, set: &str) -> Result<Self, Error> {
        let machines = cx.list::<ClusterMachine>(&Query::machine_set(set))?;
        let mut members = Vec::new();
        for machine in &machines {
            members.extend(member(cx, machine)?);
        }
        Ok(Self {
            members,
            control_planes: machines.len(),
        })
    }

    /// Whether every control plane is a healthy member, and they are as many as etcd likes them to be: an odd number.
    pub(super) fn is_sound(&self) -> bool {
        self.members.len() == self.control_planes
            && self.members.len() % 2 == 1
            && self.members.iter().all(|member| member.healthy)
    }

    /// Whether a quorum is left after the machine has gone. A machine that is no member may always go, if there is a quorum.
    pub(super) fn can_lose(&self, machine: &str) -> bool {
        let healthy = self.members.iter().filter(|member| member.healthy).count();
        if healthy < quorum(self.members.len()) {
            return false;
        }
        let Some(leaving) = self.members.iter().find(|member| member.machine == machine) else {
            return true;
        };
        let left = self.members.len() - 1;
        left > 0 && healthy - usize::from(leaving.healthy) >= quorum(left)
    }
}

fn member(cx: &Context<'_>, machine: &Resource<ClusterMachine>) -> Result<Option<Member>, Error> {
    let observed = cx.get::<Observed>(machine.id())?;
    Ok(observed.and_then(|observed| {
        let member = observed.spec.member.as_ref()?;
        (member.etcd_member_id != 0).then(|| Member {
            machine: machine.id().to_owned(),
            healthy: member.etcd_healthy && observed.spec.connected,
        })
    }))
}

const fn quorum(members: usize) -> usize {
    members / 2 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn etcd(healthy: &[bool]) -> Etcd {
        let members = healthy.iter().enumerate().map(|(index, healthy)| Member {
            machine: index.to_string(),
            healthy: *healthy,
        });
        Etcd {
            members: members.collect(),
            control_planes: healthy.len(),
        }
    }

    #[test]
    fn three_and_two_can_lose_one_and_one_cannot() {
        assert!(etcd(&[true, true, true]).can_lose("0"));
        assert!(etcd(&[true, true]).can_lose("0"));
        assert!(!etcd(&[true]).can_lose("0"));
    }

    #[test]
    fn a_sick_member_may_go_while_a_healthy_one_may_not() {
        assert!(etcd(&[false, true, true]).can_lose("0"));
        assert!(!etcd(&[false, true, true, false]).can_lose("1"));
        assert!(!etcd(&[false, false, true]).can_lose("0"));
    }

    #[test]
    fn a_machine_that_never_became_a_member_may_go() {
        assert!(etcd(&[true]).can_lose("stranger"));
    }

    #[test]
    fn two_members_are_healthy_and_not_sound() {
        assert!(etcd(&[true, true, true]).is_sound());
        assert!(!etcd(&[true, true]).is_sound());
        assert!(!etcd(&[true, true, false]).is_sound());
    }
}
