//! Labels that tie a resource to its cluster and machine set: always there, never changed.

use omni_api::{Metadata, labels};

use super::{Findings, Outcome, refuse};

pub(super) fn machine_set(found: &mut Findings, old: Option<&Metadata>, new: &Metadata) {
    check(found, old, new, &[labels::CLUSTER]);
}

pub(super) fn machine_set_node(found: &mut Findings, old: Option<&Metadata>, new: &Metadata) {
    check(found, old, new, &[labels::CLUSTER, labels::MACHINE_SET]);
}

/// First that all labels are set, then that none has changed.
pub(super) fn check(found: &mut Findings, old: Option<&Metadata>, new: &Metadata, keys: &[&str]) {
    for key in keys {
        found.add(is_set(new, key));
    }
    for key in keys {
        if let Some(old) = old {
            found.add(is_kept(old, new, key));
        }
    }
}

fn is_set(new: &Metadata, key: &str) -> Outcome {
    match new.label(key) {
        None => refuse(format!("label {key:?} does not exist")),
        Some("") => refuse(format!("label {key:?} has empty value")),
        Some(_) => Ok(()),
    }
}

fn is_kept(old: &Metadata, new: &Metadata, key: &str) -> Outcome {
    let before = old.label(key).unwrap_or_default();
    let now = new.label(key).unwrap_or_default();
    if before.is_empty() || before == now {
        return Ok(());
    }
    refuse(format!(
        "changing value of label {key:?} from {before:?} to {now:?}"
    ))
}
