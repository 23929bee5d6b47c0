//! Configuration files, tokens, and what is computed about the caller.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::DecodePublicKey as _;
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use omni_api::{AnyResource, Kind, Resource, cosi, kind, management as api};
use serde_json::{Value, json};

use super::refusal;
use super::world::{ADMIN, World, put};

const KUBECONFIG: &str = "/management.ManagementService/Kubeconfig";

fn of_service(user: &str, seconds: i64) -> api::KubeconfigRequest {
    api::KubeconfigRequest {
        service_account: true,
        service_account_ttl: Some(prost_types::Duration { seconds, nanos: 0 }),
        service_account_user: user.into(),
        service_account_groups: vec!["system:masters".into()],
        ..Default::default()
    }
}

fn yaml(text: &[u8]) -> Value {
    serde_saphyr::from_slice(text).expect("YAML")
}

fn part(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64")).expect("JSON")
}

#[tokio::test]
async fn a_kubeconfig_for_people_logs_in_by_oidc() {
    let mut world = World::start().await;
    let wanted = api::KubeconfigRequest {
        grant_type: "authcode".into(),
        oidc_cache_isolation: true,
        ..Default::default()
    };
    let answer = world
        .management
        .kubeconfig(world.admin.sign(KUBECONFIG, Some("c1"), wanted))
        .await;
    let config = yaml(&answer.expect("an Admin may").into_inner().kubeconfig);
    let user = format!("lab-c1-{ADMIN}");
    assert_eq!(config["current-context"], "lab-c1");
    assert_eq!(
        config["clusters"][0]["cluster"]["server"],
        "https://omni.lab.test:8100"
    );
    assert_eq!(config["users"][0]["name"], user);
    assert_eq!(
        config["users"][0]["user"]["exec"]["args"],
        json!([
            "oidc-login",
            "get-token",
            "--oidc-issuer-url=https://omni.lab.test/oidc",
            "--oidc-client-id=native",
            "--oidc-extra-scope=cluster:c1",
            "--grant-type=authcode",
            "--oidc-redirect-url=urn:ietf:wg:oauth:2.0:oob",
            format!("--token-cache-dir=~/.kube/cache/oidc-login/{user}"),
        ])
    );
    world.stop().await;
}

#[tokio::test]
async fn a_kubeconfig_for_services_carries_a_token_that_verifies() {
    let mut world = World::start().await;
    put::<kind::ClusterUuid>(&world.store, "c1", |uuid| uuid.spec.uuid = "u-u-i-d".into());
    let request = world
        .admin
        .sign(KUBECONFIG, Some("c1"), of_service("bot", 3600));
    let answer = world
        .management
        .kubeconfig(request)
        .await
        .expect("an Admin may")
        .into_inner();
    let config = yaml(&answer.kubeconfig);
    assert_eq!(config["current-context"], "lab-c1-bot");
    let token = config["users"][0]["user"]["token"]
        .as_str()
        .expect("a token");
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("three parts: {token}");
    };
    let now = world.store.clock().wall().as_secs();
    assert_eq!(
        part(claims),
        json!({
            "iat": now,
            "iss": "omni-lab-service-account-issuer",
            "exp": now + 3600,
            "sub": "bot",
            "groups": ["system:masters"],
            "cluster": "c1",
            "cluster_uuid": "u-u-i-d",
        })
    );
    let id = part(header)["kid"].as_str().expect("a key id").to_owned();
    let public = world
        .store
        .read::<kind::JwtPublicKey>(&id)
        .expect("the public half");
    let public = VerifyingKey::from_public_key_der(&public.spec.public_key).expect("a key");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
    let signature = Signature::from_slice(&signature).expect("a signature");
    public
        .verify(format!("{header}.{claims}").as_bytes(), &signature)
        .expect("it verifies");

    let request = world
        .admin
        .sign(KUBECONFIG, Some("c1"), of_service("bot", 60));
    let second = world
        .management
        .kubeconfig(request)
        .await
        .expect("an Admin may")
        .into_inner();
    let second = yaml(&second.kubeconfig)["users"][0]["user"]["token"].clone();
    let kid = part(
        second
            .as_str()
            .and_then(|token| token.split('.').next())
            .expect("a header"),
    )["kid"]
        .clone();
    assert_eq!(kid, id, "the key stays");
    world.stop().await;
}

