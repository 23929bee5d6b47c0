//! Rules of clusters.

use omni_api::specs::ClusterSpec;
use omni_api::{Metadata, Resource, kind, labels};
use prost_types::Duration;

use super::version::{self, parse_tolerant};
use super::{Findings, Outcome, go, kubernetes_path, refuse};
use crate::Store;
use crate::release::Release;

type Cluster = Resource<kind::Cluster>;

/// The message of the features of a cluster.
const FEATURES: &str = "specs.ClusterSpec.Features";

pub(super) fn create(store: &Store, found: &mut Findings, new: &Cluster) {
    found
        .add(name(new.id()))
        .add(readable("Kubernetes", &new.spec.kubernetes_version))
        .add(readable("Talos", &new.spec.talos_version))
        .add(encryption(&new.spec))
        .add(backup_interval(store, &new.spec))
        .add(discovery(store, None, new))
        .add(versions(store, None, new));
}

pub(super) fn update(store: &Store, found: &mut Findings, old: &Cluster, new: &Cluster) {
    if new.metadata.tearing_down() {
        return;
    }
    let annotated = |metadata: &Metadata, key| metadata.annotation(key).is_some();
    let both = |key| [annotated(&old.metadata, key), annotated(&new.metadata, key)];
    let importing = both(labels::CLUSTER_IMPORT_IS_IN_PROGRESS).contains(&true);
    if !both(labels::CLUSTER_LOCKED).contains(&false) && !importing {
        let text = format!(
            "updating cluster configuration is not allowed: the cluster {:?} is locked",
            new.id()
        );
        found.add(refuse(text));
        return;
    }
    let talos_kept = old.spec.talos_version == new.spec.talos_version;
    let kubernetes_kept = talos_kept && old.spec.kubernetes_version == new.spec.kubernetes_version;
    if !kubernetes_kept {
        found.add(readable("Kubernetes", &new.spec.kubernetes_version));
    }
    if !talos_kept {
        found.add(readable("Talos", &new.spec.talos_version));
    }
    found
        .add(encryption(&new.spec))
        .add(encryption_kept(&old.spec, &new.spec))
        .add(backup_interval(store, &new.spec))
        .add(discovery(store, Some(old), new))
        .add(versions(store, Some(old), new));
}

pub(super) fn destroy(store: &Store, cluster: &Cluster) -> Outcome {
    let Some(status) = store.peek::<kind::ClusterStatus>(cluster.id()) else {
        return Ok(());
    };
    let locked = cluster
        .metadata
        .annotation(labels::CLUSTER_LOCKED)
        .is_some();
    let importing = status
        .metadata
        .label(labels::CLUSTER_TAINTED_BY_IMPORTING)
        .is_some();
    if locked && !importing {
        return refuse(format!(
            "deletion is not allowed: the cluster {:?} is locked",
            cluster.id()
        ));
    }
    Ok(())
}

fn name(id: &str) -> Outcome {
    if id.is_empty() {
        return refuse("name is required");
    }
    if id
        .chars()
        .any(|c| !c.is_alphanumeric() && c != '-' && c != '_')
    {
        return refuse("name should only contain letters, digits, dashes and underscores");
    }
    Ok(())
}

fn readable(what: &str, text: &str) -> Outcome {
    let wrong = if text.is_empty() {
        "version is required".to_owned()
    } else {
        match parse_tolerant(text) {
            Ok(_) => return Ok(()),
            Err(reason) => format!("version should be in semver format: {reason}"),
        }
    };
    refuse(format!(
        "error validating {what} version: {}",
        go::list_errors(&[wrong])
    ))
}

fn encrypted(spec: &ClusterSpec) -> bool {
    spec.features
        .as_ref()
        .is_some_and(|features| features.disk_encryption)
}

fn encryption(spec: &ClusterSpec) -> Outcome {
    if !encrypted(spec) {
        return Ok(());
    }
    match parse_tolerant(&spec.talos_version) {
        Err(reason) => refuse(reason),
        Ok(talos) if talos < semver::Version::new(1, 5, 0) => {
            refuse("disk encryption is supported only for Talos version >= 1.5.0")
        }
        Ok(_) => Ok(()),
    }
}

fn encryption_kept(old: &ClusterSpec, new: &ClusterSpec) -> Outcome {
    if encrypted(old) == encrypted(new) {
        return Ok(());
    }
    refuse("updating disk encryption settings is not allowed")
}

/// The interval is judged even where backups are switched off, as on the server.
fn backup_interval(store: &Store, spec: &ClusterSpec) -> Outcome {
    let Some(backup) = &spec.backup_configuration else {
        return Ok(());
    };
    let features = store.peek::<kind::FeaturesConfig>("features-config");
    let settings = features.and_then(|features| features.spec.etcd_backup_settings);
    let (least, most) = settings.map_or((None, None), |settings| {
        (settings.min_interval, settings.max_interval)
    });
    let least = least.unwrap_or(Duration {
        seconds: 3600,
        nanos: 0,
    });
    let most = most.unwrap_or(Duration {
        seconds: 86_400,
        nanos: 0,
    });
    let actual = backup.interval.unwrap_or_default();
    let shown = go::duration(&actual);
    if go::nanos(&actual) < go::nanos(&least) {
        return refuse(format!(
            "backup interval must be greater than {}, actual {shown}",
            go::duration(&least)
        ));
    }
    if go::nanos(&actual) > go::nanos(&most) {
        return refuse(format!(
            "backup interval must be less than {}, actual {shown}",
            go::duration(&most)
        ));
    }
    Ok(())
}

