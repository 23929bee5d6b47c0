//! What a policy says about a user on a cluster.

use omni_api::resource::Map;
use omni_api::selector;
use omni_api::specs::{AccessPolicyRule, AccessPolicySpec};
use omni_api::{Kind, Role, Version, kind};

use super::{GROUP, PolicyError, Verdict, matches};
use crate::store::Key;

/// What a policy says about a user, known by identity and labels, on a cluster.
pub(crate) fn check(
    policy: &AccessPolicySpec,
    cluster: &str,
    user: &str,
    labels: &Map,
) -> Result<Verdict, PolicyError> {
    let mut verdict = Verdict {
        role: Role::None,
        groups: Vec::new(),
        all_clusters: false,
    };
    for rule in &policy.rules {
        if !names_user(policy, rule, user, labels)?
            || !names_cluster(policy, rule, cluster, &mut verdict.all_clusters)?
        {
            continue;
        }
        if !rule.role.is_empty() {
            let role = rule.role.parse::<Role>();
            let role = role.map_err(|_| PolicyError::Role(rule.role.clone()))?;
            verdict.role = verdict.role.max(role);
        }
        let groups = rule
            .kubernetes
            .iter()
            .flat_map(|kubernetes| &kubernetes.impersonate);
        verdict
            .groups
            .extend(groups.flat_map(|impersonate| impersonate.groups.iter().cloned()));
    }
    Ok(verdict)
}

