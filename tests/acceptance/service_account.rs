//! `omni_service_account` under a real core, and what `omni_infra_provider` shares with it.

use std::collections::BTreeSet;

use omni_api::{Role, kind};
use omni_client::AccountName;
use serde_json::Value as Json;

use crate::lab::Lab;

const ACCOUNT: &str = r#"
resource "omni_service_account" "ci" {
  name = "ci"
  role = "Reader"
  ttl  = "1440h"
}
"#;

const WRITE_ONLY: &str = r#"
ephemeral "omni_service_account_key" "ci" {
  name = "ci"
}

resource "omni_service_account" "ci" {
  name           = "ci"
  role           = "Reader"
  key_wo         = ephemeral.omni_service_account_key.ci.key
  key_wo_version = 1
}
"#;

const FULL_ID: &str = "ci@serviceaccount.omni.sidero.dev";

fn ci() -> AccountName {
    AccountName::ServiceAccount("ci".to_owned())
}

fn text(value: &Json) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The keys of the account, as the plane lists them.
fn keys(lab: &Lab) -> BTreeSet<String> {
    let statuses = lab.listed("serviceaccountstatus");
    let status = statuses
        .iter()
        .find(|status| status["metadata"]["id"] == FULL_ID);
    let keys = status.map(|status| status["spec"]["public_keys"].clone());
    let keys = keys.as_ref().and_then(Json::as_array).into_iter().flatten();
    keys.map(|key| text(&key["id"])).collect()
}

/// Whether a key lets its owner in.
fn signs(lab: &Lab, key: &str) -> bool {
    lab.omni_as(Some(key), async |client| {
        let own = client.state().find::<kind::CurrentUser>("current").await;
        own.is_ok_and(|own| own.is_some_and(|own| own.spec.identity == FULL_ID))
    })
}

fn vanish(lab: &Lab) {
    lab.omni(async |client| {
        let gone = client.management().destroy_service_account(&ci()).await;
        gone.expect("destroyed");
    });
}

#[test]
fn a_service_account_is_created_renewed_imported_and_destroyed() {
    let Some(lab) = Lab::new("a_service_account_is_created_renewed_imported_and_destroyed") else {
        return;
    };
    lab.config(ACCOUNT);
    lab.apply();
    let first = lab.state("omni_service_account.ci");
    assert_eq!(first["id"], FULL_ID);
    assert!(signs(&lab, &text(&first["key"])));
    assert_eq!(keys(&lab), [text(&first["public_key_id"])].into());

    lab.config(&ACCOUNT.replace("role =", "renew_trigger = \"2\"\n  role ="));
    assert_eq!(lab.planned(), ["omni_service_account.ci: update"]);
    lab.apply();
    let second = lab.state("omni_service_account.ci");
    let both = [&first, &second].map(|state| text(&state["public_key_id"]));
    assert_eq!(keys(&lab), both.into(), "a key is added, none removed");
    for state in [&first, &second] {
        assert!(signs(&lab, &text(&state["key"])), "both are valid");
    }

    // What cannot be read again is not in the import; the rest is, and the plan is empty.
    lab.config(ACCOUNT);
    lab.reimport("omni_service_account.ci", "ci");
    let imported = lab.state("omni_service_account.ci");
    assert_eq!(imported["public_key_id"], second["public_key_id"]);
    assert_eq!(imported["expiration"], second["expiration"]);
    assert!(imported["key"].is_null());

    lab.destroy();
    let left = lab.listed("identity");
    assert!(left.iter().all(|one| one["metadata"]["id"] != FULL_ID));
    assert!(!signs(&lab, &text(&second["key"])));
}

#[test]
fn a_write_only_key_is_registered_by_its_version_and_never_kept() {
    let Some(lab) = Lab::new("a_write_only_key_is_registered_by_its_version_and_never_kept") else {
        return;
    };
    lab.config(WRITE_ONLY);
    lab.apply();
    let first = lab.state("omni_service_account.ci");
    assert!(first["key"].is_null() && first["key_wo"].is_null());
    assert!(first["expiration"].is_string());
    lab.config(&WRITE_ONLY.replace("version = 1", "version = 2"));
    lab.apply();
    let second = lab.state("omni_service_account.ci");
    let both = [&first, &second].map(|state| text(&state["public_key_id"]));
    assert_eq!(keys(&lab), both.into());
    let state = std::fs::read_to_string(lab.path().join("terraform.tfstate")).expect("a state");
    // The base64 of the head of the key text, `{"name":"ci"`.
    assert!(!state.contains("eyJuYW1lIjoiY2ki"), "a key is in there");
}

