//! What people are told.

use crate::support::{Place, command, provider, said};

#[test]
fn without_a_command_it_says_what_it_is() {
    let output = provider(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let text = said(&output);
    assert!(
        text.contains("provider for Terraform and OpenTofu") && text.contains("--help"),
        "{text}"
    );
}

#[test]
fn it_tells_its_version() {
    let output = provider(&["--version"]);
    assert!(output.status.success());
    assert_eq!(
        said(&output).trim(),
        concat!("terraform-provider-omni ", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_plane_that_was_never_there_is_not_started_by_looking() {
    let place = Place::new();
    let output = provider(&["plane", "get", "clusters", "--path", place.text()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("there is no plane in"),
        "{}",
        said(&output)
    );
    assert!(!place.path().exists());
}

#[tokio::test]
async fn kinds_go_by_the_names_that_omnictl_users_know() {
    let place = Place::new();
    place.ensure(2, "whatever").await;
    for name in [
        "machinestatus",
        "machinestatuses",
        "MachineStatuses.omni.sidero.dev",
    ] {
        assert_eq!(place.list(name).len(), 2, "{name}");
    }
    let table = provider(&["plane", "get", "machinestatus", "--path", place.text()]);
    let table = said(&table);
    let mut lines = table.lines();
    let head: Vec<_> = lines.next().expect("a head").split_whitespace().collect();
    assert!(
        head.starts_with(&["NAMESPACE", "TYPE", "ID", "VERSION"]),
        "{head:?}"
    );
    assert!(
        lines.all(|line| line.starts_with("default     MachineStatuses   ")),
        "{table}"
    );

    let one = provider(&[
        "plane",
        "get",
        "machinestatus",
        "00000000-0000-4000-a000-000000000001",
        "--json",
        "--path",
        place.text(),
    ]);
    let one: serde_json::Value = serde_json::from_slice(&one.stdout).expect("JSON");
    assert_eq!(one[0]["metadata"]["labels"]["rack"], "r1");
    assert_eq!(one.as_array().expect("a list").len(), 1);

    let none = provider(&[
        "plane",
        "get",
        "machinestatus",
        "nobody",
        "--path",
        place.text(),
    ]);
    assert_eq!(none.status.code(), Some(1));
    assert!(
        said(&none).contains("there is no MachineStatuses.omni.sidero.dev \"nobody\""),
        "{}",
        said(&none)
    );
    let unknown = provider(&["plane", "get", "machinestat", "--path", place.text()]);
    assert!(
        said(&unknown).contains("did you mean"),
        "{}",
        said(&unknown)
    );
}

#[tokio::test]
async fn a_tree_of_an_unknown_cluster_and_of_nothing_say_so() {
    let place = Place::new();
    place.ensure(0, "whatever").await;
    let nothing = provider(&["tree", "--path", place.text()]);
    assert_eq!(said(&nothing), "There are no clusters.\n");
    assert!(nothing.status.success());
    let json = provider(&["tree", "--json", "--path", place.text()]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(
        json,
        serde_json::json!({ "format_version": "1.0", "clusters": [] })
    );
    let watched = provider(&["tree", "--watch", "--path", place.text()]);
    assert!(watched.status.success(), "{}", said(&watched));
    assert_eq!(said(&watched), "There are no clusters.\n");
    let unknown = provider(&["tree", "prod", "--path", place.text()]);
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(said(&unknown), "error: there is no cluster \"prod\"\n");
    let watched = provider(&["tree", "prod", "--watch", "--path", place.text()]);
    assert_eq!(watched.status.code(), Some(1));
    assert_eq!(said(&watched), said(&unknown));
}

#[test]
fn the_graph_of_the_controllers_is_the_drawn_one() {
    let output = provider(&["plane", "graph"]);
    assert!(output.status.success());
    let drawn = include_str!("../../crates/omni-plane/src/controllers/tests/wiring.dot");
    assert!(
        said(&output) == drawn,
        "the golden file of omni-plane's wiring test is not what `plane graph` prints"
    );
}

#[test]
fn a_tree_without_an_omni_says_how_to_name_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = command(&["tree"])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("OMNI_ENDPOINT"), "{}", said(&output));
}
