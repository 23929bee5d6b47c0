//! Whether a machine may join a cluster, by their Talos versions.

use omni_api::resource::Map;
use omni_api::{Metadata, labels};
use semver::Version;

/// Since this Talos version Omni installs Talos on a machine itself, whatever it was booted with.
const INSTALLS_SINCE: (u64, u64) = (1, 13);

/// Why a machine may not join a cluster. `Display` is Omni's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Incompatible {
    /// It has not told its version.
    #[error("the machine has no Talos version label")]
    Unknown,
    /// Its version cannot be read.
    #[error("the machine's Talos version could not be determined")]
    Unreadable,
    /// It runs a newer minor than the cluster.
    #[error(
        "the machine has a newer Talos version installed: downgrade is not allowed. Upgrade the machine or change the cluster Talos version"
    )]
    Newer,
    /// It runs from an image of another minor, and cannot be brought to the cluster's.
    #[error(
        "the machine running from ISO or PXE must have the same major and minor version as the cluster it is going to be added to. Please use another ISO or change the cluster Talos version"
    )]
    OtherImage,
}

/// Whether a machine, by the labels of its `MachineStatus`, may join a cluster of this Talos version.
///
/// # Errors
/// [`Incompatible`].
pub fn joins(labels: &Map, cluster: &Version) -> Result<(), Incompatible> {
    let version = labels
        .get(labels::MACHINE_TALOS_VERSION)
        .ok_or(Incompatible::Unknown)?;
    let machine = version.trim_start_matches('v');
    let machine = Version::parse(machine).map_err(|_| Incompatible::Unreadable)?;
    let (ours, theirs) = (minor(&machine), minor(cluster));
    let installed = labels.contains_key(labels::MACHINE_INSTALLED);
    if ours > theirs {
        Err(Incompatible::Newer)
    } else if installed || ours == theirs || (ours >= INSTALLS_SINCE && theirs >= INSTALLS_SINCE) {
        Ok(())
    } else {
        Err(Incompatible::OtherImage)
    }
}

/// The same, for the machine's metadata.
pub(super) fn may_join(machine: &Metadata, cluster: &Version) -> bool {
    joins(&machine.labels, cluster).is_ok()
}

fn minor(version: &Version) -> (u64, u64) {
    (version.major, version.minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(machine: &str, installed: bool, cluster: &str) -> Result<(), Incompatible> {
        let mut labels = Map::new();
        labels.insert(labels::MACHINE_TALOS_VERSION.into(), machine.into());
        if installed {
            labels.insert(labels::MACHINE_INSTALLED.into(), String::new());
        }
        joins(&labels, &Version::parse(cluster).expect("a version"))
    }

    #[test]
    fn a_newer_machine_never_joins() {
        assert_eq!(check("v1.14.0", true, "1.13.7"), Err(Incompatible::Newer));
        assert_eq!(check("v1.13.8", false, "1.13.7"), Ok(()));
    }

    #[test]
    fn an_older_machine_joins_where_talos_can_be_installed_or_upgraded() {
        assert_eq!(check("v1.11.0", true, "1.13.7"), Ok(()));
        assert_eq!(check("v1.13.0", false, "1.14.0"), Ok(()));
        assert_eq!(
            check("v1.11.0", false, "1.12.0"),
            Err(Incompatible::OtherImage)
        );
        assert_eq!(check("v1.12.3", false, "1.12.0"), Ok(()));
    }

    #[test]
    fn a_machine_without_a_version_does_not_join() {
        let cluster = Version::new(1, 13, 7);
        assert_eq!(joins(&Map::new(), &cluster), Err(Incompatible::Unknown));
        assert_eq!(check("vX", false, "1.13.7"), Err(Incompatible::Unreadable));
    }
}
