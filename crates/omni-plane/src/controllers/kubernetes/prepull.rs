//! The images of a new Kubernetes version are on every node before the first component changes.

use std::collections::{BTreeMap, BTreeSet};

use omni_api::kind::{ImagePullRequest, ImagePullStatus};
use omni_api::labels;
use omni_api::specs::KubernetesUpgradeStatusSpec;
use omni_api::specs::image_pull_request_spec::NodeImageList;
use omni_api::specs::kubernetes_upgrade_status_spec::Phase;

use crate::engine::{Context, Error};

/// Asks for the images of each node, and tells how far that is; true when all are there.
///
/// # Errors
/// Those of the context.
pub(super) fn is_done(
    cx: &Context<'_>,
    cluster: &str,
    images: BTreeMap<String, BTreeSet<String>>,
    status: &mut KubernetesUpgradeStatusSpec,
) -> Result<bool, Error> {
    let wanted: Vec<_> = images
        .into_iter()
        .map(|(node, images)| NodeImageList {
            node,
            images: images.into_iter().collect(),
        })
        .collect();
    cx.put::<ImagePullRequest>(cluster, |request| {
        request
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), cluster.into());
        request.spec.node_image_list.clone_from(&wanted);
    })?;
    let request = cx.get::<ImagePullRequest>(cluster)?;
    let pulled = cx.get::<ImagePullStatus>(cluster)?;
    let (Some(request), Some(pulled)) = (request, pulled) else {
        return Ok(false);
    };
    if request.metadata.version.to_string() != pulled.spec.request_version {
        return Ok(false);
    }
    let pulled = &pulled.spec;
    if pulled.processed_count == pulled.total_count {
        return Ok(true);
    }
    let word = if pulled.last_processed_error.is_empty() {
        "pulled"
    } else {
        "failed to pull"
    };
    status.set_phase(Phase::Upgrading);
    status.step = format!("{word} {:?}", pulled.last_processed_image);
    status.status = format!(
        "pre-pulling images ({}/{})",
        pulled.processed_count, pulled.total_count
    );
    status.error.clone_from(&pulled.last_processed_error);
    Ok(false)
}
