//! What is wrong with a preset before it is written: pure checks of the configuration.

use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::convert::{ARCHITECTURES, BOOTLOADERS};
use super::{InstallationMediaPreset, Sbc};
use crate::values::Yaml;

/// The longest line of kernel arguments that Omni takes.
const LONGEST_LINE: usize = 4096;

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &InstallationMediaPreset, diagnostics: &mut Diagnostics) {
    empty_texts(config, diagnostics);
    let architectures = ARCHITECTURES.map(|(name, _)| name);
    let bootloaders = BOOTLOADERS.map(|(name, _)| name);
    one_of(
        &config.architecture,
        "architecture",
        &architectures,
        diagnostics,
    );
    one_of(&config.bootloader, "bootloader", &bootloaders, diagnostics);
    kernel_args(config, diagnostics);
    target(config, diagnostics);
    join_token(config, diagnostics);
    documents(
        &config.embedded_machine_config,
        Path::of("embedded_machine_config"),
        usize::MAX,
        diagnostics,
    );
    let labels = config.machine_labels.as_known().into_iter().flatten();
    for (key, _) in labels.filter(|(key, _)| key.trim() != key.as_str() || key.is_empty()) {
        diagnostics.push(
            Diagnostic::error("Invalid machine label")
                .detail(format!("{key:?} cannot be a label: Omni takes the blanks around a label away, and a label has a name."))
                .at(Path::of("machine_labels").key(key)),
        );
    }
}

/// Texts that are set and empty: an unset attribute is meant.
fn empty_texts(config: &InstallationMediaPreset, diagnostics: &mut Diagnostics) {
    let (cloud, sbc) = (config.cloud.as_known(), config.sbc.as_known());
    let texts = [
        (Some(&config.name), Path::of("name")),
        (Some(&config.join_token), Path::of("join_token")),
        (
            cloud.map(|cloud| &cloud.platform),
            Path::of("cloud").attribute("platform"),
        ),
        (
            sbc.map(|sbc| &sbc.overlay),
            Path::of("sbc").attribute("overlay"),
        ),
    ];
    for (text, path) in texts {
        if text.and_then(Attr::as_str) == Some("") {
            diagnostics.push(
                Diagnostic::error("Empty text")
                    .detail(format!("`{path}` is set to an empty text."))
                    .remedy("Write a name, or remove the attribute where it is optional.")
                    .at(path),
            );
        }
    }
}

fn one_of(value: &Attr<String>, attribute: &str, names: &[&str], diagnostics: &mut Diagnostics) {
    let Some(value) = value.as_str().filter(|value| !names.contains(value)) else {
        return;
    };
    diagnostics.push(
        Diagnostic::error(format!("Invalid {attribute}"))
            .detail(format!("{value:?} is not one of {}.", names.join(", ")))
            .at_attribute(attribute),
    );
}

/// Omni keeps them as one line: what has a blank in it would come back as two.
fn kernel_args(config: &InstallationMediaPreset, diagnostics: &mut Diagnostics) {
    let args = config.kernel_args.as_known().into_iter().flatten();
    let mut length = 0;
    for (index, arg) in args.enumerate() {
        let Some(arg) = arg.as_str() else { continue };
        length += arg.len() + usize::from(index > 0);
        if arg.is_empty() || arg.contains(|c: char| c.is_whitespace() || c.is_control()) {
            diagnostics.push(
                Diagnostic::error("Not one kernel argument")
                    .detail(format!("{arg:?} is empty or has white space in it; Omni keeps the arguments as one line with blanks between them."))
                    .remedy("Write each argument as an element of its own.")
                    .at(Path::of("kernel_args").index(index)),
            );
        }
    }
    if length > LONGEST_LINE {
        diagnostics.push(
            Diagnostic::error("Too many kernel arguments")
                .detail(format!(
                    "Together they take {length} bytes; Omni takes at most {LONGEST_LINE}."
                ))
                .at_attribute("kernel_args"),
        );
    }
}

fn target(config: &InstallationMediaPreset, diagnostics: &mut Diagnostics) {
    if config.cloud.is_known() && config.sbc.is_known() {
        diagnostics.push(
            Diagnostic::error("Two kinds of image")
                .detail("`cloud` and `sbc` exclude each other: an image is for a cloud platform, for a single-board computer, or, without both, for bare metal.")
                .remedy("Remove one of the two, or make two presets.")
                .at_attribute("sbc"),
        );
    }
    let Attr::Known(sbc) = &config.sbc else {
        return;
    };
    board(config, sbc, diagnostics);
}

