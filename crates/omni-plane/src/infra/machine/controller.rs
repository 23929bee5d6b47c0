//! Runs the machines.
//!
//! Keeps true: every emulated machine is where it would be by now, and Omni sees what it would report. Its inputs are what the
//! machine is told, its own memory, its link, and the two facts about its cluster that it can find out by itself: whether
//! there is an etcd to join, and whether the API answers.

use std::sync::Arc;
use std::time::Duration;

use omni_api::specs::infra_machine_config_spec::AcceptanceStatus;
use omni_api::{Metadata, kind, labels};

use crate::controllers::common::those_of_cluster;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::infra::faults::MachineFaults;
use crate::machines::{Desired, Observed};
use crate::schematic::KeptSchematic;
use crate::store::StoreError;
use crate::{Moment, Store};

use super::diary::{self, Diary};
use super::outage::Outages;
use super::report::View;
use super::state::{Image, MachineState, MachineStateSpec, keep, kept, reached};
use super::step::{Pace, World, advance};
use super::timings::Timings;
use super::{admission, join, tunnel};

/// Runs the emulated machines; the name is the one that Omni's own owner of machines has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machines {
    timings: Timings,
}

// === impl Machines ===

impl Machines {
    /// Machines on which things take this long.
    pub const fn new(timings: Timings) -> Self {
        Self { timings }
    }

    /// Brings the machine to the present, and tells Omni; when to look again.
    fn run(
        &self,
        cx: &Context<'_>,
        id: &str,
        mut machine: MachineStateSpec,
        mut diary: Diary,
    ) -> Result<Next, Error> {
        let now = cx.now();
        let world = world(cx, id, &machine)?;
        let pace = Pace {
            now,
            timings: &self.timings,
        };
        let way = tunnel::way(cx, id, &machine, &self.timings)?;
        let before = Outages::at(&machine, &world.faults, now);
        before.darken(&mut machine);
        let next = advance(&mut machine, &world, pace, &mut diary);
        let outages = Outages::at(&machine, &world.faults, now);
        if outages.silent_since.is_some() && before.silent_since.is_none() {
            // It has just begun: what the machine did until now is told, then it falls silent.
            remember(cx, id, &machine, place(&world, &machine).as_deref(), diary)?;
            self.tell(cx, id, &machine, &way)?;
            return Ok(Next::After(Duration::ZERO));
        }
        let introduced = Some(kept(machine.introduced_at)).filter(|moment| *moment > now);
        let next = [next, way.switches, introduced].into_iter().flatten().min();
        remember(cx, id, &machine, place(&world, &machine).as_deref(), diary)?;
        self.tell(cx, id, &machine, &way)?;
        let soonest = [next, outages.next].into_iter().flatten().min();
        Ok(match soonest {
            // Noticing a silent machine is nothing to wait for, nor is a fault that is to come.
            Some(soonest) if machine.silent_since != 0 || next.is_none() => {
                Next::Idle(soonest.since(now))
            }
            Some(soonest) => Next::After(soonest.since(now)),
            None => Next::Done,
        })
    }

    fn tell(
        &self,
        cx: &Context<'_>,
        id: &str,
        machine: &MachineStateSpec,
        way: &tunnel::Way,
    ) -> Result<(), Error> {
        let view = View {
            id,
            now: cx.now(),
            timings: &self.timings,
        };
        let connected = view.connected(machine);
        join::link(cx, id, machine, connected, way)?;
        if machine.build().fixed && !is_accepted(cx, id)? {
            return Ok(());
        }
        join::join(cx, id, machine, connected, way)?;
        let mute = machine.silent_since != 0 || machine.deaf;
        if !mute {
            let snapshot = view.snapshot(machine);
            cx.put_for::<kind::MachineStatusSnapshot>(join::SNAPSHOT_OWNER, id, |resource| {
                resource.spec = snapshot.clone();
            })?;
        }
        let mut observed = view.observed(machine);
        let before = cx.get::<Observed>(id)?;
        if let (true, Some(before)) = (mute, before) {
            let connected = observed.connected;
            observed = before.spec.clone();
            observed.connected = connected;
        }
        cx.put::<Observed>(id, |resource| resource.spec = observed.clone())?;
        Ok(())
    }
}

