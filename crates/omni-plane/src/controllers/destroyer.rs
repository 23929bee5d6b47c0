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
