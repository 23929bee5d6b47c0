//! Between the model and Omni's `ConfigPatch`: pure, both ways.

use omni_api::{Resource, kind, labels};
use tfplugin::{Attr, Text as _};

use super::{ConfigPatch, Target};
use crate::objects::shared::{metadata, ordered};
use crate::values::{MachineId, Yaml};

/// The id of a patch; `None` while a part of it is unknown.
pub fn patch_id(patch: &ConfigPatch) -> Option<String> {
    let (weight, name) = (patch.weight.as_known()?, patch.name.as_str()?);
    Some(ordered::id(*weight, &narrowest(patch)?, name))
}

/// The narrowest target of a patch; `None` while it is unknown.
fn narrowest(patch: &ConfigPatch) -> Option<String> {
    let selector = match &patch.selector {
        Attr::Known(selector) => selector.clone(),
        Attr::Null => Target::default(),
        Attr::Unknown => return None,
    };
    let machine = |id: &Attr<MachineId>| id.as_ref().map(MachineId::canonical);
    let candidates = [
        machine(&selector.machine),
        machine(&selector.cluster_machine),
        selector.machine_set,
        patch.cluster.clone(),
    ];
    candidates
        .into_iter()
        .find(|candidate| !candidate.is_null())?
        .known()
}

/// Writes what the configuration sets into the resource: a patch is written whole, but for labels of others.
pub fn write(config: &ConfigPatch, patch: &mut Resource<kind::ConfigPatch>) {
    let own = &mut patch.metadata.labels;
    let selector = config.selector.as_known().cloned().unwrap_or_default();
    let mut set = |key: &str, value: Option<String>| match value {
        Some(value) => own.insert(key.to_owned(), value),
        None => own.remove(key),
    };
    set(labels::CLUSTER, config.cluster.clone().known());
    set(labels::MACHINE_SET, selector.machine_set.known());
    set(
        labels::CLUSTER_MACHINE,
        selector
            .cluster_machine
            .as_known()
            .map(MachineId::canonical),
    );
    set(
        labels::MACHINE,
        selector.machine.as_known().map(MachineId::canonical),
    );
    if let Attr::Known(name) = &config.name {
        patch
            .metadata
            .annotations
            .insert(labels::CONFIG_PATCH_NAME.to_owned(), name.clone());
    }
    if let Attr::Known(data) = &config.data {
        data.spelling().clone_into(&mut patch.spec.data);
        patch.spec.compressed_data.clear();
    }
    metadata::mark_managed(&mut patch.metadata);
}

/// Fills the state with what the server says.
pub fn read(patch: &Resource<kind::ConfigPatch>, state: &mut ConfigPatch) {
    let label = |key| patch.metadata.label(key);
    state.id = Attr::from(patch.id());
    state.cluster = Attr::from(label(labels::CLUSTER).map(str::to_owned));
    let selector = Target {
        machine_set: Attr::from(label(labels::MACHINE_SET).map(str::to_owned)),
        cluster_machine: Attr::from(label(labels::CLUSTER_MACHINE).and_then(MachineId::of)),
        machine: Attr::from(label(labels::MACHINE).and_then(MachineId::of)),
    };
    // An empty selector narrows nothing: it means the same as none, and stays as the user wrote it.
    let stays = state.selector.as_known() == Some(&selector);
    if !stays {
        let narrows = selector != Target::default();
        state.selector = Attr::from(narrows.then_some(selector));
    }
    state.data = Attr::from(Yaml::parse(&patch.spec.data).ok());
    state.weight = Attr::Known(ordered::split_weight(patch.id()).0);
    let target = narrowest(state).unwrap_or_default();
    state.name = Attr::Known(ordered::name(&patch.metadata, &target));
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::ConfigPatchSpec;

    fn patch(cluster: &str, name: &str) -> ConfigPatch {
        ConfigPatch {
            name: name.into(),
            weight: Attr::Known(400),
            cluster: cluster.into(),
            data: Attr::Known(Yaml::parse("machine: {}").expect("YAML")),
            ..Default::default()
        }
    }

    #[test]
    fn the_id_has_three_digits_the_narrowest_target_and_the_name() {
        assert_eq!(
            patch_id(&patch("prod", "kubespan")).as_deref(),
            Some("400-prod-kubespan")
        );
        let set = Target {
            machine_set: "prod-workers".into(),
            ..Default::default()
        };
        let narrowed = ConfigPatch {
            selector: Attr::Known(set),
            weight: Attr::Known(7),
            ..patch("prod", "x")
        };
        assert_eq!(patch_id(&narrowed).as_deref(), Some("007-prod-workers-x"));
    }

    #[test]
    fn an_id_with_an_unknown_part_is_unknown() {
        assert_eq!(
            patch_id(&ConfigPatch {
                cluster: Attr::Unknown,
                ..patch("prod", "x")
            }),
            None
        );
        assert_eq!(
            patch_id(&ConfigPatch {
                selector: Attr::Unknown,
                ..patch("prod", "x")
            }),
            None
        );
    }

    #[test]
    fn what_was_written_is_read_back() {
        let config = patch("prod", "kubespan");
        let mut resource = Resource::new("400-prod-kubespan", ConfigPatchSpec::default());
        write(&config, &mut resource);
        let mut state = ConfigPatch::default();
        read(&resource, &mut state);
        assert_eq!(
            state,
            ConfigPatch {
                id: "400-prod-kubespan".into(),
                ..config
            }
        );
    }

    #[test]
    fn a_patch_without_the_name_annotation_finds_its_name_in_the_id() {
        let mut resource = Resource::new("400-prod-kubespan", ConfigPatchSpec::default());
        write(&patch("prod", "kubespan"), &mut resource);
        resource.metadata.annotations.clear();
        let mut state = ConfigPatch::default();
        read(&resource, &mut state);
        assert_eq!(state.name.as_str(), Some("kubespan"));
    }

    #[test]
    fn an_empty_selector_stays_and_one_that_lost_its_target_shows() {
        let empty = ConfigPatch {
            selector: Attr::Known(Target::default()),
            ..patch("prod", "kubespan")
        };
        let mut resource = Resource::new("400-prod-kubespan", ConfigPatchSpec::default());
        write(&empty, &mut resource);
        let mut state = empty.clone();
        read(&resource, &mut state);
        assert_eq!(state.selector, empty.selector);
        state.selector = Attr::Known(Target {
            machine_set: "prod-workers".into(),
            ..Default::default()
        });
        read(&resource, &mut state);
        assert!(state.selector.is_null());
    }

    #[test]
    fn a_lost_cluster_label_shows() {
        let mut resource = Resource::new("400-prod-kubespan", ConfigPatchSpec::default());
        write(&patch("prod", "kubespan"), &mut resource);
        resource.metadata.labels.clear();
        let mut state = patch("prod", "kubespan");
        read(&resource, &mut state);
        assert!(state.cluster.is_null());
    }
}
