//! Attribute values with a meaning: version, interval of backups, YAML, machine id, selectors of labels and of disks, names of extensions, e-mail address.
//!
//! Each keeps the user's spelling and compares by meaning, so that no spelling ever makes a difference in a plan. Each refuses
//! what it cannot mean, with a sentence that says how to write it.

pub mod backup_interval;
pub mod disk_selector;
pub mod email;
pub mod extension;
pub mod machine_id;
pub mod selector;
pub mod version;
pub mod yaml;

pub use backup_interval::BackupInterval;
pub use disk_selector::DiskSelector;
pub use email::Email;
pub use extension::Extension;
pub use machine_id::MachineId;
pub use selector::Selector;
pub use version::Version;
pub use yaml::Yaml;
