//! A fixed provider's machines from the first boot to their release.

mod rejected;

use std::collections::BTreeMap;
use std::time::Duration;

use omni_api::specs::infra_machine_config_spec::AcceptanceStatus;
use omni_api::specs::infra_machine_status_spec::MachinePowerState;
use omni_api::specs::{self, InfraMachineStatusSpec};
use omni_api::{Resource, kind, labels};

use crate::controllers::CLUSTER_MACHINE_CONFIG;
use crate::engine::{Controller, Engine, Settled};
use crate::infra::machine::{MachineState, Machines, Timings};
use crate::infra::provider::{JoinConfigs, play_new_providers};
use crate::seed::{Seed, seed};
use crate::store::Key;
use crate::{Clock, Store};

use super::{BareMetal, InfraMachines, Racks, fixed_id};

const HOUR: Duration = Duration::from_hours(1);

struct Bench {
    store: Store,
    engine: Engine,
    id: String,
}

impl Bench {
    fn new() -> Self {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        play_new_providers(&store, BTreeMap::from([("racks".to_owned(), 2)]));
        let account = Seed {
            account: "lab".to_owned(),
            versions: None,
        };
        seed(&store, &account).expect("seeded");
        let provider =
            Resource::<kind::InfraProvider>::new("racks", specs::InfraProviderSpec::default());
        store.create(provider.to_any(), "").expect("created");
        let timings = Timings::talos();
        let controllers: Vec<Box<dyn Controller>> = vec![
            Box::new(JoinConfigs),
            Box::new(Machines::new(timings)),
            Box::new(Racks::new(timings)),
            Box::new(InfraMachines),
            Box::new(BareMetal::new(timings)),
        ];
        let mut bench = Self {
            engine: Engine::new(store.clone(), clock, controllers).expect("an engine"),
            store,
            id: fixed_id("racks", 1),
        };
        bench.settle();
        bench
    }

    fn settle(&mut self) {
        assert_eq!(self.engine.settle(HOUR), Settled::Quiet);
    }

    fn configure(&mut self, change: impl Fn(&mut specs::InfraMachineConfigSpec)) {
        let put = self
            .store
            .put::<kind::InfraMachineConfig>("", &self.id, |config| change(&mut config.spec));
        put.expect("configured");
        self.settle();
    }

    fn accept(&mut self) {
        self.decide(AcceptanceStatus::Accepted);
    }

    fn status(&self) -> InfraMachineStatusSpec {
        self.store
            .read::<kind::InfraMachineStatus>(&self.id)
            .expect("a status")
            .spec
    }

    fn told(&self) -> Resource<kind::InfraMachine> {
        self.store
            .read::<kind::InfraMachine>(&self.id)
            .expect("told")
    }

    fn decide(&mut self, decision: AcceptanceStatus) {
        self.configure(|config| config.set_acceptance_status(decision));
    }

    /// Makes the machine a member of a cluster that is held until it is reset.
    fn serve(&mut self, cluster: &str) {
        let put = self.store.put::<kind::Cluster>("", cluster, |cluster| {
            "1.13.7".clone_into(&mut cluster.spec.talos_version);
        });
        put.expect("written");
        let put = self
            .store
            .put::<kind::ClusterMachine>("", &self.id, |machine| {
                let marks = &mut machine.metadata.labels;
                marks.insert(labels::CLUSTER.to_owned(), cluster.to_owned());
            });
        put.expect("written");
        let held = self
            .store
            .add_finalizer::<kind::ClusterMachine>(&self.id, CLUSTER_MACHINE_CONFIG);
        held.expect("held");
        self.settle();
    }

    fn leave(&mut self) {
        let member = Key::of::<kind::ClusterMachine>(&self.id);
        self.store.teardown(&member, "").expect("torn down");
        self.settle();
    }

    /// The machine is reset, and is no member any more.
    fn give_back(&mut self) {
        let freed = self
            .store
            .remove_finalizer::<kind::ClusterMachine>(&self.id, CLUSTER_MACHINE_CONFIG);
        freed.expect("let go");
        self.settle();
        let member = Key::of::<kind::ClusterMachine>(&self.id);
        self.store.destroy(&member, "").expect("nobody holds it");
        self.settle();
    }

    fn waits(&self) -> bool {
        let told = self.told().metadata;
        told.label(labels::MACHINE_PENDING_ACCEPT).is_some()
    }

    fn is_machine(&self) -> bool {
        self.store.peek::<kind::Machine>(&self.id).is_some()
    }

    fn is_told_of(&self) -> bool {
        let status = self.store.peek::<kind::InfraMachineStatus>(&self.id);
        status.is_some()
    }

    /// Somebody puts a version of Talos on the machine's disk, outside of any cluster.
    fn install(&mut self, version: &str) {
        let put = self.store.put::<MachineState>("", &self.id, |machine| {
            version.clone_into(&mut machine.spec.by_hand);
        });
        put.expect("written");
        self.settle();
    }

    /// The machine is removed from Omni, and boots again.
    fn remove(&mut self) {
        let link = Key::of::<kind::Link>(&self.id);
        self.store.teardown(&link, "").expect("torn down");
        self.settle();
        self.store.destroy(&link, "").expect("nobody holds it");
        self.settle();
        assert!(self.store.peek::<kind::Link>(&self.id).is_some());
    }
}

