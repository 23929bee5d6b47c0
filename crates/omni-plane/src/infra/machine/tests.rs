//! Machines as the controllers see them: told by [`Desired`], seen through snapshots and [`Observed`].

use std::time::Duration;

use omni_api::kind;
use omni_api::machine::machine_status_event::MachineStage;

use crate::engine::{Engine, Settled};
use crate::machines::desired::{Components, DesiredSpec};
use crate::machines::observed::ObservedSpec;
use crate::machines::{Desired, Observed};
use crate::store::{EventKind, Filter, Key, Receiver};
use crate::{Clock, Store};

use super::{MachineState, Machines, NewMachine, Timings, add, plain_id, silence};

const HOUR: Duration = Duration::from_hours(1);
const CLUSTER: &str = "prod";

/// One plain machine, running under its controller alone.
struct Bench {
    store: Store,
    engine: Engine,
    id: String,
    events: Receiver,
}

impl Bench {
    fn new(timings: &Timings) -> Self {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        let engine = Engine::new(
            store.clone(),
            clock,
            vec![Box::new(Machines::new(*timings))],
        );
        let mut bench = Self {
            events: store.subscribe(Filter::kind::<kind::MachineStatusSnapshot>()),
            engine: engine.expect("one controller"),
            id: plain_id(1),
            store,
        };
        let machine = NewMachine::plain(1, "1.13.7", &[]);
        assert!(add(&bench.store, &machine).expect("added"));
        assert!(!add(&bench.store, &machine).expect("there already"));
        bench.settle();
        bench
    }

    fn settle(&mut self) {
        assert_eq!(self.engine.settle(HOUR), Settled::Quiet);
    }

    fn tell(&mut self, change: impl Fn(&mut DesiredSpec)) {
        let put = self.store.put::<Desired>("test", &self.id, |desired| {
            change(&mut desired.spec);
        });
        put.expect("told");
        self.settle();
    }

    fn join(&mut self, control_plane: bool) {
        self.tell(|desired| {
            *desired = DesiredSpec {
                cluster: CLUSTER.to_owned(),
                control_plane,
                bootstrap: control_plane,
                config_sha256: "one".to_owned(),
                talos_version: "1.13.7".to_owned(),
                kubernetes: Some(components("1.35.5")),
                ..DesiredSpec::default()
            };
        });
    }

    fn observed(&self) -> ObservedSpec {
        self.store
            .read::<Observed>(&self.id)
            .expect("it reports")
            .spec
    }

    /// The stages that were reported since the last call, each with `+` where the machine was ready.
    fn stages(&mut self) -> String {
        let mut stages: Vec<String> = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if event.kind == EventKind::Destroyed {
                continue;
            }
            let snapshot = event
                .resource
                .typed::<kind::MachineStatusSnapshot>()
                .expect("its kind");
            let event = snapshot.spec.machine_status.expect("an event");
            let ready = if event.status.as_ref().is_some_and(|status| status.ready) {
                "+"
            } else {
                ""
            };
            let stage = format!("{}{ready}", MachineStage::as_str_name(&event.stage()));
            if stages.last() != Some(&stage) {
                stages.push(stage);
            }
        }
        stages.join(" ")
    }
}

fn components(version: &str) -> Components {
    let version = || version.to_owned();
    Components {
        kubelet: version(),
        apiserver: version(),
        controller_manager: version(),
        scheduler: version(),
    }
}

#[test]
fn a_machine_that_joins_is_linked_and_waits_in_maintenance() {
    let mut bench = Bench::new(&Timings::talos());
    assert_eq!(bench.stages(), "MAINTENANCE+");
    let link = bench.store.peek::<kind::Link>(&bench.id).expect("a link");
    assert!(link.spec.connected);
    assert!(link.metadata.owner.is_empty());
    let machine = bench
        .store
        .peek::<kind::Machine>(&bench.id)
        .expect("a machine");
    assert_eq!(machine.metadata.owner, "MachineController");
    assert!(
        link.spec
            .node_subnet
            .starts_with(&machine.spec.management_address)
    );
    let observed = bench.observed();
    assert!(observed.connected && !observed.installed && observed.config_sha256.is_empty());
    let report = observed.report.expect("a report");
    assert_eq!(report.image_labels["rack"], "r1");
    assert_eq!(report.talos_version, "v1.13.7");
}

