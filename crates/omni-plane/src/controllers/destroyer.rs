//! Torn down is enough: a user's resource that nobody holds any more is destroyed by the plane itself.

use std::marker::PhantomData;

use omni_api::Kind;
use omni_api::kind::{
    AccessPolicy, Cluster, ConfigPatch, EtcdBackupS3Conf, EtcdManualBackup,
    ExtensionsConfiguration, GrpcTunnelConfig, InfraMachineBmcConfig, InfraMachineConfig,
    InfraProvider, InstallationMediaConfig, KernelArgs, KubernetesHealthCheck,
    KubernetesManifestGroup, Link, MachineClass, MachineInstallDiskConfig, MachineLabels,
    MachineRequest, MachineRequestSet, MachineSet, MachineSetNode, NodeForceDestroyRequest,
    PendingMachine, RotateKubernetesCa, RotateTalosCa, SamlLabelRule,
};

use crate::engine::{Context, Controller, Error, Input, Next, Output};

/// Destroys torn-down resources of one kind that belong to users.
struct Destroyer<K> {
    name: &'static str,
    kind: PhantomData<fn() -> K>,
}

/// One controller for each kind that users own, links and requests included.
pub fn all() -> Vec<Box<dyn Controller>> {
    vec![
        of::<AccessPolicy>("DestroyController[AccessPolicies]"),
        of::<Cluster>("DestroyController[Clusters]"),
        of::<ConfigPatch>("DestroyController[ConfigPatches]"),
        of::<EtcdBackupS3Conf>("DestroyController[EtcdBackupS3Configs]"),
        of::<EtcdManualBackup>("DestroyController[EtcdManualBackups]"),
        of::<ExtensionsConfiguration>("DestroyController[ExtensionsConfigurations]"),
        of::<GrpcTunnelConfig>("DestroyController[GRPCTunnelConfigs]"),
        of::<InfraMachineBmcConfig>("DestroyController[InfraMachineBMCConfigs]"),
        of::<InfraMachineConfig>("DestroyController[InfraMachineConfigs]"),
        of::<InfraProvider>("DestroyController[InfraProviders]"),
        of::<InstallationMediaConfig>("DestroyController[InstallationMediaConfigs]"),
        of::<KernelArgs>("DestroyController[KernelArgs]"),
        of::<KubernetesHealthCheck>("DestroyController[KubernetesHealthChecks]"),
        of::<KubernetesManifestGroup>("DestroyController[KubernetesManifestGroups]"),
        of::<Link>("DestroyController[Links]"),
        of::<MachineClass>("DestroyController[MachineClasses]"),
        of::<MachineInstallDiskConfig>("DestroyController[MachineInstallDiskConfigs]"),
        of::<MachineLabels>("DestroyController[MachineLabels]"),
        of::<MachineRequest>("DestroyController[MachineRequests]"),
        of::<MachineRequestSet>("DestroyController[MachineRequestSets]"),
        of::<MachineSet>("DestroyController[MachineSets]"),
        of::<MachineSetNode>("DestroyController[MachineSetNodes]"),
        of::<NodeForceDestroyRequest>("DestroyController[NodeForceDestroyRequests]"),
        of::<PendingMachine>("DestroyController[PendingMachines]"),
        of::<RotateKubernetesCa>("DestroyController[RotateKubernetesCAs]"),
        of::<RotateTalosCa>("DestroyController[RotateTalosCAs]"),
        of::<SamlLabelRule>("DestroyController[SAMLLabelRules]"),
    ]
}

fn of<K: Kind>(name: &'static str) -> Box<dyn Controller> {
    Box::new(Destroyer::<K> {
        name,
        kind: PhantomData,
    })
}

impl<K: Kind> Controller for Destroyer<K> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_id::<K>()]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<K>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let ended = cx.get::<K>(id)?.is_some_and(|resource| {
            let metadata = &resource.metadata;
            metadata.tearing_down() && metadata.owner.is_empty() && metadata.finalizers.is_empty()
        });
        if ended {
            cx.remove_for::<K>("", id)?;
        }
        Ok(Next::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::World;

    #[test]
    fn what_is_torn_down_goes_when_the_last_holder_lets_go() {
        let mut world = World::of(all());
        world.user::<MachineClass>("free", |_| {});
        world.user::<MachineClass>("held", |class| class.metadata.finalizers.push("me".into()));
        world.other::<MachineClass>("owned", |_| {});
        for id in ["free", "held"] {
            world.teardown::<MachineClass>(id);
        }
        world
            .store
            .teardown(&crate::store::Key::of::<MachineClass>("owned"), "other")
            .expect("its owner");
        world.settle();
        assert_eq!(world.ids::<MachineClass>(), ["held", "owned"]);
        world
            .store
            .remove_finalizer::<MachineClass>("held", "me")
            .expect("held");
        world.settle();
        assert_eq!(world.ids::<MachineClass>(), ["owned"]);
    }

    #[test]
    fn every_kind_that_users_own_is_destroyed() {
        let covered: Vec<_> = all()
            .iter()
            .flat_map(|controller| controller.outputs())
            .map(|output| output.facts().type_name)
            .collect();
        let owned = omni_api::kind::ALL
            .iter()
            .filter(|facts| facts.user_managed);
        let missing: Vec<_> = owned
            .map(|facts| facts.type_name)
            .filter(|name| !covered.contains(name))
            .collect();
        // The default join token is never taken away.
        assert_eq!(missing, ["DefaultJoinTokens.omni.sidero.dev"]);
    }
}