#[test]
fn a_machine_waits_for_acceptance_and_is_no_machine_yet() {
    let bench = Bench::new();
    let told = bench.told();
    assert!(
        told.metadata
            .label(labels::MACHINE_PENDING_ACCEPT)
            .is_some()
    );
    assert_eq!(
        told.metadata.label(labels::INFRA_PROVIDER_ID),
        Some("racks")
    );
    assert!(bench.store.peek::<kind::Link>(&bench.id).is_some());
    assert!(bench.store.peek::<kind::Machine>(&bench.id).is_none());
    assert!(
        bench
            .store
            .peek::<kind::InfraMachineStatus>(&bench.id)
            .is_none()
    );
}

#[test]
fn an_accepted_machine_is_wiped_and_then_switched_off() {
    let mut bench = Bench::new();
    bench.accept();
    assert!(
        bench
            .told()
            .metadata
            .label(labels::MACHINE_PENDING_ACCEPT)
            .is_none()
    );
    let machine = bench
        .store
        .peek::<kind::Machine>(&bench.id)
        .expect("a machine");
    assert!(
        machine
            .metadata
            .label(labels::IS_MANAGED_BY_STATIC_INFRA_PROVIDER)
            .is_some()
    );
    let status = bench.status();
    assert!(status.ready_to_use);
    assert_eq!(status.power_state(), MachinePowerState::PowerStateOff);
    assert!(!machine.spec.connected);
    let snapshot = bench
        .store
        .peek::<kind::MachineStatusSnapshot>(&bench.id)
        .expect("a snapshot");
    assert_eq!(snapshot.spec.power_stage, 1, "powered off");
}

#[test]
fn a_machine_that_serves_a_cluster_is_on_and_wiped_when_it_is_given_back() {
    let mut bench = Bench::new();
    bench.accept();
    assert_eq!(
        bench.told().spec.wipe_id,
        "",
        "the first wipe is its provider's"
    );
    bench.serve("prod");
    assert_eq!(bench.told().metadata.label(labels::CLUSTER), Some("prod"));
    assert_eq!(bench.told().spec.cluster_talos_version, "1.13.7");
    assert_eq!(
        bench.status().power_state(),
        MachinePowerState::PowerStateOn
    );
    bench.leave();
    assert_eq!(bench.told().metadata.label(labels::CLUSTER), Some("prod"));
    assert_eq!(bench.told().spec.wipe_id, "", "it is not reset yet");
    bench.give_back();
    let told = bench.told();
    assert_eq!(told.metadata.label(labels::CLUSTER), None);
    assert_eq!(told.spec.cluster_talos_version, "");
    let state = bench
        .store
        .read::<MachineState>(&bench.id)
        .expect("it lives");
    assert!(!told.spec.wipe_id.is_empty());
    assert_eq!(state.spec.wiped, told.spec.wipe_id);
    assert_eq!(
        bench.status().power_state(),
        MachinePowerState::PowerStateOff
    );
    assert!(bench.status().ready_to_use);
    bench.serve("again");
    bench.leave();
    bench.give_back();
    assert_ne!(
        bench.told().spec.wipe_id,
        told.spec.wipe_id,
        "each time anew"
    );
}

#[test]
fn a_member_whose_machine_leaves_omni_is_let_go_when_it_is_reset() {
    let mut bench = Bench::new();
    bench.accept();
    bench.serve("prod");
    bench.leave();
    let link = Key::of::<kind::Link>(&bench.id);
    bench.store.teardown(&link, "").expect("torn down");
    bench.settle();
    let told = bench.store.peek::<kind::InfraMachine>(&bench.id);
    assert!(told.is_some(), "its provider is to know until it is reset");
    bench.give_back();
    let told = bench.store.peek::<kind::InfraMachine>(&bench.id);
    assert!(told.is_none());
    bench.store.destroy(&link, "").expect("nobody holds it");
}

#[test]
fn the_power_off_of_a_machine_that_serves_no_cluster_is_not_passed_on() {
    let mut bench = Bench::new();
    bench.configure(|config| {
        config.set_acceptance_status(AcceptanceStatus::Accepted);
        "off-1".clone_into(&mut config.power_off_request_id);
    });
    assert_eq!(bench.told().spec.power_off_request_id, "");
    bench.serve("prod");
    assert_eq!(bench.told().spec.power_off_request_id, "off-1");
    bench.leave();
    assert_eq!(bench.told().spec.power_off_request_id, "");
}

#[test]
fn each_boot_from_the_disk_is_an_installation_that_the_provider_is_told_of() {
    let mut bench = Bench::new();
    bench.configure(|config| {
        config.set_acceptance_status(AcceptanceStatus::Accepted);
        config.set_power_state(specs::infra_machine_config_spec::MachinePowerState::PowerStateOn);
    });
    assert_eq!(bench.told().spec.install_event_id, 0, "from the network");
    for installations in 1..=2 {
        bench.install("1.13.8");
        assert_eq!(bench.told().spec.install_event_id, installations);
    }
}

#[test]
fn a_machine_is_kept_on_where_its_configuration_says_so() {
    let mut bench = Bench::new();
    bench.configure(|config| {
        config.set_acceptance_status(AcceptanceStatus::Accepted);
        config.set_power_state(specs::infra_machine_config_spec::MachinePowerState::PowerStateOn);
    });
    assert_eq!(
        bench.status().power_state(),
        MachinePowerState::PowerStateOn
    );
    assert!(
        bench
            .store
            .peek::<kind::Machine>(&bench.id)
            .expect("a machine")
            .spec
            .connected
    );
}

#[test]
fn a_machine_whose_link_is_removed_boots_again_and_waits_anew() {
    let mut bench = Bench::new();
    bench.remove();
    assert!(bench.waits());
}
