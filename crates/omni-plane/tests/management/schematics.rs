//! Schematics: what Omni refuses, what it makes of the rest, and that it is kept.

use omni_api::kind;
use omni_api::management as api;
use omni_api::management::create_schematic_request::{Overlay, SiderolinkGrpcTunnelMode};
use omni_plane::schematic::{KeptSchematic, Schematic};
use tonic::Status;

use super::refusal;
use super::world::{World, put};

const FACTORY: &str = "https://factory.example.org";

/// A plane with what joining takes, a board, and a medium for it.
async fn world() -> World {
    let world = World::start().await;
    put::<kind::SiderolinkApiConfig>(&world.store, "siderolink-config", |config| {
        config.spec.machine_api_advertised_url = "grpc://127.0.0.1:8090".into();
        config.spec.events_port = 8091;
        config.spec.logs_port = 8092;
    });
    put::<kind::DefaultJoinToken>(&world.store, "default", |token| {
        token.spec.token_id = "abcd".into();
    });
    put::<kind::FeaturesConfig>(&world.store, "features-config", |features| {
        features.spec.image_factory_base_url = FACTORY.into();
    });
    put::<kind::InstallationMedia>(&world.store, "board", |media| {
        media.spec.overlay = "rpi_generic".into();
    });
    put::<kind::InstallationMedia>(&world.store, "odd", |media| {
        media.spec.overlay = "unknown".into();
    });
    put::<kind::InstallationMedia>(&world.store, "metal", |_| {});
    put::<kind::SbcConfig>(&world.store, "rpi_generic", |board| {
        board.spec.overlay_name = "rpi_generic".into();
        board.spec.overlay_image = "siderolabs/sbc-raspberrypi".into();
    });
    world
}

async fn create(
    world: &mut World,
    request: api::CreateSchematicRequest,
) -> Result<api::CreateSchematicResponse, Status> {
    let method = "/management.ManagementService/CreateSchematic";
    let request = world.admin.sign(method, None, request);
    let answer = world.management.create_schematic(request).await;
    answer.map(tonic::Response::into_inner)
}

async fn from_raw(world: &mut World, text: &[u8]) -> Result<api::CreateSchematicResponse, Status> {
    let method = "/management.ManagementService/CreateSchematicFromRaw";
    let request = api::CreateSchematicFromRawRequest {
        raw_schematic: text.to_vec(),
        talos_version: String::new(),
    };
    let request = world.admin.sign(method, None, request);
    let answer = world.management.create_schematic_from_raw(request).await;
    answer.map(tonic::Response::into_inner)
}

