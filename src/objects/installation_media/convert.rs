//! From a preset to what Omni is asked for: pure.

use omni_api::management::create_schematic_request::{Overlay, SiderolinkGrpcTunnelMode};
use omni_api::management::installation_media_url_request::InstallationMediaKind;
use omni_api::management::{CreateSchematicRequest, InstallationMediaUrlRequest};
use omni_api::specs::{GrpcTunnelMode, InstallationMediaConfigSpec, SbcConfigSpec};
use omni_api::yaml_spec::{self, Tree};
use tfplugin::{Attr, Diagnostic};

use crate::objects::installation_media_preset::arch_name;
use crate::values::Extension;

/// Talos' platform of bare metal.
const METAL: &str = "metal";

/// The form of disk images where nobody asks for another.
const DISK: &str = "raw.xz";

/// Short names of forms, as omnictl has them.
const ALIASES: [(&str, &str); 1] = [("raw", DISK)];

/// The key of the META partition under which machines find their labels.
const LABELS: u32 = 12;

/// Which medium of a preset is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medium {
    /// Script, ISO or disk image.
    pub kind: InstallationMediaKind,
    /// Talos' platform.
    pub platform: String,
    /// Architecture.
    pub architecture: &'static str,
    /// The ending of a disk image.
    pub format: String,
    /// Whether it is for `SecureBoot`.
    pub secure_boot: bool,
}

/// The medium of a preset; `suffix` is the form that its cloud platform has.
///
/// # Errors
/// A form that is not the user's choice, or an image that does not exist.
pub fn medium(
    preset: &InstallationMediaConfigSpec,
    format: Option<&str>,
    suffix: Option<&str>,
) -> Result<Medium, Diagnostic> {
    let disk = |platform: &str, format: &str| Medium {
        kind: InstallationMediaKind::Disk,
        platform: platform.to_owned(),
        architecture: arch_name(preset.architecture()),
        format: format.to_owned(),
        secure_boot: preset.secure_boot,
    };
    if let Some(cloud) = &preset.cloud {
        let what = format!("The cloud platform {:?} decides", cloud.platform);
        refuse_format(format, &what)?;
        let suffix = suffix.filter(|suffix| !suffix.is_empty());
        return Ok(disk(&cloud.platform, suffix.unwrap_or(DISK)));
    }
    if let Some(board) = &preset.sbc {
        let what = format!("The board {:?} decides", board.overlay);
        refuse_format(format, &what)?;
        if preset.secure_boot {
            return Err(no_secure_board(&board.overlay));
        }
        return Ok(disk(METAL, DISK));
    }
    let kind = match format {
        None | Some("iso") => InstallationMediaKind::Iso,
        Some("pxe") => InstallationMediaKind::Pxe,
        Some(format) => {
            let alias = ALIASES.iter().find(|(alias, _)| *alias == format);
            return Ok(disk(METAL, alias.map_or(format, |(_, meant)| meant)));
        }
    };
    Ok(Medium {
        kind,
        format: String::new(),
        ..disk(METAL, "")
    })
}

/// What goes into the image; `board` is the server's entry of the preset's board.
///
/// The image factory is left to Omni, which finds it by the Talos version here and for the address alike.
pub fn schematic(
    preset: &InstallationMediaConfigSpec,
    board: Option<&SbcConfigSpec>,
) -> CreateSchematicRequest {
    let args = preset.kernel_args.split_whitespace();
    let names = preset.install_extensions.iter();
    let mode = match preset.grpc_tunnel() {
        GrpcTunnelMode::Enabled => SiderolinkGrpcTunnelMode::Enabled,
        GrpcTunnelMode::Disabled => SiderolinkGrpcTunnelMode::Disabled,
        GrpcTunnelMode::Unset => SiderolinkGrpcTunnelMode::Auto,
    };
    let options = preset.sbc.as_ref().map(|board| &board.overlay_options);
    CreateSchematicRequest {
        extensions: names.map(|name| Extension::of(name).full()).collect(),
        extra_kernel_args: args.map(str::to_owned).collect(),
        meta_values: labels(preset).into_iter().collect(),
        talos_version: preset.talos_version.clone(),
        siderolink_grpc_tunnel_mode: mode.into(),
        join_token: preset.join_token.clone(),
        overlay: board.map(|board| Overlay {
            image: board.overlay_image.clone(),
            name: board.overlay_name.clone(),
            options: options.cloned().unwrap_or_default(),
        }),
        bootloader: preset.bootloader,
        embedded_machine_config: preset.embedded_machine_config.clone(),
        ..Default::default()
    }
}

/// The question for the address of a medium.
pub fn question(
    medium: &Medium,
    talos_version: &str,
    schematic_id: &str,
    lifetime: Option<std::time::Duration>,
) -> InstallationMediaUrlRequest {
    InstallationMediaUrlRequest {
        talos_version: talos_version.to_owned(),
        schematic_id: schematic_id.to_owned(),
        installation_media_kind: medium.kind.into(),
        platform: medium.platform.clone(),
        architecture: medium.architecture.to_owned(),
        format: medium.format.clone(),
        secure_boot: medium.secure_boot,
        download_token_ttl: lifetime.map(|lifetime| prost_types::Duration {
            seconds: i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(lifetime.subsec_nanos()).unwrap_or_default(),
        }),
        ..Default::default()
    }
}

/// The name of the file: the last part of the path, without what follows it.
pub fn filename(url: &str) -> Attr<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let behind_host = path.split_once("://").map_or(path, |(_, rest)| rest);
    let name = behind_host.rsplit_once('/').map(|(_, name)| name);
    Attr::from(name.filter(|name| !name.is_empty()).map(str::to_owned))
}

/// The labels as machines read them from their META partition.
fn labels(preset: &InstallationMediaConfigSpec) -> Option<(u32, String)> {
    if preset.machine_labels.is_empty() {
        return None;
    }
    let labels = preset.machine_labels.iter();
    let labels = labels.map(|(key, value)| (key.clone(), Tree::Text(value.clone())));
    let document = Tree::Map(vec![(
        "machineLabels".to_owned(),
        Tree::Map(labels.collect()),
    )]);
    Some((LABELS, yaml_spec::write(&document)))
}

fn refuse_format(format: Option<&str>, who: &str) -> Result<(), Diagnostic> {
    if format.is_none() {
        return Ok(());
    }
    Err(Diagnostic::error("The form is not a choice here")
        .detail(format!("{who} on the form of the image."))
        .remedy("Remove `format`; only images for bare metal have more than one form.")
        .at_attribute("format"))
}

fn no_secure_board(overlay: &str) -> Diagnostic {
    Diagnostic::error("No SecureBoot for boards")
        .detail(format!(
            "The preset asks for a SecureBoot image for the board {overlay:?}; there is none."
        ))
        .remedy("Remove `secure_boot` from the preset.")
        .at_attribute("preset")
}

#[cfg(test)]
mod tests;
