//! What is wrong with a policy, and whether its own tests pass.
//!
//! Texts and order are Omni's, its slips included: a test without a cluster or user is named by what it lacks.

use omni_api::specs::{AccessPolicySpec, AccessPolicyTest};
use omni_api::{Resource, kind};

use super::{POLICY, PolicyError, assignable, check, matches};
use crate::release::Release;

/// Everything that is wrong with a policy.
pub(crate) fn validate(release: Release, policy: &Resource<kind::AccessPolicy>) -> Vec<String> {
    let (metadata, spec) = (&policy.metadata, &policy.spec);
    let mut found = Vec::new();
    for (what, wanted, given) in [
        ("ID", POLICY, &*metadata.id),
        ("namespace", "default", &*metadata.namespace),
    ] {
        if wanted != given {
            found.push(format!(
                "access policy {what} mismatch: expected {wanted:?}, got {given:?}"
            ));
        }
    }
    user_groups(spec, &mut found);
    cluster_groups(spec, &mut found);
    for rule in spec.rules.iter().filter(|rule| !rule.role.is_empty()) {
        found.extend(not_assignable(release, &rule.role));
    }
    for test in &spec.tests {
        run(spec, test, &mut found);
    }
    found
}

fn user_groups(spec: &AccessPolicySpec, found: &mut Vec<String>) {
    for (name, group) in &spec.user_groups {
        for user in &group.users {
            pattern(&user.r#match, found);
            let set = [
                !user.name.is_empty(),
                !user.r#match.is_empty(),
                !user.label_selectors.is_empty(),
            ];
            exactly_one("user", name, &set, found);
        }
    }
}

fn cluster_groups(spec: &AccessPolicySpec, found: &mut Vec<String>) {
    for (name, group) in &spec.cluster_groups {
        for cluster in &group.clusters {
            pattern(&cluster.r#match, found);
            let set = [!cluster.name.is_empty(), !cluster.r#match.is_empty()];
            exactly_one("cluster", name, &set, found);
        }
    }
}

fn pattern(pattern: &str, found: &mut Vec<String>) {
    if let Err(error) = matches(pattern, "") {
        found.push(error.to_string());
    }
}

fn exactly_one(what: &str, group: &str, set: &[bool], found: &mut Vec<String>) {
    let wrong = match set.iter().filter(|set| **set).count() {
        0 => format!("an empty {what}"),
        1 => return,
        _ => format!("a {what} with mutually exclusive fields set"),
    };
    found.push(format!(
        "access policy {what} group {group:?} contains {wrong}"
    ));
}

/// Why a rule may not give a role, if it may not.
fn not_assignable(release: Release, name: &str) -> Option<String> {
    match release.role(name) {
        None => Some(PolicyError::Role(name.to_owned()).to_string()),
        Some(role) if assignable(release, role) => None,
        Some(_) => Some(format!(
            "role {name:?} cannot be assigned by an access policy"
        )),
    }
}

/// Runs one of the policy's own tests.
fn run(spec: &AccessPolicySpec, test: &AccessPolicyTest, found: &mut Vec<String>) {
    let user = test.user.clone().unwrap_or_default();
    let cluster = test.cluster.clone().unwrap_or_default().name;
    if test.name.is_empty() {
        found.push("invalid test: name is empty".to_owned());
    }
    for (what, name) in [("cluster", &cluster), ("user", &user.name)] {
        if name.is_empty() {
            found.push(format!("invalid test {name:?}: {what} name is empty"));
        }
    }
    let verdict = match check(spec, &cluster, &user.name, &user.labels) {
        Ok(verdict) => verdict,
        Err(error) => {
            found.push(error.to_string());
            return;
        }
    };
    let expected = test.expected.clone().unwrap_or_default();
    let impersonate = expected.kubernetes.and_then(|groups| groups.impersonate);
    let groups = sorted(impersonate.unwrap_or_default().groups);
    let actual = sorted(verdict.groups);
    if groups != actual {
        found.push(format!(
            "access policy test {:?} failed: kubernetes impersonate groups mismatch: expected {}, got {}",
            test.name,
            list(&groups),
            list(&actual)
        ));
    }
    let role = verdict.role.as_str();
    if !expected.role.is_empty() && expected.role != role {
        found.push(format!(
            "access policy test {:?} failed: role mismatch: expected {:?}, got {role:?}",
            test.name, expected.role
        ));
    }
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts
}

/// Several texts as Go quotes them: `["a" "b"]`.
fn list(texts: &[String]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::access_policy_test::{Cluster, Expected, User, expected};
    use omni_api::specs::{AccessPolicyRule, AccessPolicyUserGroup, access_policy_user_group};

    fn policy(spec: AccessPolicySpec) -> Resource<kind::AccessPolicy> {
        Resource::new(POLICY, spec)
    }

    fn rule(role: &str) -> AccessPolicyRule {
        AccessPolicyRule {
            users: vec!["a@x".into()],
            clusters: vec!["prod".into()],
            role: role.into(),
            ..Default::default()
        }
    }

    fn test(name: &str, user: &str, cluster: &str, role: &str) -> AccessPolicyTest {
        AccessPolicyTest {
            name: name.into(),
            user: Some(User {
                name: user.into(),
                ..Default::default()
            }),
            cluster: Some(Cluster {
                name: cluster.into(),
            }),
            expected: Some(Expected {
                role: role.into(),
                ..Default::default()
            }),
        }
    }

    #[test]
    fn the_tests_of_a_policy_are_run() {
        let spec = AccessPolicySpec {
            rules: vec![rule("Reader")],
            tests: vec![
                test("right", "a@x", "prod", "Reader"),
                test("wrong", "a@x", "prod", "Admin"),
                test("elsewhere", "a@x", "other", "None"),
            ],
            ..Default::default()
        };
        assert_eq!(
            validate(Release::Next, &policy(spec)),
            [
                "access policy test \"wrong\" failed: role mismatch: expected \"Admin\", got \"Reader\""
            ]
        );
    }

    #[test]
    fn groups_are_compared_without_their_order() {
        let mut test = test("groups", "a@x", "prod", "");
        let impersonate = expected::kubernetes::Impersonate {
            groups: vec!["b".into(), "a".into()],
        };
        let expected = test.expected.get_or_insert_default();
        expected.kubernetes = Some(expected::Kubernetes {
            impersonate: Some(impersonate),
        });
        let spec = AccessPolicySpec {
            rules: vec![rule("Reader")],
            tests: vec![test],
            ..Default::default()
        };
        assert_eq!(
            validate(Release::Next, &policy(spec)),
            [
                "access policy test \"groups\" failed: kubernetes impersonate groups mismatch: expected [\"a\" \"b\"], got []"
            ]
        );
    }

    #[test]
    fn groups_rules_and_tests_are_checked_for_what_cannot_be() {
        let user = |name: &str, pattern: &str| access_policy_user_group::User {
            name: name.into(),
            r#match: pattern.into(),
            ..Default::default()
        };
        let group = AccessPolicyUserGroup {
            users: vec![user("", ""), user("a@x", "a*"), user("", "[")],
        };
        let spec = AccessPolicySpec {
            user_groups: [("dev".to_owned(), group)].into(),
            rules: vec![rule("Auditor"), rule("King")],
            tests: vec![AccessPolicyTest::default()],
            ..Default::default()
        };
        assert_eq!(
            validate(Release::Next, &policy(spec)),
            [
                "access policy user group \"dev\" contains an empty user",
                "access policy user group \"dev\" contains a user with mutually exclusive fields set",
                "syntax error in pattern",
                "role \"Auditor\" cannot be assigned by an access policy",
                "unknown role to parse: \"King\"",
                "invalid test: name is empty",
                "invalid test \"\": cluster name is empty",
                "invalid test \"\": user name is empty",
            ]
        );
    }
}
