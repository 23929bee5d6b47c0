//! Providers as clients see them.

use std::collections::BTreeMap;
use std::time::Duration;

use omni_api::{Resource, kind, labels, specs};

use crate::engine::{Controller, Engine};
use crate::join::{self, JoinToken, SIDEROLINK};
use crate::store::{Key, Query};
use crate::{Clock, Store};

use super::{Cleanup, CombinedStatus, Heartbeat, JoinConfigs, Play, play_new_providers};

struct Bench {
    store: Store,
    engine: Engine,
}

impl Bench {
    fn new() -> Self {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        play_new_providers(&store, BTreeMap::from([("racks".to_owned(), 2)]));
        let controllers: Vec<Box<dyn Controller>> = vec![
            Box::new(Heartbeat),
            Box::new(CombinedStatus),
            Box::new(JoinConfigs),
            Box::new(Cleanup),
        ];
        let engine = Engine::new(store.clone(), clock, controllers).expect("an engine");
        Self { store, engine }
    }

    fn register(&self, id: &str) {
        let provider =
            Resource::<kind::InfraProvider>::new(id, specs::InfraProviderSpec::default());
        self.store.create(provider.to_any(), "").expect("created");
    }

    fn health(&self, id: &str) -> specs::infra_provider_combined_status_spec::Health {
        let combined = self
            .store
            .read::<kind::InfraProviderCombinedStatus>(id)
            .expect("a status");
        combined.spec.health.expect("a part")
    }
}

#[test]
fn a_provider_has_its_schema_in_the_commit_that_creates_it() {
    let bench = Bench::new();
    let mut events = bench.store.subscribe(crate::store::Filter::all());
    bench.register("vms");
    let first = events.try_recv().expect("an event");
    assert_eq!(
        &*first.resource.metadata.type_name,
        "InfraProviders.omni.sidero.dev"
    );
    let status = bench
        .store
        .read::<kind::InfraProviderStatus>("vms")
        .expect("no engine has run");
    assert!(status.spec.schema.contains("small"));
    assert!(
        status.metadata.owner.is_empty(),
        "a real provider must be able to write it"
    );
    assert!(
        bench
            .store
            .read::<kind::InfraProviderHealthStatus>("vms")
            .is_some()
    );
}

#[test]
fn a_fixed_provider_is_marked_and_takes_no_data() {
    let bench = Bench::new();
    bench.register("racks");
    let status = bench
        .store
        .read::<kind::InfraProviderStatus>("racks")
        .expect("a status");
    assert!(
        status
            .metadata
            .label(labels::IS_STATIC_INFRA_PROVIDER)
            .is_some()
    );
    assert!(status.spec.schema.is_empty());
    assert!(
        bench
            .store
            .read::<Play>("racks")
            .expect("played")
            .spec
            .fixed
    );
}

#[test]
fn a_provider_may_say_itself_that_it_is_fixed() {
    let bench = Bench::new();
    let mut provider =
        Resource::<kind::InfraProvider>::new("metal", specs::InfraProviderSpec::default());
    let key = labels::IS_STATIC_INFRA_PROVIDER.to_owned();
    provider.metadata.labels.insert(key, "5".to_owned());
    bench.store.create(provider.to_any(), "").expect("created");
    let play = bench.store.read::<Play>("metal").expect("played");
    assert!(play.spec.fixed);
    assert_eq!(play.spec.machines, 5);
}

#[test]
fn a_played_provider_stays_alive() {
    let mut bench = Bench::new();
    bench.register("vms");
    bench.engine.pass(Duration::from_mins(10));
    let health = bench.health("vms");
    assert!(health.connected && health.initialized);
}

#[test]
fn a_real_provider_takes_over_with_its_first_heartbeat() {
    let mut bench = Bench::new();
    bench.register("vms");
    bench.engine.pass(Duration::from_secs(40));
    let owner = "vms.ProviderHealthStatusController";
    let write = bench
        .store
        .put::<kind::InfraProviderHealthStatus>(owner, "vms", |health| {
            let mut beat = bench.store.clock().now();
            beat.nanos += 1;
            health.spec.last_heartbeat_timestamp = Some(beat);
        });
    assert!(write.expect("it may write what we wrote"));
    bench.engine.pass(Duration::from_secs(1));
    assert!(bench.store.read::<Play>("vms").expect("known").spec.aside);
    bench.engine.pass(Duration::from_mins(2));
    assert!(
        !bench.health("vms").connected,
        "nobody speaks for it but itself"
    );
}

