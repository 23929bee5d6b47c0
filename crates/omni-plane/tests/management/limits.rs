//! What an account may not: more than it was given, and anything but look while it is suspended.

use omni_api::{AnyResource, Kind as _, Resource, cosi, kind, management as api, specs};
use omni_plane::{Instance, instance};

use super::refusal;
use super::world::{World, make_key};

fn limited(world: &World, instance: &Instance) {
    instance::install(&world.store, instance).expect("installed");
}

async fn add_user(world: &mut World, email: &str) -> Result<(), tonic::Status> {
    let user = api::CreateUserRequest {
        email: email.into(),
        role: "Reader".into(),
    };
    let method = "/management.ManagementService/CreateUser";
    let request = world.admin.sign(method, None, user);
    world.management.create_user(request).await.map(drop)
}

async fn add_account(world: &mut World, name: &str) -> Result<(), tonic::Status> {
    let account = api::CreateServiceAccountRequest {
        armored_pgp_public_key: make_key(&world.store, name).public.armored,
        name: name.into(),
        role: "Reader".into(),
        ..Default::default()
    };
    let method = "/management.ManagementService/CreateServiceAccount";
    let request = world.admin.sign(method, None, account);
    world
        .management
        .create_service_account(request)
        .await
        .map(drop)
}

#[tokio::test]
async fn users_and_service_accounts_are_counted_apart() {
    let mut world = World::start().await;
    limited(
        &world,
        &Instance {
            auth_max_users: 1,
            auth_max_service_accounts: 2,
            ..Instance::default()
        },
    );
    add_user(&mut world, "ann@x.y").await.expect("the first");
    let refused = "failed to create Identity resource bob@x.y: failed to validate: 1 error occurred:\n\t* \
                   maximum number of users (1) reached\n\n";
    assert_eq!(
        refusal(add_user(&mut world, "bob@x.y").await),
        ("InvalidArgument".into(), refused.into())
    );
    add_account(&mut world, "ci")
        .await
        .expect("beside the Admin's");
    let refused = "failed to validate: 1 error occurred:\n\t* maximum number of service accounts (2) reached\n\n";
    assert_eq!(
        refusal(add_account(&mut world, "cd").await),
        ("InvalidArgument".into(), refused.into())
    );
    limited(&world, &Instance::default());
    add_user(&mut world, "bob@x.y").await.expect("any number");
    world.stop().await;
}

#[tokio::test]
async fn in_a_suspended_account_everybody_is_a_reader() {
    let mut world = World::seeded().await;
    limited(
        &world,
        &Instance {
            suspended: true,
            ..Instance::default()
        },
    );
    let get = |type_name: &str, id: &str| cosi::GetRequest {
        namespace: "default".into(),
        r#type: type_name.into(),
        id: id.into(),
        options: None,
    };
    let look = get(kind::FeaturesConfig::TYPE, "features-config");
    let request = world.admin.sign("/cosi.resource.State/Get", None, look);
    world.state.get(request).await.expect("looking is allowed");
    let class = Resource::<kind::MachineClass>::new(
        "a",
        specs::MachineClassSpec {
            match_labels: vec!["a".into()],
            ..Default::default()
        },
    );
    let create = cosi::CreateRequest {
        resource: Some(AnyResource::into(class.to_any())),
        options: None,
    };
    let request = world
        .admin
        .sign("/cosi.resource.State/Create", None, create);
    let refused = "failed to validate: 1 error occurred:\n\t* rpc error: code = PermissionDenied desc = \
                   unauthorized: access denied: insufficient role: \"Reader\"\n\n";
    assert_eq!(
        refusal(world.state.create(request).await),
        ("PermissionDenied".into(), refused.into())
    );
    let config = world.store.read::<kind::AuthConfig>("auth-config");
    assert!(config.expect("seeded").spec.suspended, "web pages say so");
    limited(&world, &Instance::default());
    let config = world.store.read::<kind::AuthConfig>("auth-config");
    assert!(!config.expect("seeded").spec.suspended);
    world.stop().await;
}
