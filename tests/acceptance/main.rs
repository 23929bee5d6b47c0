//! The real `terraform` (or `tofu`) against the embedded plane.
//!
//! Each test has a folder, a plane and a state of its own, and leaves nothing behind. After each apply the plan must be empty. Without a
//! core on PATH the tests are reported as skipped, by name; with `OMNI_REQUIRE_TOOLS` set that is a failure.

mod behind;
#[path = "../../crates/omni-plane/tests/support/bucket.rs"]
mod bucket;
mod cases;
mod cluster;
mod config_patch;
mod core;
mod etcd_backup_s3_config;
mod examples;
mod faults;
mod from_official;
mod infra_provider;
mod installation_media;
mod kubernetes_healthcheck;
mod kubernetes_manifest;
mod lab;
mod machine_class;
mod machine_extensions;
mod machine_install_disk;
mod machine_set;
mod machine_set_node;
mod mishaps;
mod provider_block;
mod said;
mod served;
mod servers;
mod service_account;
mod user;
mod versions;
mod world;
