//! Management calls and what a server says about itself.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use omni_api::{Kind as _, Resource, Role, kind, specs};
use omni_client::management::{AccountRole, KubeconfigKind};
use omni_client::version::{Support, VersionError};
use omni_client::{AccountName, Error, GeneratedKey};

use crate::server::TestServer;

fn key(name: &AccountName) -> GeneratedKey {
    GeneratedKey::new(name, SignedDuration::from_hours(1), Timestamp::now()).expect("a key")
}

#[tokio::test]
async fn a_service_account_lives_from_create_to_destroy() {
    let server = TestServer::start();
    let management = server.client().management();
    let name: AccountName = "infra-provider:aws".parse().expect("a name");
    let role = AccountRole::Exactly(Role::InfraProvider);
    let (first, second) = (key(&name), key(&name));

    let id = management
        .create_service_account(&name, role, &first.public)
        .await
        .expect("created");
    let again = management
        .create_service_account(&name, role, &first.public)
        .await;
    assert!(
        matches!(again, Err(Error::AlreadyExists { .. })),
        "{again:?}"
    );
    management
        .renew_service_account(&name, &second.public)
        .await
        .expect("renewed");

    let account = management
        .service_account(&name)
        .await
        .expect("listed")
        .expect("there");
    assert_eq!(
        (account.name.as_str(), account.role.as_str()),
        ("infra-provider:aws", "InfraProvider")
    );
    assert_eq!(account.keys.len(), 2);
    assert_eq!(
        (account.keys[1].id.as_str(), account.keys[1].public.as_str()),
        (id.as_str(), first.public.as_str())
    );
    assert_eq!(
        account.keys[0].expires,
        Timestamp::from_second(1_800_000_000).ok()
    );

    assert_eq!(management.destroy_service_account(&name).await, Ok(()));
    assert_eq!(management.service_account(&name).await, Ok(None));
    let gone = management
        .destroy_service_account(&name)
        .await
        .expect_err("gone");
    assert!(gone.is_not_found(), "{gone:?}");
}

#[tokio::test]
async fn a_private_key_is_never_registered() {
    let server = TestServer::start();
    let name: AccountName = "ci".parse().expect("a name");
    let public = key(&name).public;
    assert!(public.contains("PUBLIC KEY BLOCK") && !public.contains("PRIVATE"));
    let role = AccountRole::LikeCreator;
    let created = server
        .client()
        .management()
        .create_service_account(&name, role, &public)
        .await;
    assert!(created.is_ok(), "{created:?}");
}