#[test]
fn a_control_plane_walks_through_talos_stages() {
    let mut bench = Bench::new(&Timings::talos());
    bench.join(true);
    assert_eq!(
        bench.stages(),
        "MAINTENANCE+ INSTALLING REBOOTING+ BOOTING RUNNING RUNNING+"
    );
    let observed = bench.observed();
    assert!(observed.installed);
    assert_eq!(observed.config_sha256, "one");
    let member = observed.member.expect("a member");
    assert!(member.etcd_healthy && member.api_ready && member.node_ready);
    assert_ne!(member.etcd_member_id, 0);
    assert_eq!(member.kubelet_version, "1.35.5");
    let pods: Vec<_> = member
        .static_pods
        .iter()
        .map(|pod| pod.app.as_str())
        .collect();
    assert_eq!(
        pods,
        [
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler"
        ]
    );
}

#[test]
fn on_the_recorded_test_bed_the_stages_between_are_silent() {
    let mut bench = Bench::new(&Timings::lab());
    bench.join(true);
    assert_eq!(bench.stages(), "MAINTENANCE+ RUNNING RUNNING+");
    bench.tell(|desired| desired.reset = true);
    assert_eq!(bench.stages(), "RESETTING MAINTENANCE+");
}

#[test]
fn a_worker_waits_for_the_api_of_its_cluster_before_its_node_is_known() {
    let mut bench = Bench::new(&Timings::talos());
    bench.join(false);
    assert_eq!(
        bench.observed().member.expect("a member").kubelet_version,
        ""
    );
    bench
        .store
        .put::<kind::ClusterBootstrapStatus>("test", CLUSTER, |status| {
            status.spec.bootstrapped = true;
        })
        .expect("written");
    bench
        .store
        .put::<kind::LoadBalancerStatus>("test", CLUSTER, |status| {
            status.spec.healthy = true;
        })
        .expect("written");
    bench.settle();
    let member = bench.observed().member.expect("a member");
    assert_eq!(member.kubelet_version, "1.35.5");
    assert!(member.node_ready && member.static_pods.is_empty() && !member.etcd_healthy);
}

#[test]
fn a_second_control_plane_waits_for_an_etcd_to_join() {
    let mut bench = Bench::new(&Timings::talos());
    bench.join(true);
    let mut second = Bench::new(&Timings::talos());
    second.tell(|desired| {
        desired.cluster = CLUSTER.to_owned();
        desired.control_plane = true;
        desired.config_sha256 = "one".to_owned();
    });
    assert!(!second.observed().member.expect("a member").etcd_healthy);
    second
        .store
        .put::<kind::ClusterBootstrapStatus>("test", CLUSTER, |status| {
            status.spec.bootstrapped = true;
        })
        .expect("written");
    second.settle();
    assert!(second.observed().member.expect("a member").etcd_healthy);
}

#[test]
fn a_configuration_is_applied_without_a_reboot() {
    let mut bench = Bench::new(&Timings::talos());
    bench.join(true);
    let boot = bench.observed().boot_id;
    bench.stages();
    bench.tell(|desired| "two".clone_into(&mut desired.config_sha256));
    assert_eq!(bench.stages(), "");
    assert_eq!(bench.observed().config_sha256, "two");
    assert_eq!(bench.observed().boot_id, boot);
}

#[test]
fn an_upgrade_reboots_into_the_new_version_and_the_new_configuration() {
    let mut bench = Bench::new(&Timings::talos());
    bench.join(true);
    let before = bench.observed();
    bench.stages();
    bench.tell(|desired| {
        "1.13.8".clone_into(&mut desired.talos_version);
        "two".clone_into(&mut desired.config_sha256);
    });
    assert_eq!(
        bench.stages(),
        "UPGRADING REBOOTING+ BOOTING RUNNING RUNNING+"
    );
    let after = bench.observed();
    assert_eq!(after.talos_version, "1.13.8");
    assert_eq!(after.config_sha256, "two");
    assert_ne!(after.boot_id, before.boot_id);
    assert_eq!(
        after.member.map(|member| member.nodename),
        before.member.map(|member| member.nodename)
    );
}

