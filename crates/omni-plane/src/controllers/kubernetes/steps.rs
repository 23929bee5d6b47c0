//! Steps of a Kubernetes upgrade, taken by system patches: one patch a machine, which grows component by component and stays.

use omni_api::kind::ConfigPatch;
use omni_api::labels;
use serde_json::json;

use super::upgrade_path::Step;
use super::upgrade_status::NAME;
use crate::controllers::machine_config::{Configuration, component_patch};
use crate::engine::{Context, Error};
use crate::store::Query;

/// Takes steps; whether any of them was not taken already.
///
/// # Errors
/// Those of the context.
pub(super) fn apply(
    cx: &Context<'_>,
    cluster: &str,
    steps: &[Step],
    version: &str,
) -> Result<bool, Error> {
    let mut applied = false;
    for step in steps {
        let id = format!("900-cm-{}-kubernetes-upgrade", step.machine);
        let before = cx
            .get::<ConfigPatch>(&id)?
            .map(|patch| patch.spec.data.clone())
            .unwrap_or_default();
        let after = merged(&id, &before, step, version)?;
        applied |= cx.put::<ConfigPatch>(&id, |patch| {
            let marks = &mut patch.metadata.labels;
            marks.insert(labels::CLUSTER.into(), cluster.into());
            marks.insert(labels::CLUSTER_MACHINE.into(), step.machine.clone());
            marks.insert(labels::SYSTEM_PATCH.into(), String::new());
            patch.spec.data.clone_from(&after);
        })?;
    }
    Ok(applied)
}

/// Takes the patches of a cluster away; whether all are gone.
///
/// # Errors
/// Those of the context.
pub(super) fn remove_patches(cx: &Context<'_>, cluster: &str) -> Result<bool, Error> {
    let mut gone = true;
    for patch in cx.list::<ConfigPatch>(&Query::cluster(cluster))? {
        if patch.metadata.owner == NAME {
            gone &= cx.remove::<ConfigPatch>(patch.id())?;
        }
    }
    Ok(gone)
}

fn merged(id: &str, before: &str, step: &Step, version: &str) -> Result<String, Error> {
    let mut patch = Configuration::new(json!({}));
    let change = component_patch(&step.component.at(version)).to_string();
    let text = patch
        .patch(before)
        .and_then(|()| patch.patch(&change))
        .and_then(|()| patch.to_yaml());
    text.map_err(|error| Error::Unusable {
        what: format!("the system patch {id}"),
        reason: error.to_string(),
    })
}
