//! `omni_config_patch` under a real core.

use omni_api::kind;

use crate::behind;
use crate::lab::Lab;

const PATCH: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}

resource "omni_config_patch" "sysctls" {
  name    = "sysctls"
  cluster = omni_cluster.lab.name
  data    = yamlencode({ machine = { sysctls = { "net.ipv4.ip_forward" = "1" } } })
}
"#;

const ADDRESS: &str = "omni_config_patch.sysctls";
const ID: &str = "400-lab-sysctls";

#[test]
fn a_patch_is_changed_in_place_and_a_change_of_its_name_replaces_it() {
    let Some(lab) = Lab::new("a_patch_is_changed_in_place_and_a_change_of_its_name_replaces_it")
    else {
        return;
    };
    lab.config(PATCH);
    lab.apply();
    let changed = PATCH.replace("= \"1\"", "= \"0\"");
    lab.config(&changed);
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    lab.reimport(ADDRESS, ID);
    lab.config(&changed.replace("\"sysctls\"\n  cluster", "\"forwarding\"\n  cluster"));
    assert_eq!(lab.planned(), [format!("{ADDRESS}: delete then create")]);
    lab.apply();
    assert_eq!(lab.state(ADDRESS)["id"], "400-lab-forwarding");
    lab.destroy();
}

#[test]
fn a_patch_that_somebody_rewrote_is_put_back_and_one_that_vanished_is_made_anew() {
    let Some(lab) = Lab::new("a_patch_that_somebody_rewrote_is_put_back") else {
        return;
    };
    lab.config(PATCH);
    lab.apply();
    behind::change::<kind::ConfigPatch>(&lab, ID, |patch| {
        patch.spec.data = "machine: {sysctls: {net.ipv4.ip_forward: \"2\"}}".into();
    });
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    behind::remove::<kind::ConfigPatch>(&lab, ID);
    assert_eq!(lab.planned(), [format!("{ADDRESS}: create")]);
    lab.apply();
    behind::remove::<kind::ConfigPatch>(&lab, ID);
    lab.destroy();
}

#[test]
fn an_empty_selector_narrows_nothing_and_makes_no_plan() {
    let Some(lab) = Lab::new("an_empty_selector_narrows_nothing_and_makes_no_plan") else {
        return;
    };
    lab.config(&PATCH.replace("  data ", "  selector = {}\n  data "));
    lab.apply();
    assert_eq!(lab.state(ADDRESS)["id"], ID);
}
