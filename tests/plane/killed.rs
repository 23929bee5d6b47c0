//! `plane serve`, killed with -9 while it opens its file, answers its clients and works for them: what it has acknowledged on the wire is there
//! when it starts again, and it ends where a plane ends that nobody killed.

use std::path::Path;
use std::thread;
use std::time::Duration;

use omni_api::{Kind, Resource, kind, labels};
use omni_client::{Client, Endpoint, Error, Key, RetryPolicy};
use omni_plane::engine::{Engine, Settled};
use omni_plane::infra::machine::{Timings, plain_id};
use omni_plane::{Clock, Store, audit, plane};
use rustix::process::{Signal, kill_process};

use crate::picture::picture;
use crate::served::Served;

/// How often it is killed.
const KILLS: usize = 24;
const CLUSTER: &str = "prod";
const PATCH: &str = "500-wish";

/// What a client knows to be written, by the numbers of its wishes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Acknowledged {
    cluster: Option<u64>,
    patch: Option<u64>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_served_plane_that_is_killed_keeps_what_it_acknowledged_and_ends_in_the_same_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut known = Acknowledged::default();
    for run in 0..KILLS {
        let mut plane = start(folder.path());
        // One in three dies while it starts, or hardly after.
        let patience = if run % 3 == 2 { 400 } else { 1_500 };
        let patience = Duration::from_millis(rand::random_range(0..patience));
        let killer = kill_after(&plane, patience);
        if let Some(client) = connect(&mut plane, folder.path()) {
            known = live(&client, known, run).await;
        }
        killer.join().expect("it killed");
    }
    let mut plane = start(folder.path());
    let client = connect(&mut plane, folder.path()).expect("nobody kills it");
    let number = found(&client, known, KILLS).await.expect("it answers");
    let number = number.patch.map_or(0, |last| last + 1);
    wish(&client, number).await.expect("nobody kills it");
    plane.end_by(Signal::TERM);

    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut plane = start(elsewhere.path());
    let client = connect(&mut plane, elsewhere.path()).expect("nobody kills it");
    wish(&client, number).await.expect("nobody kills it");
    plane.end_by(Signal::TERM);
    let (killed, undisturbed) = (at_rest(folder.path()), at_rest(elsewhere.path()));
    let difference = picture(&undisturbed).difference(&picture(&killed));
    assert!(difference.is_empty(), "{difference}");
}

fn start(folder: &Path) -> Served {
    let arguments = ["--socket", "api", "--machines", "4", "--speed", "2000"];
    Served::start(folder, &arguments)
}

fn kill_after(plane: &Served, patience: Duration) -> thread::JoinHandle<()> {
    let pid = plane.pid();
    thread::spawn(move || {
        // Not a wait for anything: it moves the kill to a random place.
        thread::sleep(patience);
        kill_process(pid, Signal::KILL).expect("nobody has waited for it yet");
    })
}

/// A client of the plane, unless it dies before it says where it is.
fn connect(plane: &mut Served, folder: &Path) -> Option<Client> {
    plane.tells("endpoint")?;
    let key = plane.tells("key")?;
    let key = std::fs::read_to_string(key).expect("a plane that speaks has a key");
    let client = Client::builder(Endpoint::unix(&folder.join("api")))
        .key(Key::parse(key.trim()).expect("a key"))
        // Whoever is dead stays dead.
        .retry(RetryPolicy {
            within: Duration::ZERO,
            within_first_contact: Duration::ZERO,
            ..RetryPolicy::default()
        });
    Some(client.build().expect("a client"))
}

/// One wish after the other until the plane dies; what is known to be written then.
async fn live(client: &Client, mut known: Acknowledged, run: usize) -> Acknowledged {
    match found(client, known, run).await {
        Ok(found) => known = found,
        Err(_) => return known,
    }
    loop {
        let number = known.patch.map_or(0, |last| last + 1);
        if set_up(client, number).await.is_err() {
            return known;
        }
        known.cluster = Some(number);
        if patch(client, number).await.is_err() {
            return known;
        }
        known.patch = Some(number);
    }
}

