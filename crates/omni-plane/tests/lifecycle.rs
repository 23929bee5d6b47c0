//! A cluster's whole life on emulated infrastructure, at the pace that people see.
//!
//! One cluster from two kinds of infrastructure: control planes made on request, workers chosen from bare metal by label, one more
//! pinned by hand. On a clock that jumps, so that minutes pass in milliseconds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use omni_api::machine::machine_status_event::MachineStage::{
    self, Booting, Installing, Rebooting, Running, Upgrading,
};
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::machine_set_spec::MachineAllocation;
use omni_api::specs::{self, ClusterMachineStatusSpec};
use omni_api::{Kind, Resource, kind, labels};
use omni_plane::engine::{Engine, Settled};
use omni_plane::infra::machine::{NewMachine, Timings, add, plain_id, silence};
use omni_plane::infra::provider::play_new_providers;
use omni_plane::seed::{Seed, seed};
use omni_plane::store::{EventKind, Filter, Key, Query};
use omni_plane::{Clock, Store, plane};

const HOUR: Duration = Duration::from_hours(1);
const CLUSTER: &str = "prod";

struct Bench {
    store: Store,
    engine: Engine,
}

impl Bench {
    /// A plane with four bare-metal machines and everything that the cluster needs.
    fn new() -> Self {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        play_new_providers(&store, BTreeMap::new());
        let account = Seed {
            account: "lab".to_owned(),
            versions: None,
        };
        seed(&store, &account).expect("seeded");
        for number in 1..=4 {
            add(&store, &NewMachine::plain(number, "1.13.8", &[])).expect("added");
        }
        let mut bench = Self {
            engine: engine(&store),
            store,
        };
        bench.settle();
        bench.user::<kind::InfraProvider>("vms", |_| {});
        bench.user::<kind::MachineClass>("small-vm", |class| {
            class.spec.auto_provision = Some(specs::machine_class_spec::Provision {
                provider_id: "vms".to_owned(),
                provider_data: "size: small\n".to_owned(),
                ..Default::default()
            });
        });
        bench.user::<kind::MachineClass>("metal", |class| {
            class.spec.match_labels =
                vec!["omni.sidero.dev/arch = amd64, rack in (r1, r2)".to_owned()];
        });
        bench
    }

    fn user<K: Kind>(&self, id: &str, change: impl FnMut(&mut Resource<K>)) {
        self.store.put::<K>("", id, change).expect("a user may");
    }

    /// The cluster of the quickstart.
    fn create(&self) {
        self.user::<kind::Cluster>(CLUSTER, |cluster| {
            "1.35.6".clone_into(&mut cluster.spec.kubernetes_version);
            "1.13.7".clone_into(&mut cluster.spec.talos_version);
        });
        self.user::<kind::ConfigPatch>("400-kubespan", |patch| {
            belong(&mut patch.metadata.labels, None);
            "machine:\n  network:\n    kubespan:\n      enabled: true\n"
                .clone_into(&mut patch.spec.data);
        });
        self.set(
            "control-planes",
            labels::CONTROL_PLANE_ROLE,
            Some(("small-vm", 3)),
        );
        self.set("workers", labels::WORKER_ROLE, Some(("metal", 2)));
        self.set("storage", labels::WORKER_ROLE, None);
        self.user::<kind::MachineSetNode>(&plain_id(3), |node| {
            belong(&mut node.metadata.labels, Some("prod-storage"));
            node.metadata
                .labels
                .insert(labels::WORKER_ROLE.to_owned(), String::new());
        });
    }

    fn set(&self, name: &str, role: &str, class: Option<(&str, u32)>) {
        self.user::<kind::MachineSet>(&format!("{CLUSTER}-{name}"), |set| {
            belong(&mut set.metadata.labels, None);
            set.metadata.labels.insert(role.to_owned(), String::new());
            set.spec.machine_allocation = class.map(|(name, machine_count)| MachineAllocation {
                name: name.to_owned(),
                machine_count,
                ..MachineAllocation::default()
            });
        });
    }

    fn settle(&mut self) {
        assert_eq!(self.engine.settle(HOUR), Settled::Quiet);
    }

    fn status(&self) -> specs::ClusterStatusSpec {
        self.store
            .read::<kind::ClusterStatus>(CLUSTER)
            .expect("a status")
            .spec
    }

    fn machines(&self) -> BTreeMap<String, ClusterMachineStatusSpec> {
        let machines = self
            .store
            .read_all::<kind::ClusterMachineStatus>(&Query::cluster(CLUSTER));
        machines
            .into_iter()
            .map(|machine| (machine.id().to_owned(), machine.spec))
            .collect()
    }

    fn assert_ready(&self, talos: &str) {
        let status = self.status();
        assert!(
            status.ready && status.controlplane_ready && status.kubernetes_api_ready,
            "{status:?}"
        );
        let machines = self.machines();
        assert_eq!(machines.len(), 6);
        for (id, machine) in &machines {
            assert_eq!(machine.stage(), Stage::Running, "{id}");
            assert!(
                machine.ready && machine.config_up_to_date,
                "{id}: {machine:?}"
            );
            let status = self
                .store
                .read::<kind::MachineStatus>(id)
                .expect("a status");
            assert_eq!(status.spec.talos_version, format!("v{talos}"));
        }
        let requested = self.store.read_all::<kind::MachineRequest>(&Query::all());
        assert_eq!(requested.len(), 3);
        assert!(machines.contains_key(&plain_id(1)) && machines.contains_key(&plain_id(2)));
        assert!(machines.contains_key(&plain_id(3)), "the pinned one");
        let free = self
            .store
            .read::<kind::MachineStatus>(&plain_id(4))
            .expect("a status");
        assert!(free.metadata.label(labels::MACHINE_AVAILABLE).is_some());
    }
}

