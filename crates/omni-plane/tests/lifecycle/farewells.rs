//! Providers that go.

use std::time::Duration;

use omni_api::specs::machine_request_status_spec::Stage;
use omni_api::{Kind, kind};
use omni_plane::store::{Key, Query};

use crate::bench::Bench;

fn count<K: Kind>(bench: &Bench) -> usize {
    bench.store.read_all::<K>(&Query::all()).len()
}

#[test]
fn a_provider_goes_with_its_sets_and_machines_that_are_on_their_way() {
    let mut bench = Bench::new();
    let machines = count::<kind::Machine>(&bench);
    bench.user::<kind::MachineRequestSet>("spare", |set| {
        "vms".clone_into(&mut set.spec.provider_id);
        "1.13.7".clone_into(&mut set.spec.talos_version);
        "size: small\n".clone_into(&mut set.spec.provider_data);
        set.spec.machine_count = 3;
    });
    bench.engine.pass(Duration::from_secs(4));
    let made = bench
        .store
        .read_all::<kind::MachineRequestStatus>(&Query::all());
    let made = made
        .iter()
        .filter(|status| status.spec.stage() == Stage::Provisioned);
    assert_eq!(made.count(), 3, "they boot, and have not joined");
    assert_eq!(count::<kind::Machine>(&bench), machines);
    let provider = Key::of::<kind::InfraProvider>("vms");
    let free = bench.store.teardown(&provider, "").expect("torn down");
    assert!(!free, "there is something to take along first");
    bench.settle();
    for (kind, left) in [
        ("the provider", count::<kind::InfraProvider>(&bench)),
        ("sets", count::<kind::MachineRequestSet>(&bench)),
        ("requests", count::<kind::MachineRequest>(&bench)),
        ("statuses", count::<kind::MachineRequestStatus>(&bench)),
        ("what it said", count::<kind::InfraProviderStatus>(&bench)),
        ("how to join", count::<kind::ProviderJoinConfig>(&bench)),
    ] {
        assert_eq!(left, 0, "{kind}");
    }
    assert_eq!(
        count::<kind::Machine>(&bench),
        machines,
        "nobody joins later"
    );
    assert_eq!(count::<kind::Link>(&bench), machines);
}
