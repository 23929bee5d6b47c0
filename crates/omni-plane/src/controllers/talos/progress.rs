//! How far the machines of a cluster are: which run another image than theirs, which are changing, and whom to tell of a new one.
//!
//! A ledger of the cluster: a turn looks at the machines that something has happened to, however many there are.

use std::collections::BTreeSet;
use std::sync::Arc;

use omni_api::kind::{
    ClusterMachine, ClusterMachineConfigStatus, ClusterMachineStatus, ClusterMachineTalosVersion,
    MachinePendingUpdates, MachineSetNode, SchematicConfiguration,
};
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::{Resource, labels};

use crate::controllers::UPGRADE_LOCK;
use crate::controllers::common::{is_control_plane, is_held, one_of};
use crate::engine::{Context, Error, Input, Ledger};
use crate::store::Query;

/// How far the machines of a cluster are, as the cluster wants a version of Talos.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Progress {
    /// How many machines it has.
    pub(super) machines: usize,
    /// How many do not run the image that they are to run. Those that are being installed for the first time are none.
    pub(super) outdated: usize,
    /// How many of those are control planes.
    pub(super) outdated_control_planes: usize,
    /// Those that are changing now.
    pub(super) upgrading: BTreeSet<Arc<str>>,
    /// How many do not run, or are not ready.
    pub(super) unready: usize,
    /// How many have an upgrade ahead of them.
    pub(super) pending: usize,
    /// How many of those are locked.
    pub(super) pending_locked: usize,
    /// How many of those get another schematic.
    pub(super) pending_schematics: usize,
    /// Those whose image is made, and who have not been told of it.
    pub(super) to_tell: BTreeSet<Arc<str>>,
    /// Those that have been told of an image that is theirs no more.
    pub(super) to_withdraw: BTreeSet<Arc<str>>,
}

/// How far one machine is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Machine {
    member: Option<Member>,
    unready: bool,
    pending: Option<Pending>,
    news: Option<News>,
}

#[derive(Debug, PartialEq, Eq)]
struct Member {
    control_plane: bool,
    upgrading: bool,
    outdated: bool,
}

/// An upgrade that is ahead.
#[derive(Debug, PartialEq, Eq)]
struct Pending {
    locked: bool,
    schematics: bool,
}

/// What a machine has to be told.
#[derive(Debug, PartialEq, Eq)]
enum News {
    /// Another image is its own.
    Image,
    /// None is.
    Nothing,
}

// === impl Progress ===

impl Progress {
    /// What it is made from.
    pub(super) fn inputs() -> Vec<Input> {
        vec![
            Input::by_label::<ClusterMachineStatus>(labels::CLUSTER).of_member(),
            Input::by_label::<MachineSetNode>(labels::CLUSTER).of_member(),
            Input::by_label::<ClusterMachine>(labels::CLUSTER).of_member(),
            Input::by_label::<SchematicConfiguration>(labels::CLUSTER).of_member(),
            Input::by_label::<MachinePendingUpdates>(labels::CLUSTER).of_member(),
            Input::by_label::<ClusterMachineConfigStatus>(labels::CLUSTER).of_member(),
            Input::by_label::<ClusterMachineTalosVersion>(labels::CLUSTER)
                .of_member()
                .silent(),
        ]
    }

    /// Counts a machine in (or out, as `step` says).
    fn count(&mut self, machine: &Machine, step: impl Fn(&mut usize, bool)) {
        let member = machine.member.as_ref();
        let outdated = member.filter(|member| member.outdated || member.upgrading);
        let pending = machine.pending.as_ref();
        step(&mut self.machines, member.is_some());
        step(&mut self.outdated, outdated.is_some());
        step(
            &mut self.outdated_control_planes,
            outdated.is_some_and(|member| member.control_plane),
        );
        step(&mut self.unready, machine.unready);
        step(&mut self.pending, pending.is_some());
        step(
            &mut self.pending_locked,
            pending.is_some_and(|pending| pending.locked),
        );
        step(
            &mut self.pending_schematics,
            pending.is_some_and(|pending| pending.schematics),
        );
    }
}

impl Ledger for Progress {
    type Basis = String;
    type Entry = Machine;

    fn everybody(cx: &Context<'_>, cluster: &str) -> Result<Vec<Arc<str>>, Error> {
        let ours = Query::cluster(cluster);
        let mut ids = cx.ids::<ClusterMachine>(&ours)?;
        ids.extend(cx.ids::<ClusterMachineStatus>(&ours)?);
        ids.extend(cx.ids::<MachinePendingUpdates>(&ours)?);
        ids.extend(cx.ids::<ClusterMachineTalosVersion>(&ours)?);
        Ok(ids)
    }

