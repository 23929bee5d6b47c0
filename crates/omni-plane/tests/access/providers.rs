//! Accounts of infrastructure providers: confined to what is theirs.

use omni_api::{Role, kind, labels};
use omni_plane::Store;
use omni_plane::api::Caller;

use super::{As, caller, refusal, service};

fn provider(id: &str) -> Caller {
    caller(
        &format!("{id}@infra-provider.serviceaccount.omni.sidero.dev"),
        Role::InfraProvider,
    )
}

fn register(store: &Store, id: &str) {
    store
        .put::<kind::InfraProvider>("", id, |_| {})
        .expect("it is new");
}

fn request_for(store: &Store, provider: &str, id: &str) {
    let requested = store.put::<kind::MachineRequest>("", id, |request| {
        request
            .metadata
            .labels
            .insert(labels::INFRA_PROVIDER_ID.into(), provider.into());
    });
    assert_eq!(requested, Ok(true));
}

#[tokio::test]
async fn a_provider_sees_only_what_carries_its_label() {
    let (service, store) = service();
    for id in ["one", "two"] {
        register(&store, id);
        request_for(&store, id, &format!("request-{id}"));
    }
    let one = provider("one");
    let one = As(&service, Some(&one));
    assert_eq!(
        one.watch::<kind::MachineRequest>().await.expect("its own"),
        ["request-one"]
    );
    assert!(one.get::<kind::MachineRequest>("request-one").await.is_ok());
    let foreign = refusal(one.get::<kind::MachineRequest>("request-two").await);
    assert_eq!(foreign, ("NotFound".into(), "not found".into()));
    let users = refusal(one.get::<kind::Cluster>("any").await);
    assert_eq!(users.0, "PermissionDenied");
    assert!(
        one.list("default", "Machines.omni.sidero.dev")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_provider_writes_its_statuses_and_sets_finalizers() {
    let (service, store) = service();
    register(&store, "one");
    request_for(&store, "one", "r");
    let one = provider("one");
    let one = As(&service, Some(&one));
    let status = one
        .create::<kind::MachineRequestStatus>("r", |_| {})
        .await
        .expect("it may");
    assert_eq!(
        status.metadata.label(labels::INFRA_PROVIDER_ID),
        Some("one")
    );
    let mut request = one.get::<kind::MachineRequest>("r").await.expect("its own");
    request.metadata.finalizers.push("one".into());
    let mut request = one.update(request).await.expect("finalizers are its own");
    request.spec.talos_version = "1.0.0".into();
    let denied = refusal(one.update(request).await);
    assert_eq!(
        denied.0, "InvalidArgument",
        "the request is immutable: {}",
        denied.1
    );
    let denied = refusal(
        one.create::<kind::MachineRequest>("s", |new| new.spec.talos_version = "1.13.7".into())
            .await,
    );
    assert_eq!(
        denied,
        (
            "PermissionDenied".into(),
            "infra providers are not allowed to create \"MachineRequests.omni.sidero.dev\" resources".into()
        )
    );
    let other = refusal(one.create::<kind::InfraProviderStatus>("two", |_| {}).await);
    assert_eq!(
        other,
        (
            "InvalidArgument".into(),
            "resource ID must match the infra provider ID \"one\"".into()
        )
    );
}

#[tokio::test]
async fn a_provider_that_nobody_registered_sees_nothing() {
    let (service, _) = service();
    let ghost = provider("ghost");
    let denied = refusal(
        As(&service, Some(&ghost))
            .watch::<kind::MachineRequest>()
            .await,
    );
    assert_eq!(
        denied,
        (
            "PermissionDenied".into(),
            "infra provider with name \"ghost\" is not registered in the system".into()
        )
    );
}

#[tokio::test]
async fn users_manage_providers_and_requests_but_not_their_statuses() {
    let (service, store) = service();
    let (reader, operator) = (caller("r@x", Role::Reader), caller("o@x", Role::Operator));
    let (reader, operator) = (As(&service, Some(&reader)), As(&service, Some(&operator)));
    reader
        .create::<kind::InfraProvider>("aws", |_| {})
        .await
        .expect("any user may");
    let bad = refusal(
        reader
            .create::<kind::InfraProvider>("Not_a_label", |_| {})
            .await,
    );
    assert_eq!(bad.0, "InvalidArgument");
    let request = |name: &'static str| {
        move |new: &mut omni_api::Resource<kind::MachineRequest>| {
            new.spec.talos_version = "1.13.7".into();
            new.metadata.labels.insert("n".into(), name.into());
        }
    };
    let denied = refusal(
        reader
            .create::<kind::MachineRequest>("r", request("a"))
            .await,
    );
    assert_eq!(
        denied.1,
        "only operators and admins are allowed to modify \"MachineRequests.omni.sidero.dev\" resources"
    );
    operator
        .create::<kind::MachineRequest>("r", request("a"))
        .await
        .expect("an Operator may");
    let denied = refusal(
        operator
            .create::<kind::MachineRequestStatus>("r", |_| {})
            .await,
    );
    assert_eq!(
        denied.1,
        "users are not allowed to modify \"MachineRequestStatuses.omni.sidero.dev\" resources"
    );
    store
        .put::<kind::BmcConfig>("", "m", |_| {})
        .expect("it is new");
    let denied = refusal(operator.get::<kind::BmcConfig>("m").await);
    assert_eq!(
        denied.1,
        "only admins are allowed to read \"BMCConfigs.omni.sidero.dev\" resources"
    );
}