#[tokio::test]
async fn a_kubeconfig_that_cannot_be_made_says_why() {
    let mut world = World::start().await;
    for (cluster, wanted, text) in [
        (None, of_service("bot", 1), "cluster name is not in context"),
        (
            Some("c1"),
            of_service("", 1),
            "service account user name is not set",
        ),
        (
            Some("c1"),
            of_service("bot", 0),
            "service account ttl is must be positive",
        ),
        (
            Some("c1"),
            of_service("bot", 10 * 365 * 24 * 3600 + 1),
            "service account ttl is too long (max allowed: 87600h0m0s)",
        ),
        (
            Some("c1"),
            api::KubeconfigRequest {
                grant_type: "magic".into(),
                ..Default::default()
            },
            "invalid grant type \"magic\"",
        ),
    ] {
        let answer = world
            .management
            .kubeconfig(world.admin.sign(KUBECONFIG, cluster, wanted))
            .await;
        assert_eq!(refusal(answer), ("InvalidArgument".into(), text.into()));
    }
    world.stop().await;
}

#[tokio::test]
async fn talosconfig_and_omniconfig_name_endpoint_and_identity() {
    let mut world = World::start().await;
    let method = "/management.ManagementService/Talosconfig";
    let request = world
        .admin
        .sign(method, Some("c1"), api::TalosconfigRequest::default());
    let talos = world
        .management
        .talosconfig(request)
        .await
        .expect("an Admin may")
        .into_inner();
    assert_eq!(
        yaml(&talos.talosconfig),
        json!({ "context": "lab-c1", "contexts": { "lab-c1": {
            "endpoints": ["https://omni.lab.test"],
            "auth": { "siderov1": { "identity": ADMIN } },
            "cluster": "c1",
        } } })
    );
    let method = "/management.ManagementService/Omniconfig";
    let omni = world
        .management
        .omniconfig(world.admin.sign(method, None, ()))
        .await;
    assert_eq!(
        yaml(&omni.expect("anybody signed may").into_inner().omniconfig),
        json!({ "context": "default", "contexts": { "default": {
            "url": "https://omni.lab.test",
            "auth": { "siderov1": { "identity": ADMIN } },
        } } })
    );
    world.stop().await;
}

async fn get<K: Kind>(world: &mut World, id: &str) -> Result<Resource<K>, tonic::Status> {
    let message = cosi::GetRequest {
        namespace: K::NAMESPACE.into(),
        r#type: K::TYPE.into(),
        id: id.into(),
        options: None,
    };
    let answer = world
        .state
        .get(world.admin.sign("/cosi.resource.State/Get", None, message))
        .await?;
    let resource = AnyResource::try_from(answer.into_inner().resource.unwrap_or_default());
    Ok(resource.expect("well formed").typed().expect("of its kind"))
}

#[tokio::test]
async fn what_is_computed_is_about_the_caller() {
    let mut world = World::start().await;
    let user = get::<kind::CurrentUser>(&mut world, "current")
        .await
        .expect("it is computed");
    assert_eq!(
        (&*user.spec.identity, &*user.spec.role, &*user.spec.user_id),
        (ADMIN, "Admin", ADMIN)
    );
    let rights = get::<kind::Permissions>(&mut world, "permissions")
        .await
        .expect("it is computed");
    assert!(rights.spec.can_manage_users && rights.spec.can_read_audit_log);
    let on_cluster = get::<kind::ClusterPermissions>(&mut world, "c1")
        .await
        .expect("it is computed");
    assert!(on_cluster.spec.can_update_talos && on_cluster.spec.can_download_kubeconfig);
    let endpoints = get::<kind::AdvertisedEndpoints>(&mut world, "current")
        .await
        .expect("it is computed");
    assert_eq!(endpoints.spec.grpc_api_url, "https://omni.lab.test");
    put::<kind::Cluster>(&world.store, "c1", |cluster| {
        cluster.metadata.labels.insert("team".into(), "a".into());
    });
    let labels = get::<kind::LabelsCompletion>(&mut world, kind::Cluster::TYPE)
        .await
        .expect("it is computed");
    assert_eq!(labels.spec.items["team"].items, ["a"]);
    let none = get::<kind::CurrentUser>(&mut world, "other").await;
    assert_eq!(refusal(none).0, "NotFound");
    let never = get::<kind::KubernetesUsage>(&mut world, "c1").await;
    assert_eq!(refusal(never).0, "Unimplemented");
    world.stop().await;
}
