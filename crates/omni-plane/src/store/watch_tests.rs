//! What watches promise beyond the recorded probe: past, resumption, slow readers.

use omni_api::selector::Term;
use omni_api::{AnyResource, Metadata};

use super::collection::HISTORY;
use super::{EventKind, Query, Store, WatchError, WatchEvent, WatchOptions};
use crate::Clock;

const NAMESPACE: &str = "default";
const TYPE: &str = "Probes.lab.dev";

fn store(ids: &[&str]) -> Store {
    let store = Store::in_memory(Clock::manual());
    for id in ids {
        create(&store, id);
    }
    store
}

fn create(store: &Store, id: &str) {
    let resource = AnyResource {
        metadata: Metadata::new(NAMESPACE, TYPE, id),
        spec: Vec::new(),
        yaml: String::new(),
    };
    store.create(resource, "").expect("it is new");
}

fn rewrite(store: &Store, id: &str, label: Option<&str>) {
    let current = store.get(NAMESPACE, TYPE, id).expect("it is there");
    let mut next = (*current).clone();
    next.metadata.labels = label
        .map(|value| ("c".to_owned(), value.to_owned()))
        .into_iter()
        .collect();
    store.update(next, "", None).expect("current");
}

fn names(events: &[WatchEvent]) -> Vec<String> {
    events
        .iter()
        .map(|event| match event {
            WatchEvent::Resource(event, _) => {
                format!(
                    "{:?} {} {}",
                    event.kind, event.resource.metadata.id, event.resource.metadata.version
                )
            }
            WatchEvent::Missing => "Missing".into(),
            WatchEvent::Bootstrapped(_) => "Bootstrapped".into(),
            WatchEvent::Noop(_) => "Noop".into(),
            WatchEvent::Complete => "Complete".into(),
            WatchEvent::Failed(text) | WatchEvent::Overrun(text) => text.clone(),
        })
        .collect()
}

#[tokio::test]
async fn a_watch_goes_on_from_its_last_bookmark() {
    let store = store(&["a", "b"]);
    let options = WatchOptions {
        bootstrap_contents: true,
        ..WatchOptions::default()
    };
    let mut watcher = store
        .watch_kind(NAMESPACE, TYPE, &options)
        .expect("it begins");
    let first = watcher.next().await.expect("contents");
    let Some(WatchEvent::Bootstrapped(mark)) = first.last() else {
        panic!("no mark: {:?}", names(&first));
    };
    create(&store, "c");
    rewrite(&store, "a", None);
    let options = WatchOptions {
        start_from: Some(mark.to_vec()),
        ..WatchOptions::default()
    };
    let mut resumed = store
        .watch_kind(NAMESPACE, TYPE, &options)
        .expect("it goes on");
    assert_eq!(
        names(&resumed.next().await.expect("changes")),
        ["Created c 1", "Updated a 2"]
    );
}

#[tokio::test]
async fn the_mark_of_an_empty_kind_can_be_resumed_too() {
    let store = store(&[]);
    let options = WatchOptions {
        bootstrap_bookmark: true,
        ..WatchOptions::default()
    };
    let mut watcher = store
        .watch_kind(NAMESPACE, TYPE, &options)
        .expect("it begins");
    let first = watcher.next().await.expect("a mark");
    let [WatchEvent::Noop(mark)] = first.as_slice() else {
        panic!("no mark: {:?}", names(&first));
    };
    create(&store, "a");
    let options = WatchOptions {
        start_from: Some(mark.to_vec()),
        ..WatchOptions::default()
    };
    let mut resumed = store
        .watch_kind(NAMESPACE, TYPE, &options)
        .expect("it goes on");
    assert_eq!(
        names(&resumed.next().await.expect("changes")),
        ["Created a 1"]
    );
}

#[tokio::test]
async fn a_bookmark_of_another_process_or_of_the_future_is_refused() {
    let (one, other) = (store(&["a"]), store(&["a"]));
    let options = WatchOptions {
        bootstrap_bookmark: true,
        ..WatchOptions::default()
    };
    let mut watcher = one
        .watch_kind(NAMESPACE, TYPE, &options)
        .expect("it begins");
    let first = watcher.next().await.expect("a mark");
    let [WatchEvent::Noop(mark)] = first.as_slice() else {
        panic!("no mark: {:?}", names(&first));
    };
    let mut ahead = *mark;
    ahead[15] += 1;
    for (store, bookmark) in [
        (&other, mark.to_vec()),
        (&one, ahead.to_vec()),
        (&one, vec![1]),
    ] {
        let options = WatchOptions {
            start_from: Some(bookmark),
            ..WatchOptions::default()
        };
        let refused = store.watch_kind(NAMESPACE, TYPE, &options);
        assert_eq!(refused.err(), Some(WatchError::InvalidBookmark));
    }
}

