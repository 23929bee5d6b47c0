//! What outlives the process.

use std::time::Duration;

use omni_api::{Phase, kind};

use super::{Key, OpenError, Query, Store};
use crate::{Clock, Moment};

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart() {
    let home = home();
    let path = home.path().join("state");
    let store = Store::open(&path, Clock::manual()).expect("a new file");
    store
        .put::<kind::Cluster>("", "kept", |cluster| {
            cluster.metadata.labels.insert("a".into(), "b".into());
            cluster.spec.talos_version = "1.13.7".into();
        })
        .expect("it is new");
    store
        .put::<kind::Cluster>("", "gone", |_| {})
        .expect("it is new");
    store
        .add_finalizer::<kind::Cluster>("kept", "Holder")
        .expect("it is there");
    store
        .teardown(&Key::of::<kind::Cluster>("kept"), "")
        .expect("it is there");
    store
        .remove::<kind::Cluster>("", "gone")
        .expect("it is free");
    store.committed().await.expect("it is written");
    let before = store.get("default", <kind::Cluster as omni_api::Kind>::TYPE, "kept");
    drop(store);

    let store = Store::open(&path, Clock::manual()).expect("the same file");
    let after = store.read_all::<kind::Cluster>(&Query::label("a", "b"));
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].metadata.phase, Phase::TearingDown);
    assert_eq!(
        store.get("default", <kind::Cluster as omni_api::Kind>::TYPE, "kept"),
        before
    );
    assert!(store.read::<kind::Cluster>("gone").is_none());
}

#[tokio::test]
async fn ephemeral_namespaces_end_with_the_process() {
    let home = home();
    let path = home.path().join("state");
    let store = Store::open(&path, Clock::manual()).expect("a new file");
    store
        .put::<kind::OngoingTask>("", "t", |_| {})
        .expect("it is new");
    store
        .put::<kind::InfraProviderHealthStatus>("", "p", |_| {})
        .expect("it is new");
    store
        .put::<kind::InfraProviderStatus>("", "p", |_| {})
        .expect("it is new");
    store.committed().await.expect("it is written");
    drop(store);
    let store = Store::open(&path, Clock::manual()).expect("the same file");
    assert!(store.read::<kind::OngoingTask>("t").is_none());
    assert!(store.read::<kind::InfraProviderHealthStatus>("p").is_none());
    assert!(store.read::<kind::InfraProviderStatus>("p").is_some());
}

#[test]
fn one_file_serves_one_plane() {
    let home = home();
    let path = home.path().join("state");
    let first = Store::open(&path, Clock::manual()).expect("a new file");
    let second = Store::open(&path, Clock::manual());
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
    drop(first);
    Store::open(&path, Clock::manual()).expect("it is free again");
}

#[test]
fn a_file_that_is_none_is_refused_with_its_name() {
    let home = home();
    let path = home.path().join("state");
    std::fs::write(
        &path,
        "no file of state, but some text that is long enough to be read",
    )
    .expect("written");
    let refused = Store::open(&path, Clock::manual()).expect_err("no file of state");
    assert!(
        matches!(refused, OpenError::Damaged { .. } | OpenError::Io { .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("state"));
    let nowhere = Store::open(&home.path().join("no/such/folder"), Clock::manual());
    assert!(matches!(nowhere, Err(OpenError::Io { .. })));
}

#[tokio::test]
async fn only_its_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home();
    let path = home.path().join("state");
    let _store = Store::open(&path, Clock::manual()).expect("a new file");
    let mode = std::fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn time_goes_on_where_it_stopped() {
    let home = home();
    let path = home.path().join("state");
    let clock = Clock::manual();
    let store = Store::open(&path, clock.clone()).expect("a new file");
    clock.advance(Duration::from_hours(1));
    store
        .put::<kind::Cluster>("", "c", |_| {})
        .expect("it is new");
    store.committed().await.expect("it is written");
    let stopped = clock.moment();
    drop(store);
    let clock = Clock::manual_at(Moment::from_unix(Duration::from_secs(1)));
    let _store = Store::open(&path, clock.clone()).expect("the same file");
    assert_eq!(clock.moment(), stopped);
}

#[tokio::test]
async fn commits_from_many_threads_are_all_written() {
    let home = home();
    let path = home.path().join("state");
    let store = Store::open(&path, Clock::manual()).expect("a new file");
    let writers: Vec<_> = (0..4)
        .map(|thread| {
            let store = store.clone();
            std::thread::spawn(move || {
                for number in 0..250 {
                    let id = format!("c-{thread}-{number}");
                    store
                        .put::<kind::Cluster>("", &id, |_| {})
                        .expect("it is new");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().expect("it wrote");
    }
    store.committed().await.expect("it is written");
    drop(store);
    let store = Store::open(&path, Clock::manual()).expect("the same file");
    assert_eq!(store.read_all::<kind::Cluster>(&Query::all()).len(), 1000);
}

#[tokio::test]
async fn rows_of_the_annals_are_there_after_a_restart_and_their_numbers_go_on() {
    let home = home();
    let path = home.path().join("state");
    let note = |store: &Store, stream: &str, text: &str| {
        let noted = store.transaction(|tx| {
            tx.note(stream, text.into());
            Ok(())
        });
        noted.expect("noted");
    };
    let texts = |store: &Store, stream: &str| {
        let rows = store.annals().read(stream, 0, 10).expect("readable");
        let rows = rows.into_iter().map(|row| (row.number, row.text));
        rows.collect::<Vec<_>>()
    };
    let store = Store::open(&path, Clock::manual()).expect("a new file");
    note(&store, "a", "one");
    note(&store, "b", "two");
    note(&store, "a", "three");
    store.committed().await.expect("written");
    drop(store);

    let store = Store::open(&path, Clock::manual()).expect("the same file");
    assert_eq!(
        texts(&store, "a"),
        [(1, b"one".to_vec()), (3, b"three".to_vec())]
    );
    assert_eq!(store.annals().last("a"), Ok(3));
    note(&store, "b", "four");
    store.clock().advance(Duration::from_hours(1));
    note(&store, "b", "five");
    store.committed().await.expect("written");
    let now = store.clock().moment();
    store.annals().forget_before(now).expect("forgotten");
    assert_eq!(texts(&store, "a"), [(3, b"three".to_vec())]);
    assert_eq!(texts(&store, "b"), [(5, b"five".to_vec())]);
    let ended = store.transaction(|tx| {
        tx.end_notes("b");
        Ok(())
    });
    ended.expect("ended");
    store.committed().await.expect("written");
    assert_eq!(texts(&store, "b"), []);
    assert_eq!(store.annals().last("c"), Ok(0));
}
