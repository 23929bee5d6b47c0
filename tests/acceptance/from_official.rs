//! From the official provider to this one: its state, its configuration, an empty plan.
//!
//! `tests/fixtures/official/` has for each object the configuration and the state of two versions of the official provider, and the
//! resources as it leaves them in Omni. What it makes with management calls (users, accounts, keys) is made with the same calls here,
//! and the ids that Omni then gives stand in the state as `{address.attribute}`.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use omni_api::resource::Metadata;
use omni_api::{AnyResource, Kind, kind, reflect};
use omni_client::Client;
use serde_json::{Value as Json, json};

use crate::bucket::Bucket;
use crate::lab::Lab;

/// The bucket of the fixtures: Omni asks for it before its settings are stored.
static BUCKET: LazyLock<Bucket> = LazyLock::new(Bucket::start);

/// Objects that are made with management calls.
const ACCOUNTS: [&str; 3] = ["omni_user", "omni_service_account", "omni_infra_provider"];

/// Objects that are resources, in an order in which they can be made.
const RESOURCES: [&str; 11] = [
    "omni_cluster",
    "omni_machine_class",
    "omni_machine_set",
    "omni_machine_set_node",
    "omni_config_patch",
    "omni_machine_extensions",
    "omni_machine_install_disk",
    "omni_kubernetes_manifest",
    "omni_kubernetes_healthcheck",
    "omni_etcd_backup_s3_config",
    "omni_installation_media_preset",
];

/// What one version of the official provider has left.
struct Official {
    version: &'static str,
    objects: Vec<&'static str>,
}

/// Releases of Omni on which everything is taken over.
const RELEASES: [&str; 2] = ["1.10", "next"];

/// Objects that the first of them does not have.
const NEXT_ONLY: &str = "omni_machine_install_disk";

// === impl Official ===

impl Official {
    /// The fixtures of a version, for the objects that exist here and in a release of Omni.
    fn new(version: &'static str, release: &str) -> Self {
        let golden: Json = serde_json::from_str(&text("schema.json")).expect("JSON");
        let exists = |object: &&str| {
            let name = object.trim_start_matches("omni_");
            (*object != NEXT_ONLY || release == "next")
                && !golden["resources"][name].is_null()
                && path(&format!("tests/fixtures/official/{version}/{object}.tf")).exists()
        };
        let objects = ACCOUNTS.into_iter().chain(RESOURCES).filter(exists);
        Self {
            version,
            objects: objects.collect(),
        }
    }

