//! What an Omni is configured with, as a client sees it: each flag of `plane serve`, and how it is without. Codes and texts are Omni's.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use omni_api::{Resource, cosi, kind, labels, management as api};
use omni_client::{AccountName, GeneratedKey, World};
use omni_plane::infra::machine::plain_id;
use rustix::process::Signal;

use crate::caller::{Caller, refusal};
use crate::served::Served;

const LOOPBACK: [&str; 4] = ["--listen", "127.0.0.1:0", "--speed", "2000"];

/// A plane with these flags, on the state that an earlier one may have left.
async fn serve(folder: &Path, flags: &[&str]) -> (Served, Caller) {
    let mut plane = Served::start(folder, &[&LOOPBACK, flags].concat());
    let caller = Caller::connect(&mut plane).await;
    (plane, caller)
}

async fn kubeconfig(caller: &mut Caller, cluster: &str) -> Result<String, tonic::Status> {
    let wanted = api::KubeconfigRequest {
        break_glass: true,
        ..Default::default()
    };
    let method = "/management.ManagementService/Kubeconfig";
    let request = caller.signed(method, Some(cluster), wanted);
    let answer = caller.management.kubeconfig(request).await?;
    Ok(String::from_utf8(answer.into_inner().kubeconfig).expect("text"))
}

async fn talosconfig(caller: &mut Caller, cluster: &str) -> Result<String, tonic::Status> {
    let wanted = api::TalosconfigRequest {
        break_glass: true,
        ..Default::default()
    };
    let method = "/management.ManagementService/Talosconfig";
    let request = caller.signed(method, Some(cluster), wanted);
    let answer = caller.management.talosconfig(request).await?;
    Ok(String::from_utf8(answer.into_inner().talosconfig).expect("text"))
}

async fn add_user(caller: &mut Caller, email: &str) -> Result<(), tonic::Status> {
    let user = api::CreateUserRequest {
        email: email.into(),
        role: "Reader".into(),
    };
    let request = caller.signed("/management.ManagementService/CreateUser", None, user);
    caller.management.create_user(request).await.map(drop)
}

async fn add_account(caller: &mut Caller, name: &str) -> Result<(), tonic::Status> {
    let account: AccountName = name.parse().expect("a name");
    let key = GeneratedKey::new(&account, SignedDuration::from_hours(1), Timestamp::now());
    let account = api::CreateServiceAccountRequest {
        armored_pgp_public_key: key.expect("a key").public,
        name: name.into(),
        role: "Reader".into(),
        ..Default::default()
    };
    let method = "/management.ManagementService/CreateServiceAccount";
    let request = caller.signed(method, None, account);
    let answer = caller.management.create_service_account(request).await;
    answer.map(drop)
}

