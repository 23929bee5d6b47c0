//! Machines that somebody does not want, and may want later.

use omni_api::kind;
use omni_api::specs::infra_machine_config_spec::{AcceptanceStatus, MachinePowerState as Wanted};
use omni_api::specs::infra_machine_spec::MachinePowerState;

use super::Bench;

fn rejected() -> Bench {
    let mut bench = Bench::new();
    bench.decide(AcceptanceStatus::Rejected);
    bench
}

#[test]
fn a_rejected_machine_waits_for_nothing_and_is_left_alone() {
    let bench = rejected();
    let told = bench.told().spec;
    assert_eq!(told.acceptance_status(), AcceptanceStatus::Rejected);
    assert!(!bench.waits());
    assert!(!bench.is_machine() && !bench.is_told_of());
    assert_eq!(told.wipe_id, "", "nobody wipes it");
    let link = bench.store.peek::<kind::Link>(&bench.id).expect("a link");
    assert!(link.spec.connected, "it stays in its rack and talks");
}

#[test]
fn a_rejected_machine_may_be_accepted_later() {
    let mut bench = rejected();
    bench.accept();
    assert!(!bench.waits());
    assert!(bench.is_machine());
    assert!(bench.status().ready_to_use, "it was wiped then");
}

#[test]
fn a_rejected_machine_may_be_put_off_again() {
    let mut bench = rejected();
    bench.decide(AcceptanceStatus::Pending);
    assert!(bench.waits());
    assert!(!bench.is_machine());
}

#[test]
fn a_rejected_machine_without_its_configuration_waits_and_counts_as_rejected_until_somebody_decides()
 {
    let mut bench = rejected();
    let gone = bench
        .store
        .remove::<kind::InfraMachineConfig>("", &bench.id);
    gone.expect("removed");
    bench.settle();
    assert!(bench.waits());
    let status = bench.told().spec.acceptance_status();
    assert_eq!(status, AcceptanceStatus::Rejected);
    assert!(!bench.is_machine());
}

#[test]
fn a_rejected_machine_runs_whatever_is_wished_because_nobody_knows_it() {
    let mut bench = rejected();
    bench.configure(|config| config.set_power_state(Wanted::PowerStateOff));
    let power = bench.told().spec.preferred_power_state();
    assert_eq!(power, MachinePowerState::PowerStateOn);
    assert!(!bench.is_told_of());
}

#[test]
fn a_rejected_machine_that_is_removed_boots_again_and_is_rejected_still() {
    let mut bench = rejected();
    bench.remove();
    assert!(!bench.waits() && !bench.is_machine());
    let status = bench.told().spec.acceptance_status();
    assert_eq!(status, AcceptanceStatus::Rejected);
}

#[test]
fn who_is_rejected_keeps_no_other_machine_of_the_rack_out() {
    let mut bench = rejected();
    bench.id = super::fixed_id("racks", 2);
    assert!(bench.waits());
    bench.accept();
    assert!(bench.is_machine() && bench.status().ready_to_use);
}
