//! What a reviewer must know before the apply: can these versions run, and can the cluster get there?
//!
//! The same rules as the server's, applied at plan time with the server's own list of versions, so that a wrong version costs a
//! plan and not half an apply. Pure: the versions and the present state come in, messages go out.

use omni_api::specs::TalosVersionSpec;
use omni_api::{Resource, kind};
use tfplugin::{Attr, Diagnostic, Diagnostics, Text as _};

use super::Cluster;
use crate::values::Version;

/// How many versions a message names.
const NAMED: usize = 6;

/// What the server says that is of use for the review.
pub struct Facts {
    /// The Talos versions that the server offers.
    pub talos_versions: Vec<Resource<kind::TalosVersion>>,
    /// The Talos version that the cluster was created with.
    pub initial_talos_version: Option<String>,
    /// The Kubernetes version that a running upgrade came from: going back to it is always possible.
    pub last_kubernetes_version: Option<String>,
}

/// Checks the planned versions.
pub fn versions(facts: &Facts, prior: Option<&Cluster>, planned: &Cluster) -> Diagnostics {
    let mut found = Diagnostics::new();
    let Attr::Known(talos) = &planned.talos_version else {
        return found;
    };
    let offered = match offered(facts, talos) {
        Ok(offered) => offered,
        Err(diagnostic) => {
            found.push(diagnostic);
            return found;
        }
    };
    let before = prior.and_then(|prior| prior.talos_version.as_known());
    found.extend(talos_path(facts, before, talos));
    let Attr::Known(kubernetes) = &planned.kubernetes_version else {
        return found;
    };
    let before = prior.and_then(|prior| prior.kubernetes_version.as_known());
    match compatible(offered, talos, kubernetes) {
        Some(diagnostic) => found.push(diagnostic),
        None => found.extend(kubernetes_path(facts, offered, before, kubernetes)),
    }
    found
}

/// The server's entry of a Talos version.
fn offered<'a>(facts: &'a Facts, talos: &Version) -> Result<&'a TalosVersionSpec, Diagnostic> {
    let entry = facts
        .talos_versions
        .iter()
        .find(|version| version.id() == talos.bare())
        .map(|version| &version.spec);
    let usable = |version: &TalosVersionSpec| !version.deprecated && !version.unsupported;
    let problem = match entry {
        Some(entry) if entry.unsupported => "is not supported by this Omni",
        Some(entry) => return Ok(entry),
        None => "is not offered by this Omni",
    };
    let all = facts
        .talos_versions
        .iter()
        .filter(|version| usable(&version.spec))
        .map(|version| version.id().to_owned());
    Err(Diagnostic::error("Talos version does not exist")
        .detail(format!("Talos {talos} {problem}."))
        .remedy(format!(
            "Use one of {}; the data source omni_talos_versions lists all.",
            nearest(all, talos)
        ))
        .at_attribute("talos_version"))
}

fn talos_path(facts: &Facts, before: Option<&Version>, talos: &Version) -> Option<Diagnostic> {
    let before = before.filter(|before| *before != talos)?;
    let initial = facts.initial_talos_version.as_deref().and_then(Version::of);
    if let Some(initial) = initial.filter(|initial| talos.minor() < initial.minor()) {
        return Some(
            Diagnostic::error("Talos downgrade not possible")
                .detail(format!(
                    "The cluster was created with Talos {initial}; its machines cannot run a lower minor version such as {talos}."
                ))
                .remedy("Keep the minor version that the cluster was created with, or a higher one.")
                .at_attribute("talos_version"),
        );
    }
    let current = facts
        .talos_versions
        .iter()
        .find(|version| version.id() == before.bare())?;
    let reachable = &current.spec.upgradable_talos_versions;
    if reachable.is_empty() || reachable.contains(&talos.bare()) {
        return None;
    }
    Some(
        Diagnostic::error("Talos version not reachable in one step")
            .detail(format!(
                "There is no direct way from Talos {before} to {talos}."
            ))
            .remedy(format!(
                "Go to one of {} first, and apply.",
                nearest(reachable.iter().cloned(), talos)
            ))
            .at_attribute("talos_version"),
    )
}