impl Controller for Machines {
    fn name(&self) -> &'static str {
        "MachineController"
    }

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = admission::inputs().to_vec();
        inputs.extend([
            Input::by_id::<MachineState>(),
            Input::by_id::<Desired>(),
            Input::by_id::<MachineFaults>(),
            Input::by_id::<kind::Link>(),
            Input::by_id::<kind::Machine>(),
            Input::by_id::<kind::InfraMachineConfig>(),
            Input::quiet::<KeptSchematic>(),
            Input::quiet::<kind::DefaultJoinToken>(),
            Input::mapped::<kind::ClusterBootstrapStatus>(of_cluster),
            Input::mapped::<kind::LoadBalancerStatus>(of_cluster),
            Input::by_id::<kind::NodeUniqueToken>(),
            Input::by_id::<kind::GrpcTunnelConfig>(),
        ]);
        inputs
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<MachineState>(),
            Output::exclusive::<Observed>(),
            Output::shared::<kind::Link>(),
            Output::exclusive::<kind::LinkStatus>(),
            Output::exclusive::<kind::Machine>(),
            Output::exclusive::<kind::MachineStatusSnapshot>(),
            Output::exclusive::<kind::NodeUniqueToken>(),
            Output::exclusive::<kind::NodeUniqueTokenStatus>(),
            Output::exclusive::<kind::JoinTokenUsage>(),
            Output::shared::<kind::MachineLabels>(),
            Output::exclusive::<kind::MachineConfigExtractionStatus>(),
            Output::exclusive::<kind::MaintenanceConfigStatus>(),
            Output::exclusive::<kind::InfraMachineRegistration>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(machine) = cx.get::<MachineState>(id)? else {
            return Ok(Next::Done);
        };
        let link = cx.get::<kind::Link>(id)?;
        let leaving = link
            .as_ref()
            .is_some_and(|link| link.metadata.tearing_down());
        if leaving || (machine.spec.removed && link.is_none()) {
            join::leave(cx, id)?;
            return Ok(Next::Done);
        }
        if machine.spec.removed {
            cx.teardown_for::<kind::Link>("", id)?;
            return Ok(Next::Done);
        }
        let mut state = machine.spec.clone();
        let mut diary = Diary::of(&state);
        if !state.joined {
            if !reached(state.joins_at, cx.now()) {
                return Ok(Next::After(kept(state.joins_at).since(cx.now())));
            }
            if !admission::admitted(cx, id, &state)? {
                return Ok(Next::Idle(self.timings.asks_again));
            }
            state.joined = true;
            state.introduced_at = keep(cx.now() + self.timings.introduce);
            diary.joined(&state);
        }
        self.run(cx, id, state, diary)
    }
}

/// Writes the memory down, with the cluster as its label, and what the diary has.
fn remember(
    cx: &Context<'_>,
    id: &str,
    machine: &MachineStateSpec,
    cluster: Option<&str>,
    diary: Diary,
) -> Result<(), Error> {
    cx.put_with_notes::<MachineState>(id, &diary::stream(id), diary.lines(), |resource| {
        // Faults, orders and farewells come from outside and may have come meanwhile.
        let begun = machine.by_hand.is_empty() && resource.spec.stage != machine.stage;
        let before = std::mem::replace(&mut resource.spec, machine.clone());
        resource.spec.silent_since = before.silent_since;
        resource.spec.deaf = before.deaf;
        resource.spec.removed = before.removed;
        resource.spec.switched_off = before.switched_off;
        resource.spec.shut_down = before.shut_down;
        if !begun {
            resource.spec.by_hand = before.by_hand;
        }
        resource.spec.wiped = before.wiped;
        resource.spec.wiping_until = before.wiping_until;
        match cluster {
            Some(cluster) => resource
                .metadata
                .labels
                .insert(labels::CLUSTER.to_owned(), cluster.to_owned()),
            None => resource.metadata.labels.remove(labels::CLUSTER),
        };
    })?;
    Ok(())
}

