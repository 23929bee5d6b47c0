//! `omni_machines`: machines found by their labels.

mod choose;
mod data_source;

use std::collections::BTreeMap;

use tfplugin::{Attr, Object};

pub use data_source::MachinesDataSource;

use crate::values::Selector;

/// Machines of the account, found by their labels instead of copied from a web page.
///
/// The order is stable, and with `available_to` a machine set's own machines come first: the second plan finds the same machines as the
/// first although they are no longer free.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "machines")]
pub struct Machines {
    /// Conditions on the machines' labels, joined by commas: `rack in (r1, r2), omni.sidero.dev/cores >= 4`. Without it all machines
    /// are found.
    #[attr(optional)]
    pub selector: Attr<Selector>,
    /// Only machines that are free now.
    #[attr(optional)]
    pub available: Attr<bool>,
    /// Id of a machine set: finds the machines that it has already, then those that are free for it. The set need not exist yet.
    #[attr(optional)]
    pub available_to: Attr<String>,
    /// At most so many machines.
    #[attr(optional)]
    pub limit: Attr<u32>,
    /// At least so many machines; finding fewer is an error that says why each candidate was refused.
    #[attr(optional)]
    pub at_least: Attr<u32>,
    /// Label whose values are failure domains: machines are taken from them in turn, so that `limit` spreads over as many as possible.
    #[attr(optional)]
    pub spread_by: Attr<String>,
    /// UUIDs of the machines, in a stable order.
    #[attr(computed)]
    pub ids: Attr<Vec<Attr<String>>>,
    /// The machines, in the order of `ids`.
    #[attr(computed)]
    pub machines: Attr<Vec<Machine>>,
}

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Machine {
    /// UUID of the machine.
    #[attr(computed)]
    pub id: Attr<String>,
    /// Hostname that the machine reports.
    #[attr(computed)]
    pub hostname: Attr<String>,
    /// Whether the machine is connected to Omni.
    #[attr(computed)]
    pub connected: Attr<bool>,
    /// Whether the machine is free: in no cluster, and usable.
    #[attr(computed)]
    pub available: Attr<bool>,
    /// Cluster that the machine belongs to.
    #[attr(computed)]
    pub cluster: Attr<String>,
    /// Machine set that the machine belongs to.
    #[attr(computed)]
    pub machine_set: Attr<String>,
    /// Talos version that runs on the machine.
    #[attr(computed)]
    pub talos_version: Attr<String>,
    /// Architecture, `amd64` or `arm64`.
    #[attr(computed)]
    pub arch: Attr<String>,
    /// Labels of the machine, Omni's own included.
    #[attr(computed)]
    pub labels: Attr<BTreeMap<String, Attr<String>>>,
}
