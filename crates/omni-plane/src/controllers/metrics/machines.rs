//! How many machines there are, of which sort, and whether the account takes more. Says by notifications what people should know of it.

use std::time::Duration;

use omni_api::selector::Term;
use omni_api::specs::{MachineStatusMetricsSpec, MachineStatusSpec};
use omni_api::{Kind, kind, labels};
use semver::{Prerelease, Version};

use super::{REST, always, notices};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::instance::{self, Instances};
use crate::store::Query;

/// Counts machines.
#[derive(Debug)]
pub(super) struct MachineStatusMetrics;

/// The oldest Talos that this Omni supports.
pub(super) const OLDEST: Version = Version::new(1, 9, 0);

/// The first Talos that will be supported for a while.
const RECENT: Version = Version::new(1, 11, 0);

/// What a machine may be: it is known to be it, known not to be it, or nothing is known.
const ANSWERS: [&str; 3] = ["unknown", "true", "false"];

impl Controller for MachineStatusMetrics {
    fn name(&self) -> &'static str {
        "MachineStatusMetricsController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<kind::MachineStatus>(always),
            Input::mapped::<kind::InfraMachine>(always),
            Input::mapped::<Instances>(always),
            // Of a fresh account, so that there are figures before there is a machine.
            Input::mapped::<kind::FeaturesConfig>(always),
            Input::quiet::<kind::CloudPlatformConfig>(),
            Input::quiet::<kind::MetalPlatformConfig>(),
        ]
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
        for machine in cx.list::<kind::MachineStatus>(&Query::all())? {
            add(&mut counted, &machine.spec);
        }
        let waiting = Query::all().and(Term::exists(labels::MACHINE_PENDING_ACCEPT));
        let waiting = cx.list::<kind::InfraMachine>(&waiting)?.len();
        counted.pending_machines_count = u32::try_from(waiting).unwrap_or(u32::MAX);
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

fn add(counted: &mut MachineStatusMetricsSpec, machine: &MachineStatusSpec) {
    counted.registered_machines_count += 1;
    counted.connected_machines_count += u32::from(machine.connected);
    counted.allocated_machines_count += u32::from(!machine.cluster.is_empty());
    let schematic = machine.schematic.as_ref();
    let invalid = schematic.is_some_and(|image| image.invalid && !image.in_agent_mode);
    counted.invalid_schematic_machines_count += u32::from(invalid);
    let platform = machine.platform_metadata.as_ref();
    let platform = platform.filter(|known| !known.platform.is_empty());
    if let Some(known) = platform {
        *counted.platforms.entry(known.platform.clone()).or_default() += 1;
    }
    let security = machine.security_state.as_ref();
    let answer = |is: Option<bool>| is.map_or("unknown".to_owned(), |is| is.to_string());
    let secure = answer(security.map(|state| state.secure_boot));
    *counted.secure_boot_status.entry(secure).or_default() += 1;
    let uki = answer(security.map(|state| state.booted_with_uki));
    *counted.uki_status.entry(uki).or_default() += 1;
    if let Some(hardware) = &machine.hardware {
        let cores = hardware.processors.iter().map(|one| one.core_count);
        counted.cores_count += cores.map(u64::from).sum::<u64>();
    }
    add_version(counted, &machine.talos_version);
}

/// A pre-release counts as what it comes before.
fn add_version(counted: &mut MachineStatusMetricsSpec, talos: &str) {
    let Ok(mut version) = Version::parse(talos.trim_start_matches('v')) else {
        return;
    };
    version.pre = Prerelease::EMPTY;
    if version < OLDEST {
        counted.talos_version_end_of_support_machines_count += 1;
    } else if version < RECENT {
        counted.approaching_talos_version_end_of_support_machines_count += 1;
    }
}
