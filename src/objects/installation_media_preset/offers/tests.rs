//! Presets against what a server offers.

use omni_api::specs::{
    JoinTokenStatusSpec, QuirksSpec, TalosExtensionsSpec, TalosVersionSpec, talos_extensions_spec,
};
use tfplugin::Text as _;

use super::super::{Cloud, Sbc};
use super::*;
use crate::values::Yaml;

fn offers() -> Offers {
    let catalogue = TalosExtensionsSpec {
        items: ["siderolabs/zfs", "siderolabs/qemu-guest-agent"]
            .map(|name| talos_extensions_spec::Info {
                name: name.into(),
                ..Default::default()
            })
            .into(),
    };
    let aws = PlatformConfigSpec {
        architectures: vec![Arch::Amd64.into()],
        min_version: "1.13.0-beta.1".into(),
        ..Default::default()
    };
    let board = SbcConfigSpec {
        min_version: "1.13.0".into(),
        ..Default::default()
    };
    Offers {
        talos_versions: vec![
            Resource::new("1.12.9", TalosVersionSpec::default()),
            Resource::new("1.13.7", TalosVersionSpec::default()),
        ],
        platforms: vec![Resource::new("aws", aws)],
        boards: vec![Resource::new("rpi_generic", board)],
        catalogues: vec![Resource::new("1.13.7", catalogue)],
        quirks: Some(Resource::new("1.12.9", QuirksSpec::default())),
        token: Token::Open,
    }
}

fn preset(talos: &str) -> InstallationMediaPreset {
    InstallationMediaPreset {
        talos_version: Attr::from(Version::of(talos)),
        architecture: "amd64".into(),
        ..Default::default()
    }
}

fn on_aws(talos: &str) -> InstallationMediaPreset {
    InstallationMediaPreset {
        cloud: Attr::Known(Cloud {
            platform: "aws".into(),
        }),
        ..preset(talos)
    }
}

fn on_a_board(talos: &str, overlay: &str) -> InstallationMediaPreset {
    InstallationMediaPreset {
        sbc: Attr::Known(Sbc {
            overlay: overlay.into(),
            ..Default::default()
        }),
        ..preset(talos)
    }
}

fn with_extension(talos: &str, name: &str) -> InstallationMediaPreset {
    InstallationMediaPreset {
        extensions: Attr::Known([Attr::Known(Extension::of(name))].into()),
        ..preset(talos)
    }
}

fn said(offers: &Offers, planned: &InstallationMediaPreset) -> String {
    let told = |found: &Diagnostic| format!("{}: {}\n", found.summary(), found.text());
    check(offers, planned).iter().map(told).collect()
}

#[test]
fn what_the_server_offers_is_accepted() {
    for planned in [
        preset("v1.13.7"),
        on_aws("1.13.7"),
        on_a_board("1.13.7", "rpi_generic"),
        with_extension("1.13.7", "zfs"),
        InstallationMediaPreset::default(),
    ] {
        assert_eq!(said(&offers(), &planned), "");
    }
}

#[test]
fn what_does_not_exist_is_told_with_the_nearest_names() {
    let aw = InstallationMediaPreset {
        cloud: Attr::Known(Cloud {
            platform: "aw".into(),
        }),
        ..preset("1.13.7")
    };
    for (planned, words) in [
        (preset("1.13.6"), "Use one of \"1.13.7\""),
        (aw, "Use one of \"aws\""),
        (on_a_board("1.13.7", "rpi"), "Use one of \"rpi_generic\""),
        (
            with_extension("1.13.7", "qemu-agent"),
            "Use one of \"siderolabs/qemu-guest-agent\"",
        ),
    ] {
        let said = said(&offers(), &planned);
        assert!(
            said.contains("does not exist") && said.contains(words),
            "{said}"
        );
    }
}

#[test]
fn a_platform_has_its_architectures_versions_and_secure_boot() {
    let arm = InstallationMediaPreset {
        architecture: "arm64".into(),
        ..on_aws("1.13.7")
    };
    let secure = InstallationMediaPreset {
        secure_boot: Attr::Known(true),
        ..on_aws("1.13.7")
    };
    for (planned, words) in [
        (arm, "no images for arm64 on the platform \"aws\""),
        (secure, "no SecureBoot images for the platform \"aws\""),
        (on_aws("1.12.9"), "from Talos 1.13.0-beta.1 on"),
        (on_a_board("1.12.9", "rpi_generic"), "from Talos 1.13.0 on"),
    ] {
        let said = said(&offers(), &planned);
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn an_old_talos_carries_no_configuration() {
    let planned = InstallationMediaPreset {
        embedded_machine_config: Attr::from(Yaml::parse("machine: {}").ok()),
        ..preset("1.12.9")
    };
    assert!(said(&offers(), &planned).contains("cannot carry a machine configuration"));
}

#[test]
fn a_token_must_be_one_that_lets_machines_in() {
    let status = |state: State| {
        let mut spec = JoinTokenStatusSpec::default();
        spec.set_state(state);
        Token::There(Box::new(Resource::new("t", spec)))
    };
    for (token, words) in [
        (Token::Missing, "no such token"),
        (status(State::Revoked), "was revoked"),
        (status(State::Expired), "has expired"),
    ] {
        let offers = Offers { token, ..offers() };
        let said = said(&offers, &preset("1.13.7"));
        assert!(said.contains(words), "{said}");
    }
    let offers = Offers {
        token: status(State::Active),
        ..offers()
    };
    assert_eq!(said(&offers, &preset("1.13.7")), "");
}
