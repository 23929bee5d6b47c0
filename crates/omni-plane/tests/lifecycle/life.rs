//! From requests and bare metal to Ready, and to the end.

use std::collections::BTreeSet;
use std::time::Duration;

use omni_api::machine::machine_status_event::MachineStage::{
    self, Booting, Installing, Rebooting, Running, Upgrading,
};
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::{kind, labels};
use omni_plane::infra::machine::{plain_id, silence};
use omni_plane::store::{EventKind, Filter, Key, Query};

use crate::bench::{Bench, CLUSTER, engine};

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

#[test]
fn a_member_whose_link_is_removed_is_forgotten_and_its_place_stays_empty() {
    let mut bench = Bench::new();
    bench.create();
    bench.settle();
    let lost = plain_id(1);
    let link = Key::of::<kind::Link>(&lost);
    bench.store.teardown(&link, "").expect("torn down");
    bench.settle();
    assert!(bench.store.read::<kind::Link>(&lost).is_none());
    assert!(bench.store.read::<kind::MachineStatus>(&lost).is_none());
    assert!(!bench.machines().contains_key(&lost));
    let set = bench
        .store
        .read::<kind::MachineSetStatus>("prod-workers")
        .expect("a status");
    let machines = set.spec.machines.expect("counts");
    assert_eq!((machines.requested, machines.total), (2, 1));
    assert!(!bench.status().ready, "nobody else has the label");
}

#[test]
fn a_machine_made_on_request_is_replaced_when_its_link_is_removed() {
    let mut bench = Bench::new();
    bench.create();
    bench.settle();
    let requested: Vec<_> = bench
        .machines()
        .into_keys()
        .filter(|id| !id.starts_with("00000000-"))
        .collect();
    let lost = &requested[1];
    bench
        .store
        .teardown(&Key::of::<kind::Link>(lost), "")
        .expect("torn down");
    bench.settle();
    assert!(!bench.machines().contains_key(lost));
    bench.assert_ready("1.13.7");
}