fn with_meta(key: u32, value: &str) -> api::CreateSchematicRequest {
    api::CreateSchematicRequest {
        meta_values: [(key, value.to_owned())].into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_schematic_has_everything_of_its_request_and_is_kept() {
    let mut world = world().await;
    let mut request = api::CreateSchematicRequest {
        extensions: ["siderolabs/zfs", "siderolabs/a", "siderolabs/zfs"]
            .map(str::to_owned)
            .to_vec(),
        extra_kernel_args: vec!["console=ttyS0".into()],
        meta_values: [
            (10, "{}".to_owned()),
            (12, "machineLabels: {env: lab}".to_owned()),
        ]
        .into(),
        talos_version: "v1.13.7".into(),
        join_token: "mine".into(),
        overlay: Some(Overlay {
            image: "i".into(),
            name: "n".into(),
            options: "b: 1\na: x".into(),
        }),
        embedded_machine_config: "machine: {}".into(),
        ..Default::default()
    };
    request.set_siderolink_grpc_tunnel_mode(SiderolinkGrpcTunnelMode::Enabled);
    request.set_bootloader(api::SchematicBootloader::BootSd);
    let made = create(&mut world, request.clone()).await.expect("made");
    assert!(made.grpc_tunnel_enabled);
    assert_eq!(
        made.schematic_yml,
        "overlay:\n    image: i\n    name: \"n\"\n    options:\n        a: x\n        b: 1\ncustomization:\n    \
         embeddedMachineConfiguration: 'machine: {}'\n    extraKernelArgs:\n        - \
         siderolink.api=grpc://127.0.0.1:8090?grpc_tunnel=true&jointoken=mine\n        - \
         talos.events.sink=[fdae:41e4:649b:9303::1]:8091\n        - \
         talos.logging.kernel=tcp://[fdae:41e4:649b:9303::1]:8092\n        - console=ttyS0\n    meta:\n        - key: 12\n          value: \
         'machineLabels: {env: lab}'\n        - key: 10\n          value: '{}'\n    systemExtensions:\n        officialExtensions:\n            \
         - siderolabs/a\n            - siderolabs/zfs\n    bootloader: sd-boot\n"
    );
    let kept = world.store.peek::<KeptSchematic>(&made.schematic_id);
    assert_eq!(kept.expect("it is kept").spec.yaml, made.schematic_yml);
    assert_eq!(
        Schematic::parse(&made.schematic_yml)
            .expect("its own form")
            .id(),
        made.schematic_id
    );
    let again = create(&mut world, request).await.expect("made");
    assert_eq!(again.schematic_id, made.schematic_id);
    world.stop().await;
}

#[tokio::test]
async fn machines_of_an_image_join_with_the_default_token_unless_another_is_named() {
    let mut world = world().await;
    let made = create(&mut world, api::CreateSchematicRequest::default())
        .await
        .expect("made");
    assert!(!made.grpc_tunnel_enabled && made.pxe_url.is_empty());
    assert!(
        made.schematic_yml
            .contains("siderolink.api=grpc://127.0.0.1:8090?jointoken=abcd\n"),
        "{}",
        made.schematic_yml
    );
    world.stop().await;
}

#[tokio::test]
async fn the_overlay_of_a_medium_is_that_of_its_board() {
    let mut world = world().await;
    let of = |media: &str, talos: &str| api::CreateSchematicRequest {
        media_id: media.into(),
        talos_version: talos.into(),
        ..Default::default()
    };
    let board = create(&mut world, of("board", "1.7.0-alpha.1")).await;
    let board = board.expect("made").schematic_yml;
    assert!(
        board.starts_with(
            "overlay:\n    image: siderolabs/sbc-raspberrypi\n    name: rpi_generic\n"
        ),
        "{board}"
    );
    for (media, talos) in [("board", "1.6.5"), ("metal", "1.13.7"), ("", "1.13.7")] {
        let plain = create(&mut world, of(media, talos)).await.expect("made");
        assert!(!plain.schematic_yml.contains("overlay"), "{media} {talos}");
    }
    world.stop().await;
}

#[tokio::test]
async fn what_omni_refuses_is_refused_in_its_words() {
    let mut world = world().await;
    let request = api::CreateSchematicRequest::default;
    let reserved = "is not allowed to be set in the schematic, as it's reserved by Talos";
    let cases = [
        (with_meta(9, ""), "InvalidArgument", format!("meta key 0x09 {reserved}")),
        (with_meta(0x10a, ""), "InvalidArgument", format!("meta key 0x0a {reserved}")),
        (with_meta(12, "{}"), "InvalidArgument", "machine labels are empty".into()),
        (with_meta(12, ""), "InvalidArgument", "machine labels are empty".into()),
        (with_meta(12, "initialMachineLabels: {a: b}"), "InvalidArgument", "machine labels are empty".into()),
        (with_meta(12, "machineInitialLabels: {a: b}"), "InvalidArgument", "'initialMachineLabels' is deprecated".into()),
        (with_meta(12, "no map"), "InvalidArgument", "failed to parse machine labels: not a map".into()),
        (
            with_meta(12, "machineLabels: {a: [b]}"),
            "InvalidArgument",
            "failed to parse machine labels: the label \"a\" is not a text".into(),
        ),
        (
            api::CreateSchematicRequest { talos_version: "../../secret".into(), ..request() },
            "InvalidArgument",
            "invalid Talos version".into(),
        ),
        (
            api::CreateSchematicRequest { media_id: "none".into(), ..request() },
            "Unknown",
            "failed to get: resource InstallationMedias.omni.sidero.dev(ephemeral/none@undefined) doesn't exist".into(),
        ),
        (
            api::CreateSchematicRequest { media_id: "odd".into(), ..request() },
            "Unknown",
            "failed to find overlay with name \"unknown\"".into(),
        ),
        (
            api::CreateSchematicRequest { image_factory_url: "https://other".into(), ..request() },
            "Unknown",
            "no image factory client configured for the given URL \"https://other\"".into(),
        ),
        (
            api::CreateSchematicRequest { bootloader: 9, ..request() },
            "Unknown",
            "failed to ensure schematic: BootloaderKind(9) does not belong to BootloaderKind values".into(),
        ),
        (
            api::CreateSchematicRequest { join_token: "v1:#".into(), ..request() },
            "Unknown",
            "illegal base64 data at input byte 0".into(),
        ),
    ];
    for (request, code, text) in cases {
        let shown = format!("{request:?}");
        let answer = create(&mut world, request).await;
        assert_eq!(refusal(answer), (code.to_owned(), text), "{shown}");
    }
    let factory = api::CreateSchematicRequest {
        image_factory_url: format!("{FACTORY}/"),
        ..request()
    };
    create(&mut world, factory)
        .await
        .expect("a slash is nothing");
    world.stop().await;
}

#[tokio::test]
async fn without_the_account_s_addresses_no_image_can_be_made() {
    let mut world = World::start().await;
    let answer = create(&mut world, api::CreateSchematicRequest::default()).await;
    let missing = "SiderolinkAPIConfigs.omni.sidero.dev(default/siderolink-config@undefined)";
    assert_eq!(
        refusal(answer),
        (
            "Unknown".into(),
            format!(
                "failed to get Omni connection params for the extra kernel arguments: failed to get: resource {missing} doesn't exist"
            )
        )
    );
    world.stop().await;
}

#[tokio::test]
async fn a_raw_schematic_is_kept_as_it_is() {
    let mut world = world().await;
    let text = b"{\"customization\": {\"extraKernelArgs\": [\"noapic\", \"nolapic\"], \"systemExtensions\": {}}}";
    let made = from_raw(&mut world, text).await.expect("made");
    let id = "9cba8e32753f91a16c1837ab8abf356af021706ef284aef07380780177d9a06c";
    assert_eq!(made.schematic_id, id);
    assert!(made.schematic_yml.is_empty());
    assert!(world.store.peek::<KeptSchematic>(id).is_some());
    let owned = from_raw(&mut world, b"owner: me\n").await.expect("made");
    let empty = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";
    assert_eq!(owned.schematic_id, empty, "this factory knows no owners");
    for text in [&b""[..], b"customisation: {}", b"customization: [", b"\xff"] {
        let (code, said) = refusal(from_raw(&mut world, text).await);
        assert_eq!(code, "Unknown");
        assert!(
            said.starts_with("failed to unmarshal raw schematic: "),
            "{said}"
        );
    }
    world.stop().await;
}
