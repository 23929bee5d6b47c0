//! Between the model and Omni's `ExtensionsConfiguration`: pure, both ways.

use omni_api::{Resource, kind, labels};
use tfplugin::Attr;

use super::{MachineExtensions, Target};
use crate::objects::shared::metadata;
use crate::values::{Extension, MachineId};

/// The id; `None` while the target is unknown.
pub fn id(extensions: &MachineExtensions) -> Option<String> {
    let selector = match &extensions.selector {
        Attr::Known(selector) => selector.clone(),
        Attr::Null => Target::default(),
        Attr::Unknown => return None,
    };
    let machine = selector.cluster_machine.as_ref().map(MachineId::canonical);
    let candidates = [machine, selector.machine_set, extensions.cluster.clone()];
    let narrowest = candidates
        .into_iter()
        .find(|candidate| !candidate.is_null())?;
    Some(format!("schematic-{}", narrowest.known()?))
}

/// The whole names of the extensions that are known, sorted.
pub fn names(extensions: &MachineExtensions) -> Vec<String> {
    let known = extensions.extensions.as_known().into_iter().flatten();
    let mut names: Vec<String> = known
        .filter_map(|name| name.as_known().map(Extension::full))
        .collect();
    names.sort();
    names
}

/// Writes what the configuration sets into the resource, but for labels of others.
pub fn write(config: &MachineExtensions, resource: &mut Resource<kind::ExtensionsConfiguration>) {
    let own = &mut resource.metadata.labels;
    let selector = config.selector.as_known().cloned().unwrap_or_default();
    let machine = selector.cluster_machine.as_known();
    let mut set = |key: &str, value: Option<String>| match value {
        Some(value) => own.insert(key.to_owned(), value),
        None => own.remove(key),
    };
    set(labels::CLUSTER, config.cluster.clone().known());
    set(labels::CLUSTER_MACHINE, machine.map(MachineId::canonical));
    set(labels::MACHINE_SET, selector.machine_set.known());
    resource.spec.extensions = names(config);
    metadata::mark_managed(&mut resource.metadata);
}

/// Fills the state with what the server says.
pub fn read(resource: &Resource<kind::ExtensionsConfiguration>, state: &mut MachineExtensions) {
    let label = |key| resource.metadata.label(key);
    state.id = Attr::from(resource.id());
    state.cluster = Attr::from(label(labels::CLUSTER).map(str::to_owned));
    let selector = Target {
        machine_set: Attr::from(label(labels::MACHINE_SET).map(str::to_owned)),
        cluster_machine: Attr::from(label(labels::CLUSTER_MACHINE).and_then(MachineId::of)),
    };
    // An empty selector narrows nothing: it means the same as none, and stays as the user wrote it.
    if state.selector.as_known() != Some(&selector) {
        let narrows = selector != Target::default();
        state.selector = Attr::from(narrows.then_some(selector));
    }
    let names = resource.spec.extensions.iter();
    state.extensions = Attr::Known(names.map(|name| Attr::Known(Extension::of(name))).collect());
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::ExtensionsConfigurationSpec;

    const MACHINE: &str = "10001802-C798-4da7-a410-f09abb48c8d8";

    fn extensions(names: &[&str]) -> MachineExtensions {
        let names = names.iter().map(|name| Attr::Known(Extension::of(name)));
        MachineExtensions {
            cluster: "prod".into(),
            extensions: Attr::Known(names.collect()),
            ..Default::default()
        }
    }

    fn narrowed(selector: Target) -> MachineExtensions {
        MachineExtensions {
            selector: Attr::Known(selector),
            ..extensions(&[])
        }
    }

    #[test]
    fn the_id_has_the_narrowest_target() {
        assert_eq!(id(&extensions(&[])).as_deref(), Some("schematic-prod"));
        let set = narrowed(Target {
            machine_set: "prod-workers".into(),
            ..Default::default()
        });
        assert_eq!(id(&set).as_deref(), Some("schematic-prod-workers"));
        let machine = narrowed(Target {
            cluster_machine: Attr::from(MachineId::of(MACHINE)),
            ..Default::default()
        });
        assert_eq!(
            id(&machine).as_deref(),
            Some("schematic-10001802-c798-4da7-a410-f09abb48c8d8")
        );
    }

    #[test]
    fn an_id_with_an_unknown_part_is_unknown() {
        let unknown = narrowed(Target {
            machine_set: Attr::Unknown,
            ..Default::default()
        });
        assert_eq!(id(&unknown), None);
        let unknown = MachineExtensions {
            selector: Attr::Unknown,
            ..extensions(&[])
        };
        assert_eq!(id(&unknown), None);
    }

    #[test]
    fn an_empty_selector_stays_and_one_that_lost_its_target_shows() {
        let empty = narrowed(Target::default());
        let mut resource = Resource::new("schematic-prod", ExtensionsConfigurationSpec::default());
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
    fn whole_names_go_to_omni_sorted() {
        let mut resource = Resource::new("x", ExtensionsConfigurationSpec::default());
        let config = extensions(&["util-linux-tools", "siderolabs/gvisor", "acme/agent"]);
        write(&config, &mut resource);
        assert_eq!(
            resource.spec.extensions,
            [
                "acme/agent",
                "siderolabs/gvisor",
                "siderolabs/util-linux-tools"
            ]
        );
        assert_eq!(resource.metadata.label(labels::CLUSTER), Some("prod"));
    }

    #[test]
    fn what_was_written_is_read_back() {
        let config = MachineExtensions {
            selector: Attr::Known(Target {
                machine_set: "prod-workers".into(),
                ..Default::default()
            }),
            ..extensions(&["siderolabs/gvisor"])
        };
        let mut resource = Resource::new(
            "schematic-prod-workers",
            ExtensionsConfigurationSpec::default(),
        );
        write(&config, &mut resource);
        let mut state = MachineExtensions::default();
        read(&resource, &mut state);
        assert_eq!(
            state,
            MachineExtensions {
                id: "schematic-prod-workers".into(),
                ..config
            }
        );
    }
}