#[test]
fn kubernetes_components_follow_the_applied_configuration_only() {
    let mut bench = Bench::new(&Timings::talos());
    bench.join(true);
    bench.tell(|desired| {
        "two".clone_into(&mut desired.config_sha256);
        if let Some(versions) = &mut desired.kubernetes {
            "1.35.6".clone_into(&mut versions.apiserver);
        }
    });
    let member = bench.observed().member.expect("a member");
    let versions: Vec<_> = member
        .static_pods
        .iter()
        .map(|pod| pod.version.as_str())
        .collect();
    assert_eq!(versions, ["1.35.6", "1.35.5", "1.35.5"]);
    assert!(member.static_pods.iter().all(|pod| pod.ready));
}

#[test]
fn a_reset_machine_is_free_again_and_keeps_its_talos() {
    let mut bench = Bench::new(&Timings::talos());
    bench.join(false);
    let name = bench.observed().member.expect("a member").nodename;
    bench.stages();
    bench.tell(|desired| desired.reset = true);
    assert_eq!(bench.stages(), "RESETTING REBOOTING+ BOOTING MAINTENANCE+");
    let free = bench.observed();
    assert!(free.installed && free.member.is_none() && free.config_sha256.is_empty());
    bench.join(false);
    assert_eq!(
        bench.stages(),
        "BOOTING RUNNING RUNNING+",
        "nothing to install"
    );
    assert_ne!(bench.observed().member.expect("a member").nodename, name);
}

#[test]
fn a_silent_machine_is_noticed_late_and_goes_on_when_it_speaks_again() {
    let mut bench = Bench::new(&Timings::talos());
    bench.join(true);
    bench.stages();
    let now = bench.store.clock().moment();
    silence(&bench.store, &bench.id, Some(now)).expect("silenced");
    bench.engine.pass(Duration::from_secs(286));
    assert!(bench.observed().connected);
    bench.engine.pass(Duration::from_secs(2));
    assert!(!bench.observed().connected);
    assert!(
        !bench
            .store
            .peek::<kind::Link>(&bench.id)
            .expect("a link")
            .spec
            .connected
    );
    assert_eq!(bench.stages(), "", "it tells nothing");
    silence(&bench.store, &bench.id, None).expect("speaking");
    bench.settle();
    assert!(bench.observed().connected);
}

#[test]
fn a_machine_whose_link_is_removed_leaves_no_trace() {
    let mut bench = Bench::new(&Timings::talos());
    let link = Key::of::<kind::Link>(&bench.id);
    assert!(
        !bench.store.teardown(&link, "").expect("torn down"),
        "it is held"
    );
    bench.settle();
    bench.store.destroy(&link, "").expect("nobody holds it now");
    bench.settle();
    assert!(bench.store.peek::<MachineState>(&bench.id).is_none());
    assert!(bench.store.peek::<kind::Machine>(&bench.id).is_none());
    assert!(bench.store.peek::<Observed>(&bench.id).is_none());
    assert!(
        bench
            .store
            .peek::<kind::NodeUniqueToken>(&bench.id)
            .is_none()
    );
}

#[test]
fn an_engine_that_starts_again_finds_the_machine_where_it_was() {
    let mut bench = Bench::new(&Timings::talos());
    let desired = DesiredSpec {
        cluster: CLUSTER.to_owned(),
        config_sha256: "one".to_owned(),
        ..DesiredSpec::default()
    };
    let put = bench
        .store
        .put::<Desired>("test", &bench.id, |told| told.spec = desired.clone());
    put.expect("told");
    bench.engine.pass(Duration::from_secs(3));
    assert_eq!(bench.stages(), "MAINTENANCE+ INSTALLING");
    let clock = bench.store.clock().clone();
    let controllers: Vec<Box<dyn crate::engine::Controller>> = vec![Box::new(Machines::default())];
    bench.engine = Engine::new(bench.store.clone(), clock, controllers).expect("one controller");
    bench.settle();
    assert_eq!(bench.stages(), "REBOOTING+ BOOTING RUNNING RUNNING+");
}
