//! How far the pulling of images is: one after the other, node by node.

use std::time::Duration;

use omni_api::kind::ImagePullRequest;
use omni_api::{Resource, kind, labels};

use crate::engine::{Context, Error, Next, Transform, Verdict};

/// Pulls images.
#[derive(Debug)]
pub(super) struct ImagePullStatus;

/// How long an image takes.
const PER_IMAGE: Duration = Duration::from_millis(15);

impl Transform for ImagePullStatus {
    type In = ImagePullRequest;
    type Out = kind::ImagePullStatus;
    const NAME: &'static str = "ImagePullStatusController";

    fn transform(
        &self,
        _: &Context<'_>,
        request: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let lists = request.spec.node_image_list.iter();
        let images: Vec<_> = lists
            .flat_map(|list| list.images.iter().map(|image| (&list.node, image)))
            .collect();
        let version = request.metadata.version.to_string();
        let status = &mut output.spec;
        if status.request_version != version {
            status.processed_count = 0;
            status.request_version = version;
        }
        let cluster = request.metadata.label(labels::CLUSTER).unwrap_or_default();
        output
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), cluster.into());
        status.total_count = u32::try_from(images.len()).unwrap_or(u32::MAX);
        let next = usize::try_from(status.processed_count)
            .ok()
            .and_then(|done| images.get(done));
        if let Some((node, image)) = next {
            status.last_processed_node.clone_from(node);
            status.last_processed_image.clone_from(image);
            status.processed_count += 1;
        }
        let rest = status.processed_count < status.total_count;
        Ok(Verdict::Write(if rest {
            Next::After(PER_IMAGE)
        } else {
            Next::Done
        }))
    }
}
