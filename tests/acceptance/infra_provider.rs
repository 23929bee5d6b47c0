//! `omni_infra_provider` under a real core.

use omni_api::kind;

use crate::behind;
use crate::lab::Lab;

const PROVIDER: &str = r#"
resource "omni_infra_provider" "vms" {
  name = "vms"
}
"#;

const ADDRESS: &str = "omni_infra_provider.vms";

#[test]
fn a_provider_renews_its_key_when_asked_and_is_imported_without_one() {
    let Some(lab) = Lab::new("a_provider_renews_its_key_when_asked_and_is_imported_without_one")
    else {
        return;
    };
    lab.config(PROVIDER);
    lab.apply();
    let first = lab.state(ADDRESS)["public_key_id"].clone();
    let renewed = PROVIDER.replace("\"vms\"\n}", "\"vms\"\n  renew_trigger = \"once\"\n}");
    lab.config(&renewed);
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    assert_ne!(lab.state(ADDRESS)["public_key_id"], first);
    lab.config(PROVIDER);
    lab.apply();
    lab.reimport(ADDRESS, "vms");
    assert!(lab.state(ADDRESS)["key"].is_null());
    lab.destroy();
}

#[test]
fn a_provider_that_somebody_removed_is_made_anew_and_no_error_on_destroy() {
    let Some(lab) = Lab::new("a_provider_that_somebody_removed_is_made_anew") else {
        return;
    };
    lab.config(PROVIDER);
    lab.apply();
    behind::remove::<kind::InfraProvider>(&lab, "vms");
    assert_eq!(lab.planned(), [format!("{ADDRESS}: create")]);
    lab.apply();
    behind::remove::<kind::InfraProvider>(&lab, "vms");
    lab.destroy();
}

#[test]
fn a_name_that_is_no_label_and_a_lifetime_beyond_a_year_are_refused_at_plan() {
    let Some(lab) = Lab::new("a_name_that_is_no_label_and_a_lifetime_beyond_a_year") else {
        return;
    };
    lab.config(&PROVIDER.replace("= \"vms\"", "= \"VMs of ours\""));
    let said = lab.plan_fails();
    assert!(said.contains("Invalid name of a provider"), "{said}");
    lab.config(&PROVIDER.replace("\"vms\"\n}", "\"vms\"\n  ttl = \"8761h\"\n}"));
    let said = lab.plan_fails();
    assert!(said.contains("Invalid lifetime of a key"), "{said}");
}
