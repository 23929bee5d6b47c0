//! `omni_user` under a real core.

use omni_api::Role;
use serde_json::Value as Json;

use crate::lab::Lab;

const USER: &str = r#"
resource "omni_user" "ann" {
  email = "Ann@Example.com"
  role  = "Reader"
}
"#;

/// The role of a user, as the plane has it.
fn role_of(lab: &Lab, id: &str) -> Json {
    let users = lab.listed("user");
    let user = users.iter().find(|user| user["metadata"]["id"] == id);
    user.expect("a user")["spec"]["role"].clone()
}

fn identities(lab: &Lab) -> Vec<String> {
    let all = lab.listed("identity").into_iter();
    let ids = all.filter_map(|one| one["metadata"]["id"].as_str().map(str::to_owned));
    ids.filter(|id| !id.ends_with("serviceaccount.omni.sidero.dev"))
        .collect()
}

#[test]
fn a_user_is_created_changed_in_place_imported_and_destroyed() {
    let Some(lab) = Lab::new("a_user_is_created_changed_in_place_imported_and_destroyed") else {
        return;
    };
    lab.config(USER);
    lab.apply();
    let state = lab.state("omni_user.ann");
    assert_eq!(
        state["email"], "Ann@Example.com",
        "the user's spelling stays"
    );
    assert_eq!(identities(&lab), ["ann@example.com"]);
    let id = state["id"].as_str().expect("an id").to_owned();
    assert_eq!(role_of(&lab, &id), "Reader");

    lab.config(&USER.replace("Reader", "Operator"));
    assert_eq!(lab.planned(), ["omni_user.ann: update"]);
    lab.apply();
    assert_eq!(lab.state("omni_user.ann")["id"], id, "the same user");
    assert_eq!(role_of(&lab, &id), "Operator");

    lab.reimport("omni_user.ann", "ann@example.com");
    lab.destroy();
    assert_eq!(identities(&lab), [""; 0]);
}

#[test]
fn a_user_that_disappears_is_planned_anew_and_no_error_on_destroy() {
    let Some(lab) = Lab::new("a_user_that_disappears_is_planned_anew_and_no_error_on_destroy")
    else {
        return;
    };
    lab.config(USER);
    lab.apply();
    let vanish = || {
        lab.omni(async |client| {
            let gone = client.management().destroy_user("ann@example.com").await;
            gone.expect("destroyed");
        });
    };
    vanish();
    assert_eq!(lab.planned(), ["omni_user.ann: create"]);
    lab.apply();
    vanish();
    lab.run(&["destroy", "-auto-approve", "-input=false", "-refresh=false"])
        .succeeds();
}

#[test]
fn a_role_that_somebody_else_changed_is_seen_and_put_back() {
    let Some(lab) = Lab::new("a_role_that_somebody_else_changed_is_seen_and_put_back") else {
        return;
    };
    lab.config(USER);
    lab.apply();
    lab.omni(async |client| {
        let management = client.management();
        let raised = management.update_user("ann@example.com", Role::Admin).await;
        raised.expect("changed");
    });
    assert_eq!(lab.planned(), ["omni_user.ann: update"]);
    lab.apply();
    let id = lab.state("omni_user.ann")["id"].clone();
    assert_eq!(role_of(&lab, id.as_str().expect("an id")), "Reader");
}

#[test]
fn the_case_of_an_address_makes_no_plan_and_another_address_replaces_the_user() {
    let Some(lab) = Lab::new("the_case_of_an_address_makes_no_plan") else {
        return;
    };
    lab.config(USER);
    lab.apply();
    lab.config(&USER.replace("Ann@Example.com", "ANN@example.com"));
    lab.plan_is_empty();
    lab.config(&USER.replace("Ann@Example.com", "bob@example.com"));
    assert_eq!(lab.planned(), ["omni_user.ann: delete then create"]);
    lab.apply();
    assert_eq!(identities(&lab), ["bob@example.com"]);
}

#[test]
fn wrong_addresses_and_roles_fail_at_plan() {
    let Some(lab) = Lab::new("wrong_addresses_and_roles_fail_at_plan") else {
        return;
    };
    for (from, to, expected) in [
        ("Reader", "reader", "Write \"Reader\""),
        ("Reader", "Owner", "Reader, Auditor, Operator, Admin"),
        ("Ann@Example.com", "", "e-mail address is empty"),
        ("Ann@Example.com", "ann", "no form of an e-mail address"),
        ("Ann@Example.com", "ann @example.com", "has a space"),
        (
            "Ann@Example.com",
            "ci@serviceaccount.omni.sidero.dev",
            "omni_service_account",
        ),
    ] {
        lab.config(&USER.replace(from, to));
        let said = lab.plan_fails();
        assert!(said.contains(expected), "{to:?}: {said}");
    }
}

#[test]
fn an_address_in_use_is_an_error_with_the_import_block() {
    let Some(lab) = Lab::new("an_address_in_use_is_an_error_with_the_import_block") else {
        return;
    };
    lab.config(USER);
    lab.apply();
    lab.run(&["state", "rm", "omni_user.ann"]).succeeds();
    let said = lab.apply_fails();
    assert!(
        said.contains("Exists already")
            && said.contains("import { to = omni_user.example id = \"ann@example.com\" }"),
        "{said}"
    );
}

#[test]
fn a_service_account_is_not_imported_as_a_user() {
    let Some(lab) = Lab::new("a_service_account_is_not_imported_as_a_user") else {
        return;
    };
    lab.config(USER);
    let account = "automation@serviceaccount.omni.sidero.dev";
    let said = lab
        .run(&["import", "-input=false", "omni_user.ann", account])
        .fails();
    assert!(said.contains("A service account, not a user"), "{said}");
}

#[test]
fn a_user_is_looked_up_by_any_spelling_and_a_missing_one_is_an_error() {
    let Some(lab) = Lab::new("a_user_is_looked_up_by_any_spelling") else {
        return;
    };
    let lookup = |email: &str| {
        format!(
            "{USER}\ndata \"omni_user\" \"ann\" {{\n  email = \"{email}\"\n  depends_on = [omni_user.ann]\n}}\n"
        )
    };
    lab.config(&lookup("ANN@EXAMPLE.COM"));
    lab.apply();
    let (resource, data) = (lab.state("omni_user.ann"), lab.state("data.omni_user.ann"));
    assert_eq!(
        (&data["id"], &data["role"]),
        (&resource["id"], &resource["role"])
    );
    lab.config(&lookup("nobody@example.com"));
    let said = lab.plan_fails();
    assert!(said.contains("No such user"), "{said}");
}
