//! What a reviewer must know before the apply: can these versions run, and can the cluster get there?
//!
//! The same rules as the server's, applied at plan time with the server's own list of versions, so that a wrong version costs a
//! plan and not half an apply. Pure: the versions and the present state come in, messages go out.

use omni_api::specs::TalosVersionSpec;
use omni_api::{Resource, kind};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path, Text as _};

use super::Cluster;
use crate::objects::shared::server::Lack;
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

/// The server has no switch for the public discovery service.
pub fn no_discovery_switch(lack: &Lack) -> Diagnostic {
    let path = Path::of("features").attribute("disable_public_discovery_service");
    let why = "has no switch for the public discovery service.";
    lack.of("`disable_public_discovery_service`", why, path).remedy(
        "Remove `disable_public_discovery_service`. With `use_embedded_discovery_service = true` the machines use the service inside this Omni, and the public one not at all.",
    )
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
mod tests;
