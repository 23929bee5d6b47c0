//! What is wrong with a preset by what the server offers: platforms, boards, Talos versions, extensions, join tokens.
//!
//! The server's own lists come in ([`Offers`]), messages go out. Parts that are not known yet are checked when they are.

use omni_api::specs::join_token_status_spec::State;
use omni_api::specs::platform_config_spec::Arch;
use omni_api::specs::{PlatformConfigSpec, SbcConfigSpec};
use omni_api::{Resource, kind};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::convert::{ARCHITECTURES, arch_name};
use super::{InstallationMediaPreset, review};
use crate::objects::shared::nearest::nearest;
use crate::values::{Extension, Version};

/// What the server offers, as far as a preset asks for it.
#[derive(Debug, Default)]
pub struct Offers {
    /// All Talos versions; empty where the preset names none.
    pub talos_versions: Vec<Resource<kind::TalosVersion>>,
    /// The cloud platforms; empty where the preset is for none.
    pub platforms: Vec<Resource<kind::CloudPlatformConfig>>,
    /// The boards; empty where the preset is for none.
    pub boards: Vec<Resource<kind::SbcConfig>>,
    /// The catalogues of extensions: the one of the Talos version, or, where the preset leaves it open, all.
    pub catalogues: Vec<Resource<kind::TalosExtensions>>,
    /// What the Talos version can do.
    pub quirks: Option<Resource<kind::Quirks>>,
    /// The join token that the preset names.
    pub token: Token,
}

/// What the server says about the join token that a preset names.
#[derive(Debug, Default)]
pub enum Token {
    /// The preset names none, or it is not known yet.
    #[default]
    Open,
    /// There is no such token.
    Missing,
    /// There is.
    There(Box<Resource<kind::JoinTokenStatus>>),
}

/// Checks what is planned.
pub fn check(offers: &Offers, planned: &InstallationMediaPreset) -> Diagnostics {
    let checks = [
        talos_version(offers, planned),
        platform(offers, planned),
        board(offers, planned),
        embedded_config(offers, planned),
        join_token(&offers.token),
    ];
    let mut found: Diagnostics = checks.into_iter().flatten().collect();
    found.extend(extensions(offers, planned));
    found
}

fn talos_version(offers: &Offers, planned: &InstallationMediaPreset) -> Option<Diagnostic> {
    let version = planned.talos_version.as_known()?;
    let known = |offered: &Resource<kind::TalosVersion>| offered.id() == version.bare();
    if offers.talos_versions.iter().any(known) {
        return None;
    }
    let names = offers.talos_versions.iter().map(Resource::id);
    Some(
        Diagnostic::error("Talos version does not exist")
            .detail(format!("Talos {version} is not offered by this Omni."))
            .remedy(format!(
                "Use one of {}; the data source omni_talos_versions lists all.",
                nearest(names, &version.bare())
            ))
            .at_attribute("talos_version"),
    )
}

fn platform(offers: &Offers, planned: &InstallationMediaPreset) -> Option<Diagnostic> {
    let name = planned.cloud.as_known()?.platform.as_str()?;
    let at = Path::of("cloud").attribute("platform");
    let Some(platform) = offers.platforms.iter().find(|known| known.id() == name) else {
        let names = offers.platforms.iter().map(Resource::id);
        return Some(
            Diagnostic::error("Cloud platform does not exist")
                .detail(format!(
                    "This Omni has no images for the platform {name:?}."
                ))
                .remedy(format!("Use one of {}.", nearest(names, name)))
                .at(at),
        );
    };
    of_platform(name, &platform.spec, planned)
}

fn of_platform(
    name: &str,
    platform: &PlatformConfigSpec,
    planned: &InstallationMediaPreset,
) -> Option<Diagnostic> {
    let arch = ARCHITECTURES
        .iter()
        .find(|(arch, _)| planned.architecture.as_str() == Some(arch));
    let able: Vec<Arch> = platform.architectures().collect();
    if let Some((arch, wanted)) = arch
        && !able.contains(wanted)
    {
        let able: Vec<_> = able.into_iter().map(arch_name).collect();
        return Some(
            Diagnostic::error("Architecture does not exist there")
                .detail(format!(
                    "There are no images for {arch} on the platform {name:?}."
                ))
                .remedy(format!("Use {}.", able.join(" or ")))
                .at_attribute("architecture"),
        );
    }
    if planned.secure_boot == Attr::Known(true) && !platform.secure_boot_supported {
        return Some(
            Diagnostic::error("No SecureBoot there")
                .detail(format!(
                    "There are no SecureBoot images for the platform {name:?}."
                ))
                .remedy("Remove `secure_boot`.")
                .at_attribute("secure_boot"),
        );
    }
    let what = format!("images for the platform {name:?}");
    too_old(planned, &platform.min_version, &what)
}

