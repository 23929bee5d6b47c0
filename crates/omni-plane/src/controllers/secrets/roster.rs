//! The machines of a cluster and their secrets: who has none yet, who leaves, and how far each is in a phase of a rotation.
//!
//! A ledger of the cluster: a turn looks at the machines that something has happened to, however many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use omni_api::kind::{
    ClusterMachineConfig, ClusterMachineConfigStatus, ClusterMachineSecrets, ClusterMachineStatus,
};
use omni_api::specs::secret_rotation_spec::{Component, Phase, Status};
use omni_api::{Resource, labels};

use super::candidates::Candidate;
use super::validate::runs_with;
use crate::controllers::common::{is_control_plane, one_of};
use crate::engine::{Context, Error, Input, Ledger};
use crate::store::Query;

/// The machines of a cluster and their secrets.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Roster {
    /// How many have secrets.
    pub(super) secrets: usize,
    /// Machines that have no secrets yet.
    pub(super) newcomers: BTreeSet<Arc<str>>,
    /// Those that leave or have left, and still have secrets.
    pub(super) leavers: BTreeSet<Arc<str>>,
    /// Those that have not been given the secrets of this phase.
    pub(super) pending: BTreeMap<Arc<str>, Candidate>,
    /// Those that have been given them, and were not known to run with them.
    pub(super) ongoing: BTreeMap<Arc<str>, Ongoing>,
}

/// The phase of a rotation, and its version; `None` at rest.
pub(super) type Stage = Option<(Phase, String)>;

/// A machine of a cluster.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Machine {
    /// The machine, unless it leaves or has left.
    staying: Option<Candidate>,
    /// How far its secrets are, if it has any.
    secrets: Option<State>,
}

/// How far the secrets of a machine are in the phase.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Pending,
    Given(Taking),
    /// There is nothing to be done, or no phase.
    Done,
}

/// A machine that is to take its secrets over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taking {
    /// Its configuration has them.
    pub(super) runs: bool,
    /// All nodes have to be ready, too.
    pub(super) needs_nodes: bool,
}

/// A machine that has been given its secrets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ongoing {
    pub(super) candidate: Candidate,
    pub(super) taking: Taking,
}

// === impl Roster ===

impl Roster {
    /// What it is made from; who is woken by what is another matter.
    pub(super) fn inputs() -> [Input; 4] {
        [
            Input::by_label::<ClusterMachineStatus>(labels::CLUSTER),
            Input::by_label::<ClusterMachineSecrets>(labels::CLUSTER),
            Input::by_label::<ClusterMachineConfig>(labels::CLUSTER),
            Input::by_label::<ClusterMachineConfigStatus>(labels::CLUSTER),
        ]
        .map(|input| input.of_member().silent())
    }

    /// Takes the secrets of machines away that leave; whether there were any.
    ///
    /// # Errors
    /// Those of the context.
    pub(super) fn dismiss(&self, cx: &Context<'_>) -> Result<bool, Error> {
        for id in &self.leavers {
            cx.remove::<ClusterMachineSecrets>(id)?;
        }
        Ok(!self.leavers.is_empty())
    }
}

impl Ledger for Roster {
    type Basis = Stage;
    type Entry = Machine;

    fn everybody(cx: &Context<'_>, cluster: &str) -> Result<Vec<Arc<str>>, Error> {
        let ours = Query::cluster(cluster);
        let mut ids = cx.ids::<ClusterMachineStatus>(&ours)?;
        ids.extend(cx.ids::<ClusterMachineSecrets>(&ours)?);
        Ok(ids)
    }

    fn look(
        cx: &Context<'_>,
        cluster: &str,
        stage: &Stage,
        id: &str,
    ) -> Result<Option<Machine>, Error> {
        let status = one_of::<ClusterMachineStatus>(cx, labels::CLUSTER, cluster, id)?;
        let secrets = one_of::<ClusterMachineSecrets>(cx, labels::CLUSTER, cluster, id)?;
        let staying = status.filter(|status| !status.metadata.tearing_down());
        let staying = staying.map(|status| Candidate::of(&status));
        if staying.is_none() && secrets.is_none() {
            return Ok(None);
        }
        let secrets = match secrets {
            Some(secrets) => Some(State::of(cx, &secrets, stage)?),
            None => None,
        };
        Ok(Some(Machine { staying, secrets }))
    }

    fn enter(&mut self, id: &Arc<str>, machine: &Machine) {
        self.secrets += usize::from(machine.secrets.is_some());
        match (&machine.staying, &machine.secrets) {
            (Some(_), None) => {
                self.newcomers.insert(id.clone());
            }
            (None, _) => {
                self.leavers.insert(id.clone());
            }
            (Some(candidate), Some(State::Pending)) => {
                self.pending.insert(id.clone(), candidate.clone());
            }
            (Some(candidate), Some(State::Given(taking))) => {
                let ongoing = Ongoing {
                    candidate: candidate.clone(),
                    taking: *taking,
                };
                self.ongoing.insert(id.clone(), ongoing);
            }
            (Some(_), Some(State::Done)) => {}
        }
    }

    fn strike(&mut self, id: &Arc<str>, machine: &Machine) {
        self.secrets -= usize::from(machine.secrets.is_some());
        self.newcomers.remove(id);
        self.leavers.remove(id);
        self.pending.remove(id);
        self.ongoing.remove(id);
    }
}

// === impl State ===

impl State {
    fn of(
        cx: &Context<'_>,
        secrets: &Resource<ClusterMachineSecrets>,
        stage: &Stage,
    ) -> Result<Self, Error> {
        let Some((phase, version)) = stage else {
            return Ok(Self::Done);
        };
        let given = secrets.spec.rotation.as_ref();
        let Some(given) = given.filter(|given| given.phase() == *phase) else {
            return Ok(Self::Pending);
        };
        if given.status() != Status::InProgress {
            return Ok(Self::Done);
        }
        Ok(Self::Given(Taking {
            runs: given.secret_rotation_version == *version && runs_with(cx, secrets)?,
            needs_nodes: given.component() == Component::KubernetesCa,
        }))
    }
}

// === impl Candidate ===

impl Candidate {
    fn of(status: &Resource<ClusterMachineStatus>) -> Self {
        let metadata = &status.metadata;
        Self {
            machine: status.id().to_owned(),
            hostname: metadata
                .label(labels::HOSTNAME)
                .unwrap_or_default()
                .to_owned(),
            control_plane: is_control_plane(metadata),
            locked: metadata.annotation(labels::MACHINE_LOCKED).is_some(),
            ready: status.spec.ready,
        }
    }
}