/// What a plane has that started again; it is what was acknowledged, or one write more, whose answer was lost.
async fn found(client: &Client, known: Acknowledged, run: usize) -> Result<Acknowledged, Error> {
    let state = client.state();
    let cluster = state.find::<kind::Cluster>(CLUSTER).await?;
    let patch = state.find::<kind::ConfigPatch>(PATCH).await?;
    let found = Acknowledged {
        cluster: cluster.and_then(|cluster| number(&cluster.metadata)),
        patch: patch.and_then(|patch| number(&patch.metadata)),
    };
    let fits = |found: Option<u64>, known: Option<u64>| {
        found == known || found == Some(known.map_or(0, |last| last + 1))
    };
    assert!(
        fits(found.cluster, known.cluster) && fits(found.patch, known.patch),
        "run {run}: {known:?} was acknowledged, {found:?} is there"
    );
    Ok(found)
}

async fn wish(client: &Client, number: u64) -> Result<(), Error> {
    set_up(client, number).await?;
    patch(client, number).await
}

/// The cluster as the wish of this number has it, with its machines.
async fn set_up(client: &Client, number: u64) -> Result<(), Error> {
    put::<kind::Cluster>(client, CLUSTER, |cluster| {
        mark(&mut cluster.metadata, number);
        let talos = if (number / 8).is_multiple_of(2) {
            "1.13.7"
        } else {
            "1.13.8"
        };
        talos.clone_into(&mut cluster.spec.talos_version);
        "1.35.5".clone_into(&mut cluster.spec.kubernetes_version);
    })
    .await?;
    for (name, role, machines) in [
        ("control-planes", labels::CONTROL_PLANE_ROLE, 1..=3),
        ("workers", labels::WORKER_ROLE, 4..=4),
    ] {
        let set = format!("{CLUSTER}-{name}");
        put::<kind::MachineSet>(client, &set, |set| belong(&mut set.metadata, role)).await?;
        for machine in machines {
            put::<kind::MachineSetNode>(client, &plain_id(machine), |node| {
                belong(&mut node.metadata, role);
                let marks = &mut node.metadata.labels;
                marks.insert(labels::MACHINE_SET.to_owned(), set.clone());
            })
            .await?;
        }
    }
    Ok(())
}

async fn patch(client: &Client, number: u64) -> Result<(), Error> {
    put::<kind::ConfigPatch>(client, PATCH, |patch| {
        mark(&mut patch.metadata, number);
        let marks = &mut patch.metadata.labels;
        marks.insert(labels::CLUSTER.to_owned(), CLUSTER.to_owned());
        patch.spec.data = format!("machine:\n  sysctls:\n    user.wish: \"{number}\"\n");
    })
    .await
}

/// Creates or changes.
async fn put<K: Kind>(
    client: &Client,
    id: &str,
    mut change: impl FnMut(&mut Resource<K>) + Send,
) -> Result<(), Error> {
    let state = client.state();
    if let Some(base) = state.find::<K>(id).await? {
        state.modify_from(base, change).await?;
    } else {
        let mut new = Resource::new(id, K::Spec::default());
        change(&mut new);
        state.create(&new).await?;
    }
    Ok(())
}

fn belong(metadata: &mut omni_api::Metadata, role: &str) {
    let marks = &mut metadata.labels;
    marks.insert(labels::CLUSTER.to_owned(), CLUSTER.to_owned());
    marks.insert(role.to_owned(), String::new());
}

/// Notes the number of the wish.
fn mark(metadata: &mut omni_api::Metadata, number: u64) {
    let notes = &mut metadata.annotations;
    notes.insert("wish".to_owned(), number.to_string());
}

fn number(metadata: &omni_api::Metadata) -> Option<u64> {
    metadata.annotation("wish")?.parse().ok()
}

/// The state of a plane that has ended, brought to rest on a clock that jumps.
fn at_rest(folder: &Path) -> Store {
    let store = Store::open(&folder.join("state"), Clock::manual()).expect("it opens");
    audit::record(&store);
    let controllers = plane::controllers(&Timings::talos());
    let engine = Engine::new(store.clone(), store.clock().clone(), controllers);
    let settled = engine.expect("they agree").settle(Duration::from_hours(24));
    assert_eq!(settled, Settled::Quiet);
    let status = store.read::<kind::ClusterStatus>(CLUSTER).expect("there");
    assert!(status.spec.ready && status.spec.kubernetes_api_ready);
    store
}
