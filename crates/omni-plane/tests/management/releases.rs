//! A plane as each release of Omni: kinds, fields, calls, roles and rules as a client meets them.

use omni_api::specs::cluster_spec::Features;
use omni_api::{AnyResource, Kind, Resource, cosi, kind, management as api, specs};
use omni_plane::{Instance, Release, instance};
use tonic::{Code, Status};

use super::refusal;
use super::world::World;

async fn of(release: Release) -> World {
    let world = World::seeded().await;
    let instance = Instance::default().of_release(release);
    instance::install(&world.store, &instance).expect("installed");
    world
}

async fn get<K: Kind>(world: &mut World, id: &str) -> Result<cosi::Resource, Status> {
    let wanted = cosi::GetRequest {
        namespace: K::NAMESPACE.into(),
        r#type: K::TYPE.into(),
        id: id.into(),
        options: None,
    };
    let request = world.admin.sign("/cosi.resource.State/Get", None, wanted);
    let answer = world.state.get(request).await?;
    Ok(answer.into_inner().resource.expect("a resource"))
}

async fn create<K: Kind>(world: &mut World, resource: &Resource<K>) -> Result<(), Status> {
    let create = cosi::CreateRequest {
        resource: Some(AnyResource::into(resource.to_any())),
        options: None,
    };
    let method = "/cosi.resource.State/Create";
    let request = world.admin.sign(method, None, create);
    world.state.create(request).await.map(drop)
}

fn yaml(resource: &cosi::Resource) -> &str {
    resource
        .spec
        .as_ref()
        .map_or("", |spec| spec.yaml_spec.as_str())
}

#[tokio::test]
async fn a_kind_that_a_release_does_not_have_cannot_be_reached() {
    for release in Release::ALL {
        let mut world = of(release).await;
        let id = "00000000-0000-4000-a000-000000000001";
        let spec = specs::MachineInstallDiskConfigSpec {
            disk: "/dev/vda".into(),
            ..Default::default()
        };
        let disk = Resource::<kind::MachineInstallDiskConfig>::new(id, spec);
        let created = create(&mut world, &disk).await;
        let read = get::<kind::MachineInstallDiskConfig>(&mut world, id).await;
        if release == Release::Next {
            created.expect("created");
            read.expect("there");
        } else {
            let (code, text) = refusal(created);
            assert_eq!(code, "PermissionDenied", "{release}");
            assert!(text.contains("no access is permitted"), "{text}");
            assert_eq!(refusal(read).0, "PermissionDenied", "{release}");
        }
        let checks = kind::KubernetesHealthCheck::TYPE.to_lowercase();
        let defined = get::<kind::ResourceDefinition>(&mut world, &checks).await;
        assert_eq!(defined.is_ok(), release > Release::V1_8, "{release}");
        world.stop().await;
    }
}

#[tokio::test]
async fn a_field_that_a_release_does_not_know_is_carried_along_and_neither_shown_nor_followed() {
    let features = Features {
        use_embedded_discovery_service: true,
        disable_public_discovery_service: true,
        ..Default::default()
    };
    let spec = specs::ClusterSpec {
        talos_version: "1.13.7".into(),
        kubernetes_version: "1.35.5".into(),
        features: Some(features),
        ..Default::default()
    };
    let cluster = Resource::<kind::Cluster>::new("lab", spec);

    let mut world = of(Release::V1_9).await;
    create(&mut world, &cluster).await.expect("not looked at");
    let read = get::<kind::Cluster>(&mut world, "lab")
        .await
        .expect("there");
    assert!(yaml(&read).contains("useembeddeddiscoveryservice: true"));
    assert!(!yaml(&read).contains("disablepublicdiscoveryservice"));
    let kept = AnyResource::try_from(read).expect("a resource");
    let kept = kept.typed::<kind::Cluster>().expect("a cluster").spec;
    assert!(
        kept.features
            .expect("features")
            .disable_public_discovery_service
    );
    world.stop().await;

    let mut world = of(Release::V1_10).await;
    let (code, text) = refusal(create(&mut world, &cluster).await);
    assert_eq!(code, "InvalidArgument");
    assert!(text.contains("Talos 1.14 or newer"), "{text}");
    world.stop().await;
}

