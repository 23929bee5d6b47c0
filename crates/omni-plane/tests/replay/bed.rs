//! The test bed: the plane as Omni was when the recording began.
//!
//! The machines are the recorded ones, by id, with Talos on their disks where it was. A cluster that existed already is
//! brought up from its user's resources alone, and to rest, before the first request.

use std::collections::BTreeMap;
use std::time::Duration;

use omni_api::{AnyResource, Metadata, kind, reflect};
use omni_plane::engine::{Engine, Settled};
use omni_plane::infra::machine::{NewMachine, Span, Timings};
use omni_plane::infra::{machine, provider};
use omni_plane::seed::{self, Seed};
use omni_plane::{Clock, Store, plane};

use crate::recording::{Line, Recording};

/// Long enough for any cluster to come to rest.
const LONG: Duration = Duration::from_hours(2);

/// Kinds that users own, in the order in which they must be created.
const USERS: [&str; 7] = [
    "InfraProviders.omni.sidero.dev",
    "MachineLabels.omni.sidero.dev",
    "MachineClasses.omni.sidero.dev",
    "Clusters.omni.sidero.dev",
    "ConfigPatches.omni.sidero.dev",
    "MachineSets.omni.sidero.dev",
    "MachineSetNodes.omni.sidero.dev",
];

/// Versions that the recorded server knew beside those of the seed, and that a client asked for.
const OLD_VERSIONS: [&str; 1] = ["1.11.0"];

/// A plane on a clock that stands still until it is told to go on.
pub(crate) struct Bed {
    pub(crate) store: Store,
    pub(crate) engine: Engine,
}

impl Bed {
    /// The plane at rest, as the recording found Omni.
    pub(crate) fn prepare(recording: &Recording) -> Self {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        provider::play_new_providers(&store, BTreeMap::new());
        let account = Seed {
            account: "lab".to_owned(),
            versions: None,
        };
        seed::seed(&store, &account).expect("seeded");
        for version in OLD_VERSIONS {
            let known = store.put::<kind::TalosVersion>("VersionsController", version, |_| {});
            known.expect("a version that the seed does not have");
        }
        let controllers = plane::controllers(&timings(&recording.number));
        let engine = Engine::new(store.clone(), clock, controllers)
            .expect("the controllers agree")
            .with_checked_ledgers();
        let mut bed = Self { store, engine };
        bed.provider_schema(recording);
        bed.machines(recording);
        bed.rest();
        for type_name in USERS {
            let existing = recording.existing_of(type_name);
            for line in existing.filter(|line| line.owner.is_empty()) {
                bed.create(line);
            }
        }
        bed.versions_of_creation(recording);
        bed.rest();
        bed
    }

    /// The version that a cluster was created with; it need not be the one that it has now.
    fn versions_of_creation(&self, recording: &Recording) {
        for line in recording.existing_of("ClusterStatuses.omni.sidero.dev") {
            let version = line.spec["initial_talos_version"].as_str();
            let owner = "ClusterConfigVersionController";
            let remembered =
                self.store
                    .put::<kind::ClusterConfigVersion>(owner, &line.id, |made| {
                        made.spec.version = format!("v{}", version.unwrap_or_default());
                    });
            remembered.expect("a new cluster");
        }
    }

    fn rest(&mut self) {
        let settled = self.engine.settle(LONG);
        assert_eq!(
            settled,
            Settled::Quiet,
            "the test bed does not come to rest"
        );
    }

    /// The recorded provider has its own schema; ours must understand the recorded classes.
    fn provider_schema(&self, recording: &Recording) {
        for line in recording.existing_of("InfraProviderStatuses.omni.sidero.dev") {
            self.create(line);
        }
    }

    fn machines(&self, recording: &Recording) {
        for line in recording.existing_of("MachineStatuses.omni.sidero.dev") {
            let member = line.labels.get("omni.sidero.dev/cluster").is_some();
            let version = line.labels["omni.sidero.dev/talos-version"]
                .as_str()
                .unwrap_or("v1.13.7");
            let machine = NewMachine {
                id: line.id.clone(),
                talos_version: version.trim_start_matches('v').to_owned(),
                labels: BTreeMap::new(),
                installed: member || line.labels.get("omni.sidero.dev/installed").is_some(),
                join_args: Vec::new(),
                extensions: serde_json::from_value(
                    line.spec["schematic"]["initial_state"]["extensions"].clone(),
                )
                .unwrap_or_default(),
                data_disk: false,
            };
            machine::add(&self.store, &machine).expect("added");
        }
    }

    /// Creates a user's resource as it was recorded.
    pub(crate) fn create(&self, line: &Line) {
        let resource = resource(line);
        let key = omni_plane::store::Key::from(&resource);
        if self
            .store
            .get(&key.namespace, &key.type_name, &key.id)
            .is_none()
        {
            self.store.create(resource, "").expect("created");
        }
    }
}

/// The recorded resource, as a user would send it.
pub(crate) fn resource(line: &Line) -> AnyResource {
    let facts = kind::find(&line.type_name).expect("a known kind");
    let mut metadata = Metadata::new(facts.namespace, facts.type_name, &line.id);
    metadata.labels = serde_json::from_value(line.labels.clone()).unwrap_or_default();
    metadata.annotations = serde_json::from_value(line.annotations.clone()).unwrap_or_default();
    AnyResource {
        metadata,
        spec: reflect::from_json(facts.spec, &line.spec).expect("a recorded spec"),
        yaml: String::new(),
    }
}

/// The test bed was not equally fast every day: when services became healthy, when the API answered and
/// when its nodes were known, by recording.
fn timings(number: &str) -> Timings {
    let lab = Timings::lab();
    let seconds = Duration::from_secs;
    match number {
        "11" => Timings {
            services_control_plane: Duration::from_millis(6_500),
            api_first: seconds(14),
            ..lab
        },
        "07" => Timings {
            static_pod: Duration::from_millis(350),
            ..lab
        },
        "10" => Timings {
            services_control_plane: seconds(31),
            api_first: seconds(36),
            node: Duration::from_millis(750),
            reboot_member: Span {
                lasts: seconds(4),
                shown: true,
            },
            ..lab
        },
        // These machines were provisioned and never joined.
        "11b" => Timings {
            join: Duration::from_hours(24),
            ..lab
        },
        "14" => Timings {
            api_first: seconds(16),
            ..lab
        },
        "14b" => Timings {
            services_control_plane: Duration::from_millis(900),
            api_first: seconds(19),
            ..lab
        },
        "15" => Timings {
            services_control_plane: Duration::from_millis(250),
            api_first: seconds(40),
            node: Duration::from_millis(320),
            ..lab
        },
        "16" => Timings {
            services_control_plane: seconds(3),
            api_first: seconds(37),
            node: Duration::from_millis(250),
            ..lab
        },
        "16b" => Timings {
            services_control_plane: Duration::from_millis(1_400),
            ..lab
        },
        // The machine was told another image before it had answered with the last one.
        "18" => Timings {
            upgrade: Span {
                lasts: seconds(20),
                shown: false,
            },
            ..lab
        },
        _ => lab,
    }
}
