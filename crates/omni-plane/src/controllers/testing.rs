//! Worlds for the tests of controllers: a store in memory, a clock that stands still, and the controllers that a test is about.
//!
//! What other controllers, machines or people would write, the test writes itself. Only compiled for tests.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omni_api::specs::machine_set_spec::{
    MachineAllocation, RollingUpdateStrategyConfig, UpdateStrategy, UpdateStrategyConfig,
};
use omni_api::specs::secret_rotation_spec::Component;
use omni_api::{Kind, Resource, kind, labels};

use super::Bundle;
use crate::backups::Depot;
use crate::engine::{Controller, Engine, Settled};
use crate::infra::machine::{NewMachine, Timings, add, plain_id};
use crate::infra::provider::play_new_providers;
use crate::seed::{Seed, seed};
use crate::store::{Key, Query};
use crate::{Clock, Moment, Store, plane};

/// The secrets of a cluster that somebody made elsewhere.
pub(super) fn imported_secrets() -> String {
    let drawn = Bundle::draw(Moment::default()).expect("drawn");
    let pair = |component| {
        let ca = drawn.authority(component);
        let [crt, key] = [ca.crt, ca.key].map(|part| STANDARD.encode(part));
        format!("{{crt: {crt}, key: {key}}}")
    };
    let (talos, kubernetes) = (pair(Component::TalosCa), pair(Component::KubernetesCa));
    format!(
        "cluster: {{id: theirs, secret: b}}\nsecrets: {{bootstraptoken: c, secretboxencryptionsecret: e}}\n\
         trustdinfo: {{token: d}}\ncerts:\n  etcd: {kubernetes}\n  k8s: {kubernetes}\n  k8saggregator: {kubernetes}\n  \
         k8sserviceaccount: {kubernetes}\n  os: {talos}\n"
    )
}

/// Long enough for anything.
const LONG: Duration = Duration::from_hours(6);

/// A store, a clock and some controllers.
pub(super) struct World {
    pub(super) store: Store,
    pub(super) engine: Engine,
    pub(super) depot: Depot,
}

impl World {
    /// A world with these controllers alone.
    pub(super) fn of(controllers: Vec<Box<dyn Controller>>) -> Self {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        let engine = Engine::new(store.clone(), clock, controllers)
            .expect("they agree")
            .with_checked_ledgers();
        Self {
            store,
            engine,
            depot: Depot::memory(),
        }
    }

    /// The whole plane, with so many free machines.
    pub(super) fn whole(machines: usize) -> Self {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        play_new_providers(&store, BTreeMap::new());
        let account = Seed {
            account: "test".to_owned(),
            versions: None,
        };
        seed(&store, &account).expect("seeded");
        for number in 1..=machines {
            add(&store, &NewMachine::plain(number, "1.13.7", &[])).expect("added");
        }
        let depot = Depot::memory();
        let engine = Self::engine(&store, &depot);
        let mut world = Self {
            store,
            engine,
            depot,
        };
        world.settle();
        world
    }

    /// The same store under a new engine, as after a restart.
    pub(super) fn restarted(self) -> Self {
        let engine = Self::engine(&self.store, &self.depot);
        Self {
            store: self.store,
            engine,
            depot: self.depot,
        }
    }

    fn engine(store: &Store, depot: &Depot) -> Engine {
        let controllers = plane::controllers_with(&Timings::lab(), depot);
        Engine::new(store.clone(), store.clock().clone(), controllers)
            .expect("they agree")
            .with_checked_ledgers()
    }

    pub(super) fn settle(&mut self) {
        assert_eq!(self.engine.settle(LONG), Settled::Quiet, "no rest");
    }

    /// Lets time pass, whether anything comes to rest or not.
    pub(super) fn pass(&mut self, seconds: u64) {
        self.engine.pass(Duration::from_secs(seconds));
    }

    /// Writes as a user.
    pub(super) fn user<K: Kind>(&self, id: &str, change: impl FnMut(&mut Resource<K>)) {
        self.store.put("", id, change).expect("a user's resource");
    }

    /// Writes as a controller that is not in this world.
    pub(super) fn other<K: Kind>(&self, id: &str, change: impl FnMut(&mut Resource<K>)) {
        self.store
            .put("other", id, change)
            .expect("another controller's resource");
    }

