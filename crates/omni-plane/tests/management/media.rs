//! Addresses of images, by the older and the newer call.

use omni_api::kind;
use omni_api::management as api;
use omni_api::management::boot_asset_url_request::BootAssetKind;
use omni_api::management::installation_media_url_request::InstallationMediaKind;
use tonic::Status;

use super::refusal;
use super::world::{World, put};

const SCHEMATIC: &str = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";
const FACTORY: &str = "https://factory.example.org";

async fn world(fill: impl Fn(&mut omni_api::Resource<kind::FeaturesConfig>)) -> World {
    let world = World::start().await;
    put::<kind::FeaturesConfig>(&world.store, "features-config", fill);
    world
}

fn asset(kind: BootAssetKind, platform: &str, format: &str) -> api::BootAssetUrlRequest {
    api::BootAssetUrlRequest {
        talos_version: "1.13.0".into(),
        schematic_id: SCHEMATIC.into(),
        boot_asset_kind: kind.into(),
        platform: platform.into(),
        architecture: "amd64".into(),
        format: format.into(),
        ..Default::default()
    }
}

async fn older(
    world: &mut World,
    request: api::BootAssetUrlRequest,
) -> Result<api::BootAssetUrlResponse, Status> {
    let method = "/management.ManagementService/GetBootAssetURL";
    let request = world.admin.sign(method, None, request);
    let answer = world.management.get_boot_asset_url(request).await;
    answer.map(tonic::Response::into_inner)
}

