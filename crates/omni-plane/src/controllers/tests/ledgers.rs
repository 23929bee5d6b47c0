//! Whatever happens to the members of clusters, sets and tokens, in whatever order: the controllers that keep ledgers hear of it.
//!
//! The world checks its ledgers in every turn. What is written here is mostly nonsense (a machine in two sets at once, a status without a
//! machine); a controller may refuse to work with it, and must not overlook it.

use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::machine_pending_updates_spec::Upgrade;
use omni_api::specs::node_unique_token_status_spec::State;
use omni_api::{Kind, Resource, kind, labels};
use proptest::prelude::*;

use crate::backups::Depot;
use crate::controllers::KUBERNETES_UPGRADES as UPGRADES;
use crate::controllers::testing::World;
use crate::engine::Controller;
use crate::infra::join_token::JoinTokens;
use crate::machines::Observed;
use crate::machines::observed::Member;
use crate::store::{Key, StoreError};

const CLUSTERS: [&str; 2] = ["a", "b"];
const SETS: [&str; 2] = ["control-planes", "workers"];

/// Something that happens to a resource of a machine.
#[derive(Debug, Clone)]
struct Event {
    kind: usize,
    machine: u8,
    act: Act,
}

#[derive(Debug, Clone)]
enum Act {
    /// It is written, as one of a set of a cluster (or of none), with contents of this shape.
    Write { place: Option<(u8, u8)>, shape: u8 },
    /// It is to go.
    Teardown,
    /// It is gone, whoever held it.
    Destroy,
}

type Happen = fn(&World, &str, &Act);

/// The kinds that ledgers are made from.
const KINDS: [Happen; 18] = [
    |world, id, act| {
        happen::<kind::MachineSetNode>(world, id, act, |node, shape| {
            if shape.is_multiple_of(2) {
                node.metadata.annotations.remove(labels::MACHINE_LOCKED);
            } else {
                let marks = &mut node.metadata.annotations;
                marks.insert(labels::MACHINE_LOCKED.to_owned(), String::new());
            }
        });
    },
    |world, id, act| {
        happen::<kind::ClusterMachine>(world, id, act, |machine, shape| {
            machine.spec.kubernetes_version = format!("1.35.{shape}");
        });
    },
    |world, id, act| {
        happen::<kind::ClusterMachineStatus>(world, id, act, |status, shape| {
            status.spec.ready = shape > 0;
            status.spec.set_stage(if shape > 1 {
                Stage::Running
            } else {
                Stage::Booting
            });
            let name = (labels::NODE_NAME.to_owned(), format!("node-{shape}"));
            status.metadata.labels.extend([name]);
            let lock = (labels::MACHINE_LOCKED.to_owned(), String::new());
            status.metadata.annotations = (shape > 1).then_some(lock).into_iter().collect();
        });
    },
    |world, id, act| {
        happen::<kind::ClusterMachineConfigStatus>(world, id, act, |status, shape| {
            status.spec.cluster_machine_config_sha256 = format!("{shape}");
            status.spec.talos_version = format!("1.13.{shape}");
            status.spec.schematic_id = format!("{}", shape / 2);
        });
    },
    |world, id, act| {
        happen::<kind::ClusterMachineConfig>(world, id, act, |config, shape| {
            config.spec.data = vec![b'a' + shape];
        });
    },
    |world, id, act| {
        happen::<kind::ClusterMachineSecrets>(world, id, act, |_, _| {});
    },
    |world, id, act| {
        happen::<kind::ClusterMachineTalosVersion>(world, id, act, |version, shape| {
            version.spec.talos_version = format!("1.13.{shape}");
        });
    },
    |world, id, act| {
        happen::<kind::ClusterMachineIdentity>(world, id, act, |identity, shape| {
            identity.spec.nodename = format!("node-{shape}");
        });
    },
    |world, id, act| {
        happen::<kind::SchematicConfiguration>(world, id, act, |image, shape| {
            image.spec.talos_version = format!("1.13.{shape}");
            image.spec.schematic_id = format!("{}", shape / 2);
        });
    },
    |world, id, act| {
        happen::<kind::MachinePendingUpdates>(world, id, act, |updates, shape| {
            updates.spec.config_diff = "x".repeat(usize::from(shape % 2));
            updates.spec.upgrade = (shape > 1).then(|| Upgrade {
                to_schematic: "x".repeat(usize::from(shape % 2)),
                ..Upgrade::default()
            });
        });
    },
    |world, id, act| {
        happen::<kind::MachineStatusLabels>(world, id, act, |_, _| {});
    },
    |world, id, act| {
        happen::<kind::MachineStatus>(world, id, act, |status, shape| {
            status.spec.connected = shape > 1;
            status.spec.cluster = "a".repeat(usize::from(shape % 2));
        });
    },
    |world, id, act| {
        happen::<kind::Machine>(world, id, act, |machine, shape| {
            let request = (labels::MACHINE_REQUEST.to_owned(), format!("{}", shape % 2));
            machine.metadata.labels.extend([request]);
        });
    },
    |world, id, act| {
        happen::<kind::InfraMachine>(world, id, act, |machine, shape| {
            let waits = (labels::MACHINE_PENDING_ACCEPT.to_owned(), String::new());
            machine.metadata.labels.remove(&waits.0);
            let waits = (shape > 1).then_some(waits);
            machine.metadata.labels.extend(waits);
        });
    },
    |world, id, act| {
        happen::<kind::MachineRequest>(world, id, act, |_, _| {});
    },
    |world, id, act| {
        happen::<kind::JoinTokenUsage>(world, id, act, |usage, shape| {
            usage.spec.token_id = CLUSTERS[usize::from(shape % 2)].to_owned();
        });
    },
    |world, id, act| {
        happen::<kind::NodeUniqueTokenStatus>(world, id, act, |status, shape| {
            status.spec.set_state(if shape > 1 {
                State::Persistent
            } else {
                State::Ephemeral
            });
        });
    },
    |world, id, act| {
        happen::<Observed>(world, id, act, |observed, shape| {
            observed.spec.connected = shape > 0;
            observed.spec.member = (shape > 1).then(|| Member {
                nodename: format!("node-{shape}"),
                api_ready: true,
                kubelet_version: "1.35.5".to_owned(),
                ..Member::default()
            });
        });
    },
];

