//! Service accounts and users: made, used, renewed, listed, removed.

use omni_api::{Kind as _, cosi, kind, management as api};

use super::refusal;
use super::signer::Signer;
use super::world::{World, make_key};

const CREATE: &str = "/management.ManagementService/CreateServiceAccount";
const RENEW: &str = "/management.ManagementService/RenewServiceAccount";
const LIST: &str = "/management.ManagementService/ListServiceAccounts";
const DESTROY: &str = "/management.ManagementService/DestroyServiceAccount";
const GET: &str = "/cosi.resource.State/Get";

fn account(name: &str, armored: &str, role: &str) -> api::CreateServiceAccountRequest {
    api::CreateServiceAccountRequest {
        armored_pgp_public_key: armored.into(),
        use_user_role: false,
        role: role.into(),
        name: name.into(),
    }
}

async fn look(world: &mut World, signer: &Signer) -> Result<(), tonic::Status> {
    let message = cosi::GetRequest {
        namespace: "default".into(),
        r#type: kind::FeaturesConfig::TYPE.into(),
        id: "features-config".into(),
        options: None,
    };
    world
        .state
        .get(signer.sign(GET, None, message))
        .await
        .map(|_| ())
}

#[tokio::test]
async fn an_account_can_be_used_as_soon_as_it_is_made_and_no_longer_than_it_lives() {
    let mut world = World::start().await;
    let key = make_key(&world.store, "ci");
    let own = Signer::new(&key, world.store.clock().wall());
    assert_eq!(
        refusal(look(&mut world, &own).await),
        ("Unauthenticated".into(), "invalid signature".into())
    );

    let request = world
        .admin
        .sign(CREATE, None, account("ci", &key.public.armored, "Reader"));
    let made = world
        .management
        .create_service_account(request)
        .await
        .expect("an Admin may")
        .into_inner();
    assert_eq!(made.public_key_id, key.public.fingerprint);
    look(&mut world, &own).await.expect("it may read");
    let denied = world
        .management
        .create_service_account(own.sign(CREATE, None, account("x", "", "Admin")))
        .await;
    assert_eq!(
        refusal(denied),
        (
            "PermissionDenied".into(),
            "unauthorized: access denied: insufficient role: \"Reader\"".into()
        )
    );

    let again = world
        .admin
        .sign(CREATE, None, account("ci", &key.public.armored, "Reader"));
    let again = refusal(world.management.create_service_account(again).await);
    assert_eq!(
        again,
        (
            "AlreadyExists".into(),
            "service account \"ci@serviceaccount.omni.sidero.dev\" already exists".into()
        )
    );

    let destroy = api::DestroyServiceAccountRequest { name: "ci".into() };
    let request = world.admin.sign(DESTROY, None, destroy.clone());
    world
        .management
        .destroy_service_account(request)
        .await
        .expect("an Admin may");
    assert_eq!(refusal(look(&mut world, &own).await).0, "Unauthenticated");
    let request = world.admin.sign(DESTROY, None, destroy);
    let gone = refusal(world.management.destroy_service_account(request).await);
    assert_eq!(
        gone,
        ("NotFound".into(), "service account \"ci\" not found".into())
    );
    world.stop().await;
}

#[tokio::test]
async fn renewing_adds_a_key_and_the_list_shows_both() {
    let mut world = World::start().await;
    let (old, new) = (make_key(&world.store, "ci"), make_key(&world.store, "ci"));
    let request = world
        .admin
        .sign(CREATE, None, account("ci", &old.public.armored, "Operator"));
    world
        .management
        .create_service_account(request)
        .await
        .expect("an Admin may");
    let renew = api::RenewServiceAccountRequest {
        name: "ci".into(),
        armored_pgp_public_key: new.public.armored.clone(),
    };
    world
        .management
        .renew_service_account(world.admin.sign(RENEW, None, renew))
        .await
        .expect("an Admin may");
    for key in [&old, &new] {
        let signer = Signer::new(key, world.store.clock().wall());
        look(&mut world, &signer).await.expect("both are valid");
    }
    let list = world
        .management
        .list_service_accounts(world.admin.sign(LIST, None, ()))
        .await;
    let list = list.expect("an Admin may").into_inner().service_accounts;
    let names: Vec<&str> = list.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["automation", "ci"]);
    let ci = &list[1];
    assert_eq!(ci.role, "Operator");
    assert_eq!(ci.last_active, "2026-01-01T00:00:00Z");
    let mut ids: Vec<&str> = ci
        .pgp_public_keys
        .iter()
        .map(|key| key.id.as_str())
        .collect();
    ids.sort_unstable();
    let mut expected = [
        old.public.fingerprint.as_str(),
        new.public.fingerprint.as_str(),
    ];
    expected.sort_unstable();
    assert_eq!(ids, expected);
    assert!(
        ci.pgp_public_keys
            .iter()
            .all(|key| key.expiration.is_some() && key.last_used.is_some())
    );
    world.stop().await;
}

