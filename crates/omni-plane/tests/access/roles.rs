//! Roles, signatures, and kinds that are open in part.

use omni_api::{Kind as _, Role, kind};

use super::{As, caller, refusal, service, wrapped};

#[tokio::test]
async fn a_reader_reads_and_an_operator_writes() {
    let (service, _) = service();
    let (reader, operator) = (caller("r@x", Role::Reader), caller("o@x", Role::Operator));
    let (reader, operator) = (As(&service, Some(&reader)), As(&service, Some(&operator)));
    let denied = refusal(
        reader
            .create::<kind::MachineClass>("c", |class| class.spec.match_labels = vec!["a".into()])
            .await,
    );
    assert_eq!(
        denied,
        wrapped(
            "PermissionDenied",
            "unauthorized: access denied: insufficient role: \"Reader\""
        )
    );
    let created = operator
        .create::<kind::MachineClass>("c", |class| class.spec.match_labels = vec!["a".into()])
        .await;
    assert_eq!(created.expect("an Operator may").id(), "c");
    assert_eq!(
        reader
            .list("default", kind::MachineClass::TYPE)
            .await
            .expect("a Reader may"),
        ["c"]
    );
    assert_eq!(
        reader
            .watch::<kind::MachineClass>()
            .await
            .expect("a Reader may"),
        ["c"]
    );
}

#[tokio::test]
async fn rights_are_asked_before_existence() {
    let (service, _) = service();
    let nobody = caller("n@x", Role::None);
    let denied = refusal(
        As(&service, Some(&nobody))
            .get::<kind::Cluster>("nosuch")
            .await,
    );
    assert_eq!(denied.0, "PermissionDenied");
    let unsigned = refusal(As(&service, None).get::<kind::Cluster>("nosuch").await);
    assert_eq!(
        unsigned,
        wrapped(
            "Unauthenticated",
            "unauthenticated: missing valid signature"
        )
    );
    let reader = caller("r@x", Role::Reader);
    let missing = refusal(
        As(&service, Some(&reader))
            .get::<kind::Cluster>("nosuch")
            .await,
    );
    assert_eq!(
        missing,
        (
            "NotFound".into(),
            "resource Clusters.omni.sidero.dev(default/nosuch@undefined) doesn't exist".into()
        )
    );
}

#[tokio::test]
async fn some_kinds_are_open_in_part() {
    let (service, store) = service();
    let admin = caller("a@x", Role::Admin);
    let admin = As(&service, Some(&admin));
    store.put::<kind::Link>("", "l", |_| {}).expect("it is new");
    let link = admin.get::<kind::Link>("l").await.expect("readable");
    let denied = refusal(admin.update(link).await);
    assert_eq!(
        denied,
        wrapped(
            "PermissionDenied",
            "only read and delete access is permitted"
        )
    );
    admin.destroy::<kind::Link>("l").await.expect("destroyable");
    let token = refusal(
        admin
            .create::<kind::JoinToken>("t", |token| token.spec.name = "n".into())
            .await,
    );
    assert_eq!(
        token,
        wrapped(
            "PermissionDenied",
            "only read, update and destroy access is permitted, create should be done via the \
             management.CreateJoinToken API call"
        )
    );
    let identity = refusal(admin.create::<kind::Identity>("a@b", |_| {}).await);
    assert_eq!(
        identity,
        wrapped(
            "PermissionDenied",
            "only read access is permitted on resource Identities.omni.sidero.dev, mutations should be done via \
             ManagementService API calls"
        )
    );
}

#[tokio::test]
async fn a_policy_opens_one_cluster_to_one_account() {
    let (service, store) = service();
    for name in ["mine", "theirs"] {
        store
            .put::<kind::Cluster>("", name, |_| {})
            .expect("it is new");
    }
    store
        .put::<kind::Identity>("", "dev@x", |_| {})
        .expect("it is new");
    let policy = store.put::<kind::AccessPolicy>("", "access-policy", |policy| {
        policy.spec.rules = vec![omni_api::specs::AccessPolicyRule {
            users: vec!["dev@x".into()],
            clusters: vec!["mine".into()],
            role: "Reader".into(),
            ..Default::default()
        }];
    });
    assert_eq!(policy, Ok(true));
    let dev = caller("dev@x", Role::None);
    let dev = As(&service, Some(&dev));
    assert_eq!(
        dev.get::<kind::Cluster>("mine")
            .await
            .expect("it is open")
            .id(),
        "mine"
    );
    assert_eq!(
        refusal(dev.get::<kind::Cluster>("theirs").await).0,
        "PermissionDenied"
    );
    assert_eq!(
        refusal(dev.list("default", kind::Cluster::TYPE).await).0,
        "PermissionDenied"
    );
}
