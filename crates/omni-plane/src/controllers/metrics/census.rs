//! What the machines of the account are, counted.
//!
//! A ledger of all of them: a turn looks at the machines that something has happened to, however many there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use omni_api::kind::{InfraMachine, MachineStatus};
use omni_api::selector::Term;
use omni_api::specs::{MachineStatusMetricsSpec, MachineStatusSpec};
use omni_api::{Resource, labels};
use semver::{Prerelease, Version};

use super::always;
use crate::engine::{Context, Error, Input, Ledger};
use crate::store::Query;

/// The oldest Talos that this Omni supports.
pub(super) const OLDEST: Version = Version::new(1, 9, 0);

/// The first Talos that will be supported for a while.
const RECENT: Version = Version::new(1, 11, 0);

/// What a machine may be: it is known to be it, known not to be it, or nothing is known.
pub(super) const ANSWERS: [&str; 3] = ["unknown", "true", "false"];

/// How many machines are what.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Census {
    registered: u64,
    connected: u64,
    allocated: u64,
    pending: u64,
    invalid_schematics: u64,
    unsupported: u64,
    supported_for_now: u64,
    cores: u64,
    platforms: BTreeMap<String, u64>,
    secure_boot: BTreeMap<&'static str, u64>,
    uki: BTreeMap<&'static str, u64>,
}

/// What one machine counts as.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Machine {
    /// What is known of it, once it has joined.
    joined: Option<Traits>,
    /// Whether it waits to be accepted.
    pending: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Traits {
    connected: bool,
    allocated: bool,
    invalid_schematic: bool,
    cores: u64,
    platform: Option<String>,
    secure_boot: &'static str,
    uki: &'static str,
    support: Support,
}

/// How long its Talos is supported.
#[derive(Debug, PartialEq, Eq)]
enum Support {
    /// For a while, or it is not known what it runs.
    Lasting,
    /// Not much longer.
    Ending,
    /// Not any more.
    Ended,
}

// === impl Census ===

impl Census {
    /// What it is made from.
    pub(super) fn inputs() -> Vec<Input> {
        vec![
            Input::mapped::<MachineStatus>(always).of_member(),
            Input::mapped::<InfraMachine>(always).of_member(),
        ]
    }

    /// Adds what has been counted to figures that are nought.
    pub(super) fn fill(&self, figures: &mut MachineStatusMetricsSpec) {
        figures.registered_machines_count = figure(self.registered);
        figures.connected_machines_count = figure(self.connected);
        figures.allocated_machines_count = figure(self.allocated);
        figures.pending_machines_count = figure(self.pending);
        figures.invalid_schematic_machines_count = figure(self.invalid_schematics);
        figures.talos_version_end_of_support_machines_count = figure(self.unsupported);
        figures.approaching_talos_version_end_of_support_machines_count =
            figure(self.supported_for_now);
        figures.cores_count = self.cores;
        let platforms = self.platforms.iter();
        let platforms = platforms.map(|(name, count)| (name.clone(), figure(*count)));
        figures.platforms.extend(platforms);
        let named = |(name, count): (&&str, &u64)| ((*name).to_owned(), figure(*count));
        let secure_boot = self.secure_boot.iter().map(named);
        figures.secure_boot_status.extend(secure_boot);
        figures.uki_status.extend(self.uki.iter().map(named));
    }

    /// Counts a machine in (or out, as `step` says).
    fn count(&mut self, machine: &Machine, step: impl Fn(&mut u64, u64)) {
        step(&mut self.pending, machine.pending.into());
        let Some(traits) = &machine.joined else {
            return;
        };
        let (ended, ending) = (
            traits.support == Support::Ended,
            traits.support == Support::Ending,
        );
        step(&mut self.registered, 1);
        step(&mut self.connected, traits.connected.into());
        step(&mut self.allocated, traits.allocated.into());
        step(
            &mut self.invalid_schematics,
            traits.invalid_schematic.into(),
        );
        step(&mut self.unsupported, ended.into());
        step(&mut self.supported_for_now, ending.into());
        step(&mut self.cores, traits.cores);
        step(self.secure_boot.entry(traits.secure_boot).or_default(), 1);
        step(self.uki.entry(traits.uki).or_default(), 1);
        if let Some(platform) = &traits.platform {
            step(self.platforms.entry(platform.clone()).or_default(), 1);
        }
    }
}

fn figure(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Ledger for Census {
    type Basis = ();
    type Entry = Machine;

    fn everybody(cx: &Context<'_>, _: &str) -> Result<Vec<Arc<str>>, Error> {
        let mut ids = cx.ids::<MachineStatus>(&Query::all())?;
        let pending = Query::all().and(Term::exists(labels::MACHINE_PENDING_ACCEPT));
        ids.extend(cx.ids::<InfraMachine>(&pending)?);
        Ok(ids)
    }

    fn look(cx: &Context<'_>, _: &str, (): &(), machine: &str) -> Result<Option<Machine>, Error> {
        let joined = cx.get::<MachineStatus>(machine)?;
        let waits = |infra: Arc<Resource<InfraMachine>>| {
            let waits = infra.metadata.label(labels::MACHINE_PENDING_ACCEPT);
            waits.is_some()
        };
        let machine = Machine {
            joined: joined.map(|joined| Traits::of(&joined.spec)),
            pending: cx.get::<InfraMachine>(machine)?.is_some_and(waits),
        };
        Ok((machine.joined.is_some() || machine.pending).then_some(machine))
    }

    fn enter(&mut self, _: &Arc<str>, machine: &Machine) {
        self.count(machine, |count, more| *count += more);
    }

    fn strike(&mut self, _: &Arc<str>, machine: &Machine) {
        self.count(machine, |count, less| *count -= less);
        self.platforms.retain(|_, count| *count > 0);
        self.secure_boot.retain(|_, count| *count > 0);
        self.uki.retain(|_, count| *count > 0);
    }
}

// === impl Traits ===

impl Traits {
    fn of(machine: &MachineStatusSpec) -> Self {
        let image = machine.schematic.as_ref();
        let platform = machine.platform_metadata.as_ref();
        let platform = platform.map(|known| known.platform.clone());
        let security = machine.security_state.as_ref();
        let hardware = machine.hardware.as_ref();
        let processors = hardware.iter().flat_map(|hardware| &hardware.processors);
        Self {
            connected: machine.connected,
            allocated: !machine.cluster.is_empty(),
            invalid_schematic: image.is_some_and(|image| image.invalid && !image.in_agent_mode),
            cores: processors.map(|one| u64::from(one.core_count)).sum(),
            platform: platform.filter(|name| !name.is_empty()),
            secure_boot: answer(security.map(|state| state.secure_boot)),
            uki: answer(security.map(|state| state.booted_with_uki)),
            support: Support::of(&machine.talos_version),
        }
    }
}

fn answer(is: Option<bool>) -> &'static str {
    let [unknown, yes, no] = ANSWERS;
    is.map_or(unknown, |is| if is { yes } else { no })
}

// === impl Support ===

impl Support {
    /// A pre-release counts as what it comes before.
    fn of(talos: &str) -> Self {
        let Ok(mut version) = Version::parse(talos.trim_start_matches('v')) else {
            return Self::Lasting;
        };
        version.pre = Prerelease::EMPTY;
        if version < OLDEST {
            Self::Ended
        } else if version < RECENT {
            Self::Ending
        } else {
            Self::Lasting
        }
    }
}
