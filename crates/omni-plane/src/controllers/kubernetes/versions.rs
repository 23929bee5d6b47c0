//! The Kubernetes versions to which a cluster may go: what its Talos can run, no minor skipped, no minor back.

use omni_api::kind::TalosVersion;
use semver::Version;

use crate::engine::{Context, Error};

/// The versions that are reachable from the present one, sorted.
///
/// # Errors
/// Those of the context.
pub(super) fn upgrade_versions(
    cx: &Context<'_>,
    current: &str,
    talos: &str,
) -> Result<Vec<String>, Error> {
    let Some(talos) = cx.get::<TalosVersion>(talos)? else {
        return Ok(Vec::new());
    };
    let Ok(present) = Version::parse(current) else {
        return Ok(Vec::new());
    };
    let candidates = talos.spec.compatible_kubernetes_versions.iter();
    let mut versions: Vec<_> = candidates
        .filter_map(|candidate| Version::parse(candidate).ok())
        .filter(|candidate| is_reachable(&present, candidate))
        .collect();
    versions.sort();
    Ok(versions
        .into_iter()
        .map(|version| version.to_string())
        .collect())
}

/// Another patch of the same minor, or any of the next minor.
fn is_reachable(present: &Version, candidate: &Version) -> bool {
    candidate != present
        && candidate.major == present.major
        && (candidate.minor == present.minor || candidate.minor == present.minor + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_minor_up_and_no_minor_down() {
        let reachable = |candidate: &str| {
            is_reachable(
                &Version::new(1, 35, 5),
                &Version::parse(candidate).expect("a version"),
            )
        };
        let answers = ["1.35.0", "1.35.5", "1.35.7", "1.36.3", "1.37.0", "1.34.9"].map(reachable);
        assert_eq!(answers, [true, false, true, true, false, false]);
    }
}
