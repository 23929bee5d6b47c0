//! Presets that are wrong by themselves.

use super::super::Cloud;
use super::*;
use crate::objects::shared::testing::told;
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
    let at_its_place = |found: &Diagnostic| {
        let path = found.path().map(ToString::to_string).unwrap_or_default();
        format!("{path}: {}", found.summary())
    };
    told(|found| configuration(config, found), at_its_place)
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
                kernel_args: args(&vec!["x"; 3000]),
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