#[tokio::test]
async fn what_the_server_writes_has_the_fields_of_its_release_only() {
    for release in Release::ALL {
        let mut world = of(release).await;
        let features = get::<kind::FeaturesConfig>(&mut world, "features-config");
        let features = features.await.expect("there");
        let key = "secondaryimagefactorybaseurl:";
        let knows = yaml(&features).contains(key);
        assert_eq!(knows, release >= Release::V1_10, "{release}");

        let version = get::<kind::TalosVersion>(&mut world, "1.13.7").await;
        let version = AnyResource::try_from(version.expect("there")).expect("a resource");
        let version = version.typed::<kind::TalosVersion>().expect("a version");
        let upgradable = !version.spec.upgradable_talos_versions.is_empty();
        assert_eq!(upgradable, release >= Release::V1_9, "{release}");

        let told = get::<kind::SysVersion>(&mut world, "current").await;
        let told = AnyResource::try_from(told.expect("there")).expect("a resource");
        let told = told.typed::<kind::SysVersion>().expect("a version").spec;
        assert_eq!(told.backend_version, release.version());
        assert_eq!(told.backend_api_version, release.api_version());
        world.stop().await;
    }
}

#[tokio::test]
async fn a_call_that_a_release_does_not_have_is_unknown() {
    let mut world = of(Release::V1_10).await;
    let method = "/management.ManagementService/GetBootAssetURL";
    let request = world
        .admin
        .sign(method, None, api::BootAssetUrlRequest::default());
    let refused = world.management.get_boot_asset_url(request).await;
    let status = refused.expect_err("unknown");
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(
        status.message(),
        "unknown method GetBootAssetURL for service management.ManagementService"
    );
    world.stop().await;
}

#[tokio::test]
async fn a_schematic_of_1_8_has_no_machine_configuration_in_it() {
    for (release, inside) in [(Release::V1_8, false), (Release::V1_9, true)] {
        let mut world = of(release).await;
        let wanted = api::CreateSchematicRequest {
            embedded_machine_config: "machine: {}\n".into(),
            ..Default::default()
        };
        let method = "/management.ManagementService/CreateSchematic";
        let request = world.admin.sign(method, None, wanted);
        let made = world.management.create_schematic(request).await;
        let yaml = made.expect("made").into_inner().schematic_yml;
        assert_eq!(yaml.contains("embeddedMachineConfiguration"), inside);
        world.stop().await;
    }
}

#[tokio::test]
async fn there_are_auditors_from_1_10_on() {
    for release in Release::ALL {
        let mut world = of(release).await;
        let user = api::CreateUserRequest {
            email: "eve@example.com".into(),
            role: "Auditor".into(),
        };
        let method = "/management.ManagementService/CreateUser";
        let request = world.admin.sign(method, None, user);
        let made = world.management.create_user(request).await;
        if release >= Release::V1_10 {
            made.expect("made");
        } else {
            assert_eq!(
                refusal(made).1,
                "unknown role to parse: \"Auditor\"",
                "{release}"
            );
        }
        world.stop().await;
    }
}

#[tokio::test]
async fn what_a_patch_may_hold_grows_less_from_release_to_release() {
    let disk = "machine: {install: {disk: /dev/sda}}\n";
    let authority = "cluster: {ca: {crt: a}}\n";
    let document = "apiVersion: v1alpha1\nkind: KubeClusterConfig\n";
    let token = "machine: {token: a}\n";
    for (release, allowed) in [
        (Release::V1_8, [true, true, true, false]),
        (Release::V1_9, [true, true, true, false]),
        (Release::V1_10, [true, false, false, false]),
        (Release::Next, [false, false, false, false]),
    ] {
        let mut world = of(release).await;
        for (patch, allowed) in [disk, authority, document, token].into_iter().zip(allowed) {
            let check = api::ValidateConfigRequest {
                config: patch.into(),
            };
            let method = "/management.ManagementService/ValidateConfig";
            let request = world.admin.sign(method, None, check);
            let judged = world.management.validate_config(request).await;
            assert_eq!(judged.is_ok(), allowed, "{release}: {patch}: {judged:?}");
        }
        world.stop().await;
    }
}

#[tokio::test]
async fn the_contract_of_a_talos_version_is_told_from_1_10_on() {
    let mut world = of(Release::V1_10).await;
    let told = get::<kind::VersionContract>(&mut world, "1.14.0").await;
    let told = told.expect("computed");
    assert!(yaml(&told).contains("discoveryservicemultidocconfig: true"));
    let told = get::<kind::VersionContract>(&mut world, "1.13.7").await;
    assert!(yaml(&told.expect("computed")).contains("discoveryservicemultidocconfig: false"));
    world.stop().await;

    let mut world = of(Release::V1_9).await;
    let refused = get::<kind::VersionContract>(&mut world, "1.14.0").await;
    assert_eq!(refusal(refused).0, "PermissionDenied");
    world.stop().await;
}
