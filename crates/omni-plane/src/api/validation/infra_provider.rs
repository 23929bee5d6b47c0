//! Rules of infrastructure providers.

use omni_api::{kind, labels};

use super::{Outcome, refuse};
use crate::Store;
use crate::dns_label;
use crate::store::Query;

/// The id becomes the first part of the identity of the provider's account.
pub(super) fn create(id: &str) -> Outcome {
    dns_label::check(id).or_else(|why| refuse(format!("invalid infra provider name: {why}")))
}

pub(super) fn destroy(store: &Store, id: &str) -> Outcome {
    let machines = store.peek_all::<kind::Machine>(&Query::label(labels::INFRA_PROVIDER_ID, id));
    let running = machines
        .iter()
        .filter(|machine| !machine.metadata.tearing_down());
    let running: Vec<&str> = running.map(|machine| machine.id()).collect();
    if running.is_empty() {
        return Ok(());
    }
    refuse(format!(
        "cannot delete the infra provider {id:?}, as there are {} running machines managed by it: [{}]",
        running.len(),
        running.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_must_be_a_dns_label() {
        for (id, fits) in [
            ("aws", true),
            ("a-1", true),
            ("", false),
            ("-a", false),
            ("A", false),
            ("a_b", false),
        ] {
            assert_eq!(create(id).is_ok(), fits, "{id:?}");
        }
        assert!(create(&"a".repeat(63)).is_ok());
        assert!(create(&"a".repeat(64)).is_err());
    }
}
