//! A fleet: many clusters of several machines each, on a clock that jumps, as a real plane would have them: with the audit log, and machines that
//! join with the account's token.
#![allow(
    dead_code,
    reason = "each test or bench that includes it uses some of it"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use omni_api::specs::machine_set_spec::{MachineAllocation, machine_allocation::Type};
use omni_api::specs::secret_rotation_spec::Status;
use omni_api::specs::{ClusterSpec, ConfigPatchSpec, MachineClassSpec, MachineSetSpec};
use omni_api::{Resource, kind, labels};
use omni_plane::engine::{Engine, Settled};
use omni_plane::infra::machine::{NewMachine, Timings, add};
use omni_plane::infra::provider::play_new_providers;
use omni_plane::seed::{Seed, seed};
use omni_plane::store::{Key, Query};
use omni_plane::{Store, audit, plane};

/// The versions that clusters are created with, and those that they are upgraded to.
pub const TALOS: [&str; 2] = ["1.13.7", "1.13.8"];
pub const KUBERNETES: [&str; 2] = ["1.35.6", "1.36.3"];

/// Control planes of each cluster; the other machines are workers.
const CONTROL_PLANES: u32 = 3;

/// What the patches set.
const SETTING: &str = "net.core.somaxconn";

/// Long enough, in emulated time.
const LONG: Duration = Duration::from_hours(7 * 24);

/// A plane with many machines.
pub struct Fleet {
    pub store: Store,
    pub engine: Engine,
    join_args: Vec<String>,
}

impl Fleet {
    /// A seeded plane without machines.
    pub fn new(store: Store) -> Self {
        audit::record(&store);
        let account = Seed {
            account: "fleet".to_owned(),
            versions: None,
        };
        seed(&store, &account).expect("seeded");
        play_new_providers(&store, BTreeMap::new());
        let params = store.peek_all::<kind::ConnectionParams>(&Query::all());
        let args = params[0].spec.args.clone();
        let class = MachineClassSpec {
            match_labels: vec!["omni.sidero.dev/platform = metal".to_owned()],
            ..MachineClassSpec::default()
        };
        let class = Resource::<kind::MachineClass>::new("all", class);
        store.create(class.to_any(), "").expect("created");
        Self {
            engine: engine(&store),
            store,
            join_args: args.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// Adds the machine of this number, from 1; it is about to join.
    pub fn machine(&self, number: usize) {
        let machine = NewMachine::plain(number, TALOS[0], &self.join_args);
        add(&self.store, &machine).expect("added");
    }

    /// Lets the plane come to rest.
    pub fn settle(&mut self) {
        let settled = self.engine.settle(LONG);
        assert_eq!(settled, Settled::Quiet, "the plane does not come to rest");
    }

    /// Asks for the cluster of this number with so many machines, three of them control planes, all from one class.
    pub fn cluster(&self, number: usize, machines: usize) {
        let workers = u32::try_from(machines).expect("a small number") - CONTROL_PLANES;
        let name = name(number);
        let spec = ClusterSpec {
            kubernetes_version: KUBERNETES[0].to_owned(),
            talos_version: TALOS[0].to_owned(),
            ..ClusterSpec::default()
        };
        let cluster = Resource::<kind::Cluster>::new(&name, spec).to_any();
        self.store.create(cluster, "").expect("created");
        let role = labels::CONTROL_PLANE_ROLE;
        self.set(&name, "control-planes", role, CONTROL_PLANES);
        self.set(&name, "workers", labels::WORKER_ROLE, workers);
    }

    fn set(&self, cluster: &str, name: &str, role: &str, count: u32) {
        let spec = MachineSetSpec {
            machine_allocation: Some(MachineAllocation {
                name: "all".to_owned(),
                machine_count: count,
                allocation_type: Type::Static.into(),
            }),
            ..MachineSetSpec::default()
        };
        let mut set = Resource::<kind::MachineSet>::new(&format!("{cluster}-{name}"), spec);
        let marks = &mut set.metadata.labels;
        marks.insert(labels::CLUSTER.to_owned(), cluster.to_owned());
        marks.insert(role.to_owned(), String::new());
        self.store.create(set.to_any(), "").expect("created");
    }

    /// Changes a cluster as its user.
    pub fn change(&self, number: usize, change: impl Fn(&mut ClusterSpec)) {
        self.store
            .put::<kind::Cluster>("", &name(number), |cluster| change(&mut cluster.spec))
            .expect("a user may");
    }

    /// Gives all machines of a cluster another setting.
    pub fn patch(&self, number: usize) {
        let cluster = name(number);
        let spec = ConfigPatchSpec {
            data: format!("machine: {{sysctls: {{{SETTING}: '1'}}}}\n"),
            ..ConfigPatchSpec::default()
        };
        let mut patch = Resource::<kind::ConfigPatch>::new(&format!("500-{cluster}"), spec);
        let marks = &mut patch.metadata.labels;
        marks.insert(labels::CLUSTER.to_owned(), cluster);
        self.store.create(patch.to_any(), "").expect("created");
    }

    /// Asks for another authority of a cluster's Talos.
    pub fn rotate(&self, number: usize) {
        self.store
            .put::<kind::RotateTalosCa>("", &name(number), |_| {})
            .expect("a user may");
    }

    /// Puts a cluster on its way out.
    pub fn delete(&self, number: usize) {
        let key = Key::of::<kind::Cluster>(&name(number));
        self.store.teardown(&key, "").expect("a user may");
    }

    /// How many clusters are ready.
    pub fn ready(&self) -> usize {
        let statuses = self.store.peek_all::<kind::ClusterStatus>(&Query::all());
        let ready = statuses
            .iter()
            .filter(|status| status.spec.ready && status.spec.kubernetes_api_ready);
        ready.count()
    }

    /// How many machines run with the setting of the patches.
    pub fn patched(&self) -> usize {
        let configs = (self.store).peek_all::<kind::RedactedClusterMachineConfig>(&Query::all());
        let patched = configs
            .iter()
            .filter(|config| config.spec.data.contains(SETTING));
        patched.count()
    }

    /// How many clusters have another authority than at first, and no rotation on its way.
    pub fn rotated(&self) -> usize {
        let rotations = self.store.peek_all::<kind::SecretRotation>(&Query::all());
        let rotated = rotations.iter().filter(|rotation| {
            rotation.spec.status() == Status::Idle && rotation.spec.backup_certs_os.len() == 1
        });
        rotated.count()
    }

    /// How many machines run this Talos.
    pub fn on_talos(&self, version: &str) -> usize {
        let machines = self.store.peek_all::<kind::MachineStatus>(&Query::all());
        let version = format!("v{version}");
        let on = machines
            .iter()
            .filter(|machine| machine.spec.talos_version == version);
        on.count()
    }

    /// How many clusters have come to this Kubernetes, and have no upgrade on its way.
    pub fn on_kubernetes(&self, version: &str) -> usize {
        let statuses = (self.store).peek_all::<kind::KubernetesUpgradeStatus>(&Query::all());
        let on = statuses
            .iter()
            .filter(|status| status.spec.last_upgrade_version == version);
        on.count()
    }
}

fn name(number: usize) -> String {
    format!("fleet-{number:05}")
}

/// An engine that has just started.
pub fn engine(store: &Store) -> Engine {
    let controllers = plane::controllers(&Timings::talos());
    Engine::new(store.clone(), store.clock().clone(), controllers).expect("they agree")
}
