//! Between the model and Omni's `MachineClass`: pure, both ways.

use omni_api::specs::machine_class_spec::Provision;
use omni_api::specs::{GrpcTunnelMode, MetaValue as MetaValueMessage};
use omni_api::{Resource, kind};
use tfplugin::{Attr, Text as _};

use super::{AutoProvision, MachineClass, MetaValue};
use crate::objects::shared::metadata;
use crate::values::{Selector, Yaml};

/// Writes what the configuration sets into the resource: a class is written whole, no part of it belongs to others.
pub fn write(config: &MachineClass, class: &mut Resource<kind::MachineClass>) {
    let selectors = config
        .match_labels
        .as_known()
        .into_iter()
        .flatten()
        .filter_map(Attr::as_known);
    class.spec.match_labels = selectors
        .map(|selector| selector.spelling().to_owned())
        .collect();
    class.spec.auto_provision = config.auto_provision.as_known().map(provision);
    metadata::mark_managed(&mut class.metadata);
}

/// Fills the state with what the server says.
pub fn read(class: &Resource<kind::MachineClass>, state: &mut MachineClass) {
    state.name = Attr::Known(class.id().to_owned());
    let selectors: Vec<_> = class
        .spec
        .match_labels
        .iter()
        .map(|text| Attr::from(Selector::parse(text).ok()))
        .collect();
    state.match_labels = if selectors.is_empty() {
        Attr::Null
    } else {
        Attr::Known(selectors)
    };
    state.auto_provision = Attr::from(class.spec.auto_provision.as_ref().map(read_provision));
}

fn provision(config: &AutoProvision) -> Provision {
    let texts = |list: &Attr<Vec<Attr<String>>>| -> Vec<String> {
        list.as_known()
            .into_iter()
            .flatten()
            .filter_map(|text| text.clone().known())
            .collect()
    };
    let mode = match config.grpc_tunnel {
        Attr::Known(true) => GrpcTunnelMode::Enabled,
        Attr::Known(false) => GrpcTunnelMode::Disabled,
        Attr::Null | Attr::Unknown => GrpcTunnelMode::Unset,
    };
    let metas = config.meta_values.as_known().into_iter().flatten();
    Provision {
        provider_id: config.provider_id.as_str().unwrap_or_default().to_owned(),
        kernel_args: texts(&config.kernel_args),
        meta_values: metas
            .map(|meta| MetaValueMessage {
                key: meta.key.known_or(0).into(),
                value: meta.value.as_str().unwrap_or_default().to_owned(),
            })
            .collect(),
        provider_data: config
            .provider_data
            .as_known()
            .map(|yaml| yaml.spelling().to_owned())
            .unwrap_or_default(),
        grpc_tunnel: mode.into(),
    }
}

fn read_provision(spec: &Provision) -> AutoProvision {
    let meta = |meta: &MetaValueMessage| MetaValue {
        key: Attr::from(u8::try_from(meta.key).ok()),
        value: Attr::Known(meta.value.clone()),
    };
    let data = Some(spec.provider_data.as_str()).filter(|data| !data.is_empty());
    AutoProvision {
        provider_id: Attr::Known(spec.provider_id.clone()),
        provider_data: Attr::from(data.and_then(|data| Yaml::parse(data).ok())),
        kernel_args: list(spec.kernel_args.iter().map(|arg| Attr::from(arg.as_str()))),
        meta_values: list(spec.meta_values.iter().map(meta)),
        grpc_tunnel: match spec.grpc_tunnel() {
            GrpcTunnelMode::Enabled => Attr::Known(true),
            GrpcTunnelMode::Disabled => Attr::Known(false),
            GrpcTunnelMode::Unset => Attr::Null,
        },
    }
}

/// On the wire an empty list and no list are the same; in a configuration a list here is never empty.
fn list<T>(elements: impl Iterator<Item = T>) -> Attr<Vec<T>> {
    let elements: Vec<T> = elements.collect();
    if elements.is_empty() {
        Attr::Null
    } else {
        Attr::Known(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::MachineClassSpec;

    #[test]
    fn both_kinds_of_class_are_read_back_as_written() {
        let selecting = MachineClass {
            match_labels: Attr::Known(vec![Attr::Known(
                Selector::parse("rack in (r1, r2)").expect("a selector"),
            )]),
            ..Default::default()
        };
        let providing = MachineClass {
            auto_provision: Attr::Known(AutoProvision {
                provider_id: "vms".into(),
                provider_data: Attr::Known(Yaml::parse("size: small").expect("YAML")),
                kernel_args: Attr::Known(vec!["console=ttyS0".into()]),
                meta_values: Attr::Known(vec![MetaValue {
                    key: Attr::Known(12),
                    value: "x".into(),
                }]),
                grpc_tunnel: Attr::Known(false),
            }),
            ..Default::default()
        };
        for class in [selecting, providing] {
            let mut resource = Resource::new("small", MachineClassSpec::default());
            write(&class, &mut resource);
            let mut state = MachineClass::default();
            read(&resource, &mut state);
            assert_eq!(
                (state.match_labels, state.auto_provision),
                (class.match_labels, class.auto_provision)
            );
        }
    }
}
