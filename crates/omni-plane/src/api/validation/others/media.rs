//! Rules of presets of installation media.

use omni_api::specs::InstallationMediaConfigSpec;
use omni_api::specs::platform_config_spec::Arch;
use omni_api::{Resource, kind};

use super::super::{Outcome, extensions, refuse, strings, version};
use crate::Store;
use crate::release::{Release, Rule};
use crate::seed::default_talos;

const KERNEL_LINE_BYTES: usize = 4096;

pub(super) fn preset(store: &Store, new: &Resource<kind::InstallationMediaConfig>) -> Outcome {
    let spec = &new.spec;
    if new.metadata.tearing_down() {
        return Ok(());
    }
    let release = Release::of(store);
    target(store, spec)?;
    strings::text(release, "kernel args", &spec.kernel_args, KERNEL_LINE_BYTES)?;
    let talos = spec.talos_version.strip_prefix('v');
    let talos = talos.unwrap_or(&spec.talos_version);
    if !talos.is_empty() && release.keeps(Rule::PresetVersion) {
        talos_version(store, talos, spec)?;
    }
    if release.keeps(Rule::PresetFactory) {
        known_factory(store, &spec.image_factory_url)?;
    }
    let catalogue = match talos {
        "" => default_talos(store),
        talos => talos.to_owned(),
    };
    extensions::check(store, &catalogue, &spec.install_extensions)
}

/// What the image is for.
fn target(store: &Store, spec: &InstallationMediaConfigSpec) -> Outcome {
    let invalid = |text: String| refuse(format!("invalid installation media config: {text}"));
    if spec.architecture() == Arch::UnknownArch {
        return invalid("architecture is required".into());
    }
    if spec.cloud.is_some() && spec.sbc.is_some() {
        return invalid("both sbc and cloud fields are set".into());
    }
    if let Some(sbc) = &spec.sbc {
        let overlay = &sbc.overlay;
        if overlay.is_empty() {
            return invalid("sbc.overlay is required when sbc is set".into());
        }
        if store.peek::<kind::SbcConfig>(overlay).is_none() {
            return invalid(format!("unknown SBC overlay {overlay:?}"));
        }
    }
    if let Some(cloud) = &spec.cloud {
        let platform = &cloud.platform;
        if platform.is_empty() {
            return invalid("cloud.platform is required when cloud is set".into());
        }
        if store.peek::<kind::CloudPlatformConfig>(platform).is_none() {
            return invalid(format!("unknown cloud platform {platform:?}"));
        }
    }
    Ok(())
}

/// The version is one of the account's, and its images can carry a configuration where there is one.
fn talos_version(store: &Store, talos: &str, spec: &InstallationMediaConfigSpec) -> Outcome {
    if store.peek::<kind::TalosVersion>(talos).is_none() {
        return refuse(format!("unknown Talos version {:?}", spec.talos_version));
    }
    // A version that cannot be read counts as the newest there is.
    let parsed = version::parse_tolerant(talos).ok();
    let able = parsed.is_none_or(|version| (version.major, version.minor) >= (1, 12));
    if !able && !spec.embedded_machine_config.is_empty() {
        return refuse(format!(
            "embedded machine config is not supported by Talos version {:?}",
            spec.talos_version
        ));
    }
    Ok(())
}

fn known_factory(store: &Store, url: &str) -> Outcome {
    let Some(features) = store.peek::<kind::FeaturesConfig>("features-config") else {
        return Ok(());
    };
    let known = [
        &features.spec.image_factory_base_url,
        &features.spec.secondary_image_factory_base_url,
    ];
    let plain = |url: &str| url.trim_end_matches('/').to_owned();
    if url.is_empty() || known.iter().any(|known| plain(known) == plain(url)) {
        return Ok(());
    }
    refuse(format!("image factory {url:?} is not configured in Omni"))
}

#[cfg(test)]
mod tests {
    use omni_api::specs::installation_media_config_spec::{Cloud, Sbc};

    use super::super::super::Invalid;
    use super::*;
    use crate::Clock;
    use crate::seed::{Seed, seed};

    fn store() -> Store {
        let store = Store::in_memory(Clock::manual());
        let account = Seed {
            account: "lab".to_owned(),
            versions: None,
        };
        seed(&store, &account).expect("seeded");
        store
    }

    fn metal() -> InstallationMediaConfigSpec {
        let mut spec = InstallationMediaConfigSpec::default();
        spec.set_architecture(Arch::Amd64);
        spec
    }

    fn on(platform: &str) -> Cloud {
        Cloud {
            platform: platform.into(),
        }
    }

    fn board(overlay: &str) -> Sbc {
        Sbc {
            overlay: overlay.into(),
            overlay_options: String::new(),
        }
    }

