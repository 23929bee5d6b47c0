//! Versions, ways between them, and what a plan says about them.

use super::*;

fn talos(version: &str, kubernetes: &[&str], upgradable: &[&str]) -> Resource<kind::TalosVersion> {
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
