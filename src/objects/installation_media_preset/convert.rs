//! Between the model and Omni's `InstallationMediaConfig`: pure, both ways.

use std::collections::{BTreeMap, BTreeSet};

use omni_api::management::SchematicBootloader;
use omni_api::specs::platform_config_spec::Arch;
use omni_api::specs::{
    GrpcTunnelMode, InstallationMediaConfigSpec, installation_media_config_spec as spec,
};
use omni_api::{Resource, kind};
use tfplugin::{Attr, Text as _};

use super::{Cloud, InstallationMediaPreset, Sbc};
use crate::objects::shared::metadata;
use crate::values::{Extension, Version, Yaml};

/// The architectures, by their names in a configuration.
pub const ARCHITECTURES: [(&str, Arch); 2] = [("amd64", Arch::Amd64), ("arm64", Arch::Arm64)];

/// The boot loaders, by their names in a configuration: those of omnictl.
pub const BOOTLOADERS: [(&str, SchematicBootloader); 4] = [
    ("auto", SchematicBootloader::BootAuto),
    ("uefi", SchematicBootloader::BootSd),
    ("bios", SchematicBootloader::BootGrub),
    ("dual", SchematicBootloader::BootDual),
];

/// Writes the preset into the resource: it is written whole, no part of it belongs to others.
///
/// Write-only values are in the configuration, defaults in the plan.
pub fn write(
    config: &InstallationMediaPreset,
    planned: &InstallationMediaPreset,
    factory: &str,
    preset: &mut Resource<kind::InstallationMediaConfig>,
) {
    let (written, open) = preset_tokens(config);
    preset.spec = InstallationMediaConfigSpec {
        talos_version: planned
            .talos_version
            .as_known()
            .map(Version::bare)
            .unwrap_or_default(),
        architecture: by_name(&ARCHITECTURES, &planned.architecture).into(),
        install_extensions: extensions(planned),
        kernel_args: texts(&planned.kernel_args).join(" "),
        cloud: planned.cloud.as_known().map(cloud),
        sbc: planned.sbc.as_known().map(sbc),
        join_token: written.or(open).unwrap_or_default().to_owned(),
        secure_boot: planned.secure_boot == Attr::Known(true),
        grpc_tunnel: tunnel(planned.grpc_tunnel).into(),
        machine_labels: labels(planned),
        bootloader: by_name(&BOOTLOADERS, &planned.bootloader).into(),
        embedded_machine_config: spelling(&planned.embedded_machine_config),
        image_factory_url: factory.to_owned(),
    };
    metadata::mark_managed(&mut preset.metadata);
}

/// Fills the state with what the server says.
///
/// A token that was written with `join_token_wo` stays out of the state; after an import nothing tells where it came from.
pub fn read(preset: &Resource<kind::InstallationMediaConfig>, state: &mut InstallationMediaPreset) {
    let spec = &preset.spec;
    state.name = Attr::from(preset.id());
    state.architecture = Attr::from(arch_name(spec.architecture()));
    state.talos_version = Attr::from(Version::of(&spec.talos_version));
    let names = spec.install_extensions.iter();
    state.extensions = filled(names.map(|name| Attr::Known(Extension::of(name))).collect());
    let args = spec.kernel_args.split_whitespace();
    let args: Vec<_> = args.map(Attr::from).collect();
    state.kernel_args = Attr::from(Some(args).filter(|args| !args.is_empty()));
    state.cloud = Attr::from(spec.cloud.as_ref().map(|cloud| Cloud {
        platform: Attr::from(cloud.platform.as_str()),
    }));
    state.sbc = Attr::from(spec.sbc.as_ref().map(read_sbc));
    if state.join_token_wo_version.is_null() {
        state.join_token = text(&spec.join_token);
    }
    state.secure_boot = Attr::Known(spec.secure_boot);
    state.grpc_tunnel = match spec.grpc_tunnel() {
        GrpcTunnelMode::Enabled => Attr::Known(true),
        GrpcTunnelMode::Disabled => Attr::Known(false),
        GrpcTunnelMode::Unset => Attr::Null,
    };
    let labels = spec.machine_labels.iter();
    let labels: BTreeMap<_, _> = labels
        .map(|(key, value)| (key.clone(), Attr::Known(value.clone())))
        .collect();
    state.machine_labels = Attr::from(Some(labels).filter(|labels| !labels.is_empty()));
    state.bootloader = Attr::from(name_of(&BOOTLOADERS, spec.bootloader()));
    state.embedded_machine_config = yaml(&spec.embedded_machine_config);
    state.image_factory_url = text(&spec.image_factory_url);
}