#[tokio::test]
async fn the_tail_shows_the_last_changes() {
    let store = store(&["a", "b", "c"]);
    rewrite(&store, "a", None);
    let options = WatchOptions {
        tail_events: 2,
        ..WatchOptions::default()
    };
    let mut kind = store
        .watch_kind(NAMESPACE, TYPE, &options)
        .expect("it begins");
    assert_eq!(
        names(&kind.next().await.expect("the past")),
        ["Created c 1", "Updated a 2"]
    );
    let mut one = store
        .watch(NAMESPACE, TYPE, "a", &options)
        .expect("it begins");
    assert_eq!(
        names(&one.next().await.expect("the past")),
        ["Created a 1", "Updated a 2"]
    );
}

#[tokio::test]
async fn options_that_exclude_each_other_are_refused() {
    let store = store(&[]);
    let both = WatchOptions {
        tail_events: 1,
        start_from: Some(vec![]),
        ..WatchOptions::default()
    };
    let refused = store.watch_kind(NAMESPACE, TYPE, &both);
    assert_eq!(refused.err(), Some(WatchError::TailAndBookmark));
    let past = WatchOptions {
        tail_events: 1,
        bootstrap_contents: true,
        ..WatchOptions::default()
    };
    let refused = store.watch_kind(NAMESPACE, TYPE, &past);
    assert_eq!(refused.err(), Some(WatchError::BootstrapAndPast));
}

#[tokio::test]
async fn a_filtered_watch_shows_comings_and_goings() {
    let store = store(&["a"]);
    let options = WatchOptions {
        query: Query::all().and(Term::equal("c", "1")),
        ..WatchOptions::default()
    };
    let mut watcher = store
        .watch_kind(NAMESPACE, TYPE, &options)
        .expect("it begins");
    rewrite(&store, "a", Some("1"));
    rewrite(&store, "a", Some("1"));
    rewrite(&store, "a", Some("2"));
    rewrite(&store, "a", Some("3"));
    let seen = watcher.next().await.expect("changes");
    assert_eq!(
        names(&seen),
        ["Created a 2", "Updated a 3", "Destroyed a 4"]
    );
    let kinds = seen.iter().map(|event| match event {
        WatchEvent::Resource(event, Some(_)) => (event.kind, event.old.is_some()),
        other => panic!("no change: {other:?}"),
    });
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(
        kinds,
        [
            (EventKind::Created, false),
            (EventKind::Updated, true),
            (EventKind::Destroyed, false)
        ]
    );
}

#[tokio::test]
async fn a_reader_that_falls_behind_the_history_is_told_and_dropped() {
    let store = store(&["a"]);
    let mut watcher = store
        .watch_kind(NAMESPACE, TYPE, &WatchOptions::default())
        .expect("it begins");
    for _ in 0..=HISTORY {
        rewrite(&store, "a", None);
    }
    let seen = watcher.next().await.expect("an error");
    assert_eq!(
        names(&seen),
        [
            r#"buffer overrun: namespace "default" type "Probes.lab.dev", write pos 10002, pos 1, capacity 10000"#
        ]
    );
    assert_eq!(watcher.next().await, None);
}

#[tokio::test]
async fn large_changes_are_remembered_by_their_size_and_a_few_in_any_case() {
    const LARGE: usize = 1 << 20;
    let store = store(&["a"]);
    let write = |times: usize| {
        for time in 0..times {
            let current = store.get(NAMESPACE, TYPE, "a").expect("it is there");
            let mut next = (*current).clone();
            next.spec = vec![u8::try_from(time).expect("small"); LARGE];
            store.update(next, "", None).expect("current");
        }
    };
    let watch = || {
        store
            .watch_kind(NAMESPACE, TYPE, &WatchOptions::default())
            .expect("it begins")
    };
    let mut prompt = watch();
    write(16);
    assert_eq!(prompt.next().await.map(|seen| seen.len()), Some(16));
    let mut slow = watch();
    write(17);
    let seen = slow.next().await.expect("an error");
    assert!(matches!(seen[..], [WatchEvent::Overrun(_)]), "{seen:?}");
}