#[test]
fn a_provider_that_goes_leaves_nothing_and_no_request_waits_for_it() {
    let mut bench = Bench::new();
    bench.register("vms");
    bench.engine.pass(Duration::from_secs(1));
    bench
        .store
        .put::<kind::MachineRequest>("", "r", |request| {
            super::mark(&mut request.metadata.labels, "vms");
            request.metadata.finalizers =
                vec!["vms.ProvisionController".to_owned(), "Other".to_owned()];
        })
        .expect("written");
    let key = Key::of::<kind::InfraProvider>("vms");
    assert!(
        !bench.store.teardown(&key, "").expect("torn down"),
        "it is held"
    );
    bench.engine.pass(Duration::from_secs(1));
    bench.store.destroy(&key, "").expect("nobody holds it now");
    for (namespace, type_name) in [
        ("infra-provider", "InfraProviderStatuses.omni.sidero.dev"),
        (
            "infra-provider-ephemeral",
            "InfraProviderHealthStatuses.omni.sidero.dev",
        ),
        ("ephemeral", "InfraProviderCombinedStatuses.omni.sidero.dev"),
        ("infra-provider", "ProviderJoinConfigs.omni.sidero.dev"),
    ] {
        assert_eq!(
            bench.store.list(namespace, type_name, &Query::all()).len(),
            0,
            "{type_name}"
        );
    }
    let request = bench
        .store
        .read::<kind::MachineRequest>("r")
        .expect("a user's");
    assert_eq!(request.metadata.finalizers, ["Other"]);
}

/// Everything that a provider takes along, and what it does not.
fn furnish(store: &Store) {
    let account = "vms@infra-provider.serviceaccount.omni.sidero.dev";
    store
        .put::<kind::Identity>("", account, |identity| {
            let marks = &mut identity.metadata.labels;
            marks.insert(labels::PUBLIC_KEY_USER_ID.to_owned(), "u".to_owned());
            "u".clone_into(&mut identity.spec.user_id);
        })
        .expect("written");
    store.put::<kind::User>("", "u", |_| {}).expect("written");
    store
        .put::<kind::PublicKey>("", "k", |key| {
            let marks = &mut key.metadata.labels;
            marks.insert(labels::PUBLIC_KEY_USER_ID.to_owned(), "u".to_owned());
            key.spec.identity.get_or_insert_default().email = account.to_owned();
        })
        .expect("written");
    for (provider, name) in [("vms", "ours"), ("others", "theirs")] {
        let mark = |marks: &mut omni_api::resource::Map| super::mark(marks, provider);
        store
            .put::<kind::Link>("", name, |it| mark(&mut it.metadata.labels))
            .expect("written");
        let owner = format!("{provider}.ProvisionController");
        store
            .put::<kind::InfraMachineStatus>(&owner, name, |it| mark(&mut it.metadata.labels))
            .expect("written");
        store
            .put::<kind::MachineRequestStatus>(&owner, name, |it| mark(&mut it.metadata.labels))
            .expect("written");
        store
            .put::<kind::MachineRequestSet>("", name, |set| {
                provider.clone_into(&mut set.spec.provider_id);
            })
            .expect("written");
    }
    store
        .put::<kind::MachineRequestSet>("MachineProvisionController", "of-a-class", |set| {
            "vms".clone_into(&mut set.spec.provider_id);
        })
        .expect("written");
}

/// The resources that ended or were put on their way out since, as `Kind/id`, in this order.
fn ended(events: &mut crate::store::Receiver) -> Vec<String> {
    let mut ended = Vec::new();
    while let Ok(event) = events.try_recv() {
        let metadata = &event.resource.metadata;
        let kind = metadata.type_name.split('.').next().unwrap_or_default();
        let name = format!("{kind}/{}", metadata.id);
        let of_interest = [
            "PublicKeys",
            "Users",
            "Identities",
            "Links",
            "InfraMachineStatuses",
            "MachineRequestStatuses",
            "MachineRequestSets",
        ];
        if metadata.tearing_down() && of_interest.contains(&kind) && !ended.contains(&name) {
            ended.push(name);
        }
    }
    ended
}

