//! The objects of the provider: a folder for each of Omni's nouns.
//!
//! Inside, always the same names: `mod.rs` (what it is; the model is the schema), `convert.rs` (model and API, pure, both ways),
//! `review.rs` (checks at plan time, pure), `resource.rs`, `data_source.rs` (the verbs).

pub mod cluster;
pub mod cluster_readiness;
pub mod config_patch;
pub mod etcd_backup_s3_config;
pub mod infra_provider;
pub mod installation_media;
pub mod installation_media_preset;
pub mod kubeconfig;
pub mod kubernetes_healthcheck;
pub mod kubernetes_manifest;
pub mod kubernetes_versions;
pub mod machine_class;
pub mod machine_extensions;
pub mod machine_install_disk;
pub mod machine_set;
pub mod machine_set_node;
pub mod machines;
pub mod service_account;
pub mod service_account_key;
pub mod shared;
pub mod talos_versions;
pub mod talosconfig;
pub mod user;
