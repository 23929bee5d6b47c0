//! What is wrong with a preset before it is written: pure checks of the configuration.

use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::convert::{ARCHITECTURES, BOOTLOADERS};
use super::{InstallationMediaPreset, Sbc};
use crate::objects::shared::server::Lack;
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

/// The server puts no configuration of machines into images.
pub fn no_embedded_config(lack: &Lack) -> Diagnostic {
    let path = Path::of("embedded_machine_config");
    let why = "puts no machine configuration into images.";
    lack.of("`embedded_machine_config`", why, path).remedy(
        "Remove `embedded_machine_config`, and configure the machines with omni_config_patch once they have joined.",
    )
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
mod tests;
