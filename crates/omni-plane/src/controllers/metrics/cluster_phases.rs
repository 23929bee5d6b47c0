//! How many clusters are in which phase, and how many are not ready.

use std::sync::Arc;
use std::time::Duration;

use omni_api::kind;
use omni_api::specs::ClusterStatusMetricsSpec;

use super::{REST, always};
use crate::engine::{Context, Controller, Error, Input, Ledger, Next, Output};
use crate::store::Query;

/// Counts phases.
#[derive(Debug)]
pub(super) struct ClusterStatusMetrics;

/// What has been counted of all clusters.
#[derive(Debug, Default, PartialEq)]
struct Counted(ClusterStatusMetricsSpec);

/// What counts of one.
#[derive(Debug, PartialEq, Eq)]
struct State {
    phase: i32,
    ready: bool,
}

impl Controller for ClusterStatusMetrics {
    fn name(&self) -> &'static str {
        "ClusterStatusMetricsController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<kind::ClusterStatus>(always).of_member(),
            // Of a fresh account, so that there are figures before there is a cluster.
            Input::mapped::<kind::FeaturesConfig>(always),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::ClusterStatusMetrics>()]
    }

    fn rest(&self) -> Duration {
        REST
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let counted = cx.ledger::<Counted>(id, &())?;
        cx.put::<kind::ClusterStatusMetrics>(id, |metrics| metrics.spec.clone_from(&counted.0))?;
        Ok(Next::Done)
    }
}

impl Ledger for Counted {
    type Basis = ();
    type Entry = State;

    fn everybody(cx: &Context<'_>, _: &str) -> Result<Vec<Arc<str>>, Error> {
        cx.ids::<kind::ClusterStatus>(&Query::all())
    }

    fn look(cx: &Context<'_>, _: &str, (): &(), cluster: &str) -> Result<Option<State>, Error> {
        let status = cx.get::<kind::ClusterStatus>(cluster)?;
        Ok(status.map(|status| State {
            phase: status.spec.phase,
            ready: status.spec.ready,
        }))
    }

    fn enter(&mut self, _: &Arc<str>, state: &State) {
        *self.0.phases.entry(state.phase).or_default() += 1;
        self.0.not_ready_count += u32::from(!state.ready);
    }

    fn strike(&mut self, _: &Arc<str>, state: &State) {
        let left = self.0.phases.remove(&state.phase).unwrap_or_default();
        // A phase that no cluster is in is not named.
        if left > 1 {
            self.0.phases.insert(state.phase, left - 1);
        }
        self.0.not_ready_count -= u32::from(!state.ready);
    }
}
