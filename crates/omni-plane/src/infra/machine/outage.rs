//! When a machine is silent because somebody wants to see what happens then.

use std::time::Duration;

use crate::Moment;
use crate::infra::faults::{MachineFaultsSpec, Outage, Since};

use super::state::{MachineStateSpec, keep, kept};

/// A machine's outages as they are at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Outages {
    /// Since when it is silent.
    pub(super) silent_since: Option<Moment>,
    /// When that changes.
    pub(super) next: Option<Moment>,
}

// === impl Outages ===

impl Outages {
    pub(super) fn at(machine: &MachineStateSpec, faults: &MachineFaultsSpec, now: Moment) -> Self {
        let mut outages = Self::default();
        for outage in &faults.outages {
            let Some((begin, end)) = span(machine, outage) else {
                continue;
            };
            if now < begin {
                outages.changes_at(begin);
            } else if end.is_none_or(|end| now < end) {
                let since = outages.silent_since.map_or(begin, |since| since.min(begin));
                outages.silent_since = Some(since);
                if let Some(end) = end {
                    outages.changes_at(end);
                }
            }
        }
        outages
    }

    fn changes_at(&mut self, moment: Moment) {
        self.next = Some(self.next.map_or(moment, |next| next.min(moment)));
    }

    /// The machine as it is during an outage; what is not told is not remembered either.
    pub(super) fn darken(self, machine: &mut MachineStateSpec) {
        if let Some(since) = self.silent_since {
            let since = keep(since);
            machine.silent_since = match machine.silent_since {
                0 => since,
                own => own.min(since),
            };
        }
    }
}

/// From when to when, once the event has come from which on it counts.
fn span(machine: &MachineStateSpec, outage: &Outage) -> Option<(Moment, Option<Moment>)> {
    let counts = match outage.since() {
        Since::Running => machine.running_since,
        Since::Join if machine.joined => machine.joins_at,
        Since::Join => 0,
    };
    let begin = (counts != 0).then(|| kept(counts) + Duration::from_nanos(outage.after))?;
    let end = outage
        .lasts
        .map(|lasts| begin + Duration::from_nanos(lasts));
    Some((begin, end))
}
