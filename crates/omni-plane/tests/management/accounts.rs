//! Service accounts and users: made, used, renewed, listed, removed.

use omni_api::{Kind as _, cosi, kind, management as api};
use omni_plane::Store;
use omni_plane::seed::AccountKey;

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

/// Waits until the list, which comes after the account, shows so many keys.
async fn listed(world: &World, name: &str, keys: usize) {
    let id = format!("{name}@serviceaccount.omni.sidero.dev");
    let see = |store: &Store| {
        let status = store.read::<kind::ServiceAccountStatus>(&id);
        status.is_some_and(|status| status.spec.public_keys.len() == keys)
    };
    world.until::<kind::ServiceAccountStatus>(see).await;
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
    listed(&world, "ci", 2).await;
    for key in [&old, &new] {
        let signer = Signer::new(key, world.store.clock().wall());
        look(&mut world, &signer).await.expect("both are valid");
    }
    let id = "ci@serviceaccount.omni.sidero.dev";
    let active = |store: &Store| {
        let status = store.read::<kind::IdentityStatus>(id);
        status.is_some_and(|status| !status.spec.last_active.is_empty())
    };
    world.until::<kind::IdentityStatus>(active).await;
    let used = |store: &Store| {
        let status = store.read::<kind::ServiceAccountStatus>(id);
        let keys = status
            .into_iter()
            .flat_map(|status| status.spec.public_keys);
        keys.filter(|key| key.last_used.is_some()).count() == 2
    };
    world.until::<kind::ServiceAccountStatus>(used).await;
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
        ("aws", "King", "unknown role to parse: \"King\""),
    ] {
        let request = world
            .admin
            .sign(CREATE, None, account(name, &key.public.armored, role));
        let denied = refusal(world.management.create_service_account(request).await);
        assert_eq!(denied, ("Unknown".into(), text.into()), "Omni has no code");
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
    let shown = |store: &Store| store.read::<kind::IdentityStatus>(id).is_some();
    world.until::<kind::IdentityStatus>(shown).await;
    let list = world
        .management
        .list_service_accounts(world.admin.sign(LIST, None, ()))
        .await;
    let list = list.expect("an Admin may").into_inner().service_accounts;
    assert!(
        list.iter()
            .all(|account| account.name != "infra-provider:aws")
    );
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

#[tokio::test]
async fn a_key_that_no_account_may_have_is_refused_in_omnis_words() {
    let mut world = World::start().await;
    let now = world.store.clock().wall();
    let hours = |hours| std::time::Duration::from_hours(hours);
    let key = |name: &str, made, lifetime| {
        let key = AccountKey::generate(name, made, lifetime).expect("a key");
        key.public.armored
    };
    let long = key("ci", now, hours(365 * 24 + 1));
    let over = key("ci", now.saturating_sub(hours(2)), hours(1));
    let group = key("a:b", now, hours(1));
    for (armored, text) in [
        (long, "key lifetime is too long: 8761h0m0s"),
        (over, "key expired"),
        (
            group,
            "key does not contain a valid email address: mail: missing @ in addr-spec: a:b <a:b@serviceaccount.omni.sidero.dev>",
        ),
    ] {
        let request = world
            .admin
            .sign(CREATE, None, account("ci", &armored, "Reader"));
        let denied = refusal(world.management.create_service_account(request).await);
        assert_eq!(denied, ("Unknown".into(), text.into()), "Omni has no code");
    }
    world.stop().await;
}

#[tokio::test]
async fn what_is_not_there_and_what_is_there_twice_is_told_as_omni_tells_it() {
    let mut world = World::start().await;
    let (key, other) = (make_key(&world.store, "ci"), make_key(&world.store, "Ci"));
    let renew = |name: &str| api::RenewServiceAccountRequest {
        name: name.into(),
        armored_pgp_public_key: key.public.armored.clone(),
    };
    let request = world.admin.sign(RENEW, None, renew("nobody"));
    assert_eq!(
        refusal(world.management.renew_service_account(request).await),
        (
            "Unknown".into(),
            "failed to get: resource Identities.omni.sidero.dev(default/nobody@serviceaccount.omni.sidero.dev@undefined) doesn't exist".into()
        )
    );
    let create = |name: &str, armored: &str| account(name, armored, "Reader");
    let request = world
        .admin
        .sign(CREATE, None, create("ci", &key.public.armored));
    world
        .management
        .create_service_account(request)
        .await
        .expect("an Admin may");
    let twice = format!(
        "failed to create: resource PublicKeys.omni.sidero.dev(default/{}@undefined) already exists",
        key.public.fingerprint
    );
    let request = world.admin.sign(RENEW, None, renew("ci"));
    assert_eq!(
        refusal(world.management.renew_service_account(request).await),
        ("Unknown".into(), twice.clone())
    );
    let request = world
        .admin
        .sign(CREATE, None, create("cd", &key.public.armored));
    assert_eq!(
        refusal(world.management.create_service_account(request).await),
        ("AlreadyExists".into(), twice)
    );
    let request = world
        .admin
        .sign(CREATE, None, create("Ci", &other.public.armored));
    assert_eq!(
        refusal(world.management.create_service_account(request).await),
        (
            "InvalidArgument".into(),
            "failed to validate: 1 error occurred:\n\t* must be lowercase\n\n".into()
        )
    );
    world.stop().await;
}

#[tokio::test]
async fn wrong_calls_about_users_are_told_as_omni_tells_them() {
    let mut world = World::start().await;
    let call = |name: &str| format!("/management.ManagementService/{name}");
    for (email, role, code, text) in [
        (
            "ann@lab.test",
            "King",
            "Unknown",
            "unknown role to parse: \"King\"",
        ),
        (
            "Ann",
            "Reader",
            "InvalidArgument",
            "failed to create Identity resource ann: failed to validate: 1 error occurred:\n\t* not a valid email address: ann\n\n",
        ),
    ] {
        let user = api::CreateUserRequest {
            email: email.into(),
            role: role.into(),
        };
        let request = world.admin.sign(&call("CreateUser"), None, user);
        let denied = refusal(world.management.create_user(request).await);
        assert_eq!(denied, (code.into(), text.into()));
    }
    let raise = api::UpdateUserRequest {
        email: "Nobody@lab.test".into(),
        role: "Reader".into(),
    };
    let request = world.admin.sign(&call("UpdateUser"), None, raise);
    assert_eq!(
        refusal(world.management.update_user(request).await),
        (
            "NotFound".into(),
            "failed to get: resource Identities.omni.sidero.dev(default/nobody@lab.test@undefined) doesn't exist".into()
        )
    );
    for (email, code, text) in [
        (
            "Nobody@lab.test",
            "NotFound",
            "user \"Nobody@lab.test\" not found",
        ),
        (
            "AUTOMATION@serviceaccount.omni.sidero.dev",
            "InvalidArgument",
            "destroying your own account is not allowed",
        ),
    ] {
        let remove = api::DestroyUserRequest {
            email: email.into(),
        };
        let request = world.admin.sign(&call("DestroyUser"), None, remove);
        let denied = refusal(world.management.destroy_user(request).await);
        assert_eq!(denied, (code.into(), text.into()));
    }
    world.stop().await;
}

#[tokio::test]
async fn a_service_account_is_not_removed_as_a_user() {
    let mut world = World::start().await;
    let key = make_key(&world.store, "ci");
    let request = world
        .admin
        .sign(CREATE, None, account("ci", &key.public.armored, "Reader"));
    world
        .management
        .create_service_account(request)
        .await
        .expect("an Admin may");
    let remove = api::DestroyUserRequest {
        email: "ci@serviceaccount.omni.sidero.dev".into(),
    };
    let path = "/management.ManagementService/DestroyUser";
    let denied = world
        .management
        .destroy_user(world.admin.sign(path, None, remove))
        .await;
    assert_eq!(
        refusal(denied),
        (
            "InvalidArgument".into(),
            "identity \"ci@serviceaccount.omni.sidero.dev\": identity is a service account, not a user".into()
        )
    );
    world.stop().await;
}