fn board(config: &InstallationMediaPreset, sbc: &Sbc, diagnostics: &mut Diagnostics) {
    documents(
        &sbc.overlay_options,
        Path::of("sbc").attribute("overlay_options"),
        1,
        diagnostics,
    );
    if config.secure_boot == Attr::Known(true) {
        diagnostics.push(
            Diagnostic::warning("No image can be made of this preset")
                .detail("There is no SecureBoot for single-board computers: omni_installation_media will refuse the preset.")
                .remedy("Remove `secure_boot`.")
                .at_attribute("secure_boot"),
        );
    }
    let arm = config.architecture.as_str() == Some("arm64") || config.architecture.is_unknown();
    if !arm {
        diagnostics.push(
            Diagnostic::warning("Boards are not amd64")
                .detail("The boards that have an overlay are arm64; an image for amd64 does not boot on them.")
                .remedy("Set `architecture = \"arm64\"`.")
                .at_attribute("architecture"),
        );
    }
}

fn join_token(config: &InstallationMediaPreset, diagnostics: &mut Diagnostics) {
    if config.join_token.is_known() && config.join_token_wo.is_known() {
        diagnostics.push(
            Diagnostic::error("Two join tokens")
                .detail("`join_token` and `join_token_wo` exclude each other.")
                .remedy("Remove `join_token`: the other one is not kept in the state.")
                .at_attribute("join_token"),
        );
    }
    if config.join_token_wo.is_known() && config.join_token_wo_version.is_null() {
        diagnostics.push(
            Diagnostic::error("No version of the join token")
                .detail("A write-only value is not in the state, so that a change of it can only be seen by its version.")
                .remedy("Set `join_token_wo_version = 1`, and raise it when `join_token_wo` holds another token.")
                .at_attribute("join_token_wo_version"),
        );
    }
    if config.join_token_wo.is_null() && config.join_token_wo_version.is_known() {
        diagnostics.push(
            Diagnostic::error("A version without a join token")
                .detail("`join_token_wo_version` is set, and `join_token_wo` is not.")
                .remedy("Set both, or none of them.")
                .at_attribute("join_token_wo_version"),
        );
    }
}

/// YAML that must be at most so many mappings, and at least one.
fn documents(yaml: &Attr<Yaml>, path: Path, most: usize, diagnostics: &mut Diagnostics) {
    let Attr::Known(yaml) = yaml else { return };
    let documents = yaml.documents();
    let mappings = documents.iter().all(serde_json::Value::is_object);
    if mappings && (1..=most).contains(&documents.len()) {
        return;
    }
    let wanted = if most == 1 {
        "one YAML mapping of names to values"
    } else {
        "YAML documents, each a mapping of names to values"
    };
    diagnostics.push(
        Diagnostic::error("Not the YAML that belongs here")
            .detail(format!("`{path}` must be {wanted}."))
            .remedy("Write it with `yamlencode({ … })`, or remove the attribute.")
            .at(path),
    );
}

/// The warning where a join token lands in the state, with the two lines that avoid it.
pub fn token_in_state() -> Diagnostic {
    Diagnostic::warning("The join token is kept in the state")
        .detail("Whoever can read the state can let machines join this account.")
        .remedy(
            "Where that is too much, hand it over without keeping it:\n\n  join_token_wo         = var.join_token # an ephemeral variable\n  \
             join_token_wo_version = 1",
        )
        .at_attribute("join_token")
}

#[cfg(test)]
mod tests {
    use super::super::Cloud;
    use super::*;
    use tfplugin::Text as _;
    use tfplugin::types::Secret;

    fn preset() -> InstallationMediaPreset {
        InstallationMediaPreset {
            name: "metal".into(),
            ..Default::default()
        }
    }

    fn board(options: &str) -> Attr<Sbc> {
        Attr::Known(Sbc {
            overlay: "rpi_generic".into(),
            overlay_options: Attr::Known(Yaml::parse(options).expect("YAML")),
        })
    }

    fn cloud(platform: &str) -> Attr<Cloud> {
        Attr::Known(Cloud {
            platform: platform.into(),
        })
    }

