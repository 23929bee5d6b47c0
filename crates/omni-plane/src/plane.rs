//! The plane as a whole: store, controllers, infrastructure.

use crate::accounts::{
    IdentityCleanup, IdentityStatuses, KeyPruner, PublicKeyCleanup, ServiceAccountStatuses,
};
use crate::backups::Depot;
use crate::controllers;
use crate::engine::{Controller, Transformed};
use crate::infra::connection::Connection;
use crate::infra::dynamic::{Provision, RequestCleanup};
use crate::infra::faults::FaultsOfMachines;
use crate::infra::fixed::{BareMetal, InfraMachines, Racks};
use crate::infra::join_token::JoinTokens;
use crate::infra::machine::{Machines, Timings};
use crate::infra::machine_join::MachineJoins;
use crate::infra::provider::{Cleanup, CombinedStatus, Heartbeat, JoinConfigs};

/// Everything that works on the store: Omni's controllers and the emulated infrastructure, on which things take so long. Backups
/// stay in memory.
pub fn controllers(timings: &Timings) -> Vec<Box<dyn Controller>> {
    controllers_with(timings, &Depot::memory())
}

/// The same over the places that backups are kept in.
pub fn controllers_with(timings: &Timings, depot: &Depot) -> Vec<Box<dyn Controller>> {
    let mut all = controllers::all(depot);
    all.extend(surroundings(timings));
    all
}

/// All but Omni's own reconciliation of clusters: infrastructure, tokens, accounts.
fn surroundings(timings: &Timings) -> Vec<Box<dyn Controller>> {
    vec![
        Box::new(Machines::new(*timings)),
        Box::new(Provision::new(*timings)),
        Box::new(RequestCleanup),
        Box::new(Racks::new(*timings)),
        Box::new(BareMetal::new(*timings)),
        Box::new(InfraMachines),
        Box::new(Heartbeat),
        Box::new(CombinedStatus),
        Box::new(JoinConfigs),
        Box::new(Connection),
        Transformed::boxed(MachineJoins),
        Box::new(Cleanup),
        Box::new(JoinTokens),
        Box::new(FaultsOfMachines),
        Box::new(IdentityStatuses),
        Box::new(ServiceAccountStatuses),
        IdentityCleanup::boxed(),
        PublicKeyCleanup::boxed(),
        Box::new(KeyPruner),
    ]
}
