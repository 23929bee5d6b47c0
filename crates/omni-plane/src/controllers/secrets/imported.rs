//! Imported secrets are destroyed once the cluster has them.

use omni_api::kind::{self, ClusterSecrets};

use crate::engine::{Context, Controller, Error, Input, Next, Output};

/// Destroys imported secrets.
#[derive(Debug)]
pub(super) struct ImportedClusterSecrets;

impl Controller for ImportedClusterSecrets {
    fn name(&self) -> &'static str {
        "ImportedClusterSecretsCleanupController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<ClusterSecrets>(),
            Input::quiet::<kind::ImportedClusterSecrets>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<kind::ImportedClusterSecrets>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let taken = cx
            .get::<ClusterSecrets>(id)?
            .is_some_and(|secrets| secrets.spec.imported);
        if taken && cx.get::<kind::ImportedClusterSecrets>(id)?.is_some() {
            cx.remove_for::<kind::ImportedClusterSecrets>("", id)?;
        }
        Ok(Next::Done)
    }
}
