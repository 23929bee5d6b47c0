//! The access policy at the gate: a role on some clusters that is higher than the account's own.
//!
//! What counts is the highest of the account's role and of the policy's rules that apply to it. Reading a whole kind of cluster resources needs
//! a rule that covers all clusters. An account that nobody knows any more keeps what its key says.

use std::borrow::Cow;

use omni_api::kind::ClusterScope;
use omni_api::selector::Query as Terms;
use omni_api::{AnyResource, Role, kind, labels};
use tonic::Status;

use super::super::caller::Caller;
use crate::Store;
use crate::api::policy::{POLICY, PolicyError, check};
use crate::store::{Key, Query};

/// The cluster that Omni asks a policy about where a request is about all of them. Rules that name or match a cluster of this name count
/// there, too, as soon as one rule covers all.
const ANY: &str = "any";

/// The caller as it may act on a resource, by the cluster that the resource belongs to.
pub(super) fn on_resource<'a>(
    store: &Store,
    caller: Option<&'a Caller>,
    key: &Key,
    resource: Option<&AnyResource>,
) -> Result<Option<Cow<'a, Caller>>, Status> {
    let Some(caller) = caller else {
        return Ok(None);
    };
    let cluster = match kind::find(&key.type_name).map(|facts| facts.cluster) {
        Some(ClusterScope::Id) => Some(&*key.id),
        Some(ClusterScope::Label) => resource.and_then(|one| one.metadata.label(labels::CLUSTER)),
        Some(ClusterScope::None) | None => None,
    };
    let Some(cluster) = cluster.filter(|cluster| !cluster.is_empty()) else {
        return Ok(Some(Cow::Borrowed(caller)));
    };
    let role = role_on(store, caller, cluster)?;
    Ok(Some(raised(caller, role)))
}

/// The caller as it may read a kind, for one alternative of the query.
pub(super) fn on_query<'a>(
    store: &Store,
    caller: Option<&'a Caller>,
    type_name: &str,
    query: &Terms,
) -> Result<Option<Cow<'a, Caller>>, Status> {
    let scope = kind::find(type_name).map(|facts| facts.cluster);
    let Some(caller) = caller else {
        return Ok(None);
    };
    if matches!(scope, Some(ClusterScope::None) | None) {
        return Ok(Some(Cow::Borrowed(caller)));
    }
    let role = match query.pinned(labels::CLUSTER) {
        Some(cluster) => role_on(store, caller, cluster)?,
        None => role_everywhere(store, caller)?,
    };
    Ok(Some(raised(caller, role)))
}

/// The alternatives of a query; one that asks for everything where there is none.
pub(super) fn alternatives(query: &Query) -> Cow<'_, [Terms]> {
    match query.selector.0.as_slice() {
        [] => Cow::Owned(vec![Terms::default()]),
        queries => Cow::Borrowed(queries),
    }
}

fn raised(caller: &Caller, role: Role) -> Cow<'_, Caller> {
    if role <= caller.role {
        return Cow::Borrowed(caller);
    }
    Cow::Owned(Caller {
        role,
        ..caller.clone()
    })
}

/// The role of an account on one cluster.
///
/// # Errors
/// The policy cannot be evaluated.
pub(crate) fn role_on(store: &Store, caller: &Caller, cluster: &str) -> Result<Role, Status> {
    Ok(evaluated(store, caller, cluster)?.0)
}

/// The role of an account on all clusters.
fn role_everywhere(store: &Store, caller: &Caller) -> Result<Role, Status> {
    let (role, all_clusters) = evaluated(store, caller, ANY)?;
    Ok(if all_clusters { role } else { caller.role })
}

/// The role on a cluster, and whether it holds on all.
fn evaluated(store: &Store, caller: &Caller, cluster: &str) -> Result<(Role, bool), Status> {
    let policy = store.peek::<kind::AccessPolicy>(POLICY);
    let identity = store.peek::<kind::Identity>(&caller.identity);
    let (Some(policy), Some(identity)) = (policy, identity) else {
        return Ok((caller.role, false));
    };
    let labels = &identity.metadata.labels;
    let verdict = check(&policy.spec, cluster, identity.id(), labels).map_err(status)?;
    Ok((verdict.role.max(caller.role), verdict.all_clusters))
}

/// Only broken selectors have a code of their own in Omni.
fn status(error: PolicyError) -> Status {
    match error {
        PolicyError::Selector(error) => Status::invalid_argument(error.to_string()),
        error @ (PolicyError::Pattern { .. } | PolicyError::Role(_)) => {
            Status::unknown(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;
    use omni_api::specs::{
        AccessPolicyClusterGroup, AccessPolicyRule, AccessPolicySpec, access_policy_cluster_group,
    };

    fn caller(identity: &str) -> Caller {
        Caller {
            user_id: "u".into(),
            identity: identity.into(),
            fingerprint: "f".into(),
            role: Role::None,
            user_agent: String::new(),
        }
    }

    fn store() -> Store {
        let store = Store::in_memory(Clock::manual());
        for identity in ["a@x", "b@x", "c@x"] {
            store
                .put::<kind::Identity>("", identity, |_| {})
                .expect("it is new");
        }
        let rule = |user: &str, cluster: &str, role: &str| AccessPolicyRule {
            users: vec![user.into()],
            clusters: vec![cluster.into()],
            role: role.into(),
            ..Default::default()
        };
        let all = AccessPolicyClusterGroup {
            clusters: vec![access_policy_cluster_group::Cluster {
                r#match: "*".into(),
                ..Default::default()
            }],
        };
        let written = store.put::<kind::AccessPolicy>("", POLICY, |policy| {
            policy.spec = AccessPolicySpec {
                cluster_groups: [("all".to_owned(), all.clone())].into(),
                rules: vec![
                    rule("a@x", "prod", "Reader"),
                    rule("b@x", "group/all", "Reader"),
                    rule("b@x", "prod", "Admin"),
                    rule("gone@x", "prod", "Admin"),
                ],
                ..Default::default()
            };
        });
        assert_eq!(written, Ok(true));
        store
    }

    #[test]
    fn a_rule_raises_the_role_on_its_clusters_only() {
        let store = store();
        let role = |identity: &str, cluster: &str| role_on(&store, &caller(identity), cluster);
        assert_eq!(role("a@x", "prod").expect("a policy"), Role::Reader);
        assert_eq!(role("a@x", "test").expect("a policy"), Role::None);
        assert_eq!(role("b@x", "prod").expect("a policy"), Role::Admin);
        assert_eq!(role("c@x", "prod").expect("a policy"), Role::None);
    }

    #[test]
    fn reading_everything_needs_a_rule_about_all_clusters() {
        let store = store();
        let everywhere = |identity: &str| role_everywhere(&store, &caller(identity));
        assert_eq!(everywhere("a@x").expect("a policy"), Role::None);
        assert_eq!(everywhere("b@x").expect("a policy"), Role::Reader);
    }

    #[test]
    fn an_account_without_an_identity_keeps_what_its_key_says() {
        let role = role_on(&store(), &caller("gone@x"), "prod");
        assert_eq!(role.expect("a policy"), Role::None);
    }
}
