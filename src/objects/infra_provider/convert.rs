//! What the server says about an infrastructure provider, as attributes: pure.

use omni_api::{Resource, kind, labels};
use tfplugin::Attr;

use super::InfraProvider;

/// What the server says about a provider.
#[derive(Default)]
pub struct Statuses {
    /// What its program has published.
    pub status: Option<Resource<kind::InfraProviderStatus>>,
    /// Its program's heartbeat.
    pub health: Option<Resource<kind::InfraProviderHealthStatus>>,
    /// Omni's judgement of both.
    pub combined: Option<Resource<kind::InfraProviderCombinedStatus>>,
}

/// Fills in what the server has observed.
pub fn read_statuses(statuses: &Statuses, state: &mut InfraProvider) {
    let fixed = |status: &Resource<kind::InfraProviderStatus>| {
        status
            .metadata
            .labels
            .contains_key(labels::IS_STATIC_INFRA_PROVIDER)
    };
    let kind = statuses
        .status
        .as_ref()
        .map(|status| if fixed(status) { "static" } else { "dynamic" });
    state.kind = Attr::from(kind.map(str::to_owned));
    state.schema = Attr::from(
        statuses
            .status
            .as_ref()
            .map(|status| status.spec.schema.clone()),
    );
    let health = statuses
        .combined
        .as_ref()
        .and_then(|combined| combined.spec.health.clone());
    state.connected = Attr::Known(health.as_ref().is_some_and(|health| health.connected));
    state.health = Attr::Known(health.map(|health| health.error).unwrap_or_default());
    let seen = statuses
        .health
        .as_ref()
        .and_then(|health| health.spec.last_heartbeat_timestamp);
    state.last_seen = Attr::from(
        seen.and_then(|seen| jiff::Timestamp::new(seen.seconds, 0).ok())
            .map(|seen| seen.to_string()),
    );
}

/// A state of the official provider does not know that one can wait: the default stands in for it, so that the first plan is
/// empty.
pub fn read_defaults(state: &mut InfraProvider) {
    if state.wait_connected.is_null() {
        state.wait_connected = Attr::Known(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs;

    #[test]
    fn a_provider_whose_program_never_connected_says_so() {
        let mut state = InfraProvider::default();
        read_statuses(&Statuses::default(), &mut state);
        assert_eq!(
            (state.connected, state.kind, state.last_seen),
            (Attr::Known(false), Attr::Null, Attr::Null)
        );
    }

    #[test]
    fn a_provider_of_bare_metal_is_told_by_its_label() {
        let mut status = Resource::new(
            "metal",
            specs::InfraProviderStatusSpec {
                schema: "{}".into(),
                ..Default::default()
            },
        );
        let mut state = InfraProvider::default();
        read_statuses(
            &Statuses {
                status: Some(status.clone()),
                ..Default::default()
            },
            &mut state,
        );
        assert_eq!(state.kind.as_str(), Some("dynamic"));
        status
            .metadata
            .labels
            .insert(labels::IS_STATIC_INFRA_PROVIDER.into(), String::new());
        read_statuses(
            &Statuses {
                status: Some(status),
                ..Default::default()
            },
            &mut state,
        );
        assert_eq!(state.kind.as_str(), Some("static"));
    }
}