    /// The configuration of some of the objects.
    fn config(&self, wanted: impl Fn(&str) -> bool) -> String {
        let objects = self.objects.iter().filter(|object| wanted(object));
        objects
            .map(|object| self.file(&format!("{object}.tf")))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The state of all objects, with what Omni has given in place of the references to it.
    fn state(&self, given: impl Fn(&str, &str) -> Json) -> Json {
        let resources = self.objects.iter().flat_map(|object| {
            let resources: Vec<Json> =
                serde_json::from_str(&self.file(&format!("{object}.json"))).expect("JSON");
            resources
        });
        let resources: Vec<Json> = resources.map(|resource| fill(resource, &given)).collect();
        json!({ "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "official", "outputs": {}, "resources": resources })
    }

    fn file(&self, name: &str) -> String {
        text(&format!("tests/fixtures/official/{}/{name}", self.version))
    }

    /// Makes everything as the official provider makes it, and answers its state of that.
    fn make(&self, lab: &Lab) -> Json {
        let accounts = self.config(|object| ACCOUNTS.contains(&object));
        lab.config(&format!(
            "data \"omni_talos_versions\" \"all\" {{}}\n{accounts}"
        ));
        lab.apply();
        let state = self.state(|address, attribute| lab.state(address)[attribute].clone());
        let resources: Vec<Json> = RESOURCES
            .iter()
            .filter(|object| self.objects.contains(object))
            .flat_map(|object| world(object))
            .filter(|resource| mentions(&state, &resource["id"]))
            .collect();
        lab.omni(async |client| {
            for resource in &resources {
                put(client, resource).await;
            }
        });
        state
    }
}

fn path(of: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

fn text(of: &str) -> String {
    let text = fs::read_to_string(path(of)).unwrap_or_else(|error| panic!("{of}: {error}"));
    text.replace("https://s3.example.com", &BUCKET.endpoint())
}

/// The resources as the official provider leaves them.
fn world(object: &str) -> Vec<Json> {
    let world = text(&format!("tests/fixtures/official/world/{object}.json"));
    serde_json::from_str(&world).expect("JSON")
}

/// Whether a text stands anywhere in a state: what one version could not make is not there.
fn mentions(state: &Json, wanted: &Json) -> bool {
    match state {
        Json::Array(values) => values.iter().any(|value| mentions(value, wanted)),
        Json::Object(fields) => fields.values().any(|value| mentions(value, wanted)),
        other => other == wanted,
    }
}

/// Puts what Omni has given in the place of each `{address.attribute}`.
fn fill(value: Json, given: &impl Fn(&str, &str) -> Json) -> Json {
    match value {
        Json::Array(values) => values.into_iter().map(|value| fill(value, given)).collect(),
        Json::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, fill(value, given)))
            .collect(),
        Json::String(text) => {
            let inside = text
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'));
            match inside.and_then(|inside| inside.rsplit_once('.')) {
                Some((address, attribute)) => given(address, attribute),
                None => Json::String(text),
            }
        }
        other => other,
    }
}

/// Writes a resource as it stands.
async fn put(client: &Client, resource: &Json) {
    macro_rules! create {
        ($($kind:ident),+ $(,)?) => {
            match resource["type"].as_str().unwrap_or_default() {
                $(kind::$kind::TYPE => create::<kind::$kind>(client, resource).await,)+
                other => panic!("the fixtures have no {other}"),
            }
        };
    }
    create!(
        Cluster,
        ConfigPatch,
        EtcdBackupS3Conf,
        ExtensionsConfiguration,
        InstallationMediaConfig,
        KubernetesHealthCheck,
        KubernetesManifestGroup,
        MachineClass,
        MachineInstallDiskConfig,
        MachineSet,
        MachineSetNode,
    );
}

async fn create<K: Kind>(client: &Client, resource: &Json) {
    let id = resource["id"].as_str().unwrap_or_default();
    let map = |key: &str| serde_json::from_value(resource[key].clone()).expect("a map of texts");
    let any = AnyResource {
        metadata: Metadata {
            labels: map("labels"),
            annotations: map("annotations"),
            ..Metadata::new(K::NAMESPACE, K::TYPE, id)
        },
        spec: reflect::from_json(K::FACTS.spec, &resource["spec"]).expect("a spec"),
        yaml: String::new(),
    };
    let typed = any.typed::<K>().expect("of its kind");
    let created = client.state().create(&typed).await;
    created.map_or_else(|error| panic!("{id}: {error}"), drop);
}

#[test]
fn everything_of_the_alpha_is_taken_over_with_an_empty_plan() {
    for release in RELEASES {
        let test = "everything_of_the_alpha_is_taken_over_with_an_empty_plan";
        let Some(lab) = Lab::on(test, release) else {
            return;
        };
        let official = Official::new("alpha.3", release);
        let state = official.make(&lab);
        let config = official.config(|_| true);
        lab.config(&config);
        lab.adopt(&state);
        lab.apply();
        assert_eq!(lab.state("omni_machine_set.workers")["id"], "full-workers");
        assert_eq!(lab.state("omni_machine_set.workers")["name"], "workers");

        // In the alpha the name of a set was its id: whoever still names sets by it is told before anything is replaced.
        lab.config(&config.replace(
            "omni_machine_set.control_plane.id",
            "omni_machine_set.control_plane.name",
        ));
        let said = lab.plan_fails();
        assert!(said.contains("Not an id of a machine set"), "{said}");
    }
}

#[test]
fn everything_of_the_beta_is_taken_over_with_an_empty_plan() {
    for release in RELEASES {
        let test = "everything_of_the_beta_is_taken_over_with_an_empty_plan";
        let Some(lab) = Lab::on(test, release) else {
            return;
        };
        let official = Official::new("beta.0", release);
        let state = official.make(&lab);
        lab.config(&official.config(|_| true));
        lab.adopt(&state);
        // Now the state is written in our own form.
        lab.apply();
        assert_eq!(lab.state("omni_machine_set.storage")["id"], "full-storage");
    }
}

#[test]
fn any_spelling_that_the_official_provider_took_makes_no_plan() {
    let Some(lab) = Lab::new("any_spelling_that_the_official_provider_took_makes_no_plan") else {
        return;
    };
    let official = Official::new("alpha.3", "1.10");
    let mut state = official.make(&lab);
    // After an apply its state has the versions as the user wrote them, until the next refresh.
    for resource in state["resources"].as_array_mut().into_iter().flatten() {
        let attributes = &mut resource["instances"][0]["attributes"];
        if attributes["talos_version"].is_string() {
            attributes["talos_version"] = json!("v1.13.7");
        }
    }
    let respelled = [
        ("\"1.35.5\"", "\"v1.35.5\""),
        ("\"60m\"", "\"1h\""),
        (
            "enable_workload_proxy = true",
            "enable_workload_proxy = \"true\"",
        ),
        ("max_parallelism = 2", "max_parallelism = \"2\""),
        ("= 50\n", "= \"50\"\n"),
        ("yamlencode(", "jsonencode("),
    ];
    let mut config = official.config(|_| true);
    for (one, other) in respelled {
        assert!(config.contains(one), "{one} is not in the fixtures");
        config = config.replace(one, other);
    }
    lab.config(&config);
    lab.adopt(&state);
}
