//! What Omni refuses to store, in its words: one file per kind.
//!
//! Rules look at the resource, at what it was before, and at what else is stored. All of them are asked and all answers are given at once. What
//! Omni does not check is not checked here either: a plane that is stricter than the server would hide mistakes until the day of the move.

mod cluster;
mod config_patch;
mod extensions;
mod go;
mod infra_provider;
mod kubernetes_path;
mod machine_class;
mod machine_request;
mod machine_request_set;
mod machine_set;
mod machine_set_node;
mod metadata;
mod others;
mod provider_data;
mod relations;
mod schema_errors;
mod strings;
mod version;

use omni_api::{AnyResource, Kind, Resource, kind};

use crate::Store;
use crate::release::{Release, Rule};

pub(crate) use config_patch::check as check_config_patch;
pub(crate) use go::duration as go_duration;
pub(crate) use kubernetes_path::supported as kubernetes_path_supported;
pub(crate) use version::parse_tolerant;

/// What a rule found: nothing, or texts for the user.
pub(crate) type Outcome = Result<(), Invalid>;

/// One or more texts that say what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invalid(pub(crate) Vec<String>);

/// One rule's refusal.
fn refuse<T>(text: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid(vec![text.into()]))
}

/// Collects the outcomes of several rules.
#[derive(Debug, Default)]
struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, outcome: Outcome) -> &mut Self {
        if let Err(Invalid(texts)) = outcome {
            self.0.extend(texts);
        }
        self
    }
}

/// What is wrong with a resource that is about to be created.
pub(crate) fn create(store: &Store, new: &AnyResource) -> Vec<String> {
    let mut found = Findings::default();
    let release = Release::of(store);
    metadata::create(&mut found, release, &new.metadata);
    match &*new.metadata.type_name {
        kind::Cluster::TYPE => typed(&mut found, new, |found, new| {
            cluster::create(store, found, new);
        }),
        kind::MachineSet::TYPE => typed(&mut found, new, |found, new| {
            relations::machine_set(found, None, &new.metadata);
            found.add(machine_set::write(store, None, new));
        }),
        kind::MachineSetNode::TYPE => typed(&mut found, new, |found, new| {
            relations::machine_set_node(found, None, &new.metadata);
            found.add(machine_set_node::create(store, new));
        }),
        kind::MachineClass::TYPE => typed(&mut found, new, |found, new| {
            found.add(machine_class::write(store, None, new));
        }),
        kind::ConfigPatch::TYPE => typed(&mut found, new, |found, new| {
            found.add(config_patch::create(store, new));
        }),
        kind::InfraProvider::TYPE if release.keeps(Rule::ProviderNames) => {
            found.add(infra_provider::create(&new.metadata.id));
        }
        kind::MachineRequestSet::TYPE => typed(&mut found, new, |found, new| {
            found.add(machine_request_set::write(store, None, new));
        }),
        kind::MachineRequest::TYPE => typed(&mut found, new, |found, new| {
            found.add(machine_request::create(new));
        }),
        _ => others::write(store, &mut found, None, new),
    }
    found.0
}

/// What is wrong with a resource that is about to be replaced. One that does not exist has nothing to be compared with.
pub(crate) fn update(store: &Store, old: Option<&AnyResource>, new: &AnyResource) -> Vec<String> {
    let mut found = Findings::default();
    let release = Release::of(store);
    metadata::update(
        &mut found,
        release,
        old.map(|old| &old.metadata),
        &new.metadata,
    );
    let Some(old) = old else {
        return found.0;
    };
    match &*new.metadata.type_name {
        kind::Cluster::TYPE => both(&mut found, old, new, |found, old, new| {
            cluster::update(store, found, old, new);
        }),
        kind::MachineSet::TYPE => both(&mut found, old, new, |found, old, new| {
            relations::machine_set(found, Some(&old.metadata), &new.metadata);
            found.add(machine_set::write(store, Some(old), new));
        }),
        kind::MachineSetNode::TYPE => both(&mut found, old, new, |found, old, new| {
            relations::machine_set_node(found, Some(&old.metadata), &new.metadata);
            found.add(machine_set_node::update(store, old, new));
        }),
        kind::MachineClass::TYPE => both(&mut found, old, new, |found, old, new| {
            found.add(machine_class::write(store, Some(old), new));
        }),
        kind::ConfigPatch::TYPE => both(&mut found, old, new, |found, old, new| {
            found.add(config_patch::update(store, old, new));
        }),
        kind::MachineRequestSet::TYPE => both(&mut found, old, new, |found, old, new| {
            found.add(machine_request_set::write(store, Some(old), new));
        }),
        kind::MachineRequest::TYPE => both(&mut found, old, new, |found, old, new| {
            found.add(machine_request::update(old, new));
        }),
        _ => others::write(store, &mut found, Some(old), new),
    }
    found.0
}

/// What speaks against tearing a resource down or destroying it.
pub(crate) fn destroy(store: &Store, existing: Option<&AnyResource>) -> Vec<String> {
    let mut found = Findings::default();
    let Some(existing) = existing else {
        return found.0;
    };
    match &*existing.metadata.type_name {
        kind::Cluster::TYPE => typed(&mut found, existing, |found, cluster| {
            found.add(cluster::destroy(store, cluster));
        }),
        kind::MachineSet::TYPE => typed(&mut found, existing, |found, set| {
            found.add(machine_set::destroy(store, set));
        }),
        kind::MachineSetNode::TYPE => typed(&mut found, existing, |found, node| {
            found.add(machine_set_node::destroy(store, node));
        }),
        kind::MachineClass::TYPE => {
            found.add(machine_class::destroy(store, &existing.metadata.id));
        }
        kind::InfraProvider::TYPE => {
            found.add(infra_provider::destroy(store, &existing.metadata.id));
        }
        _ => others::destroy(store, &mut found, existing),
    }
    found.0
}

/// Runs rules on a resource as its kind. What does not decode was refused at the door.
fn typed<K: Kind>(
    found: &mut Findings,
    resource: &AnyResource,
    rules: impl FnOnce(&mut Findings, &Resource<K>),
) {
    match resource.typed::<K>() {
        Ok(resource) => rules(found, &resource),
        Err(error) => found.0.push(error.to_string()),
    }
}

fn both<K: Kind>(
    found: &mut Findings,
    old: &AnyResource,
    new: &AnyResource,
    rules: impl FnOnce(&mut Findings, &Resource<K>, &Resource<K>),
) {
    typed::<K>(found, old, |found, old| {
        typed::<K>(found, new, |found, new| rules(found, old, new));
    });
}
