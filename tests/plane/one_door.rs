//! Who may know whom: the provider knows the plane in one file, and nothing below knows what is above.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

/// The only file of the provider that names the plane's crate.
const DOOR: &str = "src/session/embedded.rs";

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_provider_names_the_plane_in_one_file_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    assert!(files.len() > 20, "only {} files", files.len());
    let naming: Vec<_> = files
        .iter()
        .filter(|file| {
            fs::read_to_string(file)
                .expect("text")
                .contains("omni_plane")
        })
        .map(|file| file.strip_prefix(root).expect("below").to_owned())
        .collect();
    assert_eq!(naming, [Path::new(DOOR)]);
}

#[test]
fn no_crate_knows_those_above_it() {
    let forbidden = [
        (
            "omni-api",
            &[
                "omni-client",
                "omni-plane",
                "tfplugin",
                "tfplugin-derive",
                "terraform-provider-omni",
            ][..],
        ),
        (
            "omni-client",
            &[
                "omni-plane",
                "tfplugin",
                "tfplugin-derive",
                "terraform-provider-omni",
            ],
        ),
        (
            "cosi-conformance",
            &[
                "omni-client",
                "omni-plane",
                "tfplugin",
                "tfplugin-derive",
                "terraform-provider-omni",
            ],
        ),
        (
            "omni-plane",
            &[
                "omni-client",
                "tfplugin",
                "tfplugin-derive",
                "terraform-provider-omni",
            ],
        ),
        (
            "tfplugin",
            &[
                "omni-api",
                "omni-client",
                "omni-plane",
                "terraform-provider-omni",
            ],
        ),
        (
            "tfplugin-derive",
            &[
                "omni-api",
                "omni-client",
                "omni-plane",
                "terraform-provider-omni",
            ],
        ),
    ];
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    let metadata: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    for (name, above) in forbidden {
        let package = packages
            .iter()
            .find(|package| package["name"] == name)
            .expect(name);
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        // What only tests need may look up: they are where both sides meet.
        let used = dependencies
            .iter()
            .filter(|dependency| dependency["kind"] != "dev");
        let wrong: Vec<_> = used
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|used| above.contains(used))
            .collect();
        assert!(wrong.is_empty(), "{name} knows {wrong:?}");
    }
    let provider = packages
        .iter()
        .find(|package| package["name"] == "terraform-provider-omni")
        .expect("the provider");
    let plane = provider["dependencies"]
        .as_array()
        .expect("dependencies")
        .iter()
        .find(|dependency| dependency["name"] == "omni-plane");
    assert_eq!(plane.expect("a dependency")["optional"], true);
}