fn board(offers: &Offers, planned: &InstallationMediaPreset) -> Option<Diagnostic> {
    let name = planned.sbc.as_known()?.overlay.as_str()?;
    let found = offers.boards.iter().find(|known| known.id() == name);
    let Some(SbcConfigSpec { min_version, .. }) = found.map(|board| &board.spec) else {
        let names = offers.boards.iter().map(Resource::id);
        return Some(
            Diagnostic::error("Overlay does not exist")
                .detail(format!(
                    "This Omni knows no board with the overlay {name:?}."
                ))
                .remedy(format!("Use one of {}.", nearest(names, name)))
                .at(Path::of("sbc").attribute("overlay")),
        );
    };
    too_old(planned, min_version, &format!("the overlay {name:?}"))
}

/// There is `what` from a Talos version on only.
fn too_old(planned: &InstallationMediaPreset, least: &str, what: &str) -> Option<Diagnostic> {
    let (version, least) = (planned.talos_version.as_known()?, Version::of(least)?);
    // A pre-release has what its release has.
    let mut release = version.semver().clone();
    release.pre = semver::Prerelease::EMPTY;
    if release >= *least.semver() {
        return None;
    }
    Some(
        Diagnostic::error("Talos version is too old")
            .detail(format!(
                "There is {what} from Talos {least} on; the preset asks for {version}."
            ))
            .remedy(format!("Use Talos {least} or newer."))
            .at_attribute("talos_version"),
    )
}

fn embedded_config(offers: &Offers, planned: &InstallationMediaPreset) -> Option<Diagnostic> {
    let version = planned.talos_version.as_known()?;
    let able = offers.quirks.as_ref()?.spec.supports_embedded_config;
    if able || planned.embedded_machine_config.is_null() {
        return None;
    }
    Some(
        Diagnostic::error("Talos version is too old")
            .detail(format!(
                "Images of Talos {version} cannot carry a machine configuration."
            ))
            .remedy("Use a newer Talos version, or remove `embedded_machine_config`.")
            .at_attribute("embedded_machine_config"),
    )
}

fn extensions(offers: &Offers, planned: &InstallationMediaPreset) -> Diagnostics {
    let catalogues = offers.catalogues.iter();
    let offered: Vec<&str> = catalogues
        .flat_map(|catalogue| &catalogue.spec.items)
        .map(|item| item.name.as_str())
        .collect();
    // Without a catalogue the version does not exist, which is a message of its own.
    if offered.is_empty() {
        return Diagnostics::new();
    }
    let wanted = planned.extensions.as_known().into_iter().flatten();
    let missing = wanted
        .filter_map(Attr::as_known)
        .filter(|name| !offered.contains(&name.full().as_str()));
    missing
        .map(|name| unknown_extension(name, planned, &offered))
        .collect()
}

fn unknown_extension(
    name: &Extension,
    planned: &InstallationMediaPreset,
    offered: &[&str],
) -> Diagnostic {
    let of = match planned.talos_version.as_known() {
        Some(version) => format!("Talos {version}"),
        None => "any Talos version of this Omni".to_owned(),
    };
    Diagnostic::error("Extension does not exist")
        .detail(format!(
            "The catalogue of {of} has no extension {:?}.",
            name.full()
        ))
        .remedy(format!(
            "Use one of {}.",
            nearest(offered.iter().copied(), &name.full())
        ))
        .at_attribute("extensions")
}

fn join_token(token: &Token) -> Option<Diagnostic> {
    let problem = match token {
        Token::Open => return None,
        Token::Missing => "There is no such token in this account",
        Token::There(status) => match status.spec.state() {
            State::Revoked => "The token was revoked",
            State::Expired => "The token has expired",
            State::Active | State::Unknown => return None,
        },
    };
    Some(
        Diagnostic::error("Join token cannot be used")
            .detail(format!(
                "{problem}; machines that boot this image could not join."
            ))
            .remedy("Name an active one (`omnictl jointoken list` shows them), or remove the attribute for the account's default.")
            .at_attribute("join_token"),
    )
}

/// The warning where a join token lands in the state by this very change.
pub fn token_lands_in_state(
    prior: Option<&InstallationMediaPreset>,
    planned: &InstallationMediaPreset,
) -> Option<Diagnostic> {
    let before = prior.map(|prior| &prior.join_token);
    let lands = planned.join_token.is_known() && before != Some(&planned.join_token);
    lands.then(review::token_in_state)
}

#[cfg(test)]
mod tests;
