//! What the store and its doors cost, printed beside the goal.
//!
//! A fixed number of rounds each, the mean printed: these are orders of magnitude for a person to judge, not a comparison of builds.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omni_api::cosi::GetRequest;
use omni_api::{Kind as _, kind, labels, specs};
use omni_plane::api::signature::{Signed, Verifier};
use omni_plane::api::{Endpoints, StateService};
use omni_plane::seed::AccountKey;
use omni_plane::store::Query;
use omni_plane::{Clock, Moment, Store};
use pgp::composed::{Deserializable as _, DetachedSignature, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::ser::Serialize as _;
use pgp::types::{KeyDetails as _, Password};
use prost::Message as _;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::Service;

#[path = "scale/floors.rs"]
mod floors;

const RESOURCES: usize = 100_000;
const CLUSTERS: usize = 1_000;
const METHOD: &str = "/cosi.resource.State/Get";

fn main() {
    // The harness of `cargo test` runs benches too, to see that they build.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("state");
    fill(&Store::open(&path, Clock::manual()).expect("a new file"));
    let (_, floor) = floors::reading(&path);
    print("floor: reading the bytes of 100,000 resources", floor, "");
    let began = Instant::now();
    let store = Store::open(&path, Clock::manual()).expect("the file");
    print("open a file of 100,000 resources", began.elapsed(), "2 s");
    assert_eq!(store.count("default", kind::MachineStatus::TYPE), RESOURCES);
    let query = Query::cluster("c-500");
    print(
        "list the 100 machines of one of 1,000 clusters",
        mean(1_000, || store.peek_all::<kind::MachineStatus>(&query)),
        "",
    );
    print(
        "put one resource that changes",
        mean(10_000, counter(&store)),
        "",
    );
    print(
        "put one resource that does not change",
        mean(10_000, || store.put::<kind::Cluster>("", "c", |_| {})),
        "",
    );
    print(
        "floor: one write with its flush, by the file's library alone",
        floors::flush(&home.path().join("bare")),
        "",
    );
    print(
        "one commit with its flush",
        mean(200, || {
            counter(&store)();
            block_on(store.committed())
        }),
        "",
    );
    doors(&store);
}

fn fill(store: &Store) {
    let began = Instant::now();
    for number in 0..RESOURCES {
        let written =
            store.put::<kind::MachineStatus>("", &format!("machine-{number:06}"), |machine| {
                let cluster = format!("c-{}", number % CLUSTERS);
                machine
                    .metadata
                    .labels
                    .insert(labels::CLUSTER.into(), cluster);
                machine.spec.talos_version = "v1.13.7".into();
                machine.spec.management_address = "fdae:41e4:649b:9303::2".into();
                machine
                    .spec
                    .image_labels
                    .insert("k".into(), "v".repeat(400));
            });
        assert_eq!(written, Ok(true));
    }
    print("100,000 commits, visible", began.elapsed(), "");
    block_on(store.committed()).expect("written");
    print("100,000 commits, durable", began.elapsed(), "");
}

/// A write that always changes something.
fn counter(store: &Store) -> impl FnMut() {
    let store = store.clone();
    let mut number = 0_u64;
    move || {
        number += 1;
        let text = format!("{number}-{}", rand::random::<u64>());
        store
            .put::<kind::Cluster>("", "counter", |one| {
                one.spec.talos_version.clone_from(&text);
            })
            .expect("written");
    }
}

/// A Get with and without the signature check.
fn doors(store: &Store) {
    let (key, now) = account(store);
    let bare = StateService::new(
        store.clone(),
        Endpoints::default(),
        CancellationToken::new(),
    )
    .into_server();
    let mut signed = Signed::new(bare.clone(), Verifier::new(store.clone()));
    let mut bare = bare;
    let open = mean(2_000, || {
        block_on(bare.call(request(&key, now))).expect("infallible")
    });
    let shut = mean(2_000, || {
        let answer = block_on(signed.call(request(&key, now))).expect("infallible");
        assert!(answer.headers().get("grpc-status").is_none(), "{answer:?}");
    });
    let making = mean(2_000, || request(&key, now));
    print(
        "a call up to the signature check",
        open.saturating_sub(making),
        "",
    );
    print(
        "the signature check",
        shut.saturating_sub(open),
        "less than a flush",
    );
}

fn account(store: &Store) -> (AccountKey, Duration) {
    let now = store.clock().wall();
    let key = AccountKey::generate("bench", now, Duration::from_hours(1)).expect("a key");
    store
        .put::<kind::User>("", "u", |user| user.spec.role = "Admin".into())
        .expect("it is new");
    let stored = store.put::<kind::PublicKey>("", &key.public.fingerprint, |stored| {
        stored
            .metadata
            .labels
            .insert(labels::PUBLIC_KEY_USER_ID.into(), "u".into());
        stored.spec = specs::PublicKeySpec {
            public_key: key.public.armored.clone().into_bytes(),
            expiration: Some(Moment::from_unix(key.public.expires).into()),
            confirmed: true,
            role: "Admin".into(),
            ..Default::default()
        };
    });
    assert_eq!(stored, Ok(true));
    (key, now)
}

thread_local! {
    static HEADERS: std::cell::OnceCell<(String, String)> = const { std::cell::OnceCell::new() };
}

fn request(key: &AccountKey, now: Duration) -> http::Request<Body> {
    let (payload, signature) =
        HEADERS.with(|headers| headers.get_or_init(|| sign(key, now)).clone());
    let message = GetRequest {
        namespace: "default".into(),
        r#type: kind::Cluster::TYPE.into(),
        id: "counter".into(),
        options: None,
    };
    let message = message.encode_to_vec();
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).expect("small").to_be_bytes());
    frame.extend(message);
    http::Request::post(format!("http://plane{METHOD}"))
        .header("content-type", "application/grpc")
        .header("x-sidero-timestamp", now.as_secs().to_string())
        .header("x-sidero-payload", payload)
        .header("x-sidero-signature", signature)
        .body(Body::new(http_body_util::Full::new(frame.into())))
        .expect("a request")
}

