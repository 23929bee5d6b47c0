//! What Omni is asked for, by preset.

use omni_api::management::SchematicBootloader;
use omni_api::specs::installation_media_config_spec::{Cloud, Sbc};
use omni_api::specs::platform_config_spec::Arch;

use super::*;

fn metal() -> InstallationMediaConfigSpec {
    let mut preset = InstallationMediaConfigSpec::default();
    preset.set_architecture(Arch::Amd64);
    preset
}

fn on_aws() -> InstallationMediaConfigSpec {
    InstallationMediaConfigSpec {
        cloud: Some(Cloud {
            platform: "aws".into(),
        }),
        ..metal()
    }
}

fn on_a_board() -> InstallationMediaConfigSpec {
    InstallationMediaConfigSpec {
        sbc: Some(Sbc {
            overlay: "rpi_generic".into(),
            overlay_options: "a: 1".into(),
        }),
        ..metal()
    }
}

#[test]
fn bare_metal_has_every_form() {
    for (format, kind, ending) in [
        (None, InstallationMediaKind::Iso, ""),
        (Some("iso"), InstallationMediaKind::Iso, ""),
        (Some("pxe"), InstallationMediaKind::Pxe, ""),
        (Some("raw"), InstallationMediaKind::Disk, "raw.xz"),
        (Some("raw.zst"), InstallationMediaKind::Disk, "raw.zst"),
        (Some("qcow2"), InstallationMediaKind::Disk, "qcow2"),
    ] {
        let medium = medium(&metal(), format, None).expect("a medium");
        assert_eq!(
            (
                medium.kind,
                medium.format.as_str(),
                medium.platform.as_str()
            ),
            (kind, ending, "metal"),
            "{format:?}"
        );
    }
}

#[test]
fn clouds_and_boards_have_one_form() {
    let aws = medium(&on_aws(), None, Some("vhd.xz")).expect("a medium");
    assert_eq!(
        (aws.platform.as_str(), aws.format.as_str()),
        ("aws", "vhd.xz")
    );
    let aws = medium(&on_aws(), None, Some("")).expect("a medium");
    assert_eq!(aws.format, "raw.xz");
    let board = medium(&on_a_board(), None, None).expect("a medium");
    assert_eq!(
        (board.platform.as_str(), board.format.as_str()),
        ("metal", "raw.xz")
    );
    for preset in [on_aws(), on_a_board()] {
        let refused = medium(&preset, Some("iso"), None).expect_err("no choice");
        assert_eq!(refused.summary(), "The form is not a choice here");
    }
}

#[test]
fn there_is_no_secure_boot_for_a_board() {
    let preset = InstallationMediaConfigSpec {
        secure_boot: true,
        ..on_a_board()
    };
    let refused = medium(&preset, None, None).expect_err("no such image");
    assert_eq!(refused.summary(), "No SecureBoot for boards");
}

#[test]
fn everything_of_a_preset_goes_into_the_schematic() {
    let mut preset = InstallationMediaConfigSpec {
        talos_version: "1.13.7".into(),
        install_extensions: vec!["zfs".into(), "example/x".into()],
        kernel_args: "console=ttyS0  quiet".into(),
        join_token: "token".into(),
        machine_labels: [("env".to_owned(), "true".to_owned())].into(),
        embedded_machine_config: "machine: {}".into(),
        ..on_a_board()
    };
    preset.set_grpc_tunnel(GrpcTunnelMode::Disabled);
    preset.set_bootloader(SchematicBootloader::BootSd);
    let board = SbcConfigSpec {
        overlay_name: "rpi_generic".into(),
        overlay_image: "siderolabs/sbc-raspberrypi".into(),
        ..Default::default()
    };
    let request = schematic(&preset, Some(&board));
    assert_eq!(request.extensions, ["siderolabs/zfs", "example/x"]);
    assert_eq!(request.extra_kernel_args, ["console=ttyS0", "quiet"]);
    assert_eq!(
        request.meta_values[&LABELS],
        "machineLabels:\n    env: \"true\"\n"
    );
    assert_eq!(
        request.siderolink_grpc_tunnel_mode(),
        SiderolinkGrpcTunnelMode::Disabled
    );
    assert_eq!(request.bootloader(), SchematicBootloader::BootSd);
    assert_eq!(request.join_token, "token");
    assert_eq!(request.embedded_machine_config, "machine: {}");
    let overlay = request.overlay.expect("a board");
    assert_eq!(
        (
            overlay.name.as_str(),
            overlay.image.as_str(),
            overlay.options.as_str()
        ),
        ("rpi_generic", "siderolabs/sbc-raspberrypi", "a: 1")
    );
    assert_eq!(
        request.image_factory_url, "",
        "Omni finds the factory by the version, here and for the address"
    );
}

#[test]
fn a_file_has_the_name_that_the_address_ends_with() {
    for (url, name) in [
        (
            "https://factory/image/3765/v1.13.7/metal-amd64.iso",
            Some("metal-amd64.iso"),
        ),
        (
            "https://u:p@factory/image/3765/v1/metal-arm64.raw.xz?token=a/b",
            Some("metal-arm64.raw.xz"),
        ),
        (
            "https://pxe.factory/pxe/3765/v1/metal-amd64",
            Some("metal-amd64"),
        ),
        ("https://factory", None),
        ("https://factory/", None),
        ("", None),
    ] {
        assert_eq!(filename(url), Attr::from(name.map(str::to_owned)), "{url}");
    }
}
