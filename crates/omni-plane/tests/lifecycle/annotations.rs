//! Every mishap of a machine and of a request as an annotation, on every kind of resource that it can be on.

use std::time::Duration;

use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::machine_request_status_spec::Stage as RequestStage;
use omni_api::{Kind, kind, labels};
use omni_plane::infra::faults::ANNOTATION;
use omni_plane::infra::machine::plain_id;
use omni_plane::store::Query;

use crate::bench::{Bench, CLUSTER};

const MINUTE: Duration = Duration::from_mins(1);
/// When the first installation of every machine has ended and the second has not begun.
const INSTALLED: Duration = Duration::from_secs(30);

/// An annotation as a user sets it, or takes it away.
pub(crate) fn annotate<K: Kind>(bench: &Bench, id: &str, faults: Option<&str>) {
    bench.user::<K>(id, |resource| {
        let annotations = &mut resource.metadata.annotations;
        match faults {
            Some(faults) => annotations.insert(ANNOTATION.to_owned(), faults.to_owned()),
            None => annotations.remove(ANNOTATION),
        };
    });
}

fn upgrade(bench: &Bench) {
    bench.user::<kind::Cluster>(CLUSTER, |cluster| {
        "1.13.8".clone_into(&mut cluster.spec.talos_version);
    });
}

/// How many machines of the cluster failed to install so far.
fn failed_to_install(bench: &Bench) -> usize {
    let failed = bench.machines().into_values();
    failed
        .filter(|machine| machine.last_config_error.contains("install failed"))
        .count()
}

fn connected(bench: &Bench) -> u32 {
    bench.status().machines.expect("counts").connected
}

/// The requests that were refused with this reason.
fn refused(bench: &Bench, reason: &str) -> Vec<String> {
    let statuses = bench
        .store
        .read_all::<kind::MachineRequestStatus>(&Query::all());
    let refused = statuses.into_iter().filter(|status| {
        status.spec.stage() == RequestStage::Failed && status.spec.error == reason
    });
    refused.map(|status| status.id().to_owned()).collect()
}

/// Three requests of a user's own set.
fn ask(bench: &Bench, faults: &str) {
    bench.user::<kind::MachineRequestSet>("spare", |set| {
        "vms".clone_into(&mut set.spec.provider_id);
        "1.13.7".clone_into(&mut set.spec.talos_version);
        "size: small\n".clone_into(&mut set.spec.provider_data);
        set.spec.machine_count = 3;
        let annotations = &mut set.metadata.annotations;
        annotations.insert(ANNOTATION.to_owned(), faults.to_owned());
    });
}

/// A request of a cluster's control planes, and its machine.
fn request_with_machine(bench: &Bench) -> (String, String) {
    let links = bench.store.read_all::<kind::Link>(&Query::all());
    let made = links
        .iter()
        .find_map(|link| Some((link.metadata.label(labels::MACHINE_REQUEST)?, link.id())));
    let (request, machine) = made.expect("a machine on request");
    (request.to_owned(), machine.to_owned())
}

/// Sets an annotation somewhere.
type Annotate = fn(&Bench, Option<&str>);

#[test]
fn installations_fail_on_a_cluster_a_set_a_node_and_a_machine() {
    let once = Some("[install-fails: {attempts: 1}]");
    let mut bench = Bench::new();
    bench.create();
    annotate::<kind::Cluster>(&bench, CLUSTER, once);
    bench.engine.pass(INSTALLED);
    assert!(failed_to_install(&bench) >= 3, "{:?}", bench.machines());
    bench.settle();
    bench.assert_ready("1.13.7");
    let others: [Annotate; 3] = [
        |bench, faults| annotate::<kind::MachineSet>(bench, "prod-storage", faults),
        |bench, faults| annotate::<kind::MachineSetNode>(bench, &plain_id(3), faults),
        |bench, faults| annotate::<kind::MachineLabels>(bench, &plain_id(3), faults),
    ];
    for annotate in others {
        let mut bench = Bench::new();
        bench.create();
        annotate(&bench, once);
        bench.engine.pass(INSTALLED);
        let failed: Vec<String> = (bench.machines().into_iter())
            .filter(|(_, machine)| machine.last_config_error.contains("install failed"))
            .map(|(id, _)| id)
            .collect();
        assert_eq!(failed, [plain_id(3)]);
        bench.settle();
        bench.assert_ready("1.13.7");
    }
}

