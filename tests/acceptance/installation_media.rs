//! `omni_installation_media_preset` and `omni_installation_media` under a real core.

mod medium;

use omni_api::specs::InstallationMediaConfigSpec;
use omni_api::specs::join_token_status_spec::State;
use omni_api::specs::platform_config_spec::Arch;
use omni_api::{Resource, kind};
use omni_client::Event;
use serde_json::{Value as Json, json};

use crate::lab::Lab;

/// A preset for bare metal with everything that it can have.
const METAL: &str = r#"
resource "omni_installation_media_preset" "metal" {
  name          = "metal"
  talos_version = "v1.13.7"
  extensions    = ["qemu-guest-agent", "siderolabs/zfs"]
  kernel_args   = ["console=ttyS0", "quiet"]

  machine_labels = { env = "lab" }
  grpc_tunnel    = false
  bootloader     = "uefi"

  embedded_machine_config = yamlencode({ machine = { sysctls = { a = "1" } } })
}
"#;

/// The medium of the preset.
const MEDIUM: &str = r#"
data "omni_installation_media" "it" {
  preset = omni_installation_media_preset.metal.name
}
"#;

const PRESET: &str = "omni_installation_media_preset.metal";
const ADDRESS: &str = "data.omni_installation_media.it";

/// Another version of [`METAL`].
fn metal(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(METAL.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    })
}

/// A preset with only these lines beside its name.
fn preset(lines: &str) -> String {
    format!(
        "resource \"omni_installation_media_preset\" \"metal\" {{\n  name = \"metal\"\n{lines}\n}}\n"
    )
}

fn presets(lab: &Lab) -> Vec<Json> {
    lab.listed("installationmediaconfig")
}

fn create_behind_the_back(
    lab: &Lab,
    change: impl Fn(&mut Resource<kind::InstallationMediaConfig>),
) {
    let mut made = Resource::<kind::InstallationMediaConfig>::new(
        "metal",
        InstallationMediaConfigSpec::default(),
    );
    made.spec.set_architecture(Arch::Amd64);
    change(&mut made);
    lab.omni(async |client| {
        client.state().create(&made).await.expect("created");
    });
}

/// The name of a new join token of the plane.
fn new_token(lab: &Lab) -> String {
    let made = lab.omni(async |client| {
        client
            .management()
            .create_join_token("lab", None)
            .await
            .expect("made")
    });
    made.expose().to_owned()
}

#[test]
fn installation_media_preset_full() {
    let Some(lab) = Lab::new("installation_media_preset_full") else {
        return;
    };
    lab.config(METAL);
    lab.apply();
    let state = lab.state(PRESET);
    assert_eq!(
        state["talos_version"], "v1.13.7",
        "the user's spelling stays"
    );
    assert_eq!(
        state["extensions"],
        json!(["qemu-guest-agent", "siderolabs/zfs"])
    );
    assert_eq!(state["image_factory_url"], "https://factory.talos.dev");
    assert_eq!(
        (&state["architecture"], &state["secure_boot"]),
        (&json!("amd64"), &json!(false))
    );
    let stored = &presets(&lab)[0];
    assert_eq!(
        stored["spec"],
        json!({
            "talos_version": "1.13.7",
            "architecture": "AMD64",
            "install_extensions": ["siderolabs/qemu-guest-agent", "siderolabs/zfs"],
            "kernel_args": "console=ttyS0 quiet",
            "grpc_tunnel": "DISABLED",
            "machine_labels": { "env": "lab" },
            "bootloader": "BOOT_SD",
            "embedded_machine_config": "\"machine\":\n  \"sysctls\":\n    \"a\": \"1\"\n",
            "image_factory_url": "https://factory.talos.dev",
        })
    );
    assert_eq!(
        stored["metadata"]["annotations"]["omni.sidero.dev/managed-by-gitops-tools"],
        "Terraform"
    );

    lab.reimport(PRESET, "metal");

    lab.config(&metal(&[
        ("\"quiet\"", "\"nomodeset\""),
        ("uefi", "auto"),
        ("grpc_tunnel    = false", "secure_boot = true"),
    ]));
    assert_eq!(lab.planned(), [format!("{PRESET}: update")]);
    lab.apply();
    let spec = &presets(&lab)[0]["spec"];
    assert_eq!(spec["kernel_args"], "console=ttyS0 nomodeset");
    assert_eq!(spec["secure_boot"], true);
    assert!(
        spec["grpc_tunnel"].is_null() && spec["bootloader"].is_null(),
        "{spec}"
    );

    lab.config(&metal(&[("name          = \"metal\"", "name = \"steel\"")]));
    assert_eq!(lab.planned(), [format!("{PRESET}: delete then create")]);
    lab.apply();
    lab.destroy();
    assert_eq!(presets(&lab), Vec::<Json>::new());
}