/// Does it in the name of whoever has the resource. What the store refuses does not happen.
fn happen<K: Kind>(world: &World, id: &str, act: &Act, change: fn(&mut Resource<K>, u8)) {
    let known = world.find::<K>(id);
    let owner = known.map_or_else(String::new, |known| known.metadata.owner);
    let key = Key::of::<K>(id);
    let done = match act {
        Act::Write { place, shape } => world
            .store
            .put::<K>(&owner, id, |resource| {
                stand(resource, *place);
                change(resource, *shape);
            })
            .map(drop),
        Act::Teardown => world.store.teardown(&key, &owner).map(drop),
        Act::Destroy => destroy::<K>(world, &key, &owner),
    };
    // Gone, or on its way out.
    drop(done);
}

fn destroy<K: Kind>(world: &World, key: &Key, owner: &str) -> Result<(), StoreError> {
    world.store.teardown(key, owner)?;
    let known = world.find::<K>(&key.id);
    for holder in known.into_iter().flat_map(|one| one.metadata.finalizers) {
        world.store.remove_finalizer::<K>(&key.id, &holder)?;
    }
    world.store.destroy(key, owner)
}

fn stand<K: Kind>(resource: &mut Resource<K>, place: Option<(u8, u8)>) {
    let marks = &mut resource.metadata.labels;
    let of_place = [
        labels::CLUSTER,
        labels::MACHINE_SET,
        labels::CONTROL_PLANE_ROLE,
        labels::WORKER_ROLE,
    ];
    marks.retain(|label, _| !of_place.contains(&label.as_str()));
    let Some((cluster, set)) = place else { return };
    let cluster = CLUSTERS[usize::from(cluster)];
    let set = SETS[usize::from(set)];
    let role = match set {
        "workers" => labels::WORKER_ROLE,
        _ => labels::CONTROL_PLANE_ROLE,
    };
    marks.insert(labels::CLUSTER.to_owned(), cluster.to_owned());
    marks.insert(labels::MACHINE_SET.to_owned(), format!("{cluster}-{set}"));
    marks.insert(role.to_owned(), String::new());
}

/// Two clusters with their sets, the secrets of one being rotated, and two tokens, all of which have had a turn.
fn world() -> World {
    let mut controllers = crate::controllers::all(&Depot::memory());
    controllers.push(Box::new(JoinTokens) as Box<dyn Controller>);
    let mut world = World::of(controllers);
    for cluster in CLUSTERS {
        world.cluster(cluster);
        world.machine_set(cluster, SETS[0]);
        world.allocated_set(cluster, SETS[1], "any", 1);
        world.user::<kind::JoinToken>(cluster, |_| {});
        // One that upgrades for the first time waits for its cluster, and looks at nobody until then.
        let done = world
            .store
            .put::<kind::KubernetesUpgradeStatus>(UPGRADES, cluster, |status| {
                status.spec.last_upgrade_version = "1.35.5".to_owned();
            });
        done.expect("its owner");
    }
    world.class("any", &["!nothing"]);
    world.user::<kind::RotateTalosCa>("b", |_| {});
    world.pass(1);
    world
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let place = proptest::option::weighted(0.9, (0..2_u8, 0..2_u8));
    let write = (place, 0..4_u8).prop_map(|(place, shape)| Act::Write { place, shape });
    let act = prop_oneof![6 => write, 1 => Just(Act::Teardown), 2 => Just(Act::Destroy)];
    let event = (0..KINDS.len(), 0..3_u8, act).prop_map(|(kind, machine, act)| Event {
        kind,
        machine,
        act,
    });
    proptest::collection::vec(event, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        // Tests leave nothing behind; what fails is printed.
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_ledger_overlooks_what_happens_to_a_member(events in events()) {
        let mut world = world();
        for Event { kind, machine, act } in events {
            KINDS[kind](&world, &machine.to_string(), &act);
            world.pass(1);
        }
    }
}