#[test]
fn a_service_account_that_disappears_is_planned_anew_and_no_error_on_destroy() {
    let Some(lab) = Lab::new("a_service_account_that_disappears_is_planned_anew") else {
        return;
    };
    lab.config(ACCOUNT);
    lab.apply();
    vanish(&lab);
    assert_eq!(lab.planned(), ["omni_service_account.ci: create"]);
    lab.apply();
    vanish(&lab);
    lab.run(&["destroy", "-auto-approve", "-input=false", "-refresh=false"])
        .succeeds();
}

#[test]
fn a_role_that_somebody_else_changed_replaces_the_account() {
    let Some(lab) = Lab::new("a_role_that_somebody_else_changed_replaces_the_account") else {
        return;
    };
    lab.config(ACCOUNT);
    lab.apply();
    lab.omni(async |client| {
        let management = client.management();
        let raised = management.update_user(FULL_ID, Role::Admin).await;
        raised.expect("changed");
    });
    assert_eq!(
        lab.planned(),
        ["omni_service_account.ci: delete then create"]
    );
    lab.apply();
    assert_eq!(lab.state("omni_service_account.ci")["role"], "Reader");
}

#[test]
fn an_account_without_a_role_gets_that_of_its_creator_and_the_plan_says_so() {
    let Some(lab) = Lab::new("an_account_without_a_role_gets_that_of_its_creator") else {
        return;
    };
    lab.config(&ACCOUNT.replace("role = \"Reader\"", ""));
    let said = lab.run(&["plan", "-input=false"]).succeeds();
    assert!(said.contains("+ role = \"Admin\""), "{said}");
    lab.apply();
    assert_eq!(lab.state("omni_service_account.ci")["role"], "Admin");
}

#[test]
fn wrong_names_roles_and_lifetimes_fail_at_plan() {
    let Some(lab) = Lab::new("wrong_names_roles_and_lifetimes_fail_at_plan") else {
        return;
    };
    for (from, to, expected) in [
        (
            "name = \"ci\"",
            "name = \"infra-provider:vms\"",
            "Use omni_infra_provider",
        ),
        ("name = \"ci\"", "name = \"CI\"", "Write \"ci\""),
        (
            "name = \"ci\"",
            "name = \"two words\"",
            "Invalid name of a service account",
        ),
        ("Reader", "InfraProvider", "come with omni_infra_provider"),
        ("Reader", "Owner", "Unknown role"),
        ("1440h", "8761h", "Invalid lifetime of a key"),
        ("1440h", "a year", "is not a length of time"),
        (
            "role =",
            "key_wo = \"x\"\n  role =",
            "Set `key_wo_version = 1`",
        ),
    ] {
        lab.config(&ACCOUNT.replace(from, to));
        let said = lab.plan_fails();
        assert!(said.contains(expected), "{to}: {said}");
    }
}

#[test]
fn a_key_of_another_account_is_not_registered() {
    let Some(lab) = Lab::new("a_key_of_another_account_is_not_registered") else {
        return;
    };
    lab.config(&WRITE_ONLY.replacen("name = \"ci\"", "name = \"cd\"", 1));
    let said = lab.apply_fails();
    assert!(
        said.contains("It was made for \"cd\", not for \"ci\""),
        "{said}"
    );
    assert_eq!(keys(&lab), BTreeSet::new());
}

#[test]
fn a_service_account_that_exists_already_is_an_error_with_the_import_block() {
    let Some(lab) = Lab::new("a_service_account_that_exists_already_is_an_error") else {
        return;
    };
    lab.config(ACCOUNT);
    lab.apply();
    lab.run(&["state", "rm", "omni_service_account.ci"])
        .succeeds();
    let said = lab.apply_fails();
    assert!(
        said.contains("Exists already")
            && said.contains("import { to = omni_service_account.example id = \"ci\" }"),
        "{said}"
    );
}

