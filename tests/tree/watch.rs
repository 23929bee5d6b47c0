//! `tree --watch` beside a plane on which a cluster comes up.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use omni_api::specs::{MachineSetNodeSpec, MachineSetSpec};
use omni_api::{kind, labels};
use rustix::process::Signal;

use crate::lab::{Lab, end};
use crate::support::{command, provider, said};

const MACHINE: &str = "00000000-0000-4000-a000-000000000001";

/// Gives the cluster its one machine.
async fn add_machine(lab: &Lab) {
    let marks = [(labels::CLUSTER, "lab"), (labels::CONTROL_PLANE_ROLE, "")];
    let name = "lab-control-planes";
    lab.create::<kind::MachineSet>(name, MachineSetSpec::default(), &marks)
        .await;
    let marks = [marks[0], marks[1], (labels::MACHINE_SET, name)];
    lab.create::<kind::MachineSetNode>(MACHINE, MachineSetNodeSpec::default(), &marks)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_comes_up_is_told_line_by_line_until_it_is_ready() {
    let lab = Lab::with_cluster(1).await;
    add_machine(&lab).await;
    let mut watching = command(&["tree", "lab", "--watch", "--path", lab.place.text()]);
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

    let json = provider(&["tree", "lab", "--json", "--path", lab.place.text()]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json["clusters"][0]["state"], "ready");
    let page = lab.place.beside("tree.html");
    let written = provider(&[
        "tree",
        "--html",
        page.to_str().expect("text"),
        "--path",
        lab.place.text(),
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
    let lab = Lab::with_cluster(0).await;
    let mut watching = command(&["tree", "--watch", "--json", "--path", lab.place.text()]);
    let mut watching = watching
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut first = String::new();
    let mut lines = BufReader::new(watching.stdout.as_mut().expect("a pipe"));
    lines.read_line(&mut first).expect("a line");
    let first: serde_json::Value = serde_json::from_str(&first).expect("JSON");
    assert_eq!(first["clusters"][0]["state"], "waiting");
    end(&watching, Signal::INT);
    let output = watching.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("interrupted before everything was ready"),
        "{}",
        said(&output)
    );
}