    fn problems(config: &InstallationMediaPreset) -> Vec<String> {
        let mut diagnostics = Diagnostics::new();
        configuration(config, &mut diagnostics);
        let told = |found: &Diagnostic| {
            let path = found.path().map(ToString::to_string).unwrap_or_default();
            format!("{path}: {}", found.summary())
        };
        diagnostics.iter().map(told).collect()
    }

    #[test]
    fn a_preset_for_bare_metal_needs_no_more_than_a_name() {
        assert_eq!(problems(&preset()), [""; 0]);
    }

    #[test]
    fn each_mistake_is_named_at_its_attribute() {
        let args = |args: &[&str]| Attr::Known(args.iter().map(|arg| Attr::from(*arg)).collect());
        let cases = [
            (
                InstallationMediaPreset {
                    name: "".into(),
                    ..preset()
                },
                "name: Empty text",
            ),
            (
                InstallationMediaPreset {
                    architecture: "x86".into(),
                    ..preset()
                },
                "architecture: Invalid architecture",
            ),
            (
                InstallationMediaPreset {
                    bootloader: "grub".into(),
                    ..preset()
                },
                "bootloader: Invalid bootloader",
            ),
            (
                InstallationMediaPreset {
                    kernel_args: args(&["a=1", "b c"]),
                    ..preset()
                },
                "kernel_args[1]: Not one kernel argument",
            ),
            (
                InstallationMediaPreset {
                    kernel_args: args(&[""]),
                    ..preset()
                },
                "kernel_args[0]: Not one kernel argument",
            ),
            (
                InstallationMediaPreset {
                    kernel_args: args(&["x"; 3000]),
                    ..preset()
                },
                "kernel_args: Too many kernel arguments",
            ),
            (
                InstallationMediaPreset {
                    cloud: cloud(""),
                    ..preset()
                },
                "cloud.platform: Empty text",
            ),
            (
                InstallationMediaPreset {
                    embedded_machine_config: Attr::Known(Yaml::parse("just text").expect("YAML")),
                    ..preset()
                },
                "embedded_machine_config: Not the YAML that belongs here",
            ),
            (
                InstallationMediaPreset {
                    join_token_wo: Attr::Known(Secret::new("t")),
                    ..preset()
                },
                "join_token_wo_version: No version of the join token",
            ),
            (
                InstallationMediaPreset {
                    join_token_wo_version: Attr::Known(1),
                    ..preset()
                },
                "join_token_wo_version: A version without a join token",
            ),
        ];
        for (config, problem) in cases {
            assert_eq!(problems(&config), [problem]);
        }
    }

    #[test]
    fn an_image_is_for_one_kind_of_machine() {
        let arm = InstallationMediaPreset {
            architecture: "arm64".into(),
            sbc: board("a: 1"),
            ..preset()
        };
        assert_eq!(problems(&arm), [""; 0]);
        let both = InstallationMediaPreset {
            cloud: cloud("aws"),
            ..arm.clone()
        };
        assert_eq!(problems(&both), ["sbc: Two kinds of image"]);
        let listed = InstallationMediaPreset {
            sbc: board("- a"),
            ..arm.clone()
        };
        assert_eq!(
            problems(&listed),
            ["sbc.overlay_options: Not the YAML that belongs here"]
        );
        let odd = InstallationMediaPreset {
            architecture: Attr::Null,
            secure_boot: Attr::Known(true),
            ..arm
        };
        assert_eq!(
            problems(&odd),
            [
                "secure_boot: No image can be made of this preset",
                "architecture: Boards are not amd64"
            ]
        );
    }

    #[test]
    fn a_label_has_a_name_without_blanks_around_it() {
        let labels = [(" env".to_owned(), Attr::from("lab"))].into();
        let config = InstallationMediaPreset {
            machine_labels: Attr::Known(labels),
            ..preset()
        };
        assert_eq!(
            problems(&config),
            ["machine_labels[\" env\"]: Invalid machine label"]
        );
    }

    #[test]
    fn what_is_not_known_is_not_wrong() {
        let unknown = InstallationMediaPreset {
            name: Attr::Unknown,
            architecture: Attr::Unknown,
            kernel_args: Attr::Known(vec![Attr::Unknown]),
            cloud: Attr::Unknown,
            sbc: Attr::Unknown,
            join_token: Attr::Unknown,
            join_token_wo: Attr::Unknown,
            ..preset()
        };
        assert_eq!(problems(&unknown), [""; 0]);
    }
}
