//! Which free machines a machine set may take, and in which order.
//!
//! The order is that of the class's selectors, and of the machines' ids within a selector. A machine is a candidate when it is
//! free, can be used, reports events, is not evicted, fits the class, and may join the cluster by its Talos version. Machines that
//! were made for another set's requests are no candidates of a class with labels.

use omni_api::kind::{MachineRequest, MachineStatusLabels};
use omni_api::selector::{Query as Terms, Selector, Term, parse_all};
use omni_api::specs::MachineClassSpec;
use omni_api::specs::MachineSetSpec;
use omni_api::specs::machine_set_spec::MachineAllocation;
use omni_api::{Metadata, labels};
use semver::Version;

use super::compatibility::may_join;
use crate::engine::{Context, Error};
use crate::store::Query;

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

/// The ids of the candidates, best first.
///
/// # Errors
/// [`Error::Unusable`] when a selector of the class cannot be read.
pub(super) fn candidates(
    cx: &Context<'_>,
    set: &str,
    class: &Class<'_>,
    cluster: &Version,
) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for terms in class.selector(set)?.0 {
        let query = Query::from(Selector(vec![terms]));
        for machine in cx.list::<MachineStatusLabels>(&query)? {
            let known = found.iter().any(|id| id == machine.id());
            if !known && may_join(&machine.metadata, cluster) && is_kept(cx, &machine.metadata)? {
                found.push(machine.id().to_owned());
            }
        }
    }
    Ok(found)
}

/// A machine class by reference, with its name for messages.
#[derive(Debug)]
pub(super) struct Class<'a> {
    pub(super) name: &'a str,
    pub(super) spec: &'a MachineClassSpec,
}

impl Class<'_> {
    fn selector(&self, set: &str) -> Result<Selector, Error> {
        let selector = if self.spec.auto_provision.is_some() {
            let made_for_us = Term::equal(labels::MACHINE_REQUEST_SET, set);
            Selector(vec![Terms(vec![made_for_us])])
        } else {
            let mut selector =
                parse_all(&self.spec.match_labels).map_err(|error| Error::Unusable {
                    what: format!("a selector of the machine class {:?}", self.name),
                    reason: error.to_string(),
                })?;
            for terms in &mut selector.0 {
                terms
                    .0
                    .push(Term::exists(labels::NO_MANUAL_ALLOCATION).inverted());
            }
            selector
        };
        Ok(Selector(selector.0.into_iter().map(free).collect()))
    }
}

/// The same terms, for free machines only.
fn free(mut terms: Terms) -> Terms {
    // By value, not by presence, so that the index of free machines is used.
    terms.0.push(Term::equal(labels::MACHINE_AVAILABLE, ""));
    terms.0.push(Term::exists(labels::MACHINE_READY_TO_USE));
    terms.0.push(Term::exists(labels::MACHINE_REPORTING_EVENTS));
    terms.0.push(Term::exists(labels::EVICTED).inverted());
    terms
}

/// Whether a machine can be used by a set at all, as far as it can be told from its labels.
pub(super) fn is_free(machine: &Metadata) -> bool {
    free(Terms::default()).matches(&machine.labels)
}

/// Whether nobody is about to take the machine away: the request that it was made for still stands.
fn is_kept(cx: &Context<'_>, machine: &Metadata) -> Result<bool, Error> {
    match machine.label(labels::MACHINE_REQUEST) {
        Some(request) => Ok(cx.running::<MachineRequest>(request)?.is_some()),
        None => Ok(true),
    }
}
