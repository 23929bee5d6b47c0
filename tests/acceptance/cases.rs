//! What a test has shown, counted per object.
//!
//! Contract: nobody declares what a test covers. The laboratory notes what it has seen the core do, and a test hands its notes over
//! when it ends without a panic. `make test` prints their sum as a table (`xtask cases`). A new test counts by itself, as long as it
//! goes through the [`Lab`](crate::lab::Lab):
//!
//! | case | is seen when |
//! |---|---|
//! | create, update | `apply` has done it, and the plan afterwards was empty |
//! | import | `reimport` has forgotten and imported an object, and the plan afterwards was empty |
//! | disappears | `planned` creates again what has vanished since the last empty plan of the same configuration |
//! | drift | `planned` changes back what has changed since the last empty plan of the same configuration |
//! | bad input | `plan_fails` ends with an error at the address of the object |
//! | from official | `adopt` has taken over a state of the official provider, and the plan afterwards was empty |

use std::cell::RefCell;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value as Json;

/// The folder for the notes; without it nothing is kept.
const FOLDER: &str = "OMNI_CASES";

/// What can be shown of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Create,
    Update,
    Import,
    Disappears,
    Drift,
    BadInput,
    FromOfficial,
}

/// The notes of one laboratory.
pub(crate) struct Notes {
    test: String,
    seen: RefCell<Vec<(Case, String)>>,
    settled: RefCell<Option<String>>,
}

// === impl Case ===

impl Case {
    /// The word in the notes; `xtask cases` reads it.
    const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Import => "import",
            Self::Disappears => "disappears",
            Self::Drift => "drift",
            Self::BadInput => "bad input",
            Self::FromOfficial => "from official",
        }
    }
}

// === impl Notes ===

impl Notes {
    pub(crate) fn new(test: &str) -> Self {
        Self {
            test: test.to_owned(),
            seen: RefCell::default(),
            settled: RefCell::default(),
        }
    }

    /// A case was seen at these addresses.
    pub(crate) fn saw(&self, case: Case, addresses: impl IntoIterator<Item = String>) {
        let objects = addresses.into_iter().filter_map(|address| object(&address));
        self.seen
            .borrow_mut()
            .extend(objects.map(|object| (case, object)));
    }

    /// The plan of this configuration was empty.
    pub(crate) fn settle(&self, configuration: String) {
        *self.settled.borrow_mut() = Some(configuration);
    }

    /// Looks at a plan: what it does about a configuration that was settled, it does about a change behind Terraform's back.
    pub(crate) fn planned(&self, configuration: &str, plan: &Json) {
        if self.settled.borrow().as_deref() != Some(configuration) {
            return;
        }
        for drift in plan["resource_drift"].as_array().into_iter().flatten() {
            let address = drift["address"].as_str().unwrap_or_default();
            let planned = actions(plan, address);
            let case = match drift["change"]["actions"][0].as_str() {
                Some("delete") if planned == ["create"] => Case::Disappears,
                Some("update") if planned != ["no-op"] => Case::Drift,
                _ => continue,
            };
            self.saw(case, [address.to_owned()]);
        }
    }

    fn hand_over(&self) -> std::io::Result<()> {
        let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
            return Ok(());
        };
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}.tsv", self.test));
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        for (case, object) in self.seen.borrow().iter() {
            writeln!(file, "{object}\t{}", case.word())?;
        }
        Ok(())
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Err(error) = self.hand_over() {
            eprintln!("the notes of {} are lost: {error}", self.test);
        }
    }
}

/// The type in the address of a resource; none for anything else.
fn object(address: &str) -> Option<String> {
    let mut parts = address.split('.').skip_while(|part| *part == "module");
    let own = parts.find(|part| part.starts_with("omni_") || *part == "data")?;
    (own != "data").then(|| own.to_owned())
}

/// What a plan does at an address.
fn actions<'a>(plan: &'a Json, address: &str) -> Vec<&'a str> {
    let changes = plan["resource_changes"].as_array();
    let change = changes
        .into_iter()
        .flatten()
        .find(|change| change["address"] == address);
    let actions = change.and_then(|change| change["change"]["actions"].as_array());
    actions
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect()
}

#[test]
fn an_address_names_its_object_wherever_it_stands() {
    let named = |address| object(address);
    assert_eq!(named("omni_cluster.lab").as_deref(), Some("omni_cluster"));
    assert_eq!(
        named("module.a.omni_machine_set_node.x[\"1.2\"]").as_deref(),
        Some("omni_machine_set_node")
    );
    assert_eq!(named("data.omni_machines.all"), None);
    assert_eq!(named("terraform_data.path"), None);
}

#[test]
fn a_change_of_the_configuration_is_no_drift() {
    let plan = serde_json::json!({
        "resource_drift": [{ "address": "omni_cluster.lab", "change": { "actions": ["update"] } }],
        "resource_changes": [{ "address": "omni_cluster.lab", "change": { "actions": ["update"] } }],
    });
    let seen = |settled: &str, plan: &Json| {
        let notes = Notes::new("a_change_of_the_configuration_is_no_drift");
        notes.settle(settled.to_owned());
        notes.planned("b", plan);
        notes.seen.take()
    };
    assert_eq!(seen("a", &plan), []);
    assert_eq!(seen("b", &plan), [(Case::Drift, "omni_cluster".to_owned())]);
    let mut vanished = plan.clone();
    vanished["resource_drift"][0]["change"]["actions"] = serde_json::json!(["delete"]);
    assert_eq!(seen("b", &vanished), [], "nothing creates it again");
    vanished["resource_changes"][0]["change"]["actions"] = serde_json::json!(["create"]);
    assert_eq!(
        seen("b", &vanished),
        [(Case::Disappears, "omni_cluster".to_owned())]
    );
}
