//! `tree --watch` beside a plane on which a cluster comes up.

use std::process::Stdio;

use omni_api::resource::Map;
use omni_api::specs::{ClusterSpec, MachineSetNodeSpec, MachineSetSpec};
use omni_api::{Kind, Resource, kind, labels};
use omni_client::Client;
use terraform_provider_omni::session::embedded;

use crate::support::{Place, command, provider, said};

const MACHINE: &str = "00000000-0000-4000-a000-000000000001";

/// A cluster of one machine.
async fn create_cluster(client: &Client) {
    let spec = ClusterSpec {
        kubernetes_version: "1.35.5".into(),
        talos_version: "1.13.7".into(),
        ..ClusterSpec::default()
    };
    create::<kind::Cluster>(client, "lab", spec, &[]).await;
    let marks = [(labels::CLUSTER, "lab"), (labels::CONTROL_PLANE_ROLE, "")];
    let set = MachineSetSpec::default();
    create::<kind::MachineSet>(client, "lab-control-planes", set, &marks).await;
    let marks = [
        marks[0],
        marks[1],
        (labels::MACHINE_SET, "lab-control-planes"),
    ];
    create::<kind::MachineSetNode>(client, MACHINE, MachineSetNodeSpec::default(), &marks).await;
}

pub(crate) async fn create<K: Kind>(
    client: &Client,
    id: &str,
    spec: K::Spec,
    marks: &[(&str, &str)],
) {
    let mut resource = Resource::<K>::new(id, spec);
    let marks = marks
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    resource.metadata.labels.extend(marks.collect::<Map>());
    client.state().create(&resource).await.expect("created");
}

pub(crate) async fn client(place: &Place) -> (Client, embedded::Joined) {
    let joined = embedded::join(place.path()).await.expect("a plane");
    let builder = Client::builder(joined.endpoint.clone()).key(joined.key.clone());
    (builder.build().expect("a client"), joined)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_comes_up_is_told_line_by_line_until_it_is_ready() {
    let place = Place::new();
    place.ensure(1, "whatever").await;
    let build = provider(&["plane", "get", "clusters", "--path", place.text()]);
    assert!(build.status.success());
    let (client, _joined) = client(&place).await;
    create_cluster(&client).await;
    let mut watching = command(&["tree", "lab", "--watch", "--path", place.text()]);
    let watching = watching.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = watching.output().expect("it ends by itself");
    assert!(output.status.success(), "{}", said(&output));
    let text = said(&output);
    let machine = format!("lab › lab-control-planes › Machine \"{MACHINE}\"");
    let (first, last) = (
        text.find("! Cluster \"lab\""),
        text.rfind("✓ Cluster \"lab\" RUNNING Ready (1/1)"),
    );
    assert!(first < last && last.is_some(), "{text}");
    assert!(text.contains(&format!("✓ {machine}")), "{text}");
    assert!(!text.contains('\u{1b}'), "no colour in a pipe: {text}");

    let json = provider(&["tree", "lab", "--json", "--path", place.text()]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json["clusters"][0]["state"], "ready");
    let page = place.beside("tree.html");
    let written = provider(&[
        "tree",
        "--html",
        page.to_str().expect("text"),
        "--path",
        place.text(),
    ]);
    assert!(
        written.status.success() && written.stdout.is_empty(),
        "{}",
        said(&written)
    );
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains("1 of 1 ready, 1 of 1 machines healthy") && page.contains(MACHINE));
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_ends_with_ctrl_c_and_says_that_it_is_not_ready() {
    let place = Place::new();
    place.ensure(0, "whatever").await;
    let (client, _joined) = client(&place).await;
    let spec = ClusterSpec {
        kubernetes_version: "1.35.5".into(),
        talos_version: "1.13.7".into(),
        ..ClusterSpec::default()
    };
    create::<kind::Cluster>(&client, "lab", spec, &[]).await;
    let mut watching = command(&["tree", "--watch", "--json", "--path", place.text()]);
    let mut watching = watching
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut first = String::new();
    let mut lines = std::io::BufReader::new(watching.stdout.as_mut().expect("a pipe"));
    std::io::BufRead::read_line(&mut lines, &mut first).expect("a line");
    let first: serde_json::Value = serde_json::from_str(&first).expect("JSON");
    assert_eq!(first["clusters"][0]["state"], "waiting");
    let pid = i32::try_from(watching.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(pid.expect("a process"), rustix::process::Signal::INT)
        .expect("interrupted");
    let output = watching.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("interrupted before everything was ready"),
        "{}",
        said(&output)
    );
}
