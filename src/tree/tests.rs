//! Golden trees, of a recorded cluster and of states made by hand.

use std::collections::BTreeMap;

use omni_api::cosi;
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::{AnyResource, Kind as ApiKind, Resource, kind, labels, reflect};
use serde_json::Value;

use super::*;
use crate::readiness::Observed;

const RECORDED: &str =
    include_str!("../../tests/fixtures/omni-api/recordings/snapshot-running.jsonl");

/// The cluster of a recorded Omni.
fn recorded() -> Observed {
    let rows: Vec<Value> = RECORDED
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|row: &Value| row["event"] == "snapshot")
        .collect();
    Observed {
        cluster: all(&rows).into_values().next(),
        cluster_status: all(&rows).into_values().next(),
        machine_sets: all(&rows),
        machine_set_statuses: all(&rows),
        machine_set_nodes: all(&rows),
        machines: all(&rows),
        extensions: all(&rows),
        kernel_args: all(&rows),
        machine_requests: all(&rows),
        control_planes: all(&rows),
        load_balancer: all(&rows).into_values().next(),
        talos_upgrade: all(&rows).into_values().next(),
        kubernetes_upgrade: all(&rows).into_values().next(),
    }
}

/// The recorded resources of a kind.
fn all<K: ApiKind>(rows: &[Value]) -> BTreeMap<String, Resource<K>> {
    let of_kind = rows.iter().filter(|row| row["type"] == K::TYPE);
    of_kind
        .map(|row| {
            let resource = resource(row, K::FACTS.spec)
                .typed::<K>()
                .expect("of that kind");
            (resource.id().to_owned(), resource)
        })
        .collect()
}

fn resource(row: &Value, message: &str) -> AnyResource {
    let map = |field: &str| {
        serde_json::from_value::<Option<_>>(row[field].clone())
            .expect("a map")
            .unwrap_or_default()
    };
    let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let wire = cosi::Resource {
        metadata: Some(cosi::Metadata {
            namespace: text("namespace"),
            r#type: text("type"),
            id: text("id"),
            version: text("version"),
            phase: text("phase"),
            labels: map("labels"),
            annotations: map("annotations"),
            updated: Some(prost_types::Timestamp {
                seconds: 1_795_000_000,
                nanos: 0,
            }),
            ..Default::default()
        }),
        spec: Some(cosi::Spec {
            proto_spec: reflect::from_json(message, &row["spec"]).expect("it fits"),
            yaml_spec: String::new(),
        }),
    };
    AnyResource::try_from(wire).expect("well formed")
}

fn plain(observed: &Observed) -> String {
    render(&fold(cluster("rec-full", observed)), Style::Plain)
}

/// The n-th machine in the order of ids.
fn machine(observed: &mut Observed, index: usize) -> &mut Resource<kind::ClusterMachineStatus> {
    observed
        .machines
        .values_mut()
        .nth(index)
        .expect("there are five")
}

#[test]
fn a_cluster_that_runs_is_a_few_lines() {
    insta::assert_snapshot!(plain(&recorded()));
}

#[test]
fn unfolded_every_machine_has_its_line_and_its_node_name() {
    let tree = cluster("rec-full", &recorded());
    insta::assert_snapshot!(render(&tree, Style::Plain));
}

#[test]
fn a_machine_that_is_not_ready_says_what_it_waits_for() {
    let mut observed = recorded();
    let booting = machine(&mut observed, 0);
    booting.spec.set_stage(Stage::Booting);
    booting.spec.ready = false;
    let lost = machine(&mut observed, 1);
    lost.metadata.labels.remove(labels::MACHINE_CONNECTED);
    let outdated = machine(&mut observed, 3);
    outdated.spec.config_up_to_date = false;
    outdated.spec.last_config_error = "unknown keys found".to_owned();
    insta::assert_snapshot!(plain(&observed));
}

