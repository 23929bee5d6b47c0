//! The audit log over the wire.

use omni_api::management::{self as api, AuditLogEventType};
use serde_json::Value as Json;

use super::refusal;
use super::signer::Signer;
use super::world::{World, make_key, put_user};

const READ: &str = "/management.ManagementService/ReadAuditLog";
const CREATE_USER: &str = "/management.ManagementService/CreateUser";

async fn read(
    world: &mut World,
    signer: &Signer,
    request: api::ReadAuditLogRequest,
) -> Result<tonic::Streaming<api::ReadAuditLogResponse>, tonic::Status> {
    let request = signer.sign(READ, None, request);
    let answer = world.management.read_audit_log(request).await;
    answer.map(tonic::Response::into_inner)
}

fn document(answer: &api::ReadAuditLogResponse) -> Json {
    assert_eq!(answer.audit_log.last(), Some(&b'\n'));
    serde_json::from_slice(&answer.audit_log).expect("one document")
}

/// The rows that an Admin finds.
pub(crate) async fn rows(world: &mut World, wanted: api::ReadAuditLogRequest) -> Vec<Json> {
    let admin = world.admin.clone();
    let rows = read(world, &admin, wanted).await;
    let mut rows = rows.expect("an Admin may");
    let mut found = Vec::new();
    while let Some(row) = rows.message().await.expect("rows") {
        found.push(document(&row));
    }
    found
}

/// What the log tells of machines that were spoken to.
pub(crate) async fn talos_accesses(world: &mut World) -> Vec<Json> {
    let wanted = api::ReadAuditLogRequest {
        event_type: AuditLogEventType::TalosAccess.into(),
        ..Default::default()
    };
    let mut rows = rows(world, wanted).await;
    let accesses = rows.iter_mut();
    accesses
        .map(|row| row["event_data"]["talos_access"].take())
        .collect()
}

async fn make_user(world: &mut World, email: &str) {
    let request = api::CreateUserRequest {
        email: email.into(),
        role: "Reader".into(),
    };
    let request = world.admin.sign(CREATE_USER, None, request);
    world
        .management
        .create_user(request)
        .await
        .expect("an Admin may");
}

#[tokio::test]
async fn a_call_is_told_under_the_name_of_its_caller() {
    let mut world = World::start().await;
    make_user(&mut world, "a@example.org").await;
    let admin = world.admin.clone();
    let request = api::ReadAuditLogRequest {
        event_type: AuditLogEventType::Create.into(),
        actor: "automation@serviceaccount.omni.sidero.dev".into(),
        ..Default::default()
    };
    let mut rows = read(&mut world, &admin, request)
        .await
        .expect("an Admin may");
    let mut told = Vec::new();
    while let Some(row) = rows.message().await.expect("rows") {
        let row = document(&row);
        let agent = row["event_data"]["session"]["user_agent"].as_str();
        // The account's own key was made by nobody else, under its name.
        if agent.is_some_and(|agent| agent.starts_with("tonic/")) {
            told.push(row["resource_type"].as_str().expect("a type").to_owned());
        }
    }
    assert_eq!(
        told,
        ["Identities.omni.sidero.dev", "Users.omni.sidero.dev"]
    );
    drop(rows);
    world.stop().await;
}

#[tokio::test]
async fn a_followed_log_begins_with_its_place_and_goes_on() {
    let mut world = World::start().await;
    let admin = world.admin.clone();
    let request = api::ReadAuditLogRequest {
        follow: true,
        ..Default::default()
    };
    let mut rows = read(&mut world, &admin, request)
        .await
        .expect("an Admin may");
    let first = rows
        .message()
        .await
        .expect("rows")
        .expect("an acknowledgement");
    assert!(first.audit_log.is_empty() && first.id > 0);
    make_user(&mut world, "b@example.org").await;
    let next = rows.message().await.expect("rows").expect("a row");
    assert_eq!(
        (document(&next)["resource_id"].as_str(), next.id),
        (Some("b@example.org"), first.id + 1)
    );
    drop(rows);

    let lost = api::ReadAuditLogRequest {
        follow: true,
        from_id: 1_000_000,
        ..Default::default()
    };
    let mut rows = read(&mut world, &admin, lost).await.expect("acknowledged");
    rows.message().await.expect("the acknowledgement");
    assert_eq!(
        refusal(rows.message().await),
        (
            "FailedPrecondition".into(),
            "the follow position no longer exists".into()
        )
    );
    drop(rows);
    world.stop().await;
}

#[tokio::test]
async fn wrong_questions_and_wrong_readers_are_refused_in_omnis_words() {
    let mut world = World::start().await;
    let admin = world.admin.clone();
    let ask = api::ReadAuditLogRequest::default;
    let mut wrong = Vec::new();
    for request in [
        api::ReadAuditLogRequest {
            start_time: "soon".into(),
            ..ask()
        },
        api::ReadAuditLogRequest {
            end_time: "2026-13-01".into(),
            ..ask()
        },
        api::ReadAuditLogRequest {
            from_id: 3,
            ..ask()
        },
        api::ReadAuditLogRequest {
            from_id: -3,
            ..ask()
        },
        api::ReadAuditLogRequest {
            follow: true,
            search: "x".into(),
            ..ask()
        },
    ] {
        let (code, text) = refusal(read(&mut world, &admin, request).await);
        assert_eq!(code, "InvalidArgument");
        wrong.push(text);
    }
    assert_eq!(
        wrong,
        [
            "invalid start time: parsing time \"soon\" as \"2006-01-02\": cannot parse \"soon\" as \"2006\"",
            "invalid end time: parsing time \"2026-13-01\": month out of range",
            "from_id requires follow",
            "from_id cannot be negative",
            "search cannot be combined with follow",
        ]
    );
    let key = make_key(&world.store, "op");
    put_user(&world.store, &key, "op", "Operator");
    let operator = Signer::new(&key, world.store.clock().wall());
    assert_eq!(
        refusal(read(&mut world, &operator, ask()).await),
        (
            "PermissionDenied".into(),
            "unauthorized: role \"Operator\" is not one of the allowed roles [Auditor Admin]"
                .into()
        )
    );
    world.stop().await;
}
