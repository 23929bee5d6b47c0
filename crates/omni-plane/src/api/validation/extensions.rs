//! Lists of system extensions: each one exists for the version of Talos, each one once.

use std::collections::HashSet;

use omni_api::kind;

use super::{Outcome, refuse};
use crate::Store;
use crate::release::{Release, Rule};

const ENTRIES: usize = 256;
const OFFICIAL: &str = "siderolabs/";

pub(super) fn check(store: &Store, talos: &str, names: &[String]) -> Outcome {
    if names.is_empty() || !Release::of(store).keeps(Rule::Extensions) {
        return Ok(());
    }
    if names.len() > ENTRIES {
        return refuse(format!(
            "extensions list has {} entries, exceeds maximum of {ENTRIES}",
            names.len()
        ));
    }
    let Some(catalog) = store.peek::<kind::TalosExtensions>(talos) else {
        return refuse(format!("no Talos extensions catalog for version {talos:?}"));
    };
    let available: HashSet<&str> = catalog
        .spec
        .items
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    let mut seen = HashSet::new();
    for (entry, name) in names.iter().enumerate() {
        let full = if name.contains('/') {
            name.clone()
        } else {
            format!("{OFFICIAL}{name}")
        };
        if !available.contains(full.as_str()) {
            return refuse(format!(
                "extension {name:?} (entry {entry}) is not available for Talos version {talos:?}"
            ));
        }
        if !seen.insert(full) {
            return refuse(format!(
                "extension {name:?} (entry {entry}) is listed more than once"
            ));
        }
    }
    Ok(())
}
