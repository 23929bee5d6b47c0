//! Requests and their machines.

use std::collections::BTreeMap;
use std::time::Duration;

use omni_api::specs::machine_request_status_spec::Stage;
use omni_api::{Resource, kind, labels, specs};

use crate::engine::{Controller, Engine, Settled};
use crate::infra::machine::{MachineState, Machines, Timings};
use crate::infra::provider::{JoinConfigs, play_new_providers};
use crate::join::SIDEROLINK;
use crate::store::{EventKind, Filter, Key, Query, Receiver};
use crate::{Clock, Instance, Store, instance};

use super::{Provision, RequestCleanup};

const HOUR: Duration = Duration::from_hours(1);

struct Bench {
    store: Store,
    engine: Engine,
    events: Receiver,
}

impl Bench {
    fn new() -> Self {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        play_new_providers(&store, BTreeMap::new());
        let provider =
            Resource::<kind::InfraProvider>::new("vms", specs::InfraProviderSpec::default());
        store.create(provider.to_any(), "").expect("created");
        store
            .put::<kind::SiderolinkApiConfig>("", SIDEROLINK, |account| {
                account.spec.machine_api_advertised_url = "grpc://here".into();
                account.spec.events_port = 1;
                account.spec.logs_port = 2;
            })
            .expect("written");
        let timings = Timings::talos();
        let controllers: Vec<Box<dyn Controller>> = vec![
            Box::new(JoinConfigs),
            Box::new(Machines::new(timings)),
            Box::new(Provision::new(timings)),
            Box::new(RequestCleanup),
        ];
        Self {
            engine: Engine::new(store.clone(), clock, controllers).expect("an engine"),
            events: store.subscribe(Filter::kind::<kind::MachineRequestStatus>()),
            store,
        }
    }

    fn request(&mut self, data: &str) {
        self.store
            .put::<kind::MachineRequest>("", "set-abcdef", |request| {
                let marks = &mut request.metadata.labels;
                marks.insert(labels::INFRA_PROVIDER_ID.to_owned(), "vms".to_owned());
                marks.insert(labels::MACHINE_REQUEST_SET.to_owned(), "set".to_owned());
                "1.13.7".clone_into(&mut request.spec.talos_version);
                data.clone_into(&mut request.spec.provider_data);
            })
            .expect("requested");
        assert_eq!(self.engine.settle(HOUR), Settled::Quiet);
    }

    /// How many machines live.
    fn machines(&self) -> usize {
        self.store.read_all::<MachineState>(&Query::all()).len()
    }

    /// The stages and texts of the request's status since the last call.
    fn course(&mut self) -> Vec<String> {
        let mut course: Vec<String> = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            let status = event
                .resource
                .typed::<kind::MachineRequestStatus>()
                .expect("its kind");
            let line = match event.kind {
                EventKind::Destroyed => "gone".to_owned(),
                _ => format!(
                    "{:?} {} {}",
                    status.spec.stage(),
                    status.spec.status,
                    status.metadata.phase
                ),
            };
            if course.last() != Some(&line) {
                course.push(line);
            }
        }
        course
    }
}

#[test]
fn a_request_becomes_a_machine_that_joins_with_its_labels() {
    let mut bench = Bench::new();
    bench.request("size: medium\nlabels: {disk: fast}\n");
    assert_eq!(
        bench.course(),
        [
            "Provisioning  running",
            "Provisioning Running Step: \"createMachine\" (1/1) running",
            "Provisioned Provision Complete running",
        ]
    );
    let status = bench
        .store
        .read::<kind::MachineRequestStatus>("set-abcdef")
        .expect("a status");
    assert_eq!(status.metadata.owner, "vms.ProvisionController");
    let link = bench
        .store
        .read::<kind::Link>(&status.spec.id)
        .expect("the machine has joined");
    assert_eq!(
        link.metadata.label(labels::MACHINE_REQUEST),
        Some("set-abcdef")
    );
    let machine = bench
        .store
        .read::<kind::Machine>(&status.spec.id)
        .expect("a machine");
    assert_eq!(
        machine.metadata.label(labels::MACHINE_REQUEST_SET),
        Some("set")
    );
    assert!(
        machine
            .metadata
            .label(labels::NO_MANUAL_ALLOCATION)
            .is_some()
    );
    let state = bench
        .store
        .read::<MachineState>(&status.spec.id)
        .expect("it lives");
    let build = state.spec.build();
    assert_eq!((build.cores, build.labels["disk"].as_str()), (4, "fast"));
}