fn compatible(
    offered: &TalosVersionSpec,
    talos: &Version,
    kubernetes: &Version,
) -> Option<Diagnostic> {
    let able = &offered.compatible_kubernetes_versions;
    if able.contains(&kubernetes.bare()) {
        return None;
    }
    Some(
        Diagnostic::error("Kubernetes version does not run on this Talos version")
            .detail(format!("Talos {talos} cannot run Kubernetes {kubernetes}."))
            .remedy(format!(
                "Use one of {}; the data source omni_talos_versions lists all that a Talos version can run.",
                nearest(able.iter().cloned(), kubernetes)
            ))
            .at_attribute("kubernetes_version"),
    )
}

fn kubernetes_path(
    facts: &Facts,
    offered: &TalosVersionSpec,
    before: Option<&Version>,
    kubernetes: &Version,
) -> Option<Diagnostic> {
    let before = before?;
    let ((major, minor), (to_major, to_minor)) = (before.minor(), kubernetes.minor());
    let one_step = major == to_major && (to_minor == minor || to_minor == minor + 1);
    let back = facts.last_kubernetes_version.as_deref() == Some(kubernetes.bare().as_str());
    if one_step || back {
        return None;
    }
    if kubernetes < before {
        return Some(
            Diagnostic::error("Kubernetes downgrade not possible")
                .detail(format!("The cluster runs Kubernetes {before}; it cannot go down a minor version, to {kubernetes}."))
                .remedy(format!("Stay on Kubernetes {major}.{minor}, or go up."))
                .at_attribute("kubernetes_version"),
        );
    }
    let next = offered
        .compatible_kubernetes_versions
        .iter()
        .filter_map(|text| Version::of(text));
    let next: Vec<String> = next
        .filter(|version| version.minor() == (major, minor + 1))
        .map(|version| version.bare())
        .collect();
    Some(
        Diagnostic::error("Kubernetes version not reachable in one step")
            .detail(format!("Kubernetes goes up one minor version at a time: from {before} there is no direct way to {kubernetes}."))
            .remedy(format!("Go to one of {} first, and apply.", nearest(next.into_iter(), kubernetes)))
            .at_attribute("kubernetes_version"),
    )
}

