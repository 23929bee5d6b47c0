//! Between the model and Omni's `KubernetesHealthCheck`: pure, both ways.
//!
//! Omni knows a check by an id that is unique in the account, not in its cluster. The id is the check's name, as other clients have
//! it, and the long form, as cluster templates have it, where a check of another cluster took the name first.

use omni_api::{Resource, kind, labels};
use tfplugin::types::Duration;
use tfplugin::{Attr, Text as _};

use super::KubernetesHealthcheck;
use crate::objects::shared::metadata;
use crate::values::Yaml;

/// How long Omni waits between two attempts where a check does not say.
const DEFAULT_INTERVAL: std::time::Duration = std::time::Duration::from_secs(30);

/// The id that is unique whatever other clusters have.
pub fn long_id(cluster: &str, name: &str) -> String {
    format!("cluster-{cluster}-{name}")
}

/// Writes what the configuration sets into the resource: a check is written whole, but for labels of others.
pub fn write(config: &KubernetesHealthcheck, check: &mut Resource<kind::KubernetesHealthCheck>) {
    if let Attr::Known(cluster) = &config.cluster {
        check
            .metadata
            .labels
            .insert(labels::CLUSTER.to_owned(), cluster.clone());
    }
    if let Attr::Known(name) = &config.name {
        check
            .metadata
            .annotations
            .insert(labels::CONFIG_PATCH_NAME.to_owned(), name.clone());
    }
    if let Attr::Known(job) = &config.job {
        job.spelling().clone_into(&mut check.spec.job);
    }
    // Zero is Omni's word for "as usual".
    let interval = config.interval.as_known().map(Duration::get);
    let interval = interval.filter(|interval| !interval.is_zero());
    check.spec.interval = interval.and_then(|interval| interval.try_into().ok());
    metadata::mark_managed(&mut check.metadata);
}

/// Fills the state with what the server says.
pub fn read(check: &Resource<kind::KubernetesHealthCheck>, state: &mut KubernetesHealthcheck) {
    let cluster = check.metadata.label(labels::CLUSTER);
    state.id = Attr::from(check.id());
    state.cluster = Attr::from(cluster.map(str::to_owned));
    state.name = Attr::Known(name(check, state.name.as_str()));
    state.job = Attr::from(Yaml::parse(&check.spec.job).ok());
    let interval = check.spec.interval.and_then(|interval| {
        let interval: Option<std::time::Duration> = interval.try_into().ok();
        interval.filter(|interval| !interval.is_zero())
    });
    state.interval = match (&state.interval, interval) {
        (Attr::Null, None | Some(DEFAULT_INTERVAL)) => Attr::Null,
        (_, interval) => Attr::Known(Duration::from(interval.unwrap_or_default())),
    };
}

/// The name of a check: what its annotation says, what the state says as long as it fits the id, or what the id says.
fn name(check: &Resource<kind::KubernetesHealthCheck>, known: Option<&str>) -> String {
    let cluster = check.metadata.label(labels::CLUSTER).unwrap_or_default();
    let fits = |name: &&str| check.id() == *name || check.id() == long_id(cluster, name);
    let annotated = check.metadata.annotation(labels::CONFIG_PATCH_NAME);
    let in_id = check
        .id()
        .strip_prefix(&long_id(cluster, ""))
        .filter(|name| !name.is_empty());
    annotated
        .filter(fits)
        .or(known.filter(fits))
        .or(in_id)
        .unwrap_or(check.id())
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::KubernetesHealthCheckSpec;

    fn check() -> KubernetesHealthcheck {
        KubernetesHealthcheck {
            name: "dns".into(),
            cluster: "prod".into(),
            job: Attr::from(Yaml::parse("apiVersion: batch/v1\nkind: Job\n").ok()),
            interval: Attr::from("45s".parse::<Duration>().ok()),
            ..Default::default()
        }
    }

    fn written(id: &str, config: &KubernetesHealthcheck) -> Resource<kind::KubernetesHealthCheck> {
        let mut check = Resource::new(id, KubernetesHealthCheckSpec::default());
        write(config, &mut check);
        check
    }

    fn read_back(check: &Resource<kind::KubernetesHealthCheck>) -> KubernetesHealthcheck {
        let mut state = KubernetesHealthcheck::default();
        read(check, &mut state);
        state
    }

    #[test]
    fn what_was_written_is_read_back_under_either_id() {
        for id in ["dns", "cluster-prod-dns"] {
            let expected = KubernetesHealthcheck {
                id: id.into(),
                ..check()
            };
            assert_eq!(read_back(&written(id, &check())), expected);
        }
    }

    #[test]
    fn a_check_that_another_client_wrote_has_the_name_that_its_id_says() {
        let mut by_template = written("cluster-prod-dns", &check());
        by_template.metadata.annotations.clear();
        assert_eq!(read_back(&by_template).name.as_str(), Some("dns"));
        let mut official = written("dns-ready", &check());
        official.metadata.annotations.clear();
        assert_eq!(read_back(&official).name.as_str(), Some("dns-ready"));
        // A state that came from another provider knows the whole id as the name, and keeps it.
        let mut state = KubernetesHealthcheck {
            name: "cluster-prod-dns".into(),
            ..Default::default()
        };
        read(&by_template, &mut state);
        assert_eq!(state.name.as_str(), Some("cluster-prod-dns"));
    }

    #[test]
    fn an_interval_of_zero_and_none_at_all_are_the_usual_one() {
        let zero = KubernetesHealthcheck {
            interval: Attr::from("0s".parse::<Duration>().ok()),
            ..check()
        };
        let written_zero = written("dns", &zero);
        assert_eq!(written_zero.spec.interval, None);
        let mut state = zero.clone();
        read(&written_zero, &mut state);
        assert_eq!(state.interval, zero.interval, "no difference in the plan");
        assert!(read_back(&written_zero).interval.is_null());
    }

    #[test]
    fn an_interval_that_somebody_else_set_shows_unless_it_is_the_usual_one() {
        let mut check = written(
            "dns",
            &KubernetesHealthcheck {
                interval: Attr::Null,
                ..check()
            },
        );
        let mut with = |seconds| {
            check.spec.interval = Some(prost_types::Duration { seconds, nanos: 0 });
            read_back(&check).interval
        };
        assert!(with(30).is_null());
        assert_eq!(with(45), Attr::from("45s".parse::<Duration>().ok()));
    }

    #[test]
    fn a_lost_cluster_label_shows() {
        let mut check = written("dns", &check());
        check.metadata.labels.clear();
        assert!(read_back(&check).cluster.is_null());
    }
}