#[test]
fn an_account_that_is_not_listed_in_time_is_a_warning_and_not_lost() {
    let Some(lab) = Lab::new("an_account_that_is_not_listed_in_time_is_a_warning") else {
        return;
    };
    lab.config(&ACCOUNT.replace("role =", "timeouts = { create = \"1ms\" }\n  role ="));
    let said = lab
        .run(&["apply", "-auto-approve", "-input=false"])
        .succeeds();
    assert!(said.contains("does not list the key of ci yet"), "{said}");
    lab.plan_is_empty();
    assert!(signs(
        &lab,
        &text(&lab.state("omni_service_account.ci")["key"])
    ));
}

#[test]
fn a_key_that_ends_within_a_month_is_a_warning_at_plan() {
    let Some(lab) = Lab::new("a_key_that_ends_within_a_month_is_a_warning_at_plan") else {
        return;
    };
    let provider =
        "\nresource \"omni_infra_provider\" \"vms\" {\n  name = \"vms\"\n  ttl = \"24h\"\n}\n";
    lab.config(&format!("{}{provider}", ACCOUNT.replace("1440h", "719h")));
    lab.apply();
    let said = lab.run(&["plan", "-input=false"]).succeeds();
    assert!(
        said.contains("The key of ci expires soon") && said.contains("in 29 days"),
        "{said}"
    );
    assert!(
        said.contains("The key of infra-provider:vms expires soon")
            && said.contains("renew_trigger"),
        "{said}"
    );
    lab.config(ACCOUNT);
    lab.apply();
    let said = lab.run(&["plan", "-input=false"]).succeeds();
    assert!(!said.contains("expires soon"), "{said}");
}

#[test]
fn the_account_that_terraform_uses_is_protected_and_the_plan_explains_it() {
    let Some(lab) = Lab::new("the_account_that_terraform_uses_is_protected") else {
        return;
    };
    let own = "resource \"omni_service_account\" \"own\" {\n  name = \"automation\"\n  ttl = \"KEEP\"\n}\n";
    lab.config(&own.replace("KEEP", "8760h"));
    lab.run(&[
        "import",
        "-input=false",
        "omni_service_account.own",
        "automation",
    ])
    .succeeds();
    let destroyed = lab.run(&["plan", "-destroy", "-input=false"]).fails();
    let id = "automation@serviceaccount.omni.sidero.dev is the account that Terraform itself uses";
    assert!(destroyed.contains(id), "{destroyed}");
    lab.config(&own.replace("ttl = \"KEEP\"", "role = \"Reader\""));
    let replaced = lab.plan_fails();
    assert!(replaced.contains(id), "{replaced}");
}

#[test]
fn a_service_account_is_looked_up_with_its_keys() {
    let Some(lab) = Lab::new("a_service_account_is_looked_up_with_its_keys") else {
        return;
    };
    let lookup = |name: &str| {
        format!(
            "{ACCOUNT}\ndata \"omni_service_account\" \"ci\" {{\n  name = \"{name}\"\n  depends_on = [omni_service_account.ci]\n}}\n"
        )
    };
    lab.config(&lookup("ci"));
    lab.apply();
    let (resource, data) = (
        lab.state("omni_service_account.ci"),
        lab.state("data.omni_service_account.ci"),
    );
    for attribute in ["id", "role", "expiration"] {
        assert_eq!(data[attribute], resource[attribute], "{attribute}");
    }
    assert_eq!(
        data["public_key_ids"],
        serde_json::json!([resource["public_key_id"]])
    );
    assert!(data["last_active"].is_null(), "it was never used");
    lab.config(&lookup("nobody"));
    let said = lab.plan_fails();
    assert!(said.contains("No such service account"), "{said}");
}

#[test]
fn an_infrastructure_provider_is_imported_with_an_empty_plan_and_knows_when_its_key_ends() {
    let Some(lab) = Lab::new("an_infrastructure_provider_is_imported_with_an_empty_plan") else {
        return;
    };
    lab.config("resource \"omni_infra_provider\" \"vms\" {\n  name = \"vms\"\n}\n");
    lab.apply();
    let state = lab.state("omni_infra_provider.vms");
    assert!(state["key"].is_string() && state["expiration"].is_string());
    lab.reimport("omni_infra_provider.vms", "vms");
    lab.destroy();
    assert_eq!(lab.listed("infraprovider"), Vec::<Json>::new());
}