fn engine(store: &Store) -> Engine {
    let controllers = plane::controllers(&Timings::talos());
    Engine::new(store.clone(), store.clock().clone(), controllers).expect("the controllers agree")
}

fn belong(marks: &mut BTreeMap<String, String>, set: Option<&str>) {
    marks.insert(labels::CLUSTER.to_owned(), CLUSTER.to_owned());
    if let Some(set) = set {
        marks.insert(labels::MACHINE_SET.to_owned(), set.to_owned());
    }
}

#[test]
fn a_cluster_from_two_kinds_of_infrastructure_becomes_ready() {
    let mut bench = Bench::new();
    bench.create();
    bench.settle();
    bench.assert_ready("1.13.7");
    assert_eq!(bench.engine.stats().failures(), 0);
}

#[test]
fn machines_show_every_stage_of_an_installation_and_of_an_upgrade() {
    let mut bench = Bench::new();
    bench.create();
    let mut events = bench
        .store
        .subscribe(Filter::kind::<kind::MachineStatusSnapshot>());
    bench.settle();
    let mut stages = |id: &str| {
        let mut stages: Vec<MachineStage> = Vec::new();
        while let Ok(event) = events.try_recv() {
            let snapshot = event
                .resource
                .typed::<kind::MachineStatusSnapshot>()
                .expect("its kind");
            let of_machine = event.kind != EventKind::Destroyed && snapshot.id() == id;
            let stage = snapshot.spec.machine_status.map(|event| event.stage());
            if let (true, Some(stage)) = (of_machine, stage)
                && stages.last() != Some(&stage)
            {
                stages.push(stage);
            }
        }
        stages
    };
    assert_eq!(
        stages(&plain_id(3)),
        [Installing, Rebooting, Booting, Running]
    );
    bench.user::<kind::Cluster>(CLUSTER, |cluster| {
        "1.13.8".clone_into(&mut cluster.spec.talos_version);
    });
    bench.settle();
    assert_eq!(
        stages(&plain_id(3)),
        [Upgrading, Rebooting, Booting, Running]
    );
    bench.assert_ready("1.13.8");
}

#[test]
fn a_deleted_cluster_leaves_its_machines_free_and_nothing_else() {
    let mut bench = Bench::new();
    let kinds = |bench: &Bench| -> BTreeSet<String> {
        let all = kind::ALL.iter().flat_map(|facts| {
            let found = bench
                .store
                .list(facts.namespace, facts.type_name, &Query::all());
            found
                .into_iter()
                .map(|resource| format!("{}/{}", resource.metadata.type_name, resource.metadata.id))
        });
        all.collect()
    };
    bench.settle();
    let before = kinds(&bench);
    bench.create();
    bench.settle();
    bench
        .store
        .teardown(&Key::of::<kind::Cluster>(CLUSTER), "")
        .expect("torn down");
    bench.settle();
    let left: Vec<_> = kinds(&bench).difference(&before).cloned().collect();
    assert_eq!(left, Vec::<String>::new());
    for number in 1..=4 {
        let machine = bench
            .store
            .read::<kind::MachineStatus>(&plain_id(number))
            .expect("a status");
        assert!(machine.metadata.label(labels::MACHINE_AVAILABLE).is_some());
    }
}

#[test]
fn a_plane_that_is_killed_again_and_again_still_brings_the_cluster_to_ready() {
    for pause in [1, 4] {
        let mut bench = Bench::new();
        bench.create();
        for _ in 0..60 / pause {
            bench.engine.pass(Duration::from_secs(pause));
            // Whatever the engine had in mind is gone; the store is all that is left.
            bench.engine = engine(&bench.store);
        }
        bench.settle();
        bench.assert_ready("1.13.7");
    }
}

#[test]
fn a_silent_worker_makes_the_cluster_unready_and_recovers() {
    let mut bench = Bench::new();
    bench.create();
    bench.settle();
    let now = bench.store.clock().moment();
    silence(&bench.store, &plain_id(1), Some(now)).expect("silenced");
    bench.engine.pass(Duration::from_mins(1));
    assert!(bench.status().ready, "nobody has noticed yet");
    bench.engine.pass(Duration::from_mins(4));
    assert!(!bench.status().ready);
    let machine = &bench.machines()[&plain_id(1)];
    assert_eq!(machine.stage(), Stage::Running, "the last that was heard");
    assert!(!machine.ready);
    silence(&bench.store, &plain_id(1), None).expect("speaking");
    bench.settle();
    bench.assert_ready("1.13.7");
}

#[test]
fn provider_data_that_makes_no_sense_is_told_and_blocks_only_its_set() {
    let mut bench = Bench::new();
    bench.user::<kind::MachineClass>("small-vm", |class| {
        if let Some(provision) = &mut class.spec.auto_provision {
            "size: enormous\n".clone_into(&mut provision.provider_data);
        }
    });
    bench.create();
    bench.engine.pass(Duration::from_mins(5));
    let requests = bench
        .store
        .read_all::<kind::ClusterMachineRequestStatus>(&Query::cluster(CLUSTER));
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert!(
            request.spec.status.contains("\"enormous\" is not one of"),
            "{}",
            request.spec.status
        );
    }
    assert!(!bench.status().ready);
}