#[test]
fn machines_disconnect_on_a_node_a_cluster_and_a_request() {
    let ten_minutes = Some("[machine-disconnects: {for: 10m}]");
    let mut bench = Bench::new();
    bench.create();
    bench.settle();
    let (request, _) = request_with_machine(&bench);
    annotate::<kind::MachineSetNode>(&bench, &plain_id(3), ten_minutes);
    bench.engine.pass(8 * MINUTE);
    let silent = connected(&bench);
    annotate::<kind::MachineSetNode>(&bench, &plain_id(3), None);
    bench.settle();
    annotate::<kind::MachineRequest>(&bench, &request, Some("[machine-disconnects: {}]"));
    bench.engine.pass(8 * MINUTE);
    let on_request = connected(&bench);
    annotate::<kind::MachineRequest>(&bench, &request, None);
    bench.settle();
    annotate::<kind::Cluster>(&bench, CLUSTER, Some("[machine-disconnects: {}]"));
    bench.engine.pass(8 * MINUTE);
    let all = connected(&bench);
    annotate::<kind::Cluster>(&bench, CLUSTER, None);
    bench.settle();
    assert_eq!((silent, on_request, all), (5, 5, 0));
    assert_eq!(connected(&bench), 6);
}

#[test]
fn an_upgrade_hangs_on_a_set_and_on_a_request_until_the_annotation_is_gone() {
    let mut bench = Bench::new();
    bench.create();
    bench.settle();
    let (request, machine) = request_with_machine(&bench);
    let hangs = Some("[upgrade-hangs: {}]");
    annotate::<kind::MachineSet>(&bench, "prod-storage", hangs);
    annotate::<kind::MachineRequest>(&bench, &request, hangs);
    upgrade(&bench);
    bench.engine.pass(60 * MINUTE);
    assert_eq!(bench.machines()[&machine].stage(), Stage::Upgrading);
    annotate::<kind::MachineRequest>(&bench, &request, None);
    bench.engine.pass(60 * MINUTE);
    assert_eq!(bench.machines()[&machine].stage(), Stage::Running);
    assert_eq!(bench.machines()[&plain_id(3)].stage(), Stage::Upgrading);
    annotate::<kind::MachineSet>(&bench, "prod-storage", None);
    bench.settle();
    bench.assert_ready("1.13.8");
}

#[test]
fn a_request_is_refused_on_a_provider_a_set_and_itself() {
    let mut bench = Bench::new();
    annotate::<kind::InfraProvider>(&bench, "vms", Some("[request-refused: {request: 4}]"));
    ask(
        &bench,
        "[request-refused: {request: 2, reason: the second of the set}]",
    );
    bench.engine.pass(MINUTE);
    assert_eq!(refused(&bench, "the second of the set").len(), 1);
    assert_eq!(refused(&bench, "no capacity left").len(), 0);
    // The fourth of the provider: it is alone in no set.
    bench.user::<kind::MachineRequest>("fourth", one);
    bench.user::<kind::MachineRequest>("fifth", |request| {
        one(request);
        let annotations = &mut request.metadata.annotations;
        annotations.insert(
            ANNOTATION.to_owned(),
            "[request-refused: {reason: not this one}]".to_owned(),
        );
    });
    bench.user::<kind::MachineRequest>("sixth", one);
    bench.settle();
    assert_eq!(refused(&bench, "no capacity left"), ["fourth"]);
    assert_eq!(refused(&bench, "not this one"), ["fifth"]);
    let links = bench.store.read_all::<kind::Link>(&Query::all());
    let made = links
        .iter()
        .filter(|link| link.metadata.label(labels::MACHINE_REQUEST).is_some());
    assert_eq!(made.count(), 3, "two of the set, and the sixth");
}

/// A request without a set, as a user makes it.
fn one(request: &mut omni_api::Resource<kind::MachineRequest>) {
    let marks = &mut request.metadata.labels;
    marks.insert(labels::INFRA_PROVIDER_ID.to_owned(), "vms".to_owned());
    "1.13.7".clone_into(&mut request.spec.talos_version);
    "size: small\n".clone_into(&mut request.spec.provider_data);
}

#[test]
fn machines_of_a_set_of_requests_fall_silent_from_the_moment_they_join() {
    let mut bench = Bench::new();
    ask(&bench, "[machine-disconnects: {since: join, after: 5s}]");
    bench.engine.pass(10 * MINUTE);
    let connected = || {
        let machines = bench.store.read_all::<kind::Machine>(&Query::all());
        let of_set = machines
            .iter()
            .filter(|machine| machine.metadata.label(labels::MACHINE_REQUEST_SET) == Some("spare"));
        of_set
            .map(|machine| machine.spec.connected)
            .collect::<Vec<_>>()
    };
    assert_eq!(connected(), [false; 3]);
    annotate::<kind::MachineRequestSet>(&bench, "spare", None);
    bench.settle();
    let machines = bench.store.read_all::<kind::Machine>(&Query::all());
    assert!(machines.iter().all(|machine| machine.spec.connected));
}