fn names_user(
    policy: &AccessPolicySpec,
    rule: &AccessPolicyRule,
    user: &str,
    labels: &Map,
) -> Result<bool, PolicyError> {
    for entry in &rule.users {
        if entry == user {
            return Ok(true);
        }
        let group = entry.strip_prefix(GROUP);
        let group = group.and_then(|group| policy.user_groups.get(group));
        for member in group.iter().flat_map(|group| &group.users) {
            if is_named::<kind::Identity>(&member.name, &member.r#match, user)?
                || has_labels(&member.label_selectors, labels)?
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a rule is about a cluster; notes where it is about all of them, by a group with the pattern `*`.
fn names_cluster(
    policy: &AccessPolicySpec,
    rule: &AccessPolicyRule,
    cluster: &str,
    all_clusters: &mut bool,
) -> Result<bool, PolicyError> {
    for entry in &rule.clusters {
        if entry == cluster {
            return Ok(true);
        }
        let group = entry.strip_prefix(GROUP);
        let group = group.and_then(|group| policy.cluster_groups.get(group));
        for member in group.iter().flat_map(|group| &group.clusters) {
            if member.r#match == "*" {
                *all_clusters = true;
                return Ok(true);
            }
            if is_named::<kind::Cluster>(&member.name, &member.r#match, cluster)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn is_named<K: Kind>(name: &str, pattern: &str, id: &str) -> Result<bool, PolicyError> {
    if !name.is_empty() && name == id {
        return Ok(true);
    }
    if pattern.is_empty() {
        return Ok(false);
    }
    matches(pattern, id).map_err(|_| PolicyError::Pattern {
        pattern: pattern.to_owned(),
        resource: Key::of::<K>(id).at(Version::UNDEFINED).to_string(),
    })
}

/// All selectors of a member must hold, unlike those of a machine class, of which one is enough.
fn has_labels(selectors: &[String], labels: &Map) -> Result<bool, PolicyError> {
    if selectors.is_empty() {
        return Ok(false);
    }
    let all = [selectors.join(",")];
    let selector = selector::parse_all(&all).map_err(PolicyError::Selector)?;
    Ok(selector.matches(labels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::{
        AccessPolicyClusterGroup, AccessPolicyUserGroup, access_policy_cluster_group as cluster,
        access_policy_rule as of_rule, access_policy_user_group as user,
    };

    fn rule(who: &str, cluster: &str, role: &str) -> AccessPolicyRule {
        AccessPolicyRule {
            users: vec![who.into()],
            clusters: vec![cluster.into()],
            role: role.into(),
            ..Default::default()
        }
    }

    fn clusters(pattern: &str) -> AccessPolicyClusterGroup {
        let one = cluster::Cluster {
            r#match: pattern.into(),
            ..Default::default()
        };
        AccessPolicyClusterGroup {
            clusters: vec![one],
        }
    }

    fn labelled(selectors: &[&str]) -> AccessPolicyUserGroup {
        let one = user::User {
            label_selectors: selectors.iter().map(|&text| text.to_owned()).collect(),
            ..Default::default()
        };
        AccessPolicyUserGroup { users: vec![one] }
    }

    fn policy(rules: Vec<AccessPolicyRule>) -> AccessPolicySpec {
        AccessPolicySpec {
            user_groups: [(
                "dev".to_owned(),
                labelled(&["team = dev", "level in (1, 2)"]),
            )]
            .into(),
            cluster_groups: [
                ("all".to_owned(), clusters("*")),
                ("test".to_owned(), clusters("test-?")),
            ]
            .into(),
            rules,
            ..Default::default()
        }
    }

    fn role(policy: &AccessPolicySpec, cluster: &str, labels: &[(&str, &str)]) -> Role {
        let labels = labels
            .iter()
            .map(|&(key, value)| (key.into(), value.into()));
        let verdict = check(policy, cluster, "a@x", &labels.collect());
        verdict.expect("a policy").role
    }

    #[test]
    fn the_highest_role_of_the_rules_that_apply_counts() {
        let policy = policy(vec![
            rule("a@x", "prod", "Reader"),
            rule("a@x", "group/test", "Operator"),
            rule("a@x", "test-1", "Reader"),
            rule("b@x", "prod", "Admin"),
        ]);
        assert_eq!(role(&policy, "prod", &[]), Role::Reader);
        assert_eq!(role(&policy, "test-1", &[]), Role::Operator);
        assert_eq!(role(&policy, "test-12", &[]), Role::None);
    }

    #[test]
    fn all_label_selectors_of_a_member_must_hold() {
        let policy = policy(vec![rule("group/dev", "prod", "Operator")]);
        let (team, level) = (("team", "dev"), ("level", "2"));
        assert_eq!(role(&policy, "prod", &[team, level]), Role::Operator);
        assert_eq!(role(&policy, "prod", &[team]), Role::None);
    }

    #[test]
    fn a_rule_about_all_clusters_is_told_from_one_that_happens_to_match() {
        let all = |entry: &str| {
            let policy = policy(vec![rule("a@x", entry, "Reader")]);
            let verdict = check(&policy, "any", "a@x", &Map::new()).expect("a policy");
            (verdict.role, verdict.all_clusters)
        };
        assert_eq!(all("group/all"), (Role::Reader, true));
        assert_eq!(all("any"), (Role::Reader, false));
        assert_eq!(all("group/nosuch"), (Role::None, false));
    }

    #[test]
    fn groups_of_kubernetes_are_collected_over_all_rules() {
        let with = |name: &str| AccessPolicyRule {
            kubernetes: Some(of_rule::Kubernetes {
                impersonate: Some(of_rule::kubernetes::Impersonate {
                    groups: vec![name.into()],
                }),
            }),
            ..rule("a@x", "prod", "")
        };
        let verdict = check(
            &policy(vec![with("b"), with("a")]),
            "prod",
            "a@x",
            &Map::new(),
        );
        assert_eq!(verdict.expect("a policy").groups, ["b", "a"]);
    }

    #[test]
    fn what_cannot_be_evaluated_is_an_error_in_omnis_words() {
        let mut broken = policy(vec![rule("group/dev", "prod", "King")]);
        let labels: Map = [("team".into(), "dev".into()), ("level".into(), "1".into())].into();
        let text = |policy: &AccessPolicySpec| {
            let error = check(policy, "prod", "a@x", &labels).expect_err("broken");
            error.to_string()
        };
        assert_eq!(text(&broken), "unknown role to parse: \"King\"");
        broken.user_groups = [("dev".to_owned(), labelled(&["a == = b"]))].into();
        assert!(text(&broken).starts_with("rpc error: code = InvalidArgument desc = "));
        broken.rules = vec![rule("a@x", "group/bad", "Reader")];
        broken.cluster_groups = [("bad".to_owned(), clusters("["))].into();
        assert_eq!(
            text(&broken),
            "invalid match pattern \"[\" for Clusters.omni.sidero.dev(default/prod@undefined)"
        );
    }
}