/// The cluster that the machine is told to be in, or is in.
fn place(world: &World, machine: &MachineStateSpec) -> Option<String> {
    let desired = world.desired.as_ref().map(|desired| &desired.cluster);
    let desired = desired.filter(|cluster| !cluster.is_empty());
    let member = machine.member.as_ref().map(|member| &member.cluster);
    desired.or(member).cloned()
}

/// What the machine finds around it.
fn world(cx: &Context<'_>, id: &str, machine: &MachineStateSpec) -> Result<World, Error> {
    let desired = cx
        .running::<Desired>(id)?
        .map(|desired| desired.spec.clone());
    let faults = cx.get::<MachineFaults>(id)?;
    let faults = faults.map(|faults| faults.spec.clone()).unwrap_or_default();
    let Some(desired) = desired else {
        return Ok(World {
            faults,
            ..World::default()
        });
    };
    let bootstrap = cx.running::<kind::ClusterBootstrapStatus>(&desired.cluster)?;
    let balancer = cx.running::<kind::LoadBalancerStatus>(&desired.cluster)?;
    let etcd_exists = bootstrap.is_some_and(|status| status.spec.bootstrapped);
    Ok(World {
        wanted_image: wanted_image(cx, machine, &desired.schematic)?,
        etcd_exists,
        // A load balancer without anything behind it may count as healthy for a moment.
        api_answers: etcd_exists && balancer.is_some_and(|status| status.spec.healthy),
        desired: Some(desired),
        faults,
    })
}

/// Whether a user has accepted the machine of a fixed provider.
fn is_accepted(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    let config = cx.get::<kind::InfraMachineConfig>(id)?;
    Ok(config.is_some_and(|config| config.spec.acceptance_status() == AcceptanceStatus::Accepted))
}

/// What the image factory has of a schematic; the one of the first boot needs no factory.
fn wanted_image(
    cx: &Context<'_>,
    machine: &MachineStateSpec,
    schematic: &str,
) -> Result<Option<Image>, Error> {
    let initial = machine.build().initial.unwrap_or_default();
    if initial.schematic == schematic {
        return Ok(Some(initial));
    }
    let kept = cx.get::<KeptSchematic>(schematic)?;
    Ok(kept.map(|kept| Image {
        schematic: schematic.to_owned(),
        raw: kept.spec.yaml.clone(),
        ..Image::default()
    }))
}

/// The machines of the cluster with this id.
fn of_cluster(store: &Store, metadata: &Metadata) -> Vec<Arc<str>> {
    those_of_cluster::<MachineState>(store, metadata)
}

/// Makes a machine fall silent from a moment on, or speak again.
///
/// # Errors
/// Those of the store; [`StoreError::NotFound`] for a machine that is not there.
pub fn silence(store: &Store, id: &str, since: Option<Moment>) -> Result<(), StoreError> {
    afflict(store, id, |machine| {
        machine.silent_since = since.map_or(0, super::state::keep);
    })
}

/// Keeps a machine from hearing and answering while its tunnel stays up, or lets it hear again.
///
/// Omni does not notice such a machine (recording 16): it counts as connected, its last stage stands.
///
/// # Errors
/// As [`silence`].
pub fn deafen(store: &Store, id: &str, deaf: bool) -> Result<(), StoreError> {
    afflict(store, id, |machine| machine.deaf = deaf)
}

fn afflict(
    store: &Store,
    id: &str,
    change: impl Fn(&mut MachineStateSpec),
) -> Result<(), StoreError> {
    if store.peek::<MachineState>(id).is_none() {
        let key = crate::store::Key::of::<MachineState>(id);
        return Err(StoreError::NotFound(key.at(omni_api::Version::UNDEFINED)));
    }
    store.put::<MachineState>("", id, |machine| change(&mut machine.spec))?;
    Ok(())
}
