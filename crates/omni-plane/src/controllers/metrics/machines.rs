//! How many machines there are, of which sort, and whether the account takes more. Says by notifications what people should know of it.

use std::time::Duration;

use omni_api::specs::MachineStatusMetricsSpec;
use omni_api::{Kind, kind};

use super::census::{ANSWERS, Census};
use super::{REST, always, notices};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::instance::{self, Instances};
use crate::store::Query;

/// Counts machines.
#[derive(Debug)]
pub(super) struct MachineStatusMetrics;

impl Controller for MachineStatusMetrics {
    fn name(&self) -> &'static str {
        "MachineStatusMetricsController"
    }

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = Census::inputs();
        inputs.extend([
            Input::mapped::<Instances>(always),
            // Of a fresh account, so that there are figures before there is a machine.
            Input::mapped::<kind::FeaturesConfig>(always),
            Input::quiet::<kind::CloudPlatformConfig>(),
            Input::quiet::<kind::MetalPlatformConfig>(),
        ]);
        inputs
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::exclusive::<kind::MachineStatusMetrics>(),
            Output::exclusive::<kind::Notification>(),
        ]
    }

    fn rest(&self) -> Duration {
        REST
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let mut counted = nothing(cx)?;
        cx.ledger::<Census>(id, &())?.fill(&mut counted);
        let limit = counted.registered_machines_limit;
        counted.registration_limit_reached =
            limit > 0 && counted.registered_machines_count >= limit;
        cx.put::<kind::MachineStatusMetrics>(id, |metrics| metrics.spec.clone_from(&counted))?;
        notices::keep(cx, &counted)?;
        Ok(Next::Done)
    }
}

/// No machines at all: of each sort that is known.
fn nothing(cx: &Context<'_>) -> Result<MachineStatusMetricsSpec, Error> {
    let instance = cx.get::<Instances>(instance::ID)?;
    let answers = || ANSWERS.map(|answer| (answer.to_owned(), 0)).into();
    let mut counted = MachineStatusMetricsSpec {
        registered_machines_limit: instance
            .map_or(0, |instance| instance.spec.account_max_registered_machines),
        secure_boot_status: answers(),
        uki_status: answers(),
        ..MachineStatusMetricsSpec::default()
    };
    let mut platforms = names::<kind::CloudPlatformConfig>(cx)?;
    platforms.extend(names::<kind::MetalPlatformConfig>(cx)?);
    counted.platforms = platforms.into_iter().map(|name| (name, 0)).collect();
    Ok(counted)
}

fn names<K: Kind>(cx: &Context<'_>) -> Result<Vec<String>, Error> {
    let all = cx.list::<K>(&Query::all())?;
    Ok(all.iter().map(|one| one.id().to_owned()).collect())
}
