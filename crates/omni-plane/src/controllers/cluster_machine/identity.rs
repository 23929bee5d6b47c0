//! Who a machine is in its cluster: its node's name and addresses, its identity, its id in etcd.
//!
//! Facts arrive one after the other, and each is shown when it is known. The identity goes after the cluster machine.

use omni_api::kind::{self, ClusterMachine};

use crate::controllers::common::{PLACE, copy_labels};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::machines::Observed;

/// Identifies machines.
#[derive(Debug)]
pub(super) struct ClusterMachineIdentity;

impl Controller for ClusterMachineIdentity {
    fn name(&self) -> &'static str {
        "ClusterMachineIdentityController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_id::<ClusterMachine>(), Input::by_id::<Observed>()]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::ClusterMachineIdentity>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(machine) = cx.get::<ClusterMachine>(id)? else {
            if cx.get::<kind::ClusterMachineIdentity>(id)?.is_some() {
                cx.remove::<kind::ClusterMachineIdentity>(id)?;
            }
            return Ok(Next::Done);
        };
        let observed = cx.get::<Observed>(id)?;
        let member = observed
            .as_ref()
            .and_then(|observed| observed.spec.member.as_ref());
        let Some(member) = member.filter(|_| !machine.metadata.tearing_down()) else {
            return Ok(Next::Done);
        };
        cx.put::<kind::ClusterMachineIdentity>(id, |identity| {
            copy_labels(&machine.metadata, &mut identity.metadata, &PLACE);
            let spec = &mut identity.spec;
            spec.node_identity.clone_from(&member.node_identity);
            spec.nodename.clone_from(&member.nodename);
            spec.node_ips.clone_from(&member.node_ips);
            spec.etcd_member_id = member.etcd_member_id;
        })?;
        Ok(Next::Done)
    }
}