#[test]
fn installation_media_preset_disappears() {
    let Some(lab) = Lab::new("installation_media_preset_disappears") else {
        return;
    };
    lab.config(METAL);
    lab.apply();
    let vanish = || {
        lab.omni(async |client| {
            let state = client.state();
            state
                .teardown_and_destroy::<kind::InstallationMediaConfig>("metal")
                .await
                .expect("destroyed");
        });
    };
    vanish();
    assert_eq!(lab.planned(), [format!("{PRESET}: create")]);
    lab.apply();
    vanish();
    lab.run(&["destroy", "-auto-approve", "-input=false", "-refresh=false"])
        .succeeds();
}

#[test]
fn a_preset_that_somebody_else_changed_is_put_back() {
    let Some(lab) = Lab::new("a_preset_that_somebody_else_changed_is_put_back") else {
        return;
    };
    lab.config(METAL);
    lab.apply();
    lab.omni(async |client| {
        let change = |preset: &mut Resource<kind::InstallationMediaConfig>| {
            preset.spec.kernel_args = "evil".into();
            preset.spec.install_extensions.clear();
            preset
                .spec
                .machine_labels
                .insert("theirs".into(), "1".into());
        };
        client
            .state()
            .modify("metal", change)
            .await
            .expect("written");
    });
    assert_eq!(lab.planned(), [format!("{PRESET}: update")]);
    lab.apply();
    let spec = &presets(&lab)[0]["spec"];
    assert_eq!(spec["kernel_args"], "console=ttyS0 quiet");
    assert_eq!(spec["machine_labels"], json!({ "env": "lab" }));
}

#[test]
fn no_spelling_of_a_preset_makes_a_plan() {
    let Some(lab) = Lab::new("no_spelling_of_a_preset_makes_a_plan") else {
        return;
    };
    lab.config(METAL);
    lab.apply();
    lab.config(&metal(&[
        ("v1.13.7", "1.13.7"),
        (
            "\"qemu-guest-agent\", \"siderolabs/zfs\"",
            "\"zfs\", \"siderolabs/qemu-guest-agent\"",
        ),
        (
            "yamlencode({ machine = { sysctls = { a = \"1\" } } })",
            "\"machine: {sysctls: {a: '1'}}\"",
        ),
    ]));
    lab.plan_is_empty();
}

#[test]
fn a_preset_of_omnictl_is_imported_with_an_empty_plan_and_not_taken_over_in_silence() {
    let Some(lab) = Lab::new("a_preset_of_omnictl_is_imported_with_an_empty_plan") else {
        return;
    };
    lab.config("data \"omni_talos_versions\" \"all\" {}\n");
    lab.apply();
    create_behind_the_back(&lab, |preset| {
        preset.spec.kernel_args = "  console=ttyS0  quiet ".into();
        preset.spec.install_extensions = vec!["zfs".into()];
    });
    lab.config(&preset(
        "  kernel_args = [\"console=ttyS0\", \"quiet\"]\n  extensions = [\"zfs\"]",
    ));
    let said = lab.apply_fails();
    assert!(
        said.contains("Exists already") && said.contains("id = \"metal\""),
        "{said}"
    );
    lab.run(&["import", "-input=false", PRESET, "metal"])
        .succeeds();
    lab.plan_is_empty();
}

