//! The access policy: a role on some clusters that is higher than the account's own.
//!
//! The policy is one resource. A rule names users and clusters, directly or by groups, and a role; what counts is the highest role of the
//! rules that match and of the account itself. Reading a whole kind of cluster resources needs a rule that covers all clusters.

use std::borrow::Cow;
use std::sync::Arc;

use omni_api::kind::ClusterScope;
use omni_api::selector::{self, Query as Terms};
use omni_api::specs::{AccessPolicyRule, AccessPolicySpec};
use omni_api::{AnyResource, Resource, Role, kind, labels};

use super::super::caller::Caller;
use crate::Store;
use crate::store::{Key, Query};

/// The one policy's id.
const POLICY: &str = "access-policy";

/// The caller as it may act on a resource, by the cluster that the resource belongs to.
pub(super) fn on_resource<'a>(
    store: &Store,
    caller: Option<&'a Caller>,
    key: &Key,
    resource: Option<&AnyResource>,
) -> Option<Cow<'a, Caller>> {
    let caller = caller?;
    let cluster = match kind::find(&key.type_name).map(|facts| facts.cluster) {
        Some(ClusterScope::Id) => Some(&*key.id),
        Some(ClusterScope::Label) => resource.and_then(|one| one.metadata.label(labels::CLUSTER)),
        Some(ClusterScope::None) | None => None,
    };
    Some(match cluster.filter(|cluster| !cluster.is_empty()) {
        Some(cluster) => raised(store, caller, Some(cluster)),
        None => Cow::Borrowed(caller),
    })
}

/// The caller as it may read a kind, for each alternative of the query.
pub(super) fn on_queries<'a>(
    store: &Store,
    caller: Option<&'a Caller>,
    type_name: &str,
    query: &Query,
) -> Vec<Option<Cow<'a, Caller>>> {
    let scope = kind::find(type_name).map(|facts| facts.cluster);
    let Some(caller) = caller else {
        return vec![None];
    };
    if matches!(scope, Some(ClusterScope::None) | None) {
        return vec![Some(Cow::Borrowed(caller))];
    }
    let everything = [Terms::default()];
    let queries = match query.selector.0.as_slice() {
        [] => &everything[..],
        queries => queries,
    };
    let of = |query: &Terms| Some(raised(store, caller, query.pinned(labels::CLUSTER)));
    queries.iter().map(of).collect()
}

/// The caller with its role on this cluster, or on all clusters.
fn raised<'a>(store: &Store, caller: &'a Caller, cluster: Option<&str>) -> Cow<'a, Caller> {
    let role = role_on(store, caller, cluster);
    if role <= caller.role {
        return Cow::Borrowed(caller);
    }
    Cow::Owned(Caller {
        role,
        ..caller.clone()
    })
}

/// The role of an account on one cluster, or on all clusters.
pub(crate) fn role_on(store: &Store, caller: &Caller, cluster: Option<&str>) -> Role {
    let Some(policy) = store.peek::<kind::AccessPolicy>(POLICY) else {
        return caller.role;
    };
    let identity = store.peek::<kind::Identity>(&caller.identity);
    let roles = policy.spec.rules.iter().filter_map(|rule| {
        let applies = names_user(&policy.spec, rule, &caller.identity, identity.as_ref())
            && names_cluster(&policy.spec, rule, cluster);
        applies.then(|| rule.role.parse::<Role>().ok()).flatten()
    });
    roles.chain([caller.role]).max().unwrap_or(caller.role)
}

fn names_user(
    policy: &AccessPolicySpec,
    rule: &AccessPolicyRule,
    name: &str,
    identity: Option<&Arc<Resource<kind::Identity>>>,
) -> bool {
    rule.users
        .iter()
        .any(|entry| match entry.strip_prefix("group/") {
            None => entry == name,
            Some(group) => policy.user_groups.get(group).is_some_and(|group| {
                group.users.iter().any(|user| {
                    let labelled = || {
                        let selector = user.label_selectors.join(",");
                        let labels = identity.map(|identity| &identity.metadata.labels);
                        let query = selector::parse(&selector);
                        query.is_ok_and(|query| labels.is_some_and(|labels| query.matches(labels)))
                    };
                    (!user.name.is_empty() && user.name == name)
                        || (!user.r#match.is_empty() && glob(&user.r#match, name))
                        || (!user.label_selectors.is_empty() && labelled())
                })
            }),
        })
}

/// Without a cluster, the rule must cover all of them: by a group with the pattern `*`.
fn names_cluster(
    policy: &AccessPolicySpec,
    rule: &AccessPolicyRule,
    cluster: Option<&str>,
) -> bool {
    rule.clusters
        .iter()
        .any(|entry| match entry.strip_prefix("group/") {
            None => cluster == Some(entry.as_str()),
            Some(group) => policy.cluster_groups.get(group).is_some_and(|group| {
                group.clusters.iter().any(|one| match cluster {
                    None => one.r#match == "*",
                    Some(name) => {
                        (!one.name.is_empty() && one.name == name)
                            || (!one.r#match.is_empty() && glob(&one.r#match, name))
                    }
                })
            }),
        })
}

/// File-name patterns: `*` and `?` within one path element, classes in brackets.
fn glob(pattern: &str, name: &str) -> bool {
    let mut regex = String::from("^");
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' | ']' | '-' | '^' => regex.push(letter),
            '\\' => regex.extend(
                letters
                    .next()
                    .map(|next| regex::escape(&next.to_string()))
                    .iter()
                    .map(String::as_str),
            ),
            other => regex.push_str(&regex::escape(&other.to_string())),
        }
    }
    regex.push('$');
    regex::Regex::new(&regex).is_ok_and(|regex| regex.is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;
    use omni_api::specs::{AccessPolicyClusterGroup, access_policy_cluster_group};

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
        let rule = |user: &str, cluster: &str, role: &str| AccessPolicyRule {
            users: vec![user.into()],
            clusters: vec![cluster.into()],
            role: role.into(),
            ..Default::default()
        };
        let group = |pattern: &str| AccessPolicyClusterGroup {
            clusters: vec![access_policy_cluster_group::Cluster {
                r#match: pattern.into(),
                ..Default::default()
            }],
        };
        let written = store.put::<kind::AccessPolicy>("", POLICY, |policy| {
            policy.spec = AccessPolicySpec {
                cluster_groups: [
                    ("all".to_owned(), group("*")),
                    ("test".to_owned(), group("test-?")),
                ]
                .into(),
                rules: vec![
                    rule("a@x", "prod", "Reader"),
                    rule("a@x", "group/test", "Operator"),
                    rule("b@x", "group/all", "Reader"),
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
        let role =
            |identity: &str, cluster: Option<&str>| role_on(&store, &caller(identity), cluster);
        assert_eq!(role("a@x", Some("prod")), Role::Reader);
        assert_eq!(role("a@x", Some("test-1")), Role::Operator);
        assert_eq!(role("a@x", Some("test-12")), Role::None);
        assert_eq!(role("a@x", None), Role::None);
        assert_eq!(role("b@x", Some("any")), Role::Reader);
        assert_eq!(role("b@x", None), Role::Reader);
        assert_eq!(role("c@x", Some("prod")), Role::None);
    }
}
