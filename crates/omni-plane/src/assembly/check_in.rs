//! The plane's first machines.

use omni_api::{Kind as _, kind, labels};

use super::{Plane, PlaneError};
use crate::infra::machine::{MachineState, NewMachine, add, boot, plain_id};
use crate::join::SIDEROLINK;
use crate::store::{Filter, Query, Receiver};
use crate::{Store, instance};

// === impl Plane ===

impl Plane {
    /// Adds the bare-metal machines with the numbers 1 to `count` and waits until each new one has checked in. Those that a full account has
    /// no room for are switched on, and stay outside until there is.
    ///
    /// Those that were there before may be anywhere in their lives, removed by a user among others: they are not waited for.
    pub(super) async fn check_in(&self, count: usize) -> Result<(), PlaneError> {
        if count == 0 {
            return Ok(());
        }
        let mut changes = self.store.subscribe(Filter::types([
            kind::MachineStatus::TYPE,
            kind::ConnectionParams::TYPE,
        ]));
        let args = self.join_args(&mut changes).await?;
        let talos = newest_talos(&self.store);
        let machine = |number| NewMachine::plain(number, &talos, &args);
        let mut room = self.room();
        let (mut new, mut outside) = (Vec::new(), Vec::new());
        for number in 1..=count {
            if room == 0 {
                outside.push(number);
            } else if add(&self.store, &machine(number))? {
                new.push(number);
                room -= 1;
            }
        }
        while !new.iter().all(|&number| self.is_known(number)) {
            changes.recv().await.ok_or(PlaneError::Stopped)?;
        }
        for number in outside {
            boot(&self.store, &machine(number), self.store.clock().moment())?;
        }
        Ok(())
    }

    /// How machines join, once it is known.
    async fn join_args(&self, changes: &mut Receiver) -> Result<Vec<String>, PlaneError> {
        loop {
            if let Some(params) = self.store.read::<kind::ConnectionParams>(SIDEROLINK) {
                let args = params.spec.args.split_whitespace();
                return Ok(args.map(str::to_owned).collect());
            }
            changes.recv().await.ok_or(PlaneError::Stopped)?;
        }
    }

    /// How many more machines the account takes.
    fn room(&self) -> usize {
        let limit = instance::of(&self.store).account_max_registered_machines as usize;
        if limit == 0 {
            return usize::MAX;
        }
        let machines = self.store.peek_all::<MachineState>(&Query::all());
        let inside = machines.iter().filter(|machine| machine.spec.joined);
        limit.saturating_sub(inside.count())
    }

    /// Whether a machine can be chosen: its hardware and its labels are known.
    fn is_known(&self, number: usize) -> bool {
        let machine = self.store.read::<kind::MachineStatus>(&plain_id(number));
        let usable = [labels::MACHINE_AVAILABLE, labels::CLUSTER];
        machine.is_some_and(|machine| {
            usable
                .iter()
                .any(|label| machine.metadata.labels.contains_key(*label))
        })
    }
}

/// The newest Talos that is neither deprecated, unsupported nor a pre-release.
fn newest_talos(store: &Store) -> String {
    let versions = store.read_all::<kind::TalosVersion>(&Query::all());
    let usable = versions
        .iter()
        .filter(|version| !version.spec.deprecated && !version.spec.unsupported);
    let parsed = usable.filter_map(|version| semver::Version::parse(version.id()).ok());
    let newest = parsed.filter(|version| version.pre.is_empty()).max();
    newest
        .map(|version| version.to_string())
        .unwrap_or_default()
}