/// The tokens that a configuration holds: the write-only one, and the one in the open.
pub fn preset_tokens(config: &InstallationMediaPreset) -> (Option<&str>, Option<&str>) {
    let written = config.join_token_wo.as_known();
    (
        written.map(tfplugin::types::Secret::expose),
        config.join_token.as_str(),
    )
}

/// The name of an architecture in a configuration.
pub fn arch_name(arch: Arch) -> &'static str {
    name_of(&ARCHITECTURES, arch)
}

fn by_name<T: Copy>(table: &[(&str, T)], name: &Attr<String>) -> T {
    let found = table
        .iter()
        .find(|(known, _)| name.as_str() == Some(*known));
    found.unwrap_or(&table[0]).1
}

fn name_of<T: PartialEq + Copy>(table: &[(&'static str, T)], value: T) -> &'static str {
    let found = table.iter().find(|(_, known)| *known == value);
    found.unwrap_or(&table[0]).0
}

/// The whole names, each once however it was spelt.
fn extensions(preset: &InstallationMediaPreset) -> Vec<String> {
    let names = preset.extensions.as_known().into_iter().flatten();
    let names: BTreeSet<_> = names
        .filter_map(|name| name.as_known().map(Extension::full))
        .collect();
    names.into_iter().collect()
}

fn labels(preset: &InstallationMediaPreset) -> BTreeMap<String, String> {
    let labels = preset.machine_labels.as_known().into_iter().flatten();
    labels
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn cloud(cloud: &Cloud) -> spec::Cloud {
    spec::Cloud {
        platform: cloud.platform.as_str().unwrap_or_default().to_owned(),
    }
}

fn sbc(sbc: &Sbc) -> spec::Sbc {
    spec::Sbc {
        overlay: sbc.overlay.as_str().unwrap_or_default().to_owned(),
        overlay_options: spelling(&sbc.overlay_options),
    }
}

fn read_sbc(sbc: &spec::Sbc) -> Sbc {
    Sbc {
        overlay: Attr::from(sbc.overlay.as_str()),
        overlay_options: yaml(&sbc.overlay_options),
    }
}

fn tunnel(wanted: Attr<bool>) -> GrpcTunnelMode {
    match wanted {
        Attr::Known(true) => GrpcTunnelMode::Enabled,
        Attr::Known(false) => GrpcTunnelMode::Disabled,
        Attr::Null | Attr::Unknown => GrpcTunnelMode::Unset,
    }
}

fn texts(list: &Attr<Vec<Attr<String>>>) -> Vec<&str> {
    let texts = list.as_known().into_iter().flatten();
    texts.filter_map(Attr::as_str).collect()
}

fn spelling(yaml: &Attr<Yaml>) -> String {
    let yaml = yaml.as_known().map(|yaml| yaml.spelling().to_owned());
    yaml.unwrap_or_default()
}

/// On the wire no text and an empty one are the same.
pub fn text(text: &str) -> Attr<String> {
    Attr::from(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

fn yaml(text: &str) -> Attr<Yaml> {
    let text = Some(text).filter(|text| !text.is_empty());
    Attr::from(text.and_then(|text| Yaml::parse(text).ok()))
}

fn filled<T>(set: BTreeSet<T>) -> Attr<BTreeSet<T>> {
    Attr::from(Some(set).filter(|set| !set.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::types::Secret;

    const FACTORY: &str = "https://factory.talos.dev";

    fn full() -> InstallationMediaPreset {
        let known = |text: &str| Attr::from(text);
        InstallationMediaPreset {
            name: known("metal"),
            architecture: known("arm64"),
            talos_version: Attr::from(Version::of("v1.13.7")),
            extensions: Attr::Known([Attr::Known(Extension::of("siderolabs/zfs"))].into()),
            kernel_args: Attr::Known(vec![known("console=ttyS0"), known("quiet")]),
            sbc: Attr::Known(Sbc {
                overlay: known("rpi_generic"),
                overlay_options: yaml("a: 1"),
            }),
            join_token: known("token"),
            secure_boot: Attr::Known(false),
            grpc_tunnel: Attr::Known(false),
            machine_labels: Attr::Known([("env".to_owned(), known("lab"))].into()),
            bootloader: known("dual"),
            embedded_machine_config: yaml("machine: {}"),
            image_factory_url: known(FACTORY),
            ..Default::default()
        }
    }

    fn written(preset: &InstallationMediaPreset) -> Resource<kind::InstallationMediaConfig> {
        let mut resource = Resource::new("metal", InstallationMediaConfigSpec::default());
        write(preset, preset, FACTORY, &mut resource);
        resource
    }

    #[test]
    fn what_was_written_is_read_back() {
        let cloud = InstallationMediaPreset {
            sbc: Attr::Null,
            cloud: Attr::Known(Cloud {
                platform: "aws".into(),
            }),
            grpc_tunnel: Attr::Known(true),
            secure_boot: Attr::Known(true),
            ..full()
        };
        for preset in [full(), cloud] {
            let mut state = InstallationMediaPreset::default();
            read(&written(&preset), &mut state);
            assert_eq!(state, preset);
        }
    }

    #[test]
    fn the_server_gets_bare_versions_full_names_and_one_line_of_arguments() {
        let short = ["zfs", "siderolabs/zfs"].map(|name| Attr::Known(Extension::of(name)));
        let preset = InstallationMediaPreset {
            extensions: Attr::Known(short.into()),
            ..full()
        };
        let spec = written(&preset).spec;
        assert_eq!(spec.talos_version, "1.13.7");
        assert_eq!(spec.install_extensions, ["siderolabs/zfs"]);
        assert_eq!(spec.kernel_args, "console=ttyS0 quiet");
        assert_eq!(spec.grpc_tunnel(), GrpcTunnelMode::Disabled);
        assert_eq!(spec.bootloader(), SchematicBootloader::BootDual);
    }

    #[test]
    fn what_is_not_set_is_null_in_the_state() {
        let bare = InstallationMediaPreset {
            name: "bare".into(),
            architecture: "amd64".into(),
            bootloader: "auto".into(),
            secure_boot: Attr::Known(false),
            ..Default::default()
        };
        let mut resource = Resource::new("bare", InstallationMediaConfigSpec::default());
        write(&bare, &bare, "", &mut resource);
        let mut state = InstallationMediaPreset::default();
        read(&resource, &mut state);
        assert_eq!(state, bare);
    }

    #[test]
    fn a_write_only_token_reaches_the_server_and_not_the_state() {
        let config = InstallationMediaPreset {
            join_token: Attr::Null,
            join_token_wo: Attr::Known(Secret::new("hidden")),
            join_token_wo_version: Attr::Known(1),
            ..full()
        };
        let resource = written(&config);
        assert_eq!(resource.spec.join_token, "hidden");
        let mut state = InstallationMediaPreset {
            join_token_wo_version: Attr::Known(1),
            ..Default::default()
        };
        read(&resource, &mut state);
        assert_eq!(state.join_token, Attr::Null);
    }
}
