//! The verbs of `omni_cluster_readiness`: create and update wait, read looks, delete does nothing.

use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::ClusterReadiness;
use crate::readiness::{self, Wanted, wait};
use crate::session::{Session, defer, explain};
use crate::values::Version;

/// The resource `omni_cluster_readiness`.
#[derive(Debug, Default)]
pub struct ClusterReadinessResource;

// === impl ClusterReadinessResource ===

impl Resource for ClusterReadinessResource {
    type Session = Session;
    type Model = ClusterReadiness;

    /// A cluster that is not ready plans an update, which is a wait; the id stays known, because the cluster exists.
    async fn review(
        &self,
        _: &Cx<Session>,
        change: &mut Change<ClusterReadiness>,
    ) -> Result<(), Diagnostics> {
        let Some(prior) = &change.prior else {
            return Ok(());
        };
        if prior.ready != Attr::Known(true) || waits_again(prior, &change.planned) {
            change.planned.ready = Attr::Known(true);
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<ClusterReadiness>,
    ) -> Result<ClusterReadiness, Failure<ClusterReadiness>> {
        let mut state = plan.planned;
        wait_for(cx, &state).await?;
        state.id = state.cluster.clone();
        state.ready = Attr::Known(true);
        cx.keep(&state);
        cx.session().remember_account(cx).await;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        mut state: ClusterReadiness,
    ) -> Result<Option<ClusterReadiness>, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(Some(state));
        }
        let client = cx.session().client().await?;
        cx.session().check_account(cx, client).await?;
        let cluster = state.cluster.as_str().unwrap_or_default();
        let failed = |error| explain::failed(&format!("look at the cluster {cluster:?}"), &error);
        let observed = wait::look(client, cluster).await.map_err(failed)?;
        if observed.cluster.is_none() {
            return Ok(None);
        }
        state.ready = Attr::Known(readiness::blockers(&observed, &wanted(&state)).is_empty());
        state.id = state.cluster.clone();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: ClusterReadiness,
        plan: Plan<ClusterReadiness>,
    ) -> Result<ClusterReadiness, Failure<ClusterReadiness>> {
        let mut state = plan.planned;
        if prior.ready != Attr::Known(true) || waits_again(&prior, &state) {
            if let Err(unfinished) = wait_for(cx, &state).await {
                // Recorded as not ready, so that the next apply waits again.
                let state = ClusterReadiness {
                    ready: Attr::Known(false),
                    ..prior
                };
                return Err(Failure::with_state(unfinished, state));
            }
            state.ready = Attr::Known(true);
        }
        Ok(state)
    }

    async fn delete(
        &self,
        _: &Cx<Session>,
        _: ClusterReadiness,
    ) -> Result<(), Failure<ClusterReadiness>> {
        Ok(())
    }
}

/// Whether a change is one that waits: `settle` and `timeouts` alone are not.
fn waits_again(prior: &ClusterReadiness, planned: &ClusterReadiness) -> bool {
    prior.kubernetes_version != planned.kubernetes_version
        || prior.talos_version != planned.talos_version
        || prior.triggers != planned.triggers
}

fn wanted(state: &ClusterReadiness) -> Wanted {
    Wanted {
        kubernetes_version: state.kubernetes_version.as_known().map(Version::bare),
        talos_version: state.talos_version.as_known().map(Version::bare),
    }
}

async fn wait_for(cx: &Cx<Session>, state: &ClusterReadiness) -> Result<(), Diagnostics> {
    let client = cx.session().client().await?;
    let cluster = state.cluster.as_str().unwrap_or_default();
    let failed = |error| explain::failed(&format!("look at the cluster {cluster:?}"), &error);
    if client
        .cache()
        .get::<omni_api::kind::Cluster>(cluster, None)
        .await
        .map_err(failed)?
        .is_none()
    {
        return Err(Diagnostic::error("No such cluster")
            .detail(format!("There is no cluster {cluster:?} in this account: waiting for it would never end."))
            .remedy("Set `cluster` to `omni_cluster.….name`, so that Terraform creates the cluster first.")
            .at_attribute("cluster")
            .into());
    }
    let settle = state
        .settle
        .as_known()
        .map_or(wait::SETTLE, tfplugin::types::Duration::get);
    wait::ready(cx, client, cluster, &wanted(state), settle).await
}
