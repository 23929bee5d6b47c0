//! Rules of kinds with few rules each, grouped by whom they concern.

mod accounts;
mod clusters;
mod job;
mod machines;
mod media;
mod tokens;

use omni_api::{AnyResource, Kind as _, kind};

use super::{Findings, both, typed};
use crate::Store;
use crate::release::{Release, Rule};

/// Rules of creating (`old` is `None`) or replacing.
pub(super) fn write(
    store: &Store,
    found: &mut Findings,
    old: Option<&AnyResource>,
    new: &AnyResource,
) {
    match old {
        None => create(store, found, new),
        Some(old) => update(store, found, old, new),
    }
    always(store, found, new);
}

/// Rules that ask nothing about what was there before.
fn always(store: &Store, found: &mut Findings, new: &AnyResource) {
    let release = Release::of(store);
    match &*new.metadata.type_name {
        kind::KernelArgs::TYPE => typed(found, new, |found, new| {
            found.add(machines::kernel_args(release, new));
        }),
        kind::MachineInstallDiskConfig::TYPE => typed(found, new, |found, new| {
            found.add(machines::install_disk(new));
        }),
        kind::ExtensionsConfiguration::TYPE if release.keeps(Rule::Extensions) => {
            typed(found, new, |found, new| {
                found.add(machines::extensions(store, new));
            });
        }
        kind::InstallationMediaConfig::TYPE => typed(found, new, |found, new| {
            found.add(media::preset(store, new));
        }),
        kind::KubernetesManifestGroup::TYPE => typed(found, new, |found, new| {
            found.add(clusters::manifests(new));
        }),
        kind::KubernetesHealthCheck::TYPE => typed(found, new, |found, new| {
            found.add(clusters::health_check(new));
        }),
        kind::AccessPolicy::TYPE => typed(found, new, |found, new| {
            accounts::access_policy(found, release, new);
        }),
        kind::SamlLabelRule::TYPE => typed(found, new, |found, new| {
            accounts::saml_label_rule(found, release, new);
        }),
        _ => {}
    }
}

fn create(store: &Store, found: &mut Findings, new: &AnyResource) {
    match &*new.metadata.type_name {
        kind::InfraMachineConfig::TYPE => typed(found, new, |found, new| {
            found.add(machines::infra_config(Release::of(store), None, new));
        }),
        kind::NodeForceDestroyRequest::TYPE => {
            found.add(machines::force_destroy(store, &new.metadata.id));
        }
        kind::EtcdManualBackup::TYPE => typed(found, new, |found, new| {
            found.add(clusters::manual_backup(store, None, new));
        }),
        kind::ImportedClusterSecrets::TYPE => typed(found, new, |found, new| {
            found.add(clusters::imported_secrets(store, new));
        }),
        kind::JoinToken::TYPE => typed(found, new, |found, new| {
            found.add(tokens::join_token(Release::of(store), None, new));
        }),
        kind::ExposedService::TYPE => clusters::exposed_service(found, None, &new.metadata),
        kind::Identity::TYPE => accounts::identity(store, found, &new.metadata),
        kind::EulaAcceptance::TYPE => typed(found, new, |found, new| {
            found.add(accounts::eula(store, new));
        }),
        _ => {}
    }
}

fn update(store: &Store, found: &mut Findings, old: &AnyResource, new: &AnyResource) {
    match &*new.metadata.type_name {
        kind::InfraMachineConfig::TYPE => both(found, old, new, |found, old, new| {
            found.add(machines::infra_config(Release::of(store), Some(old), new));
        }),
        kind::EtcdManualBackup::TYPE => both(found, old, new, |found, old, new| {
            found.add(clusters::manual_backup(store, Some(old), new));
        }),
        kind::JoinToken::TYPE => both(found, old, new, |found, old, new| {
            found.add(tokens::join_token(Release::of(store), Some(old), new));
        }),
        kind::DefaultJoinToken::TYPE => typed(found, new, |found, new| {
            found.add(tokens::default_exists(store, new));
        }),
        kind::ExposedService::TYPE => {
            clusters::exposed_service(found, Some(&old.metadata), &new.metadata);
        }
        kind::RotateTalosCa::TYPE | kind::RotateKubernetesCa::TYPE => {
            found.add(clusters::rotation(store, &new.metadata, "modify"));
        }
        kind::ImportedClusterSecrets::TYPE => typed(found, new, |found, new| {
            found.add(clusters::imported_secrets(store, new));
        }),
        _ => {}
    }
}

/// Rules of tearing down and destroying.
pub(super) fn destroy(store: &Store, found: &mut Findings, existing: &AnyResource) {
    match &*existing.metadata.type_name {
        kind::InfraMachineConfig::TYPE => typed(found, existing, |found, config| {
            found.add(machines::infra_config_free(store, config));
        }),
        kind::JoinToken::TYPE => {
            found.add(tokens::not_default(store, &existing.metadata.id));
        }
        kind::DefaultJoinToken::TYPE => typed(found, existing, |found, default| {
            found.add(tokens::default_stays(store, default));
        }),
        kind::RotateTalosCa::TYPE | kind::RotateKubernetesCa::TYPE => {
            found.add(clusters::rotation(store, &existing.metadata, "delete"));
        }
        _ => {}
    }
}