#[tokio::test]
async fn an_infra_provider_account_needs_its_role_and_its_prefix() {
    let mut world = World::start().await;
    let key = make_key(&world.store, "aws");
    for (name, role, text) in [
        (
            "infra-provider:aws",
            "Admin",
            "infra-provider service accounts must have the role \"InfraProvider\"",
        ),
        (
            "aws",
            "InfraProvider",
            "service accounts with role \"InfraProvider\" must be prefixed with \"infra-provider:\"",
        ),
        ("aws", "King", "unknown role: \"King\""),
    ] {
        let request = world
            .admin
            .sign(CREATE, None, account(name, &key.public.armored, role));
        let denied = refusal(world.management.create_service_account(request).await);
        assert_eq!(denied, ("InvalidArgument".into(), text.into()));
    }
    let request = world.admin.sign(
        CREATE,
        None,
        account("infra-provider:aws", &key.public.armored, "InfraProvider"),
    );
    world
        .management
        .create_service_account(request)
        .await
        .expect("an Admin may");
    let id = "aws@infra-provider.serviceaccount.omni.sidero.dev";
    assert!(world.store.read::<kind::Identity>(id).is_some());
    world.stop().await;
}

#[tokio::test]
async fn nobody_removes_the_account_in_use() {
    let mut world = World::start().await;
    let own = api::DestroyServiceAccountRequest {
        name: "automation".into(),
    };
    let denied = world
        .management
        .destroy_service_account(world.admin.sign(DESTROY, None, own))
        .await;
    assert_eq!(
        refusal(denied),
        (
            "InvalidArgument".into(),
            "destroying your own service account is not allowed".into()
        )
    );
    world.stop().await;
}

#[tokio::test]
async fn users_are_made_listed_changed_and_removed() {
    let mut world = World::start().await;
    let call = |name: &str| format!("/management.ManagementService/{name}");
    let user = api::CreateUserRequest {
        email: "Ann@lab.test".into(),
        role: "Reader".into(),
    };
    let request = world.admin.sign(&call("CreateUser"), None, user.clone());
    let made = world
        .management
        .create_user(request)
        .await
        .expect("an Admin may")
        .into_inner();
    let again = world
        .management
        .create_user(world.admin.sign(&call("CreateUser"), None, user))
        .await;
    assert_eq!(
        refusal(again),
        (
            "Unknown".into(),
            "user with email \"ann@lab.test\" already exists".into()
        )
    );
    let raise = api::UpdateUserRequest {
        email: "ann@lab.test".into(),
        role: "Operator".into(),
    };
    world
        .management
        .update_user(world.admin.sign(&call("UpdateUser"), None, raise))
        .await
        .expect("an Admin may");
    let list = world
        .management
        .list_users(world.admin.sign(&call("ListUsers"), None, ()))
        .await;
    let list = list.expect("an Admin may").into_inner().users;
    let shown: Vec<_> = list
        .iter()
        .map(|user| (&*user.id, &*user.email, &*user.role))
        .collect();
    assert_eq!(shown, [(made.user_id.as_str(), "ann@lab.test", "Operator")]);
    let remove = api::DestroyUserRequest {
        email: "ann@lab.test".into(),
    };
    world
        .management
        .destroy_user(world.admin.sign(&call("DestroyUser"), None, remove))
        .await
        .expect("an Admin may");
    assert!(world.store.read::<kind::User>(&made.user_id).is_none());
    world.stop().await;
}
