//! Sees to it that never two control planes are away at once because the plane wanted it.

use std::collections::BTreeMap;

use omni_api::kind::MachineStatusSnapshot;
use omni_api::machine::machine_status_event::MachineStage;
use omni_plane::infra::machine::plain_id;
use omni_plane::store::{EventKind, Filter, Receiver};

use crate::bench::Bench;

/// Follows what control planes do.
pub(crate) struct Watchdog {
    events: Receiver,
    control_planes: BTreeMap<String, ControlPlane>,
    absences: usize,
}

/// A control plane, by what it has told.
#[derive(Debug, Default, Clone, Copy)]
struct ControlPlane {
    /// Whether it has been a running member; before that nobody misses it.
    member: bool,
    stage: MachineStage,
}

// === impl Watchdog ===

impl Watchdog {
    pub(crate) fn new(bench: &Bench) -> Self {
        Self {
            events: bench
                .store
                .subscribe(Filter::kind::<MachineStatusSnapshot>()),
            control_planes: BTreeMap::new(),
            absences: 0,
        }
    }

    /// How often a control plane went away so far.
    pub(crate) fn absences(&self) -> usize {
        self.absences
    }

    /// Looks at everything that happened since it last looked.
    pub(crate) fn look(&mut self, story: &str) {
        while let Ok(event) = self.events.try_recv() {
            let snapshot = event
                .resource
                .typed::<MachineStatusSnapshot>()
                .expect("its kind");
            let id = snapshot.id().to_owned();
            // Control planes are the machines that were made on request.
            if (1..=4).any(|number| plain_id(number) == id) {
                continue;
            }
            let told = snapshot.spec.machine_status.as_ref();
            match told.filter(|_| event.kind != EventKind::Destroyed) {
                Some(status) => self.hear(id, status.stage()),
                None => drop(self.control_planes.remove(&id)),
            }
            let away = self.control_planes.values().filter(|one| one.is_away());
            assert!(away.count() <= 1, "{story}: {:?}", self.control_planes);
        }
    }

    fn hear(&mut self, id: String, stage: MachineStage) {
        let one = self.control_planes.entry(id).or_default();
        let was_away = one.is_away();
        one.member |= stage == MachineStage::Running;
        one.stage = stage;
        self.absences += usize::from(one.is_away() && !was_away);
    }
}

// === impl ControlPlane ===

impl ControlPlane {
    fn is_away(self) -> bool {
        self.member
            && matches!(
                self.stage,
                MachineStage::Upgrading | MachineStage::Resetting
            )
    }
}
