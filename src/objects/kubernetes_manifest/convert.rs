//! Between the model and Omni's `KubernetesManifestGroup`: pure, both ways.

use omni_api::specs::kubernetes_manifest_group_spec::Mode;
use omni_api::{Resource, kind, labels};
use tfplugin::{Attr, Text as _};

use super::KubernetesManifest;
use crate::objects::shared::{metadata, ordered};
use crate::values::Yaml;

/// The modes as a configuration spells them.
pub const MODES: [(&str, Mode); 2] = [("full", Mode::Full), ("one-time", Mode::OneTime)];

/// The id of a manifest; `None` while a part of it is unknown.
pub fn manifest_id(manifest: &KubernetesManifest) -> Option<String> {
    let weight = manifest.weight.as_known()?;
    Some(ordered::id(
        *weight,
        manifest.cluster.as_str()?,
        manifest.name.as_str()?,
    ))
}

/// Writes what the configuration sets into the resource: a manifest is written whole, but for labels of others.
pub fn write(config: &KubernetesManifest, group: &mut Resource<kind::KubernetesManifestGroup>) {
    if let Attr::Known(cluster) = &config.cluster {
        group
            .metadata
            .labels
            .insert(labels::CLUSTER.to_owned(), cluster.clone());
    }
    if let Attr::Known(name) = &config.name {
        group
            .metadata
            .annotations
            .insert(labels::KUBERNETES_MANIFEST_NAME.to_owned(), name.clone());
    }
    let mode = MODES
        .iter()
        .find(|(spelling, _)| config.mode.as_str() == Some(spelling));
    if let Some((_, mode)) = mode {
        group.spec.set_mode(*mode);
    }
    if let Attr::Known(data) = &config.data {
        data.spelling().clone_into(&mut group.spec.data);
        group.spec.compressed_data.clear();
    }
    metadata::mark_managed(&mut group.metadata);
}

/// Fills the state with what the server says.
pub fn read(group: &Resource<kind::KubernetesManifestGroup>, state: &mut KubernetesManifest) {
    let cluster = group.metadata.label(labels::CLUSTER);
    state.id = Attr::from(group.id());
    state.cluster = Attr::from(cluster.map(str::to_owned));
    state.weight = Attr::Known(ordered::split_weight(group.id()).0);
    state.name = Attr::Known(ordered::name(&group.metadata, cluster.unwrap_or_default()));
    let mode = group.spec.mode();
    let mode = MODES.iter().find(|(_, known)| *known == mode);
    state.mode = Attr::from(mode.map(|(spelling, _)| (*spelling).to_owned()));
    state.data = Attr::from(Yaml::parse(&group.spec.data).ok());
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::KubernetesManifestGroupSpec;

    fn manifest() -> KubernetesManifest {
        KubernetesManifest {
            name: "cni".into(),
            weight: Attr::Known(100),
            cluster: "prod".into(),
            mode: "one-time".into(),
            data: Attr::from(
                Yaml::parse("apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n").ok(),
            ),
            ..Default::default()
        }
    }

    fn written() -> Resource<kind::KubernetesManifestGroup> {
        let mut group = Resource::new("100-prod-cni", KubernetesManifestGroupSpec::default());
        write(&manifest(), &mut group);
        group
    }

    #[test]
    fn the_id_has_weight_cluster_and_name() {
        assert_eq!(manifest_id(&manifest()).as_deref(), Some("100-prod-cni"));
        let unknown = KubernetesManifest {
            cluster: Attr::Unknown,
            ..manifest()
        };
        assert_eq!(manifest_id(&unknown), None);
    }

    #[test]
    fn what_was_written_is_read_back() {
        let mut state = KubernetesManifest::default();
        read(&written(), &mut state);
        assert_eq!(
            state,
            KubernetesManifest {
                id: "100-prod-cni".into(),
                ..manifest()
            }
        );
        assert_eq!(written().spec.mode(), Mode::OneTime);
    }

    #[test]
    fn without_the_name_annotation_the_name_is_found_and_a_lost_cluster_label_shows() {
        let mut group = written();
        group.metadata.annotations.clear();
        let mut state = KubernetesManifest::default();
        read(&group, &mut state);
        assert_eq!(state.name.as_str(), Some("cni"));
        group.metadata.labels.clear();
        read(&group, &mut state);
        assert!(state.cluster.is_null());
    }

    #[test]
    fn a_mode_that_is_not_set_is_none() {
        let mut group = written();
        group.spec.set_mode(Mode::Unknown);
        let mut state = manifest();
        read(&group, &mut state);
        assert!(state.mode.is_null());
    }
}