#[test]
fn what_the_server_does_not_offer_fails_at_plan_with_the_nearest_names() {
    let Some(lab) = Lab::new("what_the_server_does_not_offer_fails_at_plan") else {
        return;
    };
    for (lines, words) in [
        (
            "cloud = { platform = \"azur\" }",
            "Cloud platform does not exist This Omni has no images for the platform \"azur\". Use one of \"azure\"",
        ),
        (
            "architecture = \"arm64\"\nsbc = { overlay = \"rpi\" }",
            "no board with the overlay \"rpi\". Use one of \"rpi_",
        ),
        (
            "talos_version = \"1.13.99\"",
            "Talos version does not exist",
        ),
        (
            "talos_version = \"1.13.7\"\nextensions = [\"qemu-agent\"]",
            "Extension does not exist The catalogue of Talos 1.13.7 has no extension \"siderolabs/qemu-agent\". Use one of \"siderolabs/qemu-guest-agent\"",
        ),
        (
            "extensions = [\"zfss\"]",
            "The catalogue of any Talos version of this Omni has no extension \"siderolabs/zfss\". Use one of \"siderolabs/zfs\"",
        ),
        (
            "cloud = { platform = \"aws\" }\nsecure_boot = true",
            "no SecureBoot images for the platform \"aws\"",
        ),
        (
            "architecture = \"arm64\"\ncloud = { platform = \"akamai\" }",
            "no images for arm64 on the platform \"akamai\"",
        ),
        (
            "talos_version = \"1.12.0\"\narchitecture = \"arm64\"\nsbc = { overlay = \"friendlyelec-cm3588-nas\" }",
            "from Talos 1.13.0-alpha.1 on",
        ),
        (
            "join_token = \"nobody's\"",
            "There is no such token in this account",
        ),
    ] {
        lab.config(&preset(lines));
        let said = lab.plan_fails();
        assert!(said.contains(words), "{lines}\n{said}");
    }
}

#[test]
fn what_cannot_be_a_preset_fails_at_validation() {
    let Some(lab) = Lab::new("what_cannot_be_a_preset_fails_at_validation") else {
        return;
    };
    for (lines, words) in [
        ("kernel_args = [\"a=1 b=2\"]", "Not one kernel argument"),
        (
            "cloud = { platform = \"aws\" }\nsbc = { overlay = \"rpi_generic\" }",
            "Two kinds of image",
        ),
        (
            "architecture = \"x86_64\"",
            "\"x86_64\" is not one of amd64, arm64",
        ),
        (
            "bootloader = \"grub\"",
            "\"grub\" is not one of auto, uefi, bios, dual",
        ),
        ("talos_version = \"latest\"", "\"latest\" is not a version"),
        (
            "sbc = { overlay = \"rpi_generic\", overlay_options = \"[a, b]\" }",
            "must be one YAML mapping",
        ),
        (
            "sbc = { overlay = \"rpi_generic\", overlay_options = \"a: [\" }",
            "not valid YAML",
        ),
        ("extensions = [\"\"]", "is not the name of an extension"),
        ("join_token_wo = \"x\"", "No version of the join token"),
    ] {
        lab.config(&preset(lines));
        let said = lab.run(&["validate"]).fails();
        assert!(said.contains(words), "{lines}\n{said}");
    }
}

#[test]
fn a_join_token_can_stay_out_of_the_state() {
    let Some(mut lab) = Lab::new("a_join_token_can_stay_out_of_the_state") else {
        return;
    };
    lab.config("data \"omni_talos_versions\" \"all\" {}\n");
    lab.apply();
    let (first, second) = (new_token(&lab), new_token(&lab));
    lab.set("TF_VAR_token", &first);
    let secret = "variable \"token\" {\n  type = string\n  ephemeral = true\n}\n";
    let written = |version: u32| {
        let lines = format!("  join_token_wo = var.token\n  join_token_wo_version = {version}");
        format!("{secret}{}", preset(&lines))
    };
    lab.config(&written(1));
    lab.apply();
    let stored = |lab: &Lab| presets(lab)[0]["spec"]["join_token"].clone();
    assert_eq!(stored(&lab), json!(first));
    let state = std::fs::read_to_string(lab.path().join("terraform.tfstate")).expect("a state");
    assert!(!state.contains(&first));

    lab.set("TF_VAR_token", &second);
    lab.plan_is_empty();
    lab.config(&written(2));
    assert_eq!(lab.planned(), [format!("{PRESET}: update")]);
    lab.apply();
    assert_eq!(stored(&lab), json!(second));

    // In the open it is kept, with a warning that says how not to.
    lab.config(&preset(&format!("  join_token = \"{second}\"")));
    let said = lab
        .run(&["apply", "-auto-approve", "-input=false"])
        .succeeds();
    assert!(
        said.contains("The join token is kept in the state"),
        "{said}"
    );
    lab.plan_is_empty();
    assert_eq!(lab.state(PRESET)["join_token"], json!(second));
}