#[tokio::test]
async fn a_kubeconfig_is_asked_for_with_the_cluster_in_the_signed_context() {
    let server = TestServer::start();
    let management = server.client().management();
    let token = KubeconfigKind::ServiceAccount {
        user: "terraform".to_owned(),
        groups: vec!["system:masters".to_owned(), "ops".to_owned()],
        ttl: Duration::from_hours(1),
    };
    let kubeconfig = management
        .kubeconfig("prod", &token)
        .await
        .expect("a kubeconfig");
    assert_eq!(
        kubeconfig.expose(),
        "token prod terraform system:masters,ops 3600"
    );
    assert!(!format!("{kubeconfig:?}").contains("prod"));
    let oidc = management
        .kubeconfig("prod", &KubeconfigKind::Oidc)
        .await
        .expect("a kubeconfig");
    assert_eq!(oidc.expose(), "oidc prod   0");

    let one = management
        .talosconfig(Some("prod"))
        .await
        .expect("a talosconfig");
    let all = management.talosconfig(None).await.expect("a talosconfig");
    assert_eq!(
        (one.expose(), all.expose()),
        ("talos Some(\"prod\")", "talos None")
    );
    let refused = management
        .kubeconfig("a\nb", &token)
        .await
        .expect_err("no name");
    assert!(matches!(refused, Error::Validation { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_configuration_is_checked_by_the_server() {
    let server = TestServer::start();
    let management = server.client().management();
    assert_eq!(management.validate_config("good").await, Ok(()));
    let problems = vec!["unknown keys found during decoding".to_owned()];
    assert_eq!(
        management.validate_config("bad").await,
        Err(Error::Validation { problems })
    );
    let binary = management.omniconfig().await.expect_err("not UTF-8");
    assert!(matches!(binary, Error::Other { .. }), "{binary:?}");
}

#[tokio::test]
async fn a_join_token_is_made_with_or_without_an_end() {
    let server = TestServer::start();
    let management = server.client().management();
    let end = Timestamp::from_second(1_800_000_000).ok();
    for (expires, said) in [(None, "lab None"), (end, "lab Some(1800000000)")] {
        let token = management.create_join_token("lab", expires).await;
        let token = token.expect("made");
        assert_eq!(token.expose(), said);
        assert!(!format!("{token:?}").contains("lab"));
    }
}

#[tokio::test]
async fn a_server_is_asked_once_who_it_is() {
    let server = TestServer::start();
    let version = specs::SysVersionSpec {
        backend_version: "v1.10.4".to_owned(),
        instance_name: "acme".to_owned(),
        backend_api_version: 2,
    };
    let features = specs::FeaturesConfigSpec {
        account: Some(specs::Account {
            id: "6f1e5a44".to_owned(),
            name: "acme".to_owned(),
        }),
        ..Default::default()
    };
    server
        .store
        .create(Resource::<kind::SysVersion>::new("current", version).to_any())
        .expect("created");
    let features = Resource::<kind::FeaturesConfig>::new("features-config", features);
    server.store.create(features.to_any()).expect("created");
    let client = server.client();
    for _ in 0..3 {
        let known = client.server().await.expect("it tells");
        assert_eq!(
            (known.version.as_str(), known.account_name.as_str()),
            ("v1.10.4", "acme")
        );
        assert_eq!(known.account_id.as_deref(), Some("6f1e5a44"));
        assert_eq!(known.check(), Ok(Support::Known));
    }
    assert_eq!(client.counters().total(), 2);
}

#[tokio::test]
async fn a_server_that_does_not_say_who_it_is_is_unknown() {
    let server = TestServer::start();
    let client = server.client();
    let known = client.server().await.expect("no error");
    assert_eq!(known.account_id, None);
    assert!(matches!(known.check(), Err(VersionError::Unknown { .. })));
}

#[tokio::test]
async fn a_change_is_repeated_only_while_it_certainly_did_not_take_place() {
    let mut server = TestServer::start();
    server.halt();
    let mut patience = crate::server::quick();
    patience.within_first_contact = patience.within;
    let client = server.builder().retry(patience).build().expect("a client");
    let management = client.management();
    let name: AccountName = "ci".parse().expect("a name");
    let public = key(&name).public;
    let create = {
        let (management, name) = (management.clone(), name.clone());
        let role = AccountRole::LikeCreator;
        tokio::spawn(async move {
            management
                .create_service_account(&name, role, &public)
                .await
        })
    };
    while client.counters().of("CreateServiceAccount") < 3 {
        tokio::task::yield_now().await;
    }
    server.resume();
    create
        .await
        .expect("ran")
        .expect("created when the server was back");

    server.lose_next_account_answer();
    let lost = management
        .destroy_service_account(&name)
        .await
        .expect_err("no answer");
    assert!(lost.transport().is_some(), "{lost:?}");
    assert_eq!(client.counters().of("DestroyServiceAccount"), 1);
}

#[tokio::test]
async fn what_a_server_has_is_asked_once_and_only_then_is_a_kind_missing() {
    let server = TestServer::start();
    let silent = server.client();
    let known = silent.capabilities().await.expect("no error");
    assert!(known.has::<kind::MachineInstallDiskConfig>());

    let definition = omni_api::cosi::meta::ResourceDefinitionSpec {
        resource_type: kind::Cluster::TYPE.to_owned(),
        ..Default::default()
    };
    let definition = Resource::<kind::ResourceDefinition>::new("clusters", definition);
    server.store.create(definition.to_any()).expect("created");
    let client = server.client();
    for _ in 0..3 {
        let known = client.capabilities().await.expect("they are told");
        assert!(known.has::<kind::Cluster>());
        assert!(!known.has::<kind::MachineInstallDiskConfig>());
    }
    assert_eq!(client.counters().total(), 1);
}