#[test]
fn machines_that_wait_for_the_same_are_one_line_with_their_ids() {
    let mut observed = recorded();
    for machine in observed.machines.values_mut() {
        machine.spec.set_stage(Stage::Installing);
    }
    let tree = fold(cluster("rec-full", &observed));
    let sets: Vec<_> = tree
        .children
        .iter()
        .filter(|node| !node.children.is_empty())
        .collect();
    let machines: Vec<_> = sets
        .iter()
        .flat_map(|set| &set.children)
        .filter(|node| node.kind == Kind::Machine)
        .collect();
    assert_eq!(
        machines
            .iter()
            .map(|node| node.ids.len())
            .collect::<Vec<_>>(),
        [3, 2]
    );
    assert_eq!(tree.state, State::Waiting);
}

#[test]
fn a_cluster_that_was_just_created_says_what_is_missing() {
    let mut observed = Observed {
        cluster: recorded().cluster,
        ..Default::default()
    };
    insta::assert_snapshot!(plain(&observed));
    observed.cluster = None;
    insta::assert_snapshot!(plain(&observed));
}

#[test]
fn machines_on_their_way_are_shown_as_requests_and_as_not_seen() {
    let mut observed = recorded();
    let gone: Vec<_> = observed.machines.keys().take(1).cloned().collect();
    observed.machines.remove(&gone[0]);
    let mut request = Resource::<kind::ClusterMachineRequestStatus>::new(
        "rec-full-workers-x7k2",
        omni_api::specs::ClusterMachineRequestStatusSpec::default(),
    );
    request
        .metadata
        .labels
        .insert(labels::MACHINE_SET.into(), "rec-full-workers".into());
    request.spec.status = "Waiting for the infra provider to start provision".into();
    request.spec.stage = 1;
    observed
        .machine_requests
        .insert(request.id().to_owned(), request);
    insta::assert_snapshot!(plain(&observed));
}

#[test]
fn colour_adds_nothing_but_colour() {
    let mut observed = recorded();
    machine(&mut observed, 2).spec.ready = false;
    let tree = fold(cluster("rec-full", &observed));
    let coloured = render(&tree, Style::Colour);
    let mut bare = String::new();
    for (index, part) in coloured.split("\x1b[").enumerate() {
        bare.push_str(if index == 0 {
            part
        } else {
            part.split_once('m').expect("a colour").1
        });
    }
    assert_ne!(coloured, bare);
    assert_eq!(bare, render(&tree, Style::Plain));
}

#[test]
fn as_json_the_tree_has_words_states_and_reasons() {
    let mut observed = recorded();
    machine(&mut observed, 0).spec.ready = false;
    let trees = [cluster("rec-full", &observed)];
    let json = serde_json::to_string_pretty(&Document::new(&trees)).expect("JSON");
    insta::assert_snapshot!(json);
}

#[test]
fn as_a_page_the_tree_has_roles_levels_and_one_tab_stop() {
    let mut observed = recorded();
    machine(&mut observed, 0).spec.ready = false;
    let trees = [fold(cluster("rec-full", &observed))];
    let tree = html::tree(&trees);
    assert_eq!(tree.matches("tabindex=\"0\"").count(), 1);
    insta::assert_snapshot!(tree);
}

#[test]
fn a_page_loads_nothing_and_shows_hostile_names_as_text() {
    let mut observed = recorded();
    let hostile = "<img src=x onerror=alert(1)>";
    machine(&mut observed, 0).spec.last_config_error = hostile.to_owned();
    machine(&mut observed, 0).spec.config_up_to_date = false;
    let page = html::page(
        &[cluster("rec-full", &observed)],
        jiff::Timestamp::UNIX_EPOCH,
    );
    assert!(!page.contains(hostile) && page.contains("&lt;img src=x"));
    for reference in [
        "http://", "https://", "src=\"", "href=", "url(", "@import", "fetch(",
    ] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert!(page.contains("1970-01-01 00:00:00 UTC") && page.contains("default-src 'none'"));
}
