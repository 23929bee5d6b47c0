//! `omni_machine_class` under a real core.

use omni_api::kind;

use crate::behind;
use crate::lab::Lab;

const CLASS: &str = r#"
resource "omni_machine_class" "metal" {
  name         = "metal"
  match_labels = ["rack in (r1, r2)", "omni.sidero.dev/cores >= 64"]
}
"#;

const ADDRESS: &str = "omni_machine_class.metal";

#[test]
fn a_class_is_changed_in_place_and_any_spelling_of_a_selector_makes_no_plan() {
    let Some(lab) = Lab::new("a_class_is_changed_in_place") else {
        return;
    };
    lab.config(CLASS);
    lab.apply();
    assert_eq!(lab.state(ADDRESS)["matched_machines"], 2);
    lab.config(&CLASS.replace("rack in (r1, r2)", "rack  in (r2,r1)"));
    lab.plan_is_empty();
    lab.config(&CLASS.replace("rack in (r1, r2)", "rack in (r1, r2, r3)"));
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    lab.reimport(ADDRESS, "metal");
    lab.destroy();
}

#[test]
fn a_class_that_somebody_rewrote_is_put_back_and_one_that_vanished_is_made_anew() {
    let Some(lab) = Lab::new("a_class_that_somebody_rewrote_is_put_back") else {
        return;
    };
    lab.config(CLASS);
    lab.apply();
    behind::change::<kind::MachineClass>(&lab, "metal", |class| {
        class.spec.match_labels = vec!["rack = r4".into()];
    });
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    behind::remove::<kind::MachineClass>(&lab, "metal");
    assert_eq!(lab.planned(), [format!("{ADDRESS}: create")]);
    lab.apply();
    behind::remove::<kind::MachineClass>(&lab, "metal");
    lab.destroy();
}

#[test]
fn a_class_that_selects_nothing_or_two_ways_at_once_is_refused_at_plan() {
    let Some(lab) = Lab::new("a_class_that_selects_nothing_or_two_ways_at_once_is_refused") else {
        return;
    };
    for wrong in ["rack in (r1", "rack ~ r1", "= r1"] {
        lab.config(&CLASS.replace("rack in (r1, r2)", wrong));
        let said = lab.plan_fails();
        assert!(said.contains("match_labels"), "{wrong}: {said}");
    }
    lab.config(&CLASS.replace(
        "  match_labels",
        "  auto_provision = { provider_id = \"vms\" }\n  match_labels",
    ));
    let said = lab.plan_fails();
    assert!(said.contains("auto_provision"), "{said}");
}