async fn newer(
    world: &mut World,
    request: api::InstallationMediaUrlRequest,
) -> Result<api::InstallationMediaUrlResponse, Status> {
    let method = "/management.ManagementService/GetInstallationMediaURL";
    let request = world.admin.sign(method, None, request);
    let answer = world.management.get_installation_media_url(request).await;
    answer.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn an_address_names_factory_schematic_version_and_file() {
    let mut world = world(|features| {
        features.spec.image_factory_base_url = format!("{FACTORY}/");
        features.spec.image_factory_pxe_base_url = "https://pxe.factory.example.org".into();
    })
    .await;
    let secure = |request| api::BootAssetUrlRequest {
        secure_boot: true,
        ..request
    };
    for (request, path) in [
        (
            asset(BootAssetKind::Disk, "nocloud", "raw.xz"),
            "factory.example.org/image/{}/v1.13.0/nocloud-amd64.raw.xz",
        ),
        (
            secure(asset(BootAssetKind::Disk, "aws", "raw.xz")),
            "factory.example.org/image/{}/v1.13.0/aws-amd64-secureboot.raw.xz",
        ),
        (
            asset(BootAssetKind::Iso, "metal", ""),
            "factory.example.org/image/{}/v1.13.0/metal-amd64.iso",
        ),
        (
            secure(asset(BootAssetKind::Iso, "metal", "")),
            "factory.example.org/image/{}/v1.13.0/metal-amd64-secureboot.iso",
        ),
        (
            asset(BootAssetKind::Pxe, "metal", ""),
            "pxe.factory.example.org/pxe/{}/v1.13.0/metal-amd64",
        ),
    ] {
        let answer = older(&mut world, request).await.expect("an address");
        let expected = format!("https://{}", path.replace("{}", SCHEMATIC));
        assert_eq!(answer.url, expected);
        assert_eq!(answer.headers.len(), 0);
        assert!(
            answer
                .url
                .contains(&format!("//{}/", answer.image_factory_host))
        );
    }
    let iso = older(&mut world, asset(BootAssetKind::Iso, "metal", "")).await;
    // sha256 of factory, "image", schematic, version and file name, with a NUL between them.
    assert_eq!(
        iso.expect("an address").storage_key,
        "2b61460c35ad75c60a3e63e5fd8e119a946500283c10744d79aa72fa253522ea"
    );
    world.stop().await;
}

#[tokio::test]
async fn credentials_of_the_factory_travel_where_the_caller_can_use_them() {
    let mut world = world(|features| {
        features.spec.image_factory_base_url = FACTORY.into();
    })
    .await;
    put::<kind::ImageFactoryAuth>(&world.store, FACTORY, |auth| {
        auth.spec.username = "user".into();
        auth.spec.password = "hunter 2@".into();
    });
    let disk = asset(BootAssetKind::Disk, "nocloud", "qcow2");
    let plain = older(&mut world, disk.clone()).await.expect("an address");
    assert_eq!(plain.headers["Authorization"], "Basic dXNlcjpodW50ZXIgMkA=");
    assert!(!plain.url.contains("user"), "{}", plain.url);
    let standalone = api::BootAssetUrlRequest {
        standalone_url: true,
        ..disk
    };
    let standalone = older(&mut world, standalone).await.expect("an address");
    assert!(standalone.headers.is_empty());
    assert!(
        standalone
            .url
            .starts_with("https://user:hunter%202%40@factory.example.org/image/"),
        "{}",
        standalone.url
    );
    assert_eq!(standalone.storage_key, plain.storage_key);
    let script = older(&mut world, asset(BootAssetKind::Pxe, "metal", "")).await;
    let script = script.expect("an address");
    assert!(
        script
            .url
            .starts_with("https://user:hunter%202%40@pxe.factory.example.org/pxe/"),
        "firmware cannot send headers: {}",
        script.url
    );
    world.stop().await;
}

#[tokio::test]
async fn a_second_factory_has_the_versions_that_are_recorded_for_it() {
    let mut world = world(|features| {
        features.spec.image_factory_base_url = FACTORY.into();
        features.spec.secondary_image_factory_base_url = "https://second.example.org/".into();
    })
    .await;
    put::<kind::TalosVersion>(&world.store, "1.13.0", |version| {
        version.spec.image_factory_url = "https://second.example.org".into();
    });
    let second = older(&mut world, asset(BootAssetKind::Iso, "metal", "")).await;
    assert_eq!(
        second.expect("an address").image_factory_host,
        "second.example.org"
    );
    let other = api::BootAssetUrlRequest {
        talos_version: "v1.12.0".into(),
        ..asset(BootAssetKind::Iso, "metal", "")
    };
    let first = older(&mut world, other).await.expect("an address");
    assert_eq!(first.image_factory_host, "factory.example.org");
    assert!(first.url.contains("/v1.12.0/"), "{}", first.url);
    world.stop().await;
}

#[tokio::test]
async fn an_account_without_a_factory_has_omni_s_and_a_version_that_nobody_names_is_omni_s() {
    let mut world = world(|features| features.spec.enable_workload_proxying = true).await;
    let open = api::BootAssetUrlRequest {
        talos_version: String::new(),
        ..asset(BootAssetKind::Pxe, "metal", "")
    };
    let answer = older(&mut world, open).await.expect("an address");
    assert_eq!(
        answer.url,
        format!("https://pxe.factory.talos.dev/pxe/{SCHEMATIC}/v1.13.8/metal-amd64")
    );
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_be_a_part_of_an_address_is_refused() {
    let mut world = world(|features| features.spec.image_factory_base_url = "nowhere".into()).await;
    let iso = || asset(BootAssetKind::Iso, "metal", "");
    let cases = [
        (
            asset(BootAssetKind::Unset, "metal", ""),
            "unknown boot asset kind BOOT_ASSET_KIND_UNSET",
        ),
        (
            api::BootAssetUrlRequest {
                boot_asset_kind: 9,
                ..iso()
            },
            "unknown boot asset kind 9",
        ),
        (
            asset(BootAssetKind::Iso, "../../secret", ""),
            "invalid boot asset request: invalid platform \"../../secret\"",
        ),
        (
            api::BootAssetUrlRequest {
                architecture: String::new(),
                ..iso()
            },
            "invalid boot asset request: invalid architecture \"\"",
        ),
        (
            asset(BootAssetKind::Disk, "nocloud", ""),
            "invalid boot asset request: invalid disk image format \"\"",
        ),
        (
            api::BootAssetUrlRequest {
                schematic_id: "../../..".into(),
                ..iso()
            },
            "invalid boot asset request: invalid schematic ID \"../../..\"",
        ),
        (
            api::BootAssetUrlRequest {
                talos_version: "1.13.0/../..".into(),
                ..iso()
            },
            "invalid boot asset request: invalid Talos version \"1.13.0/../..\": Invalid character(s) found in patch number \"0/../..\"",
        ),
    ];
    for (request, text) in cases {
        let answer = older(&mut world, request).await;
        assert_eq!(refusal(answer), ("InvalidArgument".into(), text.into()));
    }
    let answer = older(&mut world, iso()).await;
    assert_eq!(
        refusal(answer),
        (
            "Internal".into(),
            "failed to resolve the boot asset: image factory URL \"nowhere\" is not absolute"
                .into()
        )
    );
    world.stop().await;
}

#[tokio::test]
async fn the_newer_call_answers_what_the_older_one_does() {
    let mut world = world(|features| features.spec.image_factory_base_url = FACTORY.into()).await;
    let request = |kind: InstallationMediaKind| api::InstallationMediaUrlRequest {
        talos_version: "1.13.0".into(),
        schematic_id: SCHEMATIC.into(),
        installation_media_kind: kind.into(),
        platform: "metal".into(),
        architecture: "arm64".into(),
        format: "raw.zst".into(),
        download_token_ttl: Some(prost_types::Duration {
            seconds: 60,
            nanos: 0,
        }),
        ..Default::default()
    };
    for (kind, older_kind) in [
        (InstallationMediaKind::Pxe, BootAssetKind::Pxe),
        (InstallationMediaKind::Iso, BootAssetKind::Iso),
        (InstallationMediaKind::Disk, BootAssetKind::Disk),
    ] {
        let answer = newer(&mut world, request(kind)).await.expect("an address");
        let same = api::BootAssetUrlRequest {
            architecture: "arm64".into(),
            ..asset(older_kind, "metal", "raw.zst")
        };
        let same = older(&mut world, same).await.expect("an address");
        assert_eq!(
            (answer.url, answer.storage_key),
            (same.url, same.storage_key)
        );
        assert_eq!(answer.expires_at, None, "nothing expires here");
    }
    let unset = newer(&mut world, request(InstallationMediaKind::Unset)).await;
    assert_eq!(
        refusal(unset).1,
        "unknown installation media kind INSTALLATION_MEDIA_KIND_UNSET"
    );
    let mut past = request(InstallationMediaKind::Iso);
    past.download_token_ttl = Some(prost_types::Duration {
        seconds: -3600,
        nanos: 0,
    });
    assert_eq!(
        refusal(newer(&mut world, past).await),
        (
            "InvalidArgument".into(),
            "invalid installation media request: download token lifetime -1h0m0s is negative"
                .into()
        )
    );
    world.stop().await;
}
