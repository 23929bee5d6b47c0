//! Between the model and Omni's `Cluster`: pure, both ways.
//!
//! Writing touches only what the configuration sets; what is null there belongs to others and stays. Reading fills in everything
//! that the server says, in the server's spelling; the framework keeps the user's where both mean the same.

use omni_api::specs::cluster_spec::Features as FeaturesSpec;
use omni_api::specs::{self, EtcdBackupConf, cluster_status_spec::Phase};
use omni_api::{Resource, kind, labels};
use tfplugin::Attr;

use super::{Cluster, Features, Machines};
use crate::objects::shared::metadata;
use crate::values::{BackupInterval, Version};

/// Writes what the configuration sets into the resource. `prior` is the state before, from which dropped labels are known.
pub fn write(config: &Cluster, prior: Option<&Cluster>, cluster: &mut Resource<kind::Cluster>) {
    let spec = &mut cluster.spec;
    if let Attr::Known(version) = &config.kubernetes_version {
        spec.kubernetes_version = version.bare();
    }
    if let Attr::Known(version) = &config.talos_version {
        spec.talos_version = version.bare();
    }
    if let Attr::Known(interval) = &config.backup_interval {
        write_backup(interval, spec);
    }
    if let Attr::Known(features) = &config.features {
        write_features(features, spec.features.get_or_insert_default());
    }
    metadata::write_map(
        &config.labels,
        prior.map(|prior| &prior.labels),
        &mut cluster.metadata.labels,
    );
    metadata::write_map(
        &config.annotations,
        prior.map(|prior| &prior.annotations),
        &mut cluster.metadata.annotations,
    );
    metadata::write_flag(
        config.locked.as_known(),
        labels::CLUSTER_LOCKED,
        &mut cluster.metadata.annotations,
    );
    metadata::mark_managed(&mut cluster.metadata);
}

/// Fills the state with what the server says.
pub fn read(cluster: &Resource<kind::Cluster>, state: &mut Cluster) {
    let spec = &cluster.spec;
    let importing = state.talos_version.is_null();
    state.name = Attr::Known(cluster.id().to_owned());
    state.kubernetes_version = Attr::from(Version::of(&spec.kubernetes_version));
    state.talos_version = Attr::from(Version::of(&spec.talos_version));
    state.backup_interval = Attr::Known(read_backup(spec.backup_configuration.as_ref()));
    state.features = Attr::Known(read_features(spec.features.unwrap_or_default()));
    state.labels = metadata::read_map(&state.labels, importing, &cluster.metadata.labels);
    state.annotations =
        metadata::read_map(&state.annotations, importing, &cluster.metadata.annotations);
    state.locked = Attr::Known(
        cluster
            .metadata
            .annotations
            .contains_key(labels::CLUSTER_LOCKED),
    );
}

/// Fills in what the server has observed.
pub fn read_status(
    status: Option<&Resource<kind::ClusterStatus>>,
    uuid: Option<&Resource<kind::ClusterUuid>>,
    state: &mut Cluster,
) {
    let spec = status.map(|status| status.spec.clone()).unwrap_or_default();
    let phase = Phase::try_from(spec.phase).unwrap_or_default();
    state.phase = Attr::Known(phase.as_str_name().to_owned());
    state.ready = Attr::Known(spec.ready);
    state.machines = Attr::Known(counts(spec.machines.unwrap_or_default()));
    if let Some(uuid) = uuid {
        state.uuid = Attr::Known(uuid.spec.uuid.clone());
    }
}

/// Counts of machines as attributes.
pub fn counts(counts: specs::Machines) -> Machines {
    Machines {
        requested: Attr::Known(counts.requested.into()),
        total: Attr::Known(counts.total.into()),
        healthy: Attr::Known(counts.healthy.into()),
        connected: Attr::Known(counts.connected.into()),
    }
}

