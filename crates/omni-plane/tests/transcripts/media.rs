//! `installation-media`: presets, the schematics that they make, and the addresses of their images.

use omni_api::{Kind as _, kind};
use serde_json::{Value as Json, json};

use super::talk::{Talk, pointer, resource};

fn management(name: &str) -> String {
    format!("management.ManagementService/{name}")
}

fn state(name: &str) -> String {
    format!("cosi.resource.State/{name}")
}

fn preset(talos_version: &str) -> Json {
    let spec = json!({
        "architecture": "AMD64",
        "cloud": { "platform": "aws" },
        "install_extensions": ["siderolabs/qemu-guest-agent"],
        "kernel_args": "console=ttyS0",
        "machine_labels": { "rack": "r7" },
        "talos_version": talos_version,
    });
    resource(
        kind::InstallationMediaConfig::TYPE,
        "edge",
        &json!({}),
        &spec,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presets_schematics_and_addresses() {
    let mut talk = Talk::begin("installation-media").await;
    let create = |preset: Json| json!({ "resource": preset, "options": {} });
    talk.note("create");
    talk.call(&state("Create"), create(preset("1.99.0"))).await;
    talk.call(&state("Create"), create(preset("1.13.8"))).await;
    talk.note("list");
    let kind = kind::InstallationMediaConfig::TYPE;
    let list = json!({ "namespace": "default", "type": kind, "options": {} });
    talk.stream(&state("List"), &[], list, usize::MAX).await;
    talk.note("download: the schematic");
    talk.call(&state("Get"), pointer(kind, "edge")).await;
    let token = pointer(kind::DefaultJoinToken::TYPE, "default");
    talk.call(&state("Get"), token).await;
    let schematic = |meta: u32, value: &str| {
        json!({
            "extensions": ["siderolabs/qemu-guest-agent"],
            "extra_kernel_args": ["console=ttyS0"],
            "meta_values": { meta.to_string(): value },
            "talos_version": "1.13.8",
        })
    };
    let labels = "machineLabels:\n  rack: r7\n";
    let made = talk
        .call(&management("CreateSchematic"), schematic(12, labels))
        .await;
    talk.call(&management("CreateSchematic"), schematic(9, "x"))
        .await;
    talk.call(&management("CreateSchematic"), schematic(12, "rack: r7"))
        .await;
    talk.note("download: the address");
    let asset = |version: &str| {
        json!({
            "architecture": "amd64",
            "boot_asset_kind": "BOOT_ASSET_KIND_DISK",
            "format": "raw.xz",
            "platform": "aws",
            "schematic_id": made["schematic_id"],
            "talos_version": version,
        })
    };
    talk.call(&management("GetBootAssetURL"), asset("1.13.8"))
        .await;
    talk.call(&management("GetBootAssetURL"), asset("")).await;
    talk.note("delete");
    let mut destroy = pointer(kind, "edge");
    destroy["options"] = json!({});
    talk.call(&state("TeardownAndDestroy"), destroy.clone())
        .await;
    talk.call(&state("TeardownAndDestroy"), destroy).await;
    talk.end();
}