fn discovery(store: &Store, old: Option<&Cluster>, new: &Cluster) -> Outcome {
    let embedded = |spec: &ClusterSpec| {
        spec.features
            .as_ref()
            .is_some_and(|features| features.use_embedded_discovery_service)
    };
    let public_off = new
        .spec
        .features
        .as_ref()
        .is_some_and(|features| features.disable_public_discovery_service)
        && Release::of(store).has_field(FEATURES, "disable_public_discovery_service");
    if public_off {
        // What counts is the version of Talos with which the cluster was made.
        let made = old.and_then(|_| store.peek::<kind::ClusterConfigVersion>(new.id()));
        let made = made
            .map(|made| made.spec.version.clone())
            .filter(|made| !made.is_empty());
        let talos = made.unwrap_or_else(|| new.spec.talos_version.clone());
        let talos = match parse_tolerant(&talos) {
            Ok(talos) => talos,
            Err(reason) => {
                return refuse(format!("failed to parse Talos version contract: {reason}"));
            }
        };
        if (talos.major, talos.minor) < (1, 14) {
            return refuse(
                "the public discovery service can only be configured for clusters created with Talos 1.14 or newer",
            );
        }
        if !embedded(&new.spec) {
            return refuse(
                "the discovery service cannot be disabled entirely: keep the public discovery service enabled or \
                 enable the embedded discovery service",
            );
        }
    }
    let switched_on = embedded(&new.spec) && !old.is_some_and(|old| embedded(&old.spec));
    let features = store.peek::<kind::FeaturesConfig>("features-config");
    if switched_on && !features.is_some_and(|features| features.spec.embedded_discovery_service) {
        return refuse("embedded discovery service is not enabled");
    }
    Ok(())
}

/// The versions exist, fit each other, and can be reached from where the cluster is.
fn versions(store: &Store, old: Option<&Cluster>, new: &Cluster) -> Outcome {
    let (talos, kubernetes) = (&new.spec.talos_version, &new.spec.kubernetes_version);
    let talos_kept = old.is_some_and(|old| old.spec.talos_version == *talos);
    let kubernetes_kept =
        talos_kept && old.is_some_and(|old| old.spec.kubernetes_version == *kubernetes);
    if kubernetes_kept {
        return Ok(());
    }
    let Some(offered) = store.peek::<kind::TalosVersion>(talos) else {
        return if talos_kept {
            Ok(())
        } else {
            refuse(version::unknown_talos(talos))
        };
    };
    version::talos(store, old.map(|old| &*old.spec.talos_version), talos)?;
    if old.is_some() {
        not_below_creation(store, new)?;
    }
    if let Some(old) = old {
        kubernetes_step(store, new.id(), &old.spec.kubernetes_version, kubernetes)?;
    }
    if offered
        .spec
        .compatible_kubernetes_versions
        .contains(kubernetes)
    {
        return Ok(());
    }
    refuse(format!(
        "invalid kubernetes version {kubernetes:?}: is not compatible with talos version {talos:?}"
    ))
}

fn not_below_creation(store: &Store, new: &Cluster) -> Outcome {
    let Some(made) = store.peek::<kind::ClusterConfigVersion>(new.id()) else {
        return Ok(());
    };
    let (text, wanted) = (&made.spec.version, &new.spec.talos_version);
    let made = match parse_tolerant(text) {
        Ok(made) => made,
        Err(reason) => return refuse(format!("invalid initial talos version {text:?}: {reason}")),
    };
    let target = match parse_tolerant(wanted) {
        Ok(target) => target,
        Err(reason) => {
            return refuse(format!(
                "invalid current talos version {wanted:?}: {reason}"
            ));
        }
    };
    if (target.major, target.minor) < (made.major, made.minor) {
        return refuse(format!(
            "downgrading from version \"{made}\" to {wanted:?} is not supported"
        ));
    }
    Ok(())
}

fn kubernetes_step(store: &Store, id: &str, current: &str, wanted: &str) -> Outcome {
    if current.is_empty() {
        return Ok(());
    }
    if let Some(status) = store.peek::<kind::KubernetesUpgradeStatus>(id) {
        let (running, last) = (
            &status.spec.current_upgrade_version,
            &status.spec.last_upgrade_version,
        );
        if !running.is_empty() && !last.is_empty() && reverts(current, wanted, running, last)? {
            return Ok(());
        }
    }
    match kubernetes_path::supported(current, wanted) {
        Ok(true) => Ok(()),
        Ok(false) => refuse(format!(
            "kubernetes version is not supported for upgrade to {wanted:?} from {current:?}"
        )),
        Err(reason) => refuse(reason),
    }
}

/// A running upgrade may be taken back.
fn reverts(current: &str, wanted: &str, running: &str, last: &str) -> Result<bool, super::Invalid> {
    let read = |text: &str| parse_tolerant(text).or_else(refuse);
    let (current, wanted, running, last) =
        (read(current)?, read(wanted)?, read(running)?, read(last)?);
    Ok((current < running && wanted < last) || (wanted == last && current == running))
}
