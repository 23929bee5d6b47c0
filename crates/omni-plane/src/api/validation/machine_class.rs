//! Rules of machine classes.

use omni_api::selector::{self, Selector};
use omni_api::{Resource, kind, labels};

use super::machine_set::allocation;
use super::{Outcome, provider_data, refuse, strings};
use crate::Store;
use crate::release::Release;
use crate::store::Query;

type Class = Resource<kind::MachineClass>;

pub(super) fn write(store: &Store, old: Option<&Class>, new: &Class) -> Outcome {
    let spec = &new.spec;
    let Some(wanted) = &spec.auto_provision else {
        return selects(&spec.match_labels);
    };
    if !spec.match_labels.is_empty() {
        return refuse("can't set both auto provision and match labels at the same time");
    }
    if wanted.provider_id.is_empty() {
        return refuse("providerID can not be empty");
    }
    let before = old.and_then(|old| old.spec.auto_provision.as_ref());
    if before.is_none_or(|before| before.provider_data != wanted.provider_data) {
        provider_data::check(store, &wanted.provider_id, &wanted.provider_data)?;
    }
    strings::kernel_args(
        Release::of(store),
        "auto provision kernel args",
        &wanted.kernel_args,
    )
}

pub(super) fn destroy(store: &Store, id: &str) -> Outcome {
    let sets = store.peek_all::<kind::MachineSet>(&Query::all());
    let users = sets
        .iter()
        .filter(|set| allocation(&set.spec).is_some_and(|wanted| wanted.name == id));
    let users: Vec<&str> = users.map(|set| set.id()).collect();
    if users.is_empty() {
        return Ok(());
    }
    let users = users.join(", ");
    refuse(format!(
        "can not delete the machine class as it is still in use by machine sets: {users}"
    ))
}

fn selects(texts: &[String]) -> Outcome {
    let selector: Selector = match selector::parse_all(texts) {
        Ok(selector) => selector,
        Err(error) => {
            return refuse(format!(
                "failed to parse matchLabels: rpc error: code = InvalidArgument desc = {error}"
            ));
        }
    };
    if selector.0.is_empty() {
        return refuse("machine class should either have auto provision or match labels set");
    }
    let mut terms = selector.0.iter().flat_map(|query| &query.0);
    if terms.any(|term| term.key == labels::NO_MANUAL_ALLOCATION) {
        return refuse(format!(
            "selectors using label {} are not allowed",
            labels::NO_MANUAL_ALLOCATION
        ));
    }
    Ok(())
}
