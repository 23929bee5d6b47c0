//! What a reviewer must know before a disk is chosen: is there such a disk, is it one, is it too late? Pure.
//!
//! The server accepts a disk that the machine does not have and then installs nothing; a plan should say so.

use disk_selector::{SelectorError, dev_path};
use omni_api::specs::machine_install_disk_status_spec::Disk;
use omni_api::specs::machine_status_spec::hardware_status::BlockDevice;
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::MachineInstallDisk;
use super::disks::{Disks, is_composite, paths};
use crate::objects::shared::server::Lack;
use crate::values::{DiskSelector, MachineId};

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &MachineInstallDisk, diagnostics: &mut Diagnostics) {
    match (&config.disk, &config.disk_selector) {
        (Attr::Null, Attr::Null) => diagnostics.push(
            Diagnostic::error("No disk")
                .detail("Neither `disk` nor `disk_selector` is set: there is nothing to choose by.")
                .remedy("Set one of them, or remove the object: Omni then takes the smallest disk that is fit."),
        ),
        (disk, selector) if !disk.is_null() && !selector.is_null() => diagnostics.push(
            Diagnostic::error("Two choices")
                .detail("`disk` and `disk_selector` exclude each other.")
                .remedy("Remove one of them.")
                .at_attribute("disk_selector"),
        ),
        _ => {}
    }
    if config.disk.as_str() == Some("") {
        diagnostics.push(
            Diagnostic::error("No disk")
                .detail("`disk` is empty.")
                .remedy("Set the path of a disk, or remove the attribute.")
                .at_attribute("disk"),
        );
    }
}

/// The server keeps no choice of a disk: there the disk is a part of the machine's configuration, which has paths only.
pub fn not_here(lack: &Lack, planned: &MachineInstallDisk) -> Diagnostic {
    let (attribute, disk) = match (&planned.disk, &planned.disk_selector) {
        (Attr::Known(disk), _) => ("disk", format!("{disk:?}")),
        (_, Attr::Null) => ("disk", "\"/dev/…\"".to_owned()),
        _ => ("disk_selector", "\"/dev/…\"".to_owned()),
    };
    let machine = planned.machine_id.as_known().map(MachineId::canonical);
    let machine = machine.unwrap_or_else(|| "…".to_owned());
    let why = "keeps no install disk of a machine beside the machine's configuration. There the disk is set by a configuration patch, by its path.";
    lack.of("install disk", why, Path::of(attribute)).remedy(format!(
        "Write in its place:\n\n  resource \"omni_config_patch\" \"install_disk\" {{\n    name     = \"install-disk\"\n    selector = {{ machine = {machine:?} }}\n    \
         data     = yamlencode({{ machine = {{ install = {{ disk = {disk} }} }} }})\n  }}"
    ))
}

/// Checks a choice against the disks that the machine has told of; nothing is said of a machine that has told of none.
pub fn choice(planned: &MachineInstallDisk, disks: &Disks) -> Diagnostics {
    let devices = disks.devices();
    if devices.is_empty() {
        return Diagnostics::new();
    }
    let found = match (&planned.disk, &planned.disk_selector) {
        (Attr::Known(path), _) => by_path(path, disks),
        (_, Attr::Known(selector)) => by_selector(selector, disks),
        _ => return Diagnostics::new(),
    };
    match found {
        Ok((chosen, mut said)) => {
            said.extend(too_late(&chosen, devices));
            said
        }
        Err(problem) => problem.into(),
    }
}

type Found<'a> = Result<(Vec<&'a BlockDevice>, Diagnostics), Diagnostic>;

fn by_path<'a>(path: &str, disks: &'a Disks) -> Found<'a> {
    let devices = disks.devices();
    let found: Vec<_> = devices
        .iter()
        .filter(|disk| dev_path(disk) == path)
        .collect();
    if found.is_empty() {
        return Err(Diagnostic::error("No such disk")
            .detail(format!(
                "The machine has no disk {path:?}.\n\n{}",
                disks.candidates()
            ))
            .remedy("Choose one of them.")
            .at_attribute("disk"));
    }
    let judged = disks.status.iter().flat_map(|status| &status.spec.disks);
    let unfit = judged.filter(|disk| disk.dev_path == path && !disk.selectable);
    let said = unfit.map(unfit_disk).collect();
    Ok((found, said))
}

fn by_selector<'a>(selector: &DiskSelector, disks: &'a Disks) -> Found<'a> {
    let mut found = matching(selector, disks.devices()).map_err(|error| {
        Diagnostic::error("The selector has no answer for a disk")
            .detail(format!("{error}.\n\n{}", disks.candidates()))
            .remedy(
                "Ask first whether the answer is there, as with `disk.symlinks.size() > 0 && …`.",
            )
            .at_attribute("disk_selector")
    })?;
    // Omni's order: plain disks first, then by path.
    let order = |disk: &BlockDevice| (is_composite(disk), dev_path(disk).to_owned());
    found.sort_by_key(|disk| order(disk));
    match found.as_slice() {
        [] => Err(Diagnostic::error("No disk matches")
            .detail(format!("The selector matches none of the machine's disks.\n\n{}", disks.candidates()))
            .remedy("Change the selector, or name the disk with `disk`.")
            .at_attribute("disk_selector")),
        [first, _, ..] if is_composite(first) => Err(Diagnostic::error("No disk is clearly meant")
            .detail(format!(
                "The selector matches {}, which are all built on top of other disks: Omni does not choose among those.",
                paths(&found)
            ))
            .remedy("Narrow the selector to one of them, or name the disk with `disk`.")
            .at_attribute("disk_selector")),
        [first, _, ..] => {
            let said = Diagnostic::warning("Several disks match")
                .detail(format!("The selector matches {}; Omni takes {}.", paths(&found), dev_path(first)))
                .remedy("Narrow the selector where this is not the disk that is meant.")
                .at_attribute("disk_selector");
            Ok((vec![*first], said.into()))
        }
        [_] => Ok((found, Diagnostics::new())),
    }
}

fn matching<'a>(
    selector: &DiskSelector,
    devices: &'a [BlockDevice],
) -> Result<Vec<&'a BlockDevice>, SelectorError> {
    let selector = selector.compile()?;
    let mut found = Vec::new();
    for disk in devices {
        if selector.matches(disk)? {
            found.push(disk);
        }
    }
    Ok(found)
}

/// Talos stands on another disk already.
fn too_late(chosen: &[&BlockDevice], devices: &[BlockDevice]) -> Option<Diagnostic> {
    let system = devices.iter().find(|disk| disk.system_disk)?;
    if chosen.iter().any(|disk| disk.system_disk) {
        return None;
    }
    Some(
        Diagnostic::warning("Talos is installed on another disk")
            .detail(format!(
                "The machine has Talos on {}. The choice counts when the machine is wiped and installed again.",
                dev_path(system)
            ))
            .at_attribute("machine_id"),
    )
}

fn unfit_disk(disk: &Disk) -> Diagnostic {
    Diagnostic::warning("A disk that Omni would not take")
        .detail(format!("{} is {}.", disk.dev_path, disk.skip_reason))
        .at_attribute("disk")
}

#[cfg(test)]
mod tests;