fn sign(key: &AccountKey, now: Duration) -> (String, String) {
    let account = STANDARD.decode(key.expose()).expect("base64");
    let account: serde_json::Value = serde_json::from_slice(&account).expect("JSON");
    let (secret, _) =
        SignedSecretKey::from_string(account["pgp_key"].as_str().expect("a key")).expect("a key");
    let headers = serde_json::json!({ "x-sidero-timestamp": [now.as_secs().to_string()] });
    let payload = serde_json::json!({ "headers": headers, "method": METHOD }).to_string();
    let primary = &secret.primary_key;
    let mut config = SignatureConfig::v4(
        SignatureType::Binary,
        primary.algorithm(),
        HashAlgorithm::Sha256,
    );
    let seconds = u32::try_from(now.as_secs()).expect("before 2106");
    let made = SubpacketData::SignatureCreationTime(pgp::types::Timestamp::from_secs(seconds));
    config.hashed_subpackets = vec![Subpacket::critical(made).expect("a packet")];
    let signature = config
        .sign(primary, &Password::empty(), payload.as_bytes())
        .expect("it signs");
    let signature = STANDARD.encode(DetachedSignature::new(signature).to_bytes().expect("bytes"));
    (
        payload,
        format!("siderov1 bench {} {signature}", key.public.fingerprint),
    )
}

/// Waits for a future, on a runtime of its own.
fn block_on<F: Future>(future: F) -> F::Output {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

fn mean<T>(rounds: u32, mut work: impl FnMut() -> T) -> Duration {
    let began = Instant::now();
    for _ in 0..rounds {
        std::hint::black_box(work());
    }
    began.elapsed() / rounds
}

#[expect(clippy::print_stdout, reason = "a bench is there to print")]
fn print(what: &str, took: Duration, goal: &str) {
    let goal = if goal.is_empty() {
        String::new()
    } else {
        format!("   (goal: {goal})")
    };
    println!("{what:<62} {took:>12.1?}{goal}");
}