async fn tainted(caller: &Caller, cluster: &str) -> bool {
    let state = caller.client.state();
    let status = state.get::<kind::ClusterStatus>(cluster).await;
    let status = status.expect("a status");
    status
        .metadata
        .label(labels::CLUSTER_TAINTED_BY_BREAK_GLASS)
        .is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_lead_past_omni_are_given_out_with_enable_break_glass_configs_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let (plane, mut caller) = serve(folder.path(), &["--machines", "1"]).await;
    caller.ready_cluster("c1", &plain_id(1)).await;
    let refused = ("PermissionDenied".to_owned(), "not allowed".to_owned());
    assert_eq!(refusal(kubeconfig(&mut caller, "c1").await), refused);
    assert_eq!(refusal(talosconfig(&mut caller, "c1").await), refused);
    assert!(!tainted(&caller, "c1").await);
    plane.end_by(Signal::TERM);

    let flag = ["--machines", "1", "--enable-break-glass-configs"];
    let (plane, mut caller) = serve(folder.path(), &flag).await;
    let config = kubeconfig(&mut caller, "c1").await.expect("it is allowed");
    assert!(config.contains("client-certificate-data"), "{config}");
    let config = talosconfig(&mut caller, "c1").await.expect("it is allowed");
    assert!(config.contains("crt: "), "{config}");
    assert!(tainted(&caller, "c1").await);
    plane.end_by(Signal::TERM);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_suspended_account_an_admin_may_only_look_and_the_next_plane_knows_nothing_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let class = Resource::<kind::MachineClass>::new(
        "all",
        omni_api::specs::MachineClassSpec {
            match_labels: vec!["rack".to_owned()],
            ..Default::default()
        },
    );
    let (plane, mut caller) = serve(folder.path(), &["--suspended"]).await;
    let look = cosi::GetRequest {
        namespace: "default".into(),
        r#type: "FeaturesConfigs.omni.sidero.dev".into(),
        id: "features-config".into(),
        options: None,
    };
    let look = caller.signed("/cosi.resource.State/Get", None, look);
    caller.state.get(look).await.expect("looking is allowed");
    let insufficient = "unauthorized: access denied: insufficient role: \"Reader\"";
    let refused = format!(
        "failed to validate: 1 error occurred:\n\t* rpc error: code = PermissionDenied desc = {insufficient}\n\n"
    );
    assert_eq!(
        refusal(caller.create(&class).await),
        ("PermissionDenied".to_owned(), refused)
    );
    assert_eq!(
        refusal(add_user(&mut caller, "ann@x.y").await),
        ("PermissionDenied".to_owned(), insufficient.to_owned())
    );
    let suspended = async |caller: &Caller| {
        let configs = caller.all::<kind::AuthConfig>().await;
        configs[0].spec.suspended
    };
    assert!(suspended(&caller).await, "web pages say so");
    plane.end_by(Signal::TERM);

    let (plane, mut caller) = serve(folder.path(), &[]).await;
    caller.create(&class).await.expect("an Admin may");
    add_user(&mut caller, "ann@x.y")
        .await
        .expect("an Admin may");
    assert!(!suspended(&caller).await);
    plane.end_by(Signal::TERM);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_more_than_account_max_registered_machines_stays_outside() {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = ["--machines", "3", "--account-max-registered-machines", "2"];
    let (plane, mut caller) = serve(folder.path(), &flags).await;
    let told = |all: &World<kind::Notification>| {
        let told = all.get("machine-registration-limit")?;
        Some((told.spec.title.clone(), told.spec.body.clone()))
    };
    let full = (
        "Machine Registration Limit Reached".to_owned(),
        "2/2 machines registered. New machines will be rejected.".to_owned(),
    );
    assert_eq!(caller.until(told).await, full);
    // The third asks every ten seconds; until a cluster is ready, a minute has passed.
    let first = caller.all::<kind::Machine>().await[0].id().to_owned();
    caller.ready_cluster("c1", &first).await;
    assert_eq!(caller.all::<kind::Link>().await.len(), 2);
    plane.end_by(Signal::TERM);

    let (plane, caller) = serve(folder.path(), &["--machines", "3"]).await;
    let all = |all: &World<kind::Machine>| (all.len() == 3).then_some(());
    caller.until(all).await;
    let room = |all: &World<kind::Notification>| all.is_empty().then_some(());
    caller.until(room).await;
    plane.end_by(Signal::TERM);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_more_than_auth_max_users_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (plane, mut caller) = serve(folder.path(), &["--auth-max-users", "1"]).await;
    add_user(&mut caller, "ann@x.y").await.expect("the first");
    let refused = "failed to create Identity resource bob@x.y: failed to validate: 1 error occurred:\n\t* \
                   maximum number of users (1) reached\n\n";
    assert_eq!(
        refusal(add_user(&mut caller, "bob@x.y").await),
        ("InvalidArgument".to_owned(), refused.to_owned())
    );
    add_account(&mut caller, "ci").await.expect("it is no user");
    plane.end_by(Signal::TERM);

    let (plane, mut caller) = serve(folder.path(), &[]).await;
    add_user(&mut caller, "bob@x.y").await.expect("any number");
    plane.end_by(Signal::TERM);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_account_more_than_auth_max_service_accounts_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = ["--auth-max-service-accounts", "2"];
    let (plane, mut caller) = serve(folder.path(), &flags).await;
    add_account(&mut caller, "ci")
        .await
        .expect("beside the plane's own");
    let refused = "failed to validate: 1 error occurred:\n\t* maximum number of service accounts (2) reached\n\n";
    assert_eq!(
        refusal(add_account(&mut caller, "cd").await),
        ("InvalidArgument".to_owned(), refused.to_owned())
    );
    add_user(&mut caller, "ann@x.y")
        .await
        .expect("no service account");
    plane.end_by(Signal::TERM);

    let (plane, mut caller) = serve(folder.path(), &[]).await;
    add_account(&mut caller, "cd").await.expect("any number");
    plane.end_by(Signal::TERM);
}