#[test]
fn a_provider_takes_along_what_is_its_own_in_omnis_order() {
    let mut bench = Bench::new();
    bench.register("vms");
    furnish(&bench.store);
    bench.engine.pass(Duration::from_secs(1));
    let key = Key::of::<kind::PublicKey>("k");
    bench
        .store
        .add_finalizer::<kind::PublicKey>("k", "Somebody")
        .expect("held");
    let mut events = bench.store.subscribe(crate::store::Filter::all());
    let provider = Key::of::<kind::InfraProvider>("vms");
    bench.store.teardown(&provider, "").expect("torn down");
    bench.engine.pass(Duration::from_secs(1));
    assert_eq!(
        ended(&mut events),
        ["PublicKeys/k"],
        "each step waits for the one before"
    );
    bench
        .store
        .remove_finalizer::<kind::PublicKey>("k", "Somebody")
        .expect("let go");
    bench.store.destroy(&key, "").expect("nobody holds it");
    bench.engine.pass(Duration::from_secs(1));
    assert_eq!(
        ended(&mut events),
        [
            "PublicKeys/k",
            "Users/u",
            "Identities/vms@infra-provider.serviceaccount.omni.sidero.dev",
            "Links/ours",
            "InfraMachineStatuses/ours",
            "MachineRequestStatuses/ours",
            "MachineRequestSets/ours",
            "MachineRequestSets/theirs",
        ]
    );
    bench
        .store
        .destroy(&provider, "")
        .expect("nobody holds it now");
    let link = bench
        .store
        .read::<kind::Link>("ours")
        .expect("who made it destroys it");
    assert!(link.metadata.tearing_down());
    assert!(bench.store.read::<kind::Link>("theirs").is_some());
    assert!(
        bench
            .store
            .read::<kind::MachineRequestSet>("of-a-class")
            .is_some()
    );
}

#[test]
fn a_provider_waits_for_the_sets_that_still_have_requests() {
    let mut bench = Bench::new();
    bench.register("vms");
    furnish(&bench.store);
    bench.engine.pass(Duration::from_secs(1));
    let hold = "MachineRequestSetStatusController";
    bench
        .store
        .add_finalizer::<kind::MachineRequestSet>("ours", hold)
        .expect("held");
    let provider = Key::of::<kind::InfraProvider>("vms");
    bench.store.teardown(&provider, "").expect("torn down");
    bench.engine.pass(Duration::from_secs(1));
    assert!(bench.store.destroy(&provider, "").is_err(), "it waits");
    bench
        .store
        .remove_finalizer::<kind::MachineRequestSet>("ours", hold)
        .expect("let go");
    bench.engine.pass(Duration::from_secs(1));
    bench
        .store
        .destroy(&provider, "")
        .expect("nobody holds it now");
    assert!(
        bench
            .store
            .read::<kind::MachineRequestSet>("ours")
            .is_none()
    );
}

#[test]
fn every_provider_has_a_token_of_its_own_that_says_whose_its_machines_are() {
    let mut bench = Bench::new();
    bench
        .store
        .put::<kind::SiderolinkApiConfig>("test", SIDEROLINK, |account| {
            account.spec.machine_api_advertised_url = "grpc://here".into();
            account.spec.events_port = 1;
            account.spec.logs_port = 2;
        })
        .expect("written");
    bench.register("vms");
    bench.register("others");
    bench.engine.pass(Duration::from_secs(1));
    let config = |id: &str| {
        let config = bench.store.read::<kind::ProviderJoinConfig>(id);
        config.expect("a configuration")
    };
    let (own, others) = (config("vms"), config("others"));
    assert_ne!(own.spec.join_token, others.spec.join_token);
    assert_eq!(own.metadata.label(labels::INFRA_PROVIDER_ID), Some("vms"));
    let way = own.spec.config.expect("a part");
    assert_eq!(way.kernel_args.len(), 3);
    assert!(
        way.config.contains("apiUrl: grpc://here?jointoken=v2%3A"),
        "{}",
        way.config
    );
    let presented = join::presented(&way.kernel_args).expect("a token");
    let token = JoinToken::parse(&presented).expect("a token");
    assert!(token.is_of(&own.spec.join_token) && !token.is_of(&others.spec.join_token));
}
