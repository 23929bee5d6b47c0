//! The access policy as a document: stored when it is right and its own tests pass, applied from then on.

use omni_api::specs::{
    AccessPolicyClusterGroup, AccessPolicyRule, AccessPolicySpec, AccessPolicyTest,
    access_policy_cluster_group, access_policy_test,
};
use omni_api::{Role, kind, labels};
use omni_plane::Store;

use super::{As, caller, refusal, service};

fn rule(user: &str, cluster: &str, role: &str) -> AccessPolicyRule {
    AccessPolicyRule {
        users: vec![user.into()],
        clusters: vec![cluster.into()],
        role: role.into(),
        ..Default::default()
    }
}

fn test(name: &str, user: &str, cluster: &str, role: &str) -> AccessPolicyTest {
    AccessPolicyTest {
        name: name.into(),
        user: Some(access_policy_test::User {
            name: user.into(),
            ..Default::default()
        }),
        cluster: Some(access_policy_test::Cluster {
            name: cluster.into(),
        }),
        expected: Some(access_policy_test::Expected {
            role: role.into(),
            ..Default::default()
        }),
    }
}

/// A rule about all clusters, one about the clusters of a pattern, and tests of both.
fn policy() -> AccessPolicySpec {
    let group = |pattern: &str| AccessPolicyClusterGroup {
        clusters: vec![access_policy_cluster_group::Cluster {
            r#match: pattern.into(),
            ..Default::default()
        }],
    };
    AccessPolicySpec {
        cluster_groups: [
            ("all".to_owned(), group("*")),
            ("dev".to_owned(), group("dev-*")),
        ]
        .into(),
        rules: vec![
            rule("ann@x", "group/all", "Reader"),
            rule("bob@x", "group/dev", "Operator"),
        ],
        tests: vec![
            test("ann reads", "ann@x", "prod", "Reader"),
            test("bob works", "bob@x", "dev-1", "Operator"),
            test("bob stays out", "bob@x", "prod", "None"),
        ],
        ..Default::default()
    }
}

fn people(store: &Store) {
    for id in ["ann@x", "bob@x"] {
        store
            .put::<kind::Identity>("", id, |_| {})
            .expect("it is new");
    }
}

#[tokio::test]
async fn a_policy_whose_own_test_fails_is_not_stored() {
    let (service, store) = service();
    let admin = caller("a@x", Role::Admin);
    let admin = As(&service, Some(&admin));
    let mut wrong = policy();
    wrong.tests[2].expected.get_or_insert_default().role = "Reader".into();
    let denied = refusal(
        admin
            .create::<kind::AccessPolicy>("access-policy", |new| new.spec = wrong)
            .await,
    );
    assert_eq!(
        denied,
        (
            "InvalidArgument".into(),
            "failed to validate: 1 error occurred:\n\t* access policy test \"bob stays out\" failed: role mismatch: expected \"Reader\", got \
             \"None\"\n\n"
                .into()
        )
    );
    let mut stored = admin
        .create::<kind::AccessPolicy>("access-policy", |new| new.spec = policy())
        .await
        .expect("it is right");
    stored.spec.rules.clear();
    let denied = refusal(admin.update(stored).await);
    assert!(
        denied
            .1
            .starts_with("failed to validate: 2 errors occurred"),
        "without rules two of its tests fail: {}",
        denied.1
    );
    assert!(store.read::<kind::AccessPolicy>("access-policy").is_some());
}

#[tokio::test]
async fn only_an_admin_writes_the_policy() {
    let (service, _) = service();
    let operator = caller("o@x", Role::Operator);
    let denied = refusal(
        As(&service, Some(&operator))
            .create::<kind::AccessPolicy>("access-policy", |new| new.spec = policy())
            .await,
    );
    assert_eq!(denied.0, "PermissionDenied");
}

#[tokio::test]
async fn a_rule_about_all_clusters_opens_the_lists_and_one_about_some_does_not() {
    let (service, store) = service();
    people(&store);
    let admin = caller("a@x", Role::Admin);
    As(&service, Some(&admin))
        .create::<kind::AccessPolicy>("access-policy", |new| new.spec = policy())
        .await
        .expect("it is right");
    for name in ["dev-1", "prod"] {
        store
            .put::<kind::Cluster>("", name, |_| {})
            .expect("it is new");
    }
    let (ann, bob) = (caller("ann@x", Role::None), caller("bob@x", Role::None));
    let (ann, bob) = (As(&service, Some(&ann)), As(&service, Some(&bob)));
    let clusters = ann.list("default", "Clusters.omni.sidero.dev").await;
    assert_eq!(clusters.expect("she reads all"), ["dev-1", "prod"]);
    assert_eq!(
        refusal(bob.list("default", "Clusters.omni.sidero.dev").await).0,
        "PermissionDenied"
    );
    assert!(bob.get::<kind::Cluster>("dev-1").await.is_ok());
    let denied = refusal(bob.get::<kind::Cluster>("prod").await);
    assert!(
        denied.1.contains("insufficient role: \"None\""),
        "{}",
        denied.1
    );
}

#[tokio::test]
async fn who_works_on_one_cluster_writes_there_and_moves_nothing_out() {
    let (service, store) = service();
    people(&store);
    store
        .put::<kind::AccessPolicy>("", "access-policy", |stored| stored.spec = policy())
        .expect("it is new");
    let bob = caller("bob@x", Role::None);
    let bob = As(&service, Some(&bob));
    let of = |cluster: &'static str| {
        move |patch: &mut omni_api::Resource<kind::ConfigPatch>| {
            let labels = &mut patch.metadata.labels;
            labels.insert(labels::CLUSTER.into(), cluster.into());
        }
    };
    let mut patch = bob
        .create::<kind::ConfigPatch>("p", of("dev-1"))
        .await
        .expect("he is an Operator there");
    let denied = refusal(bob.create::<kind::ConfigPatch>("q", of("prod")).await);
    assert_eq!(denied.0, "PermissionDenied");
    of("prod")(&mut patch);
    assert_eq!(refusal(bob.update(patch).await).0, "PermissionDenied");
}

#[tokio::test]
async fn a_label_rule_of_saml_gives_roles_that_people_may_have() {
    let (service, _) = service();
    let admin = caller("a@x", Role::Admin);
    let admin = As(&service, Some(&admin));
    for (role, labels, texts) in [
        ("King", "a = b", &["unknown role to parse: \"King\""][..]),
        (
            "Auditor",
            "a == = b",
            &[
                "role \"Auditor\" cannot be assigned by a SAML label rule",
                "invalid match labels: rpc error: code = InvalidArgument desc = ",
            ],
        ),
    ] {
        let denied = refusal(
            admin
                .create::<kind::SamlLabelRule>("r", |rule| {
                    rule.spec.assign_role = role.into();
                    rule.spec.match_labels = vec![labels.into()];
                })
                .await,
        );
        assert_eq!(denied.0, "InvalidArgument");
        for text in texts {
            assert!(denied.1.contains(text), "{}", denied.1);
        }
    }
    admin
        .create::<kind::SamlLabelRule>("r", |rule| {
            rule.spec.assign_role = "Operator".into();
            rule.spec.match_labels = vec!["saml.omni.sidero.dev/role/dev".into()];
        })
        .await
        .expect("it is right");
}
