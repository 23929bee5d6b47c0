//! The system patch that points a cluster's machines to Omni's own discovery service, where the cluster asks for it.

use omni_api::kind::{ClusterStatus, ConfigPatch};
use omni_api::{Resource, labels};
use semver::Version;

use crate::engine::{Context, Error, Transform, Verdict};

/// Port of the discovery service.
const PORT: u16 = 8_093;

/// Since this Talos version the discovery services are documents of their own.
const DOCUMENTS_SINCE: Version = Version::new(1, 14, 0);

/// Writes the discovery patch.
#[derive(Debug)]
pub(super) struct DiscoveryPatch;

impl Transform for DiscoveryPatch {
    type In = ClusterStatus;
    type Out = ConfigPatch;
    const NAME: &'static str = "DiscoveryServiceConfigPatchController";
    const SHARED: bool = true;
    const PREFIX: &'static str = "950-discovery-service-";

    fn transform(
        &self,
        _: &Context<'_>,
        status: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        if !status.spec.use_embedded_discovery_service {
            return Ok(Verdict::Remove);
        }
        let metadata = &mut output.metadata;
        metadata
            .labels
            .insert(labels::SYSTEM_PATCH.into(), String::new());
        metadata
            .labels
            .insert(labels::CLUSTER.into(), status.id().into());
        output.spec.data = patch(
            &status.spec.initial_talos_version,
            status.spec.disable_public_discovery_service,
        );
        Ok(Verdict::DONE)
    }
}

/// The patch for a cluster that was created with a Talos version.
fn patch(created_with: &str, embedded_only: bool) -> String {
    let endpoint = format!("http://[{}]:{PORT}", super::OMNI_ADDRESS);
    let documents = Version::parse(created_with).is_ok_and(|version| version >= DOCUMENTS_SINCE);
    if !documents {
        return format!(
            "cluster:\n  discovery:\n    registries:\n      service:\n        endpoint: {endpoint}\n"
        );
    }
    let name = if embedded_only {
        "default"
    } else {
        "omni-embedded"
    };
    format!(
        "apiVersion: v1alpha1\nkind: DiscoveryServiceConfig\nname: {name}\nendpoint: {endpoint}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patch_is_omnis_own() {
        assert_eq!(
            patch("1.13.7", false),
            "cluster:\n  discovery:\n    registries:\n      service:\n        endpoint: http://[fdae:41e4:649b:9303::1]:8093\n"
        );
    }

    #[test]
    fn from_talos_1_14_on_it_is_a_document_that_replaces_the_public_one_only_on_request() {
        assert!(patch("1.14.0", false).contains("name: omni-embedded\n"));
        assert!(patch("1.14.0", true).contains("name: default\n"));
    }
}