    /// Tears a user's resource down.
    pub(super) fn teardown<K: Kind>(&self, id: &str) {
        self.store
            .teardown(&Key::of::<K>(id), "")
            .expect("a user's resource");
    }

    pub(super) fn find<K: Kind>(&self, id: &str) -> Option<Resource<K>> {
        self.store.read::<K>(id)
    }

    pub(super) fn read<K: Kind>(&self, id: &str) -> Resource<K> {
        self.find(id)
            .unwrap_or_else(|| panic!("no {} {id}", K::TYPE))
    }

    pub(super) fn all<K: Kind>(&self) -> Vec<Resource<K>> {
        self.store.read_all::<K>(&Query::all())
    }

    pub(super) fn ids<K: Kind>(&self) -> Vec<String> {
        self.all::<K>()
            .iter()
            .map(|resource| resource.id().to_owned())
            .collect()
    }

    /// A user's cluster with Talos 1.13.7 and Kubernetes 1.35.5.
    pub(super) fn cluster(&self, name: &str) {
        self.user::<kind::Cluster>(name, |cluster| {
            cluster.spec.talos_version = "1.13.7".into();
            cluster.spec.kubernetes_version = "1.35.5".into();
        });
    }

    /// A user's machine set without machines: `<cluster>-control-planes`, or `<cluster>-<name>` for workers.
    pub(super) fn machine_set(&self, cluster: &str, name: &str) -> String {
        let id = format!("{cluster}-{name}");
        let role = role(name);
        self.user::<kind::MachineSet>(&id, |set| {
            set.metadata
                .labels
                .insert(labels::CLUSTER.into(), cluster.into());
            set.metadata.labels.insert(role.into(), String::new());
            set.spec.set_update_strategy(UpdateStrategy::Rolling);
            set.spec.update_strategy_config = Some(at_once(1));
        });
        id
    }

    /// The same with machines from a class.
    pub(super) fn allocated_set(
        &self,
        cluster: &str,
        name: &str,
        class: &str,
        count: u32,
    ) -> String {
        let id = self.machine_set(cluster, name);
        self.user::<kind::MachineSet>(&id, |set| {
            set.spec.machine_allocation = Some(MachineAllocation {
                name: class.into(),
                machine_count: count,
                ..MachineAllocation::default()
            });
        });
        id
    }

    /// A class of all plain machines.
    pub(super) fn class(&self, name: &str, selectors: &[&str]) {
        self.user::<kind::MachineClass>(name, |class| {
            class.spec.match_labels = selectors.iter().map(|text| (*text).to_owned()).collect();
        });
    }

    /// A user's node.
    pub(super) fn node(&self, machine: &str, cluster: &str, set: &str) {
        let role = role(set);
        self.user::<kind::MachineSetNode>(machine, |node| {
            let marks = &mut node.metadata.labels;
            marks.insert(labels::CLUSTER.into(), cluster.into());
            marks.insert(labels::MACHINE_SET.into(), format!("{cluster}-{set}"));
            marks.insert(role.into(), String::new());
        });
    }

    /// A running cluster `prod` of plain machines: control planes first, then workers, as nodes of the user.
    pub(super) fn with_cluster(machines: usize, control_planes: usize) -> Self {
        let mut world = Self::whole(machines);
        world.cluster("prod");
        world.machine_set("prod", "control-planes");
        world.machine_set("prod", "workers");
        for number in 1..=machines {
            let set = if number <= control_planes {
                "control-planes"
            } else {
                "workers"
            };
            world.node(&plain_id(number), "prod", set);
        }
        world.settle();
        world
    }

    /// Whether the cluster is running and ready, its API included.
    pub(super) fn is_ready(&self, cluster: &str) -> bool {
        let status = self.find::<kind::ClusterStatus>(cluster);
        status.is_some_and(|status| {
            let spec = status.spec;
            spec.ready && spec.controlplane_ready && spec.kubernetes_api_ready
        })
    }
}

/// So many machines at a time.
pub(super) fn at_once(most: u32) -> UpdateStrategyConfig {
    UpdateStrategyConfig {
        rolling: Some(RollingUpdateStrategyConfig {
            max_parallelism: most,
        }),
    }
}

/// The id of the plain machine with this number.
pub(super) fn machine(number: usize) -> String {
    plain_id(number)
}

fn role(set: &str) -> &'static str {
    if set == "control-planes" {
        labels::CONTROL_PLANE_ROLE
    } else {
        labels::WORKER_ROLE
    }
}
