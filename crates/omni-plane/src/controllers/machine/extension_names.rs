//! Extensions that changed their names: a list that was made for one version of Talos, for another.

use semver::Version;

/// Extensions whose own manifests name them wrongly, and their names.
const MISNAMED: [(&str, &str); 4] = [
    ("v4l-uvc", "v4l-uvc-drivers"),
    ("usb-modem", "usb-modem-drivers"),
    ("gasket", "gasket-driver"),
    ("talos-vmtoolsd", "vmtoolsd-guest-agent"),
];

/// The minor version of Talos 1 that renamed an extension, the name before, and the name since.
const RENAMED: [(u64, &str, &str); 7] = [
    (7, "xe-guest-utilities", "xen-guest-agent"),
    (
        8,
        "nvidia-container-toolkit",
        "nvidia-container-toolkit-lts",
    ),
    (
        8,
        "nvidia-open-gpu-kernel-modules",
        "nvidia-open-gpu-kernel-modules-lts",
    ),
    (8, "nonfree-kmod-nvidia", "nonfree-kmod-nvidia-lts"),
    (8, "nvidia-fabricmanager", "nvidia-fabric-manager-lts"),
    (9, "i915-ucode", "i915"),
    (9, "amdgpu-firmware", "amdgpu"),
];

const OFFICIAL: &str = "siderolabs/";

/// The name that a version of Talos has for an extension.
pub(super) fn for_version(name: &str, talos: &Version) -> String {
    let Some(short) = name.strip_prefix(OFFICIAL) else {
        return name.to_owned();
    };
    let misnamed = MISNAMED.iter().find(|(wrong, _)| *wrong == short);
    let short = misnamed.map_or(short, |(_, right)| right);
    let renamed = RENAMED.iter().find_map(|(minor, before, since)| {
        let is_new = (talos.major, talos.minor) >= (1, *minor);
        match is_new {
            true if short == *before => Some(*since),
            false if short == *since => Some(*before),
            _ => None,
        }
    });
    format!("{OFFICIAL}{}", renamed.unwrap_or(short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_the_version_both_ways() {
        for (talos, name, expected) in [
            ("1.13.7", "siderolabs/i915-ucode", "siderolabs/i915"),
            ("1.8.0", "siderolabs/i915", "siderolabs/i915-ucode"),
            (
                "1.7.9",
                "siderolabs/nvidia-fabric-manager-lts",
                "siderolabs/nvidia-fabricmanager",
            ),
            (
                "1.13.7",
                "siderolabs/usb-modem",
                "siderolabs/usb-modem-drivers",
            ),
            ("1.13.7", "siderolabs/iscsi-tools", "siderolabs/iscsi-tools"),
            ("1.13.7", "acme/i915-ucode", "acme/i915-ucode"),
        ] {
            let talos = Version::parse(talos).expect("a version");
            assert_eq!(for_version(name, &talos), expected, "{name} on {talos}");
        }
    }
}
