//! `plane serve`: a plane in the foreground, for any client.

use std::path::Path;
use std::time::Duration;

use omni_api::specs::MachineClassSpec;
use omni_api::{Resource, kind};
use omni_client::{Client, Key};
use rustix::process::Signal;

use crate::served::Served;
use crate::support::{command, provider, said};

#[test]
fn it_tells_its_endpoint_and_key_and_serves_whoever_signs() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["--listen", "127.0.0.1:0", "--machines", "1"];
    let mut plane = Served::start(folder.path(), &arguments);
    let (endpoint, key) = (plane.told("endpoint"), plane.told("key"));
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint}");
    let key = std::fs::read_to_string(folder.path().join(key)).expect("a key");
    let tree = |key: &str| {
        let mut command = command(&["tree"]);
        command
            .env("OMNI_ENDPOINT", &endpoint)
            .env("OMNI_SERVICE_ACCOUNT_KEY", key);
        command.output().expect("it starts")
    };
    let signed = tree(&key);
    assert!(signed.status.success(), "{}", said(&signed));
    assert_eq!(said(&signed), "There are no clusters.\n");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut other = Served::start(elsewhere.path(), &["--listen", "127.0.0.1:0"]);
    other.told("endpoint");
    let foreign = other.told("key");
    let foreign = std::fs::read_to_string(elsewhere.path().join(foreign)).expect("a key");
    let refused = tree(&foreign);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("does not accept the key"),
        "{}",
        said(&refused)
    );
    plane.end_by(Signal::TERM);
}

#[test]
fn it_ends_cleanly_on_both_signals_and_takes_its_socket_along() {
    for signal in [Signal::INT, Signal::TERM] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut plane = Served::start(folder.path(), &["--socket", "api"]);
        let endpoint = plane.told("endpoint");
        let socket = folder.path().join("api");
        let known = Path::new(endpoint.strip_prefix("unix://").expect("a socket"));
        assert!(known.is_absolute() && known.ends_with("api"), "{endpoint}");
        assert!(Path::new(&plane.told("key")).is_absolute());
        assert!(socket.exists());
        plane.end_by(signal);
        assert!(!socket.exists());
    }
}

#[test]
fn an_address_that_others_could_reach_is_refused() {
    let output = command(&["plane", "serve", "--listen", "0.0.0.0:0"])
        .current_dir(tempfile::tempdir().expect("a folder").path())
        .output()
        .expect("it starts");
    assert!(!output.status.success());
    assert!(
        said(&output).contains("not a loopback address"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_fault_script_that_makes_no_sense_keeps_a_plane_from_starting() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("faults.yaml"), "faults:\n- install-fails: {}\n").expect("written");
    let output = provider(&[
        "plane",
        "serve",
        "--socket",
        &path("plane.sock"),
        "--data",
        &path("data"),
        "--key-path",
        &path("key"),
        "--faults",
        &path("faults.yaml"),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    assert!(
        text.contains("faults.yaml cannot be used") && text.contains("because: line 2: one of"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_script_given_by_the_flag_is_carried_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("faults.yaml");
    let stall =
        "faults:\n- server-stalls: {call: create, kind: MachineClasses, carried-out: true}\n";
    std::fs::write(&script, stall).expect("written");
    let script = script.display().to_string();
    let arguments = ["--listen", "127.0.0.1:0", "--faults", &script];
    let mut plane = Served::start(folder.path(), &arguments);
    let (endpoint, key) = (plane.told("endpoint"), plane.told("key"));
    let key = std::fs::read_to_string(key).expect("a key");
    let builder = Client::builder(endpoint.parse().expect("an endpoint"));
    let key = Key::parse(&key).expect("a key");
    let client = builder.key(key).build().expect("a client");
    let create = async |id: &str| {
        let mut class = Resource::<kind::MachineClass>::new(id, MachineClassSpec::default());
        class.spec.match_labels = vec!["rack".to_owned()];
        client.state().create(&class).await.map(drop)
    };
    let first = tokio::time::timeout(Duration::from_secs(2), create("first")).await;
    assert!(first.is_err(), "nobody answers the first: {first:?}");
    create("second").await.expect("the others are answered");
    let first = client.state().get::<kind::MachineClass>("first").await;
    assert!(first.is_ok(), "it was carried out: {first:?}");
    plane.end_by(Signal::TERM);
}