/// The versions nearest to a wanted one, for a message; newest first.
fn nearest(versions: impl Iterator<Item = String>, wanted: &Version) -> String {
    let distance = |version: &Version| {
        let (major, minor) = version.minor();
        let (wanted_major, wanted_minor) = wanted.minor();
        (
            major.abs_diff(wanted_major),
            minor.abs_diff(wanted_minor),
            version.semver().patch.abs_diff(wanted.semver().patch),
        )
    };
    let mut versions: Vec<Version> = versions.filter_map(|text| Version::of(&text)).collect();
    versions.sort_by_key(distance);
    versions.truncate(NAMED);
    versions.sort();
    let names: Vec<&str> = versions.iter().rev().map(Version::spelling).collect();
    if names.is_empty() {
        "those that the server offers (none is known)".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talos(
        version: &str,
        kubernetes: &[&str],
        upgradable: &[&str],
    ) -> Resource<kind::TalosVersion> {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let spec = TalosVersionSpec {
            version: version.to_owned(),
            compatible_kubernetes_versions: texts(kubernetes),
            upgradable_talos_versions: texts(upgradable),
            ..Default::default()
        };
        Resource::new(version, spec)
    }

    fn facts() -> Facts {
        let kubernetes = ["1.33.4", "1.34.2", "1.34.3", "1.35.5", "1.35.6"];
        Facts {
            talos_versions: vec![
                talos("1.12.4", &kubernetes[..4], &["1.12.3", "1.13.7"]),
                talos("1.13.7", &kubernetes, &["1.12.4", "1.13.8"]),
                talos("1.13.8", &kubernetes, &["1.13.7"]),
            ],
            initial_talos_version: Some("1.12.4".to_owned()),
            last_kubernetes_version: None,
        }
    }

    fn cluster(talos: &str, kubernetes: &str) -> Cluster {
        Cluster {
            talos_version: Attr::from(Version::of(talos)),
            kubernetes_version: Attr::from(Version::of(kubernetes)),
            ..Default::default()
        }
    }

    fn text(prior: Option<&Cluster>, planned: &Cluster) -> String {
        let found = versions(&facts(), prior, planned);
        found
            .iter()
            .map(|diagnostic| format!("{}: {}", diagnostic.summary(), diagnostic.text()))
            .collect()
    }

    #[test]
    fn a_version_that_exists_and_runs_is_accepted_in_any_spelling() {
        assert_eq!(text(None, &cluster("v1.13.7", "1.35.6")), "");
    }

    #[test]
    fn a_version_that_does_not_exist_is_refused_with_its_neighbours() {
        let message = text(None, &cluster("1.13.9", "1.35.6"));
        assert!(
            message.starts_with("Talos version does not exist"),
            "{message}"
        );
        assert!(message.contains("1.13.8, 1.13.7, 1.12.4"), "{message}");
    }

    #[test]
    fn a_kubernetes_version_that_does_not_run_on_the_talos_version_is_refused() {
        let message = text(None, &cluster("1.12.4", "1.35.6"));
        assert!(
            message.contains("Talos 1.12.4 cannot run Kubernetes 1.35.6"),
            "{message}"
        );
        assert!(message.contains("1.35.5"), "{message}");
    }

    #[test]
    fn kubernetes_goes_up_one_minor_version_at_a_time() {
        let message = text(
            Some(&cluster("1.13.7", "1.33.4")),
            &cluster("1.13.7", "1.35.6"),
        );
        assert!(
            message.contains("Go to one of 1.34.3, 1.34.2 first"),
            "{message}"
        );
        assert_eq!(
            text(
                Some(&cluster("1.13.7", "1.33.4")),
                &cluster("1.13.7", "1.34.3")
            ),
            ""
        );
    }

    #[test]
    fn a_kubernetes_downgrade_is_refused_but_for_the_way_back_of_a_running_upgrade() {
        let (prior, planned) = (cluster("1.13.7", "1.35.6"), cluster("1.13.7", "1.34.3"));
        assert!(text(Some(&prior), &planned).starts_with("Kubernetes downgrade not possible"));
        let running = Facts {
            last_kubernetes_version: Some("1.34.3".to_owned()),
            ..facts()
        };
        assert!(versions(&running, Some(&prior), &planned).is_empty());
    }

    #[test]
    fn talos_does_not_go_below_the_minor_version_of_the_creation() {
        let facts = Facts {
            initial_talos_version: Some("1.13.7".to_owned()),
            ..facts()
        };
        let found = versions(
            &facts,
            Some(&cluster("1.13.7", "1.34.3")),
            &cluster("1.12.4", "1.34.3"),
        );
        assert_eq!(
            found.iter().next().map(Diagnostic::summary),
            Some("Talos downgrade not possible")
        );
    }

    #[test]
    fn a_talos_version_without_a_direct_way_names_the_next_ones() {
        let message = text(
            Some(&cluster("1.12.4", "1.34.3")),
            &cluster("1.13.8", "1.34.3"),
        );
        assert!(
            message.contains("Go to one of 1.13.7, 1.12.3 first"),
            "{message}"
        );
    }

    #[test]
    fn unknown_versions_are_not_judged() {
        let unknown = Cluster {
            talos_version: Attr::Unknown,
            ..cluster("1.13.7", "1.35.6")
        };
        assert_eq!(text(None, &unknown), "");
    }
}
