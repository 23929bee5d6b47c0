//! The bench: a plane with four bare-metal machines, and the cluster of the quickstart.

use std::collections::BTreeMap;
use std::time::Duration;

use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::machine_set_spec::MachineAllocation;
use omni_api::specs::{self, ClusterMachineStatusSpec};
use omni_api::{Kind, Resource, kind, labels};
use omni_plane::engine::{Engine, Settled};
use omni_plane::infra::machine::{NewMachine, Timings, add, plain_id};
use omni_plane::infra::provider::play_new_providers;
use omni_plane::seed::{Seed, seed};
use omni_plane::store::Query;
use omni_plane::{Clock, Store, plane};

pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const CLUSTER: &str = "prod";

/// A plane on a clock that jumps.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) engine: Engine,
}

impl Bench {
    /// A plane with four bare-metal machines and everything that the cluster needs.
    pub(crate) fn new() -> Self {
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

    pub(crate) fn user<K: Kind>(&self, id: &str, change: impl FnMut(&mut Resource<K>)) {
        self.store.put::<K>("", id, change).expect("a user may");
    }

    /// The cluster of the quickstart.
    pub(crate) fn create(&self) {
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

    pub(crate) fn set(&self, name: &str, role: &str, class: Option<(&str, u32)>) {
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

    pub(crate) fn settle(&mut self) {
        assert_eq!(self.engine.settle(HOUR), Settled::Quiet);
    }

    pub(crate) fn status(&self) -> specs::ClusterStatusSpec {
        self.store
            .read::<kind::ClusterStatus>(CLUSTER)
            .expect("a status")
            .spec
    }

    pub(crate) fn machines(&self) -> BTreeMap<String, ClusterMachineStatusSpec> {
        let machines = self
            .store
            .read_all::<kind::ClusterMachineStatus>(&Query::cluster(CLUSTER));
        machines
            .into_iter()
            .map(|machine| (machine.id().to_owned(), machine.spec))
            .collect()
    }

    pub(crate) fn assert_ready(&self, talos: &str) {
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

/// An engine that has just started.
pub(crate) fn engine(store: &Store) -> Engine {
    let controllers = plane::controllers(&Timings::talos());
    Engine::new(store.clone(), store.clock().clone(), controllers)
        .expect("the controllers agree")
        .with_checked_ledgers()
}

/// The labels of what belongs to the cluster.
pub(crate) fn belong(marks: &mut BTreeMap<String, String>, set: Option<&str>) {
    marks.insert(labels::CLUSTER.to_owned(), CLUSTER.to_owned());
    if let Some(set) = set {
        marks.insert(labels::MACHINE_SET.to_owned(), set.to_owned());
    }
}
