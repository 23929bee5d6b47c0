//! Installation media, from an Omni of any age.

use jiff::Timestamp;
use omni_api::management as api;
use omni_api::management::installation_media_url_request::InstallationMediaKind;
use omni_client::Error;

use crate::server::{Age, TestServer};

fn disk() -> api::InstallationMediaUrlRequest {
    let mut request = api::InstallationMediaUrlRequest {
        schematic_id: "3765".to_owned(),
        platform: "metal".to_owned(),
        architecture: "amd64".to_owned(),
        format: "raw.xz".to_owned(),
        download_token_ttl: Some(prost_types::Duration {
            seconds: 60,
            nanos: 0,
        }),
        ..Default::default()
    };
    request.set_installation_media_kind(InstallationMediaKind::Disk);
    request
}

#[tokio::test]
async fn a_schematic_is_registered_and_its_contents_are_not_printed() {
    let server = TestServer::start();
    let request = api::CreateSchematicRequest {
        extensions: vec!["a".to_owned(), "b".to_owned()],
        join_token: "canary".to_owned(),
        ..Default::default()
    };
    let schematic = server
        .client()
        .management()
        .create_schematic(&request)
        .await
        .expect("registered");
    assert_eq!(
        (schematic.id.as_str(), schematic.grpc_tunnel),
        ("a+b", true)
    );
    assert_eq!(schematic.yaml.expose(), "token: canary");
    assert!(!format!("{schematic:?}").contains("canary"));
}

#[tokio::test]
async fn the_newest_omni_is_asked_by_its_own_call_only() {
    let server = TestServer::start();
    let client = server.client();
    let media = client
        .management()
        .installation_media(&disk())
        .await
        .expect("an address");
    assert_eq!(media.url.expose(), "Disk 3765?token=t");
    assert_eq!(media.expires, Timestamp::from_second(1_800_000_060).ok());
    assert_eq!(client.counters().of("GetBootAssetURL"), 0);
    assert!(!format!("{media:?}").contains("token=t"));
}

#[tokio::test]
async fn an_older_omni_is_asked_by_the_older_call() {
    let server = TestServer::start();
    server.become_of(Age::BootAssets);
    let media = server
        .client()
        .management()
        .installation_media(&disk())
        .await
        .expect("an address");
    assert_eq!(media.url.expose(), "Disk 3765");
    assert_eq!(media.headers["Authorization"].expose(), "Basic c2VjcmV0");
    assert_eq!(
        (media.factory_host.as_str(), media.storage_key.as_str()),
        ("factory", "key")
    );
    assert_eq!(media.expires, None);
}

#[tokio::test]
async fn an_omni_that_is_too_old_says_so() {
    let server = TestServer::start();
    server.become_of(Age::Oldest);
    let refused = server
        .client()
        .management()
        .installation_media(&disk())
        .await;
    assert!(
        matches!(refused, Err(Error::Unimplemented { .. })),
        "{refused:?}"
    );
}