#[test]
fn a_machine_that_a_full_account_keeps_out_is_provisioned_and_not_in_use() {
    let mut bench = Bench::new();
    let limit = |limit| Instance {
        account_max_registered_machines: limit,
        ..Instance::default()
    };
    instance::install(&bench.store, &limit(1)).expect("installed");
    let other = bench.store.put::<kind::Link>("", "other", |_| {});
    other.expect("written");
    bench.request("size: small\n");
    let status = |store: &Store| {
        let status = store.read::<kind::MachineRequestStatus>("set-abcdef");
        let spec = status.expect("a status").spec;
        (spec.stage(), spec.id)
    };
    assert_eq!(status(&bench.store), (Stage::Provisioned, String::new()));
    assert_eq!(bench.machines(), 1, "it is there and asks");
    instance::install(&bench.store, &limit(2)).expect("installed");
    bench.engine.pass(Timings::talos().asks_again * 2);
    let (_, machine) = status(&bench.store);
    assert!(bench.store.peek::<kind::Link>(&machine).is_some());
}

#[test]
fn provider_data_that_makes_no_sense_fails_with_its_reason() {
    let mut bench = Bench::new();
    bench.request("size: huge\n");
    let status = bench
        .store
        .read::<kind::MachineRequestStatus>("set-abcdef")
        .expect("a status");
    assert_eq!(status.spec.stage(), Stage::Failed);
    assert!(
        status.spec.error.contains("\"huge\" is not one of"),
        "{}",
        status.spec.error
    );
    assert_eq!(bench.machines(), 0);
}

#[test]
fn a_request_that_goes_takes_its_machine_with_it() {
    let mut bench = Bench::new();
    bench.request("size: small\n");
    bench.course();
    let request = Key::of::<kind::MachineRequest>("set-abcdef");
    bench.store.teardown(&request, "").expect("torn down");
    bench.engine.settle(HOUR);
    // Destroying a user's resources that nobody holds any more is the work of another controller.
    for link in bench
        .store
        .list("default", "Links.omni.sidero.dev", &Query::all())
    {
        bench
            .store
            .destroy(&Key::from(&*link), "")
            .expect("nobody holds it");
    }
    bench.engine.settle(HOUR);
    assert_eq!(
        bench.course(),
        ["Provisioned Provision Complete tearingDown", "gone"]
    );
    bench.store.destroy(&request, "").expect("nobody holds it");
    assert_eq!(bench.machines(), 0);
    assert_eq!(
        bench.store.read_all::<kind::Machine>(&Query::all()).len(),
        0
    );
}

#[test]
fn a_request_that_goes_before_its_machine_is_made_leaves_none() {
    for status in ["", "Running Step: \"createMachine\" (1/1)"] {
        let mut bench = Bench::new();
        bench
            .store
            .put::<kind::MachineRequest>("", "r", |request| {
                request
                    .metadata
                    .labels
                    .insert(labels::INFRA_PROVIDER_ID.to_owned(), "vms".to_owned());
            })
            .expect("requested");
        let begun = bench.engine.until(HOUR, |store| {
            store
                .read::<kind::MachineRequestStatus>("r")
                .is_some_and(|begun| begun.spec.status == status)
        });
        assert!(begun, "it never came to {status:?}");
        assert_eq!(bench.machines(), 0, "at {status:?}");
        bench
            .store
            .teardown(&Key::of::<kind::MachineRequest>("r"), "")
            .expect("torn down");
        bench.engine.settle(HOUR);
        bench
            .store
            .destroy(&Key::of::<kind::MachineRequest>("r"), "")
            .expect("nobody holds it");
        assert_eq!(bench.machines(), 0, "left at {status:?}");
    }
}
