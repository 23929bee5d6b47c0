//! An acknowledged write survives kill -9, at whatever moment it comes.
//!
//! A child (this binary again) writes numbered commits to a file of state and says which ones were acknowledged; it is killed at a random moment. Then the
//! file must hold every acknowledged commit, and a prefix of all commits: no hole, and no half of a commit. The next child goes on with the same
//! file. 20 rounds are run; `OMNI_PLANE_KILL_RUNS` asks for more.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use omni_api::kind;
use omni_plane::store::Query;
use omni_plane::{Clock, Store};

/// Tells the binary that it is the child, and which file is its.
const CHILD: &str = "OMNI_PLANE_KILL_FILE";
const RUNS: &str = "OMNI_PLANE_KILL_RUNS";

/// Not a test of its own: what the child does.
#[test]
fn child_writes_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else {
        return;
    };
    let store = Store::open(Path::new(&path), Clock::system(1.0)).expect("the file is free");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let mut number = last(&store).map_or(0, |last| last + 1);
    loop {
        write(&store, number);
        // Some commits share a flush with their neighbours, some do not.
        if rand::random_range(0..3) == 0 {
            runtime.block_on(store.committed()).expect("it is written");
            println!("acknowledged {number}");
            std::io::stdout().flush().expect("the parent listens");
        }
        number += 1;
    }
}

#[test]
fn an_acknowledged_write_survives_kill_9() {
    if std::env::var(CHILD).is_ok() {
        return;
    }
    let runs = std::env::var(RUNS)
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(20);
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("state");
    let mut total = 0;
    for run in 0..runs {
        let acknowledged = write_and_kill(&path);
        let store = Store::open(&path, Clock::system(1.0))
            .expect("a killed plane leaves a file that opens");
        check(&store, acknowledged, run);
        total = last(&store).expect("something was written");
    }
    println!("{runs} planes were killed, {total} commits are there without a hole");
}

/// One commit: a resource of its own, and the last number in another one.
fn write(store: &Store, number: u64) {
    let written = store.transaction(|tx| {
        tx.put::<kind::ConfigPatch>("", &format!("{number:012}"), |patch| {
            patch.spec.data = "x".repeat(500);
        })?;
        tx.put::<kind::Cluster>("", "last", |cluster| {
            cluster.spec.talos_version = number.to_string();
        })
    });
    assert_eq!(written, Ok(true));
}

fn last(store: &Store) -> Option<u64> {
    store
        .read::<kind::Cluster>("last")
        .map(|last| last.spec.talos_version.parse().expect("a number"))
}

/// The highest number that the child saw acknowledged before it was killed.
fn write_and_kill(path: &Path) -> u64 {
    let mut child = start(path);
    let patience = rand::random_range(1..40);
    let spin = Duration::from_micros(rand::random_range(0..2_000));
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut acknowledged = None;
    let mut seen = 0;
    let mut note = |line: std::io::Result<String>| {
        let number = line
            .ok()
            .and_then(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok());
        if let Some(number) = number {
            acknowledged = Some(number);
            seen += 1;
        }
        seen
    };
    for line in lines.by_ref() {
        if note(line) >= patience {
            break;
        }
    }
    // Not a wait for anything: it moves the kill to a random place between two acknowledgements.
    std::thread::sleep(spin);
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    // What it still said before it was killed counts.
    lines.for_each(|line| {
        note(line);
    });
    acknowledged.expect("something was acknowledged")
}

fn start(path: &Path) -> Child {
    let binary = std::env::current_exe().expect("this binary");
    Command::new(binary)
        .args([
            "--exact",
            "child_writes_until_it_is_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

fn check(store: &Store, acknowledged: u64, run: u64) {
    let last = last(store).expect("something was written");
    assert!(
        last >= acknowledged,
        "run {run}: {acknowledged} was acknowledged, {last} is the last one there"
    );
    let patches = store.read_all::<kind::ConfigPatch>(&Query::all());
    let expected = (0..=last).map(|number| format!("{number:012}"));
    assert!(
        patches
            .iter()
            .map(|patch| patch.id().to_owned())
            .eq(expected),
        "run {run}: the commits up to {last} are not all there, or more than them"
    );
    assert!(patches.iter().all(|patch| patch.spec.data.len() == 500));
}
