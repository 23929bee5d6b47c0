//! The form of resources on the wire: YAML beside the message, compressed contents, times.

use std::sync::Arc;

use omni_api::cosi::state_server::State as _;
use omni_api::{Kind, Role, cosi, kind, specs};
use omni_plane::api::{Caller, Endpoints, StateService};
use omni_plane::{Clock, Store};
use prost::Message as _;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

fn service() -> (StateService, Store) {
    let store = Store::in_memory(Clock::manual());
    let service = StateService::new(
        store.clone(),
        Endpoints::default(),
        CancellationToken::new(),
    );
    (service, store)
}

fn signed<T>(message: T) -> Request<T> {
    let caller = Caller {
        user_id: "u".into(),
        identity: "admin@lab.test".into(),
        fingerprint: "f".into(),
        role: Role::Admin,
        user_agent: String::new(),
    };
    let mut request = Request::new(message);
    request.extensions_mut().insert(Arc::new(caller));
    request
}

async fn create<K: Kind>(
    service: &StateService,
    id: &str,
    spec: cosi::Spec,
) -> Result<cosi::Resource, Status> {
    let resource = cosi::Resource {
        metadata: Some(cosi::Metadata {
            namespace: K::NAMESPACE.into(),
            r#type: K::TYPE.into(),
            id: id.into(),
            version: "undefined".into(),
            phase: "running".into(),
            ..cosi::Metadata::default()
        }),
        spec: Some(spec),
    };
    let request = cosi::CreateRequest {
        resource: Some(resource),
        options: None,
    };
    let answer = service.create(signed(request)).await?.into_inner();
    Ok(answer.resource.expect("a resource"))
}

async fn get<K: Kind>(service: &StateService, id: &str) -> cosi::Resource {
    let request = cosi::GetRequest {
        namespace: K::NAMESPACE.into(),
        r#type: K::TYPE.into(),
        id: id.into(),
        options: None,
    };
    let answer = service
        .get(signed(request))
        .await
        .expect("it is there")
        .into_inner();
    answer.resource.expect("a resource")
}

#[tokio::test]
async fn a_patch_that_a_go_client_compressed_is_stored_and_shown_plain() {
    let (service, store) = service();
    let packed = specs::ConfigPatchSpec {
        compressed_data: vec![0x28, 0xb5, 0x2f, 0xfd],
        ..Default::default()
    };
    let spec = cosi::Spec {
        proto_spec: packed.encode_to_vec(),
        yaml_spec: "data: |\n    machine:\n      sysctls:\n        a: \"1\"\ncompresseddata: []\n"
            .into(),
    };
    let plain = "machine:\n  sysctls:\n    a: \"1\"\n";
    let answer = create::<kind::ConfigPatch>(&service, "p", spec)
        .await
        .expect("it is valid");
    let answered = answer.spec.expect("a spec");
    let decoded = specs::ConfigPatchSpec::decode(answered.proto_spec.as_slice()).expect("a patch");
    assert_eq!(
        (decoded.data.as_str(), decoded.compressed_data.len()),
        (plain, 0)
    );
    assert!(
        answered
            .yaml_spec
            .starts_with("data: |\n    machine:\n      sysctls:\n"),
        "{}",
        answered.yaml_spec
    );
    assert_eq!(
        store
            .read::<kind::ConfigPatch>("p")
            .expect("it is there")
            .spec
            .data,
        plain
    );

    let hidden = cosi::Spec {
        proto_spec: packed.encode_to_vec(),
        yaml_spec: "data: |\n    machine:\n      token: secret\n".into(),
    };
    let refused = create::<kind::ConfigPatch>(&service, "q", hidden)
        .await
        .expect_err("validation sees through it");
    assert!(
        refused.message().contains("overriding \"machine.token\""),
        "{refused}"
    );
    let opaque = cosi::Spec {
        proto_spec: packed.encode_to_vec(),
        yaml_spec: "{}".into(),
    };
    let refused = create::<kind::ConfigPatch>(&service, "r", opaque)
        .await
        .expect_err("nothing to read");
    assert_eq!(refused.code(), tonic::Code::Unknown);
}

#[tokio::test]
async fn every_answer_carries_the_spec_as_yaml() {
    let (service, store) = service();
    store
        .put::<kind::Cluster>("", "c", |cluster| {
            cluster.spec.talos_version = "1.13.7".into();
        })
        .expect("it is new");
    let yaml = get::<kind::Cluster>(&service, "c")
        .await
        .spec
        .expect("a spec")
        .yaml_spec;
    assert_eq!(
        yaml,
        "kubernetesversion: \"\"\ntalosversion: 1.13.7\nfeatures: null\nbackupconfiguration: null\n"
    );
}

#[tokio::test]
async fn a_time_that_was_never_set_is_gos_zero_time() {
    let (service, store) = service();
    store
        .put::<kind::Cluster>("", "c", |_| {})
        .expect("it is new");
    let metadata = get::<kind::Cluster>(&service, "c")
        .await
        .metadata
        .expect("metadata");
    assert_eq!(metadata.updated.expect("a time").seconds, -62_135_596_800);
    assert_eq!(metadata.created, Some(store.clock().now()));
}

#[tokio::test]
async fn a_spec_that_is_not_its_kinds_message_is_refused() {
    let (service, store) = service();
    let broken = cosi::Spec {
        proto_spec: vec![0xff, 0xff],
        yaml_spec: "{}".into(),
    };
    let refused = create::<kind::Cluster>(&service, "c", broken)
        .await
        .expect_err("no cluster");
    assert_eq!(refused.code(), tonic::Code::Unknown);
    assert_eq!(store.count("default", kind::Cluster::TYPE), 0);
}
