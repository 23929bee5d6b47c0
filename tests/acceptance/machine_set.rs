//! `omni_machine_set` under a real core.

use omni_api::kind;
use omni_api::specs::machine_set_spec::UpdateStrategy;

use crate::behind;
use crate::lab::Lab;

const SET: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}

resource "omni_machine_set" "storage" {
  cluster         = omni_cluster.lab.name
  role            = "workers"
  name            = "storage"
  delete_strategy = { type = "Rolling", max_parallelism = 2 }
}
"#;

const ADDRESS: &str = "omni_machine_set.storage";
const ID: &str = "lab-storage";

#[test]
fn a_set_is_updated_machine_by_machine_unless_told_otherwise_and_changed_in_place() {
    let Some(lab) = Lab::new("a_set_is_updated_machine_by_machine_unless_told_otherwise") else {
        return;
    };
    lab.config(SET);
    lab.apply();
    assert_eq!(
        lab.listed("machineset")[0]["spec"]["update_strategy"],
        "Rolling"
    );
    lab.config(&SET.replace("max_parallelism = 2", "max_parallelism = 3"));
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    lab.reimport(ADDRESS, ID);
    lab.destroy();
}

#[test]
fn a_strategy_that_somebody_changed_is_put_back_and_a_set_that_vanished_is_made_anew() {
    let Some(lab) = Lab::new("a_strategy_that_somebody_changed_is_put_back") else {
        return;
    };
    lab.config(SET);
    lab.apply();
    behind::change::<kind::MachineSet>(&lab, ID, |set| {
        set.spec.delete_strategy = UpdateStrategy::Unset.into();
        set.spec.delete_strategy_config = None;
        set.spec.update_strategy = UpdateStrategy::Unset.into();
    });
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    let spec = lab.listed("machineset")[0]["spec"].clone();
    assert_eq!(spec["delete_strategy"], "Rolling");
    assert!(
        spec["update_strategy"].is_null(),
        "what is not set stays as others left it"
    );
    behind::remove::<kind::MachineSet>(&lab, ID);
    assert_eq!(lab.planned(), [format!("{ADDRESS}: create")]);
    lab.apply();
    behind::remove::<kind::MachineSet>(&lab, ID);
    lab.destroy();
}

#[test]
fn a_set_with_a_wrong_role_or_a_name_with_the_clusters_is_refused_at_plan() {
    let Some(lab) = Lab::new("a_set_with_a_wrong_role_or_a_name_with_the_clusters") else {
        return;
    };
    lab.config(&SET.replace("\"workers\"", "\"worker\""));
    let said = lab.plan_fails();
    assert!(said.contains("Unknown role"), "{said}");
    lab.config(SET);
    lab.apply();
    lab.config(&SET.replace("\"storage\"\n  delete", "\"lab-storage\"\n  delete"));
    let said = lab.plan_fails();
    assert!(
        said.contains("Name with the cluster's name") && said.contains("name = \"storage\""),
        "{said}"
    );
}