    fn check(store: &Store, spec: InstallationMediaConfigSpec) -> Outcome {
        preset(store, &Resource::new("p", spec))
    }

    #[test]
    fn what_omni_stores_is_stored() {
        let store = store();
        let long = "x".repeat(KERNEL_LINE_BYTES);
        for spec in [
            metal(),
            InstallationMediaConfigSpec {
                cloud: Some(on("aws")),
                ..metal()
            },
            InstallationMediaConfigSpec {
                sbc: Some(board("rpi_generic")),
                ..metal()
            },
            InstallationMediaConfigSpec {
                kernel_args: long,
                ..metal()
            },
            InstallationMediaConfigSpec {
                talos_version: "v1.13.7".into(),
                embedded_machine_config: "machine: {}".into(),
                ..metal()
            },
            InstallationMediaConfigSpec {
                install_extensions: vec!["zfs".into()],
                ..metal()
            },
            InstallationMediaConfigSpec {
                image_factory_url: "https://factory.talos.dev/".into(),
                ..metal()
            },
            InstallationMediaConfigSpec {
                join_token: "of nobody".into(),
                ..metal()
            },
        ] {
            assert_eq!(check(&store, spec.clone()), Ok(()), "{spec:?}");
        }
    }

    #[test]
    fn what_omni_refuses_is_refused_in_its_words() {
        let store = store();
        store
            .put::<kind::TalosVersion>("VersionsController", "1.11.0", |_| {})
            .expect("written");
        let invalid = "invalid installation media config: ";
        for (spec, text) in [
            (
                InstallationMediaConfigSpec::default(),
                format!("{invalid}architecture is required"),
            ),
            (
                InstallationMediaConfigSpec {
                    cloud: Some(on("")),
                    sbc: Some(board("")),
                    ..metal()
                },
                format!("{invalid}both sbc and cloud fields are set"),
            ),
            (
                InstallationMediaConfigSpec {
                    sbc: Some(board("")),
                    ..metal()
                },
                format!("{invalid}sbc.overlay is required when sbc is set"),
            ),
            (
                InstallationMediaConfigSpec {
                    sbc: Some(board("rpi")),
                    ..metal()
                },
                format!("{invalid}unknown SBC overlay \"rpi\""),
            ),
            (
                InstallationMediaConfigSpec {
                    cloud: Some(on("")),
                    ..metal()
                },
                format!("{invalid}cloud.platform is required when cloud is set"),
            ),
            (
                InstallationMediaConfigSpec {
                    cloud: Some(on("aw")),
                    ..metal()
                },
                format!("{invalid}unknown cloud platform \"aw\""),
            ),
            (
                InstallationMediaConfigSpec {
                    kernel_args: "x".repeat(4097),
                    ..metal()
                },
                "kernel args is too long: 4097 bytes (max 4096)".into(),
            ),
            (
                InstallationMediaConfigSpec {
                    kernel_args: "a\nb".into(),
                    ..metal()
                },
                "kernel args contains a control character".into(),
            ),
            (
                InstallationMediaConfigSpec {
                    talos_version: "v9.9.9".into(),
                    ..metal()
                },
                "unknown Talos version \"v9.9.9\"".into(),
            ),
            (
                InstallationMediaConfigSpec {
                    talos_version: "1.11.0".into(),
                    embedded_machine_config: "machine: {}".into(),
                    ..metal()
                },
                "embedded machine config is not supported by Talos version \"1.11.0\"".into(),
            ),
            (
                InstallationMediaConfigSpec {
                    image_factory_url: "https://other".into(),
                    ..metal()
                },
                "image factory \"https://other\" is not configured in Omni".into(),
            ),
            (
                InstallationMediaConfigSpec {
                    install_extensions: vec!["none".into()],
                    ..metal()
                },
                "extension \"none\" (entry 0) is not available for Talos version \"1.13.8\"".into(),
            ),
            (
                InstallationMediaConfigSpec {
                    install_extensions: vec!["zfs".into(), "siderolabs/zfs".into()],
                    ..metal()
                },
                "extension \"siderolabs/zfs\" (entry 1) is listed more than once".into(),
            ),
        ] {
            assert_eq!(check(&store, spec), Err(Invalid(vec![text])));
        }
    }

    #[test]
    fn a_preset_on_its_way_out_is_not_judged() {
        let mut leaving = Resource::<kind::InstallationMediaConfig>::new(
            "p",
            InstallationMediaConfigSpec::default(),
        );
        leaving.metadata.phase = omni_api::Phase::TearingDown;
        assert_eq!(preset(&store(), &leaving), Ok(()));
    }
}
