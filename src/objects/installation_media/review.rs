//! What is wrong with the question for a medium: pure.

use omni_api::specs::InstallationMediaConfigSpec;
use omni_api::specs::join_token_status_spec::State;
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::InstallationMedia;
use crate::objects::shared::nearest::nearest;

/// Checks the configuration. Unknown values are never wrong.
pub fn configuration(config: &InstallationMedia, diagnostics: &mut Diagnostics) {
    if config.preset.as_str() == Some("") {
        diagnostics.push(
            Diagnostic::error("No preset")
                .detail("`preset` is set to an empty text.")
                .remedy("Set it to the name of an omni_installation_media_preset.")
                .at_attribute("preset"),
        );
    }
    if let Some(format) = config.format.as_str()
        && !is_part_of_a_path(format)
    {
        diagnostics.push(
            Diagnostic::error("Invalid form")
                .detail(format!("{format:?} is no ending of a file: letters, digits, dots, underscores and dashes."))
                .remedy("Write `iso`, `pxe`, or the ending of a disk image such as `raw.zst`, `raw.xz` or `qcow2`.")
                .at_attribute("format"),
        );
    }
    if let Attr::Known(lifetime) = &config.download_token_ttl
        && lifetime.get().is_zero()
    {
        diagnostics.push(
            Diagnostic::error("Invalid lifetime of a download token")
                .detail("`download_token_ttl` is zero: the address would never work.")
                .remedy(
                    "Set how long the address must work, such as \"1h\", or remove the attribute.",
                )
                .at_attribute("download_token_ttl"),
        );
    }
}

/// The form becomes a part of the address.
fn is_part_of_a_path(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
    !["", ".", ".."].contains(&text) && text.chars().all(allowed)
}

/// There is no preset of this name.
pub fn no_preset<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let there = nearest(names, name);
    let remedy = if there.is_empty() {
        "Make one with omni_installation_media_preset, and read its name from that resource so that Terraform waits for it."
            .to_owned()
    } else {
        format!(
            "There are {there}. Read the name from the resource that makes the preset so that Terraform waits for it."
        )
    };
    Diagnostic::error("No such installation media preset")
        .detail(format!("There is no preset {name:?} in this account."))
        .remedy(remedy)
        .at_attribute("preset")
}

/// The token of the image does not let machines in.
pub fn token(preset: &InstallationMediaConfigSpec, state: Option<State>) -> Result<(), Diagnostic> {
    let problem = match state {
        Some(State::Revoked) => "was revoked",
        Some(State::Expired) => "has expired",
        Some(State::Active | State::Unknown) => return Ok(()),
        None => "does not exist",
    };
    let (whose, remedy) = if preset.join_token.is_empty() {
        (
            "The account's default join token",
            "Make an active one the default: `omnictl jointoken make-default`.",
        )
    } else {
        (
            "The preset's join token",
            "Give the preset an active one, or none for the account's default.",
        )
    };
    Err(Diagnostic::error("Join token cannot be used")
        .detail(format!(
            "{whose} {problem}; machines that boot this image could not join."
        ))
        .remedy(remedy)
        .at_attribute("preset"))
}

/// Where there are two image factories, Omni finds the one of the contents and the one of the address by the version.
pub fn version_must_be_set(preset: &str) -> Diagnostic {
    Diagnostic::error("The preset must name a Talos version here")
        .detail(format!(
            "This Omni has two image factories and finds the right one by the Talos version; the preset {preset:?} leaves the version open, so that contents and address \
             could be of different factories."
        ))
        .remedy("Set `talos_version` of the preset.")
        .at_attribute("preset")
}

/// The server names no Talos version that an image could be of.
pub fn no_version() -> Diagnostic {
    Diagnostic::error("Talos version not found")
        .detail("The preset leaves the Talos version open, and this Omni offers none that an image could be of.")
        .remedy("Set `talos_version` of the preset.")
        .at_attribute("preset")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::shared::testing::summaries;

    fn problems(config: &InstallationMedia) -> Vec<String> {
        summaries(|found| configuration(config, found))
    }

    fn with_format(format: &str) -> InstallationMedia {
        InstallationMedia {
            preset: "metal".into(),
            format: format.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_form_is_a_part_of_an_address() {
        for format in ["iso", "pxe", "raw.zst", "qcow2", "a-b_c.1"] {
            assert_eq!(problems(&with_format(format)), [""; 0], "{format}");
        }
        for format in ["", ".", "..", "raw/xz", "raw.xz?token=x", "raw xz"] {
            assert_eq!(problems(&with_format(format)), ["Invalid form"], "{format}");
        }
    }

    #[test]
    fn an_address_that_never_works_is_refused() {
        let config = InstallationMedia {
            download_token_ttl: Attr::Known("0s".parse().expect("a duration")),
            ..with_format("iso")
        };
        assert_eq!(problems(&config), ["Invalid lifetime of a download token"]);
    }

    #[test]
    fn a_token_that_lets_nobody_in_is_named_by_its_owner() {
        let default = InstallationMediaConfigSpec::default();
        let own = InstallationMediaConfigSpec {
            join_token: "secret-of-the-preset".into(),
            ..Default::default()
        };
        assert_eq!(token(&own, Some(State::Active)), Ok(()));
        let said = |preset, state| token(preset, state).expect_err("refused").text();
        assert!(said(&default, Some(State::Revoked)).contains("default join token was revoked"));
        let own_expired = said(&own, Some(State::Expired));
        assert!(own_expired.contains("preset's join token has expired"));
        assert!(!own_expired.contains("secret-of-the-preset"));
        assert!(said(&own, None).contains("does not exist"));
    }

    #[test]
    fn a_missing_preset_is_told_with_those_that_are_there() {
        assert!(
            no_preset("metl", ["metal", "cloud"])
                .text()
                .contains("\"metal\"")
        );
        assert!(
            no_preset("metal", [])
                .text()
                .contains("omni_installation_media_preset")
        );
    }
}
