//! Which free machines a machine set may take, and in which order.
//!
//! The order is that of the class's selectors, and of the machines' ids within a selector. A machine is a candidate when it is
//! free, can be used, reports events, is not evicted, fits the class, and may join the cluster by its Talos version. Machines that
//! were made for another set's requests are no candidates of a class with labels.

use omni_api::kind::MachineRequest;
use omni_api::selector::{Query as Terms, Selector, Term, parse_all};
use omni_api::specs::MachineClassSpec;
use omni_api::specs::MachineSetSpec;
use omni_api::specs::machine_set_spec::MachineAllocation;
use omni_api::{Metadata, labels};

use crate::engine::{Context, Error};

/// The class that a machine set takes its machines from, the older of the two fields included.
#[allow(
    deprecated,
    reason = "clients of old releases still write the older field, and Omni reads it"
)]
pub(crate) fn allocation_of(set: &MachineSetSpec) -> Option<&MachineAllocation> {
    set.machine_allocation
        .as_ref()
        .or(set.machine_class.as_ref())
}

/// A machine class by reference, with its name for messages.
#[derive(Debug)]
pub(super) struct Class<'a> {
    pub(super) name: &'a str,
    pub(super) spec: &'a MachineClassSpec,
}

impl Class<'_> {
    /// What free machines are asked for, the best alternative first.
    ///
    /// # Errors
    /// [`Error::Unusable`] when a selector of the class cannot be read.
    pub(super) fn selector(&self, set: &str) -> Result<Selector, Error> {
        if self.spec.auto_provision.is_some() {
            let made_for_us = Term::equal(labels::MACHINE_REQUEST_SET, set);
            return Ok(Selector(vec![Terms(vec![made_for_us])]));
        }
        let mut selector = parse_all(&self.spec.match_labels).map_err(|error| Error::Unusable {
            what: format!("a selector of the machine class {:?}", self.name),
            reason: error.to_string(),
        })?;
        for terms in &mut selector.0 {
            let by_hand = Term::exists(labels::NO_MANUAL_ALLOCATION);
            terms.0.push(by_hand.inverted());
        }
        Ok(selector)
    }
}

/// Whether a machine can be used by a set at all, as far as it can be told from its labels.
pub(super) fn is_free(machine: &Metadata) -> bool {
    let has = |key| machine.label(key).is_some();
    machine.label(labels::MACHINE_AVAILABLE) == Some("")
        && has(labels::MACHINE_READY_TO_USE)
        && has(labels::MACHINE_REPORTING_EVENTS)
        && !has(labels::EVICTED)
}

/// Whether nobody is about to take the machine away: the request that it was made for still stands.
pub(super) fn is_kept(cx: &Context<'_>, machine: &Metadata) -> Result<bool, Error> {
    match machine.label(labels::MACHINE_REQUEST) {
        Some(request) => Ok(cx.running::<MachineRequest>(request)?.is_some()),
        None => Ok(true),
    }
}
