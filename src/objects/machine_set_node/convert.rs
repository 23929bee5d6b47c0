//! Between the model and Omni's `MachineSetNode`: pure, both ways.

use omni_api::{Resource, kind, labels};
use tfplugin::Attr;

use super::MachineSetNode;
use crate::objects::shared::metadata;
use crate::values::MachineId;

/// Writes what the configuration sets into the resource. The role comes from the machine set, as Omni's own clients copy it.
pub fn write(
    config: &MachineSetNode,
    prior: Option<&MachineSetNode>,
    control_plane: bool,
    node: &mut Resource<kind::MachineSetNode>,
) {
    let own = &mut node.metadata.labels;
    if let Attr::Known(cluster) = &config.cluster {
        own.insert(labels::CLUSTER.to_owned(), cluster.clone());
    }
    if let Attr::Known(set) = &config.machine_set {
        own.insert(labels::MACHINE_SET.to_owned(), set.clone());
    }
    let role = if control_plane {
        labels::CONTROL_PLANE_ROLE
    } else {
        labels::WORKER_ROLE
    };
    own.insert(role.to_owned(), String::new());
    metadata::write_map(&config.labels, prior.map(|prior| &prior.labels), own);
    metadata::write_flag(
        config.locked.as_known(),
        labels::MACHINE_LOCKED,
        &mut node.metadata.annotations,
    );
    metadata::mark_managed(&mut node.metadata);
}

/// Fills the state with what the server says.
pub fn read(node: &Resource<kind::MachineSetNode>, state: &mut MachineSetNode) {
    let importing = state.cluster.is_null();
    let label = |key| Attr::Known(node.metadata.label(key).unwrap_or_default().to_owned());
    state.machine_id = Attr::from(MachineId::of(node.id()));
    state.cluster = label(labels::CLUSTER);
    state.machine_set = label(labels::MACHINE_SET);
    state.labels = metadata::read_map(&state.labels, importing, &node.metadata.labels);
    state.locked = Attr::Known(
        node.metadata
            .annotations
            .contains_key(labels::MACHINE_LOCKED),
    );
}

/// Fills in what the server has observed.
pub fn read_status(
    status: Option<&Resource<kind::ClusterMachineStatus>>,
    state: &mut MachineSetNode,
) {
    let spec = status.map(|status| status.spec.clone()).unwrap_or_default();
    state.stage = Attr::from(spec.stage().as_str_name());
    state.ready = Attr::Known(spec.ready);
    state.last_config_error = Attr::Known(spec.last_config_error);
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::MachineSetNodeSpec;

    #[test]
    fn labels_are_laid_out_as_omnis_own_clients_do() {
        let config = MachineSetNode {
            cluster: "prod".into(),
            machine_set: "prod-storage".into(),
            ..Default::default()
        };
        let mut node = Resource::new(
            "10001802-c798-4da7-a410-f09abb48c8d8",
            MachineSetNodeSpec {},
        );
        write(&config, None, false, &mut node);
        let labels: Vec<_> = node
            .metadata
            .labels
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let expected = [
            ("omni.sidero.dev/cluster", "prod"),
            ("omni.sidero.dev/machine-set", "prod-storage"),
            ("omni.sidero.dev/role-worker", ""),
        ];
        assert_eq!(labels, expected);
        assert!(node.metadata.annotation(labels::MACHINE_LOCKED).is_none());
    }

    #[test]
    fn what_was_written_is_read_back() {
        let config = MachineSetNode {
            cluster: "prod".into(),
            machine_set: "prod-storage".into(),
            locked: Attr::Known(true),
            ..Default::default()
        };
        let mut node = Resource::new(
            "10001802-c798-4da7-a410-f09abb48c8d8",
            MachineSetNodeSpec {},
        );
        write(&config, None, false, &mut node);
        let mut state = MachineSetNode::default();
        read(&node, &mut state);
        assert_eq!(
            (state.cluster, state.machine_set, state.locked),
            (config.cluster, config.machine_set, config.locked)
        );
        assert_eq!(state.machine_id, Attr::from(MachineId::of(node.id())));
    }
}
