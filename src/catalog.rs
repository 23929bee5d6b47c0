//! The one list of everything that the provider offers.

use tfplugin::objects::Catalog;

use crate::functions::ParseServiceAccountKey;
use crate::objects::cluster::{ClusterDataSource, ClusterResource};
use crate::objects::cluster_readiness::ClusterReadinessResource;
use crate::objects::config_patch::ConfigPatchResource;
use crate::objects::etcd_backup_s3_config::EtcdBackupS3ConfigResource;
use crate::objects::infra_provider::InfraProviderResource;
use crate::objects::installation_media::InstallationMediaDataSource;
use crate::objects::installation_media_preset::InstallationMediaPresetResource;
use crate::objects::kubeconfig::KubeconfigEphemeral;
use crate::objects::kubernetes_healthcheck::KubernetesHealthcheckResource;
use crate::objects::kubernetes_manifest::KubernetesManifestResource;
use crate::objects::kubernetes_versions::KubernetesVersionsDataSource;
use crate::objects::machine_class::MachineClassResource;
use crate::objects::machine_extensions::MachineExtensionsResource;
use crate::objects::machine_install_disk::MachineInstallDiskResource;
use crate::objects::machine_set::MachineSetResource;
use crate::objects::machine_set_node::MachineSetNodeResource;
use crate::objects::machines::MachinesDataSource;
use crate::objects::service_account::{ServiceAccountDataSource, ServiceAccountResource};
use crate::objects::service_account_key::ServiceAccountKeyEphemeral;
use crate::objects::talos_versions::TalosVersionsDataSource;
use crate::objects::talosconfig::TalosconfigEphemeral;
use crate::objects::user::{UserDataSource, UserResource};
use crate::session::Session;

/// Everything that the provider offers.
pub fn all() -> Catalog<Session> {
    Catalog::new()
        .resource(ClusterResource)
        .resource(ClusterReadinessResource)
        .resource(ConfigPatchResource)
        .resource(EtcdBackupS3ConfigResource)
        .resource(InfraProviderResource)
        .resource(InstallationMediaPresetResource)
        .resource(KubernetesHealthcheckResource)
        .resource(KubernetesManifestResource)
        .resource(MachineClassResource)
        .resource(MachineExtensionsResource)
        .resource(MachineInstallDiskResource)
        .resource(MachineSetResource)
        .resource(MachineSetNodeResource)
        .resource(ServiceAccountResource)
        .resource(UserResource)
        .data_source(ClusterDataSource)
        .data_source(InstallationMediaDataSource)
        .data_source(KubernetesVersionsDataSource)
        .data_source(MachinesDataSource)
        .data_source(ServiceAccountDataSource)
        .data_source(TalosVersionsDataSource)
        .data_source(UserDataSource)
        .ephemeral(KubeconfigEphemeral)
        .ephemeral(ServiceAccountKeyEphemeral)
        .ephemeral(TalosconfigEphemeral)
        .function(ParseServiceAccountKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_one_that_a_core_accepts() {
        let problems = all().problems();
        assert!(problems.is_empty(), "{problems:?}");
    }
}
