//! Rules of what belongs to a cluster: backups, manifests, secrets.

use omni_api::specs::kubernetes_manifest_group_spec::Mode;
use omni_api::specs::secret_rotation_spec;
use omni_api::{Metadata, Resource, kind, labels};
use prost_types::Duration;

use super::super::{Findings, Outcome, go, refuse, relations};
use super::job;
use crate::controllers::{Bundle, documents};
use crate::{Moment, Store};

const MINUTE: std::time::Duration = std::time::Duration::from_mins(1);
/// What a health check's job is called begins with this.
const HEALTH_CHECK_PREFIX: &str = "omni-healthcheck-";
const SUBDOMAIN_BYTES: usize = 253;
/// Kubernetes' words for a text that is none.
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and \
     end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

pub(super) fn manual_backup(
    store: &Store,
    old: Option<&Resource<kind::EtcdManualBackup>>,
    new: &Resource<kind::EtcdManualBackup>,
) -> Outcome {
    if old.is_some_and(|old| old.spec.backup_at == new.spec.backup_at) {
        return Ok(());
    }
    let at = Moment::from(new.spec.backup_at.unwrap_or_default());
    let now = Moment::from_unix(store.clock().wall());
    if now.since(at) > MINUTE {
        return refuse("backup time must not be more than 1 minute in the past");
    }
    if at.since(now) > MINUTE {
        return refuse("backup time must not be more than 1 minute in the future");
    }
    Ok(())
}

pub(super) fn manifests(new: &Resource<kind::KubernetesManifestGroup>) -> Outcome {
    if new.spec.mode() == Mode::Unknown {
        return refuse("the manifest should have mode field set");
    }
    if new.metadata.label(labels::CLUSTER).is_none() {
        return refuse(format!(
            "the resource must have {} label set",
            labels::CLUSTER
        ));
    }
    if new.metadata.label(labels::SYSTEM_MANIFEST).is_some() {
        return refuse("system manifests can't be created by the user");
    }
    match documents::read(&new.spec.data) {
        Ok(_) => Ok(()),
        Err(why) => refuse(why.to_string()),
    }
}

pub(super) fn health_check(new: &Resource<kind::KubernetesHealthCheck>) -> Outcome {
    if new.spec.job.is_empty() {
        return refuse("healthcheck job manifest must be set");
    }
    runner_name(new.id())?;
    if let Err(why) = job::check(&new.spec.job) {
        return refuse(format!("healthcheck job manifest is invalid: {why}"));
    }
    let interval = new.spec.interval.unwrap_or_default();
    let least = Duration {
        seconds: 5,
        nanos: 0,
    };
    if go::nanos(&interval) > 0 && go::nanos(&interval) < go::nanos(&least) {
        return refuse(format!(
            "healthcheck interval must be at least {}",
            go::duration(&least)
        ));
    }
    Ok(())
}

/// Omni's job is called after the check.
fn runner_name(id: &str) -> Outcome {
    let name = format!("{HEALTH_CHECK_PREFIX}{id}");
    let part = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !part.is_empty()
            && part.chars().all(inner)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let mut why = Vec::new();
    if name.len() > SUBDOMAIN_BYTES {
        why.push(format!("must be no more than {SUBDOMAIN_BYTES} bytes"));
    }
    if !name.split('.').all(part) {
        why.push(SUBDOMAIN.to_owned());
    }
    if why.is_empty() {
        return Ok(());
    }
    let why = why.join("; ");
    refuse(format!(
        "healthcheck ID {id:?} cannot be used to build the runner name {name:?}: {why}"
    ))
}

pub(super) fn imported_secrets(
    store: &Store,
    new: &Resource<kind::ImportedClusterSecrets>,
) -> Outcome {
    let id = new.id();
    if store.peek::<kind::Cluster>(id).is_some() {
        return refuse(format!(
            "cannot create an ImportedClusterSecrets, as there is already an existing cluster with name: {id:?}"
        ));
    }
    match Bundle::import(&new.spec.data) {
        Ok(_) => Ok(()),
        Err(error) => refuse(error.to_string()),
    }
}

pub(super) fn rotation(store: &Store, metadata: &Metadata, verb: &str) -> Outcome {
    let running = store
        .peek::<kind::ClusterSecretsRotationStatus>(&metadata.id)
        .is_some_and(|status| status.spec.phase() != secret_rotation_spec::Phase::Ok);
    if !running || (verb == "modify" && metadata.tearing_down()) {
        return Ok(());
    }
    let (type_name, id) = (&metadata.type_name, &metadata.id);
    refuse(format!(
        "cannot {verb} the {type_name} {id:?} while a secret rotation is in progress"
    ))
}

pub(super) fn exposed_service(found: &mut Findings, old: Option<&Metadata>, new: &Metadata) {
    relations::check(found, old, new, &[labels::CLUSTER]);
    let alias = |metadata: &Metadata| {
        metadata
            .label(labels::EXPOSED_SERVICE_ALIAS)
            .unwrap_or_default()
            .to_owned()
    };
    match old {
        None if alias(new).is_empty() => found.add(refuse("alias must be set")),
        Some(old) if alias(old) != alias(new) => found.add(refuse("alias cannot be changed")),
        _ => found,
    };
}