/// Zero switches backups off; the server checks the interval even then, so none is sent.
fn write_backup(interval: &BackupInterval, spec: &mut specs::ClusterSpec) {
    let length = interval.get();
    spec.backup_configuration = (!length.is_zero()).then(|| EtcdBackupConf {
        interval: prost_types::Duration::try_from(length).ok(),
        enabled: true,
    });
}

fn read_backup(backup: Option<&EtcdBackupConf>) -> BackupInterval {
    let length: Option<std::time::Duration> = backup
        .filter(|backup| backup.enabled)
        .and_then(|backup| backup.interval)
        .and_then(|interval| interval.try_into().ok());
    BackupInterval::from(length.unwrap_or_default())
}

fn write_features(features: &Features, spec: &mut FeaturesSpec) {
    let set = |attr: &Attr<bool>, field: &mut bool| {
        if let Attr::Known(value) = attr {
            *field = *value;
        }
    };
    set(&features.disk_encryption, &mut spec.disk_encryption);
    set(
        &features.enable_workload_proxy,
        &mut spec.enable_workload_proxy,
    );
    set(
        &features.use_embedded_discovery_service,
        &mut spec.use_embedded_discovery_service,
    );
    set(
        &features.disable_public_discovery_service,
        &mut spec.disable_public_discovery_service,
    );
}

fn read_features(spec: FeaturesSpec) -> Features {
    Features {
        disk_encryption: Attr::Known(spec.disk_encryption),
        enable_workload_proxy: Attr::Known(spec.enable_workload_proxy),
        use_embedded_discovery_service: Attr::Known(spec.use_embedded_discovery_service),
        disable_public_discovery_service: Attr::Known(spec.disable_public_discovery_service),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::Text as _;

    fn existing() -> Resource<kind::Cluster> {
        let spec = specs::ClusterSpec {
            kubernetes_version: "1.34.2".into(),
            talos_version: "1.13.7".into(),
            features: Some(FeaturesSpec {
                enable_workload_proxy: true,
                ..Default::default()
            }),
            backup_configuration: Some(EtcdBackupConf {
                interval: Some(prost_types::Duration {
                    seconds: 3_600,
                    nanos: 0,
                }),
                enabled: true,
            }),
        };
        Resource::new("prod", spec)
    }

    #[test]
    fn what_the_configuration_does_not_set_stays_as_others_left_it() {
        let mut cluster = existing();
        cluster.metadata.labels.insert("theirs".into(), "1".into());
        let config = Cluster {
            kubernetes_version: Attr::Known(Version::parse("v1.34.3").expect("a version")),
            ..Default::default()
        };
        write(&config, None, &mut cluster);
        assert_eq!(cluster.spec.kubernetes_version, "1.34.3");
        assert_eq!(cluster.spec.features, existing().spec.features);
        assert_eq!(
            cluster.spec.backup_configuration,
            existing().spec.backup_configuration
        );
        assert_eq!(cluster.metadata.label("theirs"), Some("1"));
    }

    #[test]
    fn zero_and_an_empty_text_switch_backups_off() {
        for off in ["0s", ""] {
            let mut cluster = existing();
            let config = Cluster {
                backup_interval: Attr::Known(BackupInterval::parse(off).expect("an interval")),
                ..Default::default()
            };
            write(&config, None, &mut cluster);
            assert_eq!(cluster.spec.backup_configuration, None);
            let mut state = Cluster::default();
            read(&cluster, &mut state);
            assert_eq!(state.backup_interval, config.backup_interval);
        }
    }

    #[test]
    fn what_was_written_is_read_back() {
        let mut state = Cluster::default();
        read(&existing(), &mut state);
        let mut copy = Resource::new("prod", specs::ClusterSpec::default());
        write(&state, None, &mut copy);
        assert_eq!(copy.spec, existing().spec);
    }

    #[test]
    fn every_write_says_that_terraform_manages_it() {
        let mut cluster = existing();
        write(&Cluster::default(), None, &mut cluster);
        assert_eq!(
            cluster.metadata.annotation(labels::MANAGED_BY_GITOPS_TOOLS),
            Some("Terraform")
        );
    }
}
