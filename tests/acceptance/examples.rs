//! Every example is applied as it stands: created, planned empty, destroyed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bucket::{self, Bucket};
use crate::lab::Lab;

/// The example files of one kind of object, by the object's name.
fn examples(kind: &str, file: &str) -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(kind);
    let entries = fs::read_dir(&folder)
        .expect("examples")
        .map(|entry| entry.expect("an entry").path());
    let mut found: Vec<_> = entries
        .map(|folder| {
            let name = folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (name, folder.join(file))
        })
        .collect();
    found.sort();
    found
}

#[expect(
    clippy::print_stdout,
    reason = "the examples that were applied are named"
)]
fn apply_all(test: &str, kind: &str, file: &str, at_least: usize) {
    let all = examples(kind, file);
    assert!(
        all.len() >= at_least,
        "only {} examples in {kind}",
        all.len()
    );
    for (name, path) in all {
        // What only the next release has is tried on that one.
        let lab = match name.as_str() {
            "omni_machine_install_disk" => Lab::on(test, "next"),
            _ => Lab::new(test),
        };
        let Some(mut lab) = lab else { return };
        println!("{kind}/{name}");
        // A store for the example that names one.
        let bucket = Bucket::start();
        lab.set("TF_VAR_backup_key_id", bucket::KEY_ID);
        lab.set("TF_VAR_backup_secret", "secret");
        let example = fs::read_to_string(&path).expect("an example");
        lab.config(&example.replace("https://s3.example.com", &bucket.endpoint()));
        lab.apply();
        lab.destroy();
    }
}

#[test]
fn every_example_of_a_resource_can_be_applied() {
    apply_all(
        "every_example_of_a_resource_can_be_applied",
        "resources",
        "resource.tf",
        10,
    );
}

#[test]
fn every_example_of_a_data_source_can_be_applied() {
    apply_all(
        "every_example_of_a_data_source_can_be_applied",
        "data-sources",
        "data-source.tf",
        4,
    );
}

#[test]
fn every_example_of_an_ephemeral_resource_can_be_applied() {
    apply_all(
        "every_example_of_an_ephemeral_resource_can_be_applied",
        "ephemeral-resources",
        "ephemeral-resource.tf",
        3,
    );
}

#[test]
fn every_example_of_a_function_can_be_applied() {
    apply_all(
        "every_example_of_a_function_can_be_applied",
        "functions",
        "function.tf",
        1,
    );
}

#[test]
fn the_quickstart_comes_up_as_it_stands() {
    let Some(lab) = Lab::new("the_quickstart_comes_up_as_it_stands") else {
        return;
    };
    let text = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart/main.tf"),
    )
    .expect("the quickstart");
    fs::write(lab.path().join("main.tf"), text).expect("written");
    lab.apply();
    let running = lab.listed("clustermachinestatus");
    assert_eq!(
        running
            .iter()
            .filter(|machine| machine["spec"]["stage"] == "RUNNING")
            .count(),
        6
    );
    lab.destroy();
}
