//! What nobody should send, by somebody who may: the code and the words of each refusal.

use std::collections::BTreeMap;
use std::sync::Arc;

use omni_api::cosi::state_server::State as _;
use omni_api::{AnyResource, Kind as _, Resource, Role, cosi, kind, selector, specs};
use omni_plane::api::{Caller, Endpoints, StateService, signature::Signed, signature::Verifier};
use omni_plane::{Clock, Store};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};

use super::{answer, call, framed};

fn service() -> (StateService, Store) {
    let store = Store::in_memory(Clock::manual());
    let stop = CancellationToken::new();
    let service = StateService::new(store.clone(), Endpoints::default(), stop);
    (service, store)
}

fn by_admin<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Arc::new(Caller {
        user_id: "u".into(),
        identity: "admin@x.y".into(),
        fingerprint: "f".into(),
        role: Role::Admin,
        user_agent: String::new(),
    }));
    request
}

fn class(id: &str) -> Resource<kind::MachineClass> {
    let spec = specs::MachineClassSpec {
        match_labels: vec!["a".into()],
        ..Default::default()
    };
    Resource::new(id, spec)
}

/// The refusal of a creation by an Admin.
async fn refused(service: &StateService, resource: cosi::Resource) -> Status {
    let request = cosi::CreateRequest {
        resource: Some(resource),
        options: None,
    };
    let created = service.create(by_admin(request)).await;
    created.expect_err("it is refused")
}

#[tokio::test]
async fn a_huge_id_is_refused_with_its_length() {
    let (service, store) = service();
    let status = refused(&service, class(&"x".repeat(1 << 20)).to_any().into()).await;
    let text = "failed to validate: 1 error occurred:\n\t* resource ID is too long: 1048576 bytes (max 1024)\n\n";
    assert_eq!(
        (status.code(), status.message()),
        (Code::InvalidArgument, text)
    );
    assert_eq!(store.count("default", kind::MachineClass::TYPE), 0);
}

#[tokio::test]
async fn ten_thousand_labels_are_refused_with_their_number() {
    let (service, _) = service();
    let mut class = class("a");
    let labels = (0..10_000).map(|number| (number.to_string(), "v".to_owned()));
    class.metadata.labels = labels.collect();
    let status = refused(&service, class.to_any().into()).await;
    let text = "failed to validate: 1 error occurred:\n\t* too many labels: 10000 (max 256)\n\n";
    assert_eq!(
        (status.code(), status.message()),
        (Code::InvalidArgument, text)
    );
}

#[tokio::test]
async fn rights_come_before_all_rules() {
    let (_, store) = service();
    let stop = CancellationToken::new();
    let state = StateService::new(store.clone(), Endpoints::default(), stop);
    let message = cosi::CreateRequest {
        resource: Some(class(&"x".repeat(1 << 20)).to_any().into()),
        options: None,
    };
    let frame = framed(&prost::Message::encode_to_vec(&message));
    let unsigned = tokio::task::spawn_blocking(move || {
        answer(
            state.into_server(),
            call("/cosi.resource.State/Create", frame),
        )
    });
    assert_eq!(unsigned.await.expect("an answer").as_deref(), Some("16"));
}

#[tokio::test]
async fn a_type_that_nobody_knows_is_nobodys_to_write() {
    let (service, _) = service();
    let mut resource: cosi::Resource = class("a").to_any().into();
    resource.metadata.as_mut().expect("metadata").r#type = "Clusters".into();
    let status = refused(&service, resource).await;
    let text = "failed to validate: 1 error occurred:\n\t* rpc error: code = PermissionDenied desc = \
                no access is permitted\n\n";
    assert_eq!(
        (status.code(), status.message()),
        (Code::PermissionDenied, text)
    );
}

#[tokio::test]
async fn a_spec_of_another_type_is_no_spec() {
    let (service, store) = service();
    let mut resource: AnyResource = class("a").to_any();
    // The field of the labels holds a number.
    resource.spec = vec![0x08, 0x01];
    let status = refused(&service, resource.into()).await;
    assert_eq!(status.code(), Code::Unknown, "{status}");
    assert_eq!(store.count("default", kind::MachineClass::TYPE), 0);
}

#[tokio::test]
async fn an_update_without_options_is_an_internal_error() {
    let (service, _) = service();
    let request = cosi::UpdateRequest {
        new_resource: Some(class("a").to_any().into()),
        options: None,
    };
    let updated = service.update(by_admin(request)).await;
    assert_eq!(updated.expect_err("refused").code(), Code::Internal);
}

#[test]
fn messages_within_messages_without_end_do_not_decode() {
    // A list whose unknown field is a group that begins again and again.
    let (service, _) = service();
    let nested = [0xa3_u8, 0x06].repeat(100_000);
    let status = answer(
        service.into_server(),
        call("/cosi.resource.State/List", framed(&nested)),
    );
    assert_eq!(status.as_deref(), Some("13"));
}

#[tokio::test]
async fn a_query_of_ten_thousand_terms_is_answered() {
    let (service, store) = service();
    store.create(class("a").to_any(), "").expect("stored");
    let terms = "a,".repeat(10_000) + "b";
    let query = selector::parse(&terms).expect("a long query");
    let request = cosi::ListRequest {
        namespace: "default".into(),
        r#type: kind::MachineClass::TYPE.into(),
        options: Some(cosi::ListOptions {
            label_query: vec![cosi::LabelQuery::from(&query); 100],
            id_query: None,
        }),
    };
    let found = service
        .list(by_admin(request))
        .await
        .expect("it is a query");
    let found: Vec<_> = futures::StreamExt::collect(found.into_inner()).await;
    assert!(found.is_empty(), "nothing has these labels");
    assert!(selector::parse(&"(".repeat(10_000)).is_err());
}

#[test]
fn a_signature_of_too_few_parts_is_no_signature() {
    let parts = ["siderov1", "automation", "0123", "c2ln"];
    for count in 0..parts.len() {
        let (service, store) = service();
        let signed = Signed::new(service.into_server(), Verifier::new(store.clone()));
        let mut request = call("/cosi.resource.State/Get", framed(&[]));
        let headers = BTreeMap::from([
            ("x-sidero-signature", parts[..count].join(" ")),
            ("x-sidero-payload", "{}".to_owned()),
            (
                "x-sidero-timestamp",
                store.clock().wall().as_secs().to_string(),
            ),
        ]);
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(name, value.parse().expect("printable"));
        }
        assert_eq!(answer(signed, request).as_deref(), Some("16"), "{count}");
    }
}