    fn look(
        cx: &Context<'_>,
        cluster: &str,
        wanted: &String,
        machine: &str,
    ) -> Result<Option<Machine>, Error> {
        let status = one_of::<ClusterMachineStatus>(cx, labels::CLUSTER, cluster, machine)?;
        let is_unready = |status: Arc<Resource<ClusterMachineStatus>>| {
            status.spec.stage() != Stage::Running || !status.spec.ready
        };
        let member = one_of::<ClusterMachine>(cx, labels::CLUSTER, cluster, machine)?;
        let image = match &member {
            Some(_) => one_of::<SchematicConfiguration>(cx, labels::CLUSTER, cluster, machine)?,
            None => None,
        };
        let image = image.as_deref();
        let found = Machine {
            unready: status.is_some_and(is_unready),
            pending: Pending::of(cx, cluster, machine)?,
            news: News::of(cx, cluster, member.as_deref(), image, wanted, machine)?,
            member: match &member {
                Some(member) => Some(Member::of(cx, cluster, member, image, wanted)?),
                None => None,
            },
        };
        Ok((found != Machine::default()).then_some(found))
    }

    fn enter(&mut self, id: &Arc<str>, machine: &Machine) {
        self.count(machine, |count, counts| *count += usize::from(counts));
        if machine
            .member
            .as_ref()
            .is_some_and(|member| member.upgrading)
        {
            self.upgrading.insert(id.clone());
        }
        match machine.news {
            Some(News::Image) => self.to_tell.insert(id.clone()),
            Some(News::Nothing) => self.to_withdraw.insert(id.clone()),
            None => false,
        };
    }

    fn strike(&mut self, id: &Arc<str>, machine: &Machine) {
        self.count(machine, |count, counts| *count -= usize::from(counts));
        self.upgrading.remove(id);
        self.to_tell.remove(id);
        self.to_withdraw.remove(id);
    }
}

// === impl Member ===

impl Member {
    fn of(
        cx: &Context<'_>,
        cluster: &str,
        machine: &Resource<ClusterMachine>,
        image: Option<&Resource<SchematicConfiguration>>,
        wanted: &str,
    ) -> Result<Self, Error> {
        Ok(Self {
            control_plane: is_control_plane(&machine.metadata),
            upgrading: is_held(&machine.metadata, UPGRADE_LOCK),
            outdated: is_outdated(cx, cluster, machine.id(), image, wanted)?,
        })
    }
}

fn is_outdated(
    cx: &Context<'_>,
    cluster: &str,
    machine: &str,
    image: Option<&Resource<SchematicConfiguration>>,
    wanted: &str,
) -> Result<bool, Error> {
    let running = one_of::<ClusterMachineConfigStatus>(cx, labels::CLUSTER, cluster, machine)?;
    let (Some(image), Some(running)) = (image, running) else {
        return Ok(false);
    };
    let (image, running) = (&image.spec, &running.spec);
    if running.talos_version.is_empty() || running.schematic_id.is_empty() {
        return Ok(false);
    }
    Ok(image.talos_version != wanted
        || running.talos_version != image.talos_version
        || running.schematic_id != image.schematic_id)
}

// === impl Pending ===

impl Pending {
    fn of(cx: &Context<'_>, cluster: &str, machine: &str) -> Result<Option<Self>, Error> {
        let updates = one_of::<MachinePendingUpdates>(cx, labels::CLUSTER, cluster, machine)?;
        let Some(upgrade) = updates.as_ref().and_then(|one| one.spec.upgrade.as_ref()) else {
            return Ok(None);
        };
        let node = one_of::<MachineSetNode>(cx, labels::CLUSTER, cluster, machine)?;
        let is_locked = |node: Arc<Resource<MachineSetNode>>| {
            node.metadata.annotation(labels::MACHINE_LOCKED).is_some()
        };
        Ok(Some(Self {
            locked: node.is_some_and(is_locked),
            schematics: upgrade.from_schematic != upgrade.to_schematic,
        }))
    }
}

// === impl News ===

impl News {
    /// A machine that stays is told of its image once that is made for the cluster's version.
    fn of(
        cx: &Context<'_>,
        cluster: &str,
        member: Option<&Resource<ClusterMachine>>,
        image: Option<&Resource<SchematicConfiguration>>,
        wanted: &str,
        machine: &str,
    ) -> Result<Option<Self>, Error> {
        let told = one_of::<ClusterMachineTalosVersion>(cx, labels::CLUSTER, cluster, machine)?;
        let stays = member.is_some_and(|member| !member.metadata.tearing_down());
        let image = image.filter(|image| stays && !image.metadata.tearing_down());
        let Some(image) = image else {
            return Ok(told.map(|_| Self::Nothing));
        };
        let known = told.is_some_and(|told| says(&told, image));
        Ok((image.spec.talos_version == *wanted && !known).then_some(Self::Image))
    }
}

/// Whether a machine has been told to run this image, by all the labels that the image has.
fn says(
    told: &Resource<ClusterMachineTalosVersion>,
    image: &Resource<SchematicConfiguration>,
) -> bool {
    let mut labels = image.metadata.labels.iter();
    told.spec.talos_version == image.spec.talos_version
        && told.spec.schematic_id == image.spec.schematic_id
        && !told.metadata.tearing_down()
        && labels.all(|(key, value)| told.metadata.label(key) == Some(value))
}
