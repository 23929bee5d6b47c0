//! `omni_machine_set_node` under a real core.

use omni_api::kind;

use crate::behind;
use crate::lab::Lab;

const MACHINE: &str = "00000000-0000-4000-a000-000000000002";

const NODE: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}

resource "omni_machine_set" "storage" {
  cluster = omni_cluster.lab.name
  role    = "workers"
  name    = "storage"
}

resource "omni_machine_set_node" "one" {
  machine_id  = "00000000-0000-4000-a000-000000000002"
  machine_set = omni_machine_set.storage.id
  cluster     = omni_cluster.lab.name
  labels      = { tier = "hot" }
}
"#;

const ADDRESS: &str = "omni_machine_set_node.one";

#[test]
fn a_node_is_changed_in_place_and_what_somebody_changed_is_put_back() {
    let Some(lab) = Lab::new("a_node_is_changed_in_place_and_what_somebody_changed_is_put_back")
    else {
        return;
    };
    lab.config(NODE);
    lab.apply();
    lab.config(&NODE.replace("\"hot\"", "\"cold\""));
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    behind::change::<kind::MachineSetNode>(&lab, MACHINE, |node| {
        node.metadata
            .labels
            .insert("tier".into(), "lukewarm".into());
    });
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    lab.reimport(ADDRESS, MACHINE);
    lab.destroy();
}

#[test]
fn the_short_name_of_a_set_is_no_id_and_replaces_nothing() {
    let Some(lab) = Lab::new("the_short_name_of_a_set_is_no_id_and_replaces_nothing") else {
        return;
    };
    lab.config(NODE);
    lab.apply();
    lab.config(&NODE.replace(
        "omni_machine_set.storage.id",
        "omni_machine_set.storage.name",
    ));
    let said = lab.plan_fails();
    assert!(
        said.contains("Not an id of a machine set") && said.contains("omni_machine_set.….id"),
        "{said}"
    );
}
