//! Planes in this process: whom they let in, when they end, what they leave. Those of other processes are tested with the
//! provider's own binary (`tests/plane_daemon.rs` of the root package).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::child::{self, Child, ChildError, Ended, Service, Setup};
use super::*;
use crate::serve::{self, Connections, ServeError};

/// Serves nothing: every call is answered that it is not known.
struct Empty {
    busy: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
}

impl Service for Empty {
    type Error = ServeError;

    fn gauge(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let busy = self.busy.clone();
        move || busy.load(Ordering::Relaxed)
    }

    async fn serve(
        self,
        listener: serve::Listener,
        connections: Connections,
        stop: CancellationToken,
    ) -> Result<(), ServeError> {
        serve::serve(listener, Routes::default(), connections, stop).await?;
        self.ended.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// A plane that runs in this process.
struct Plane {
    ended: Arc<AtomicBool>,
    task: JoinHandle<Result<Ended, ChildError>>,
}

fn child(path: &Path, idle: Duration) -> Child {
    Child {
        options: Options {
            idle,
            ..Options::new(path, settings())
        },
        build: "test".to_owned(),
        data_version: 1,
        notify: None,
    }
}

fn settings() -> Settings {
    Settings {
        machines: 3,
        speed: 20.0,
        ..Settings::default()
    }
}

/// Starts a plane and waits until its door is open.
async fn start(path: &Path, idle: Duration) -> Plane {
    let ended = Arc::new(AtomicBool::new(false));
    let (busy, flag) = (Arc::default(), ended.clone());
    let folder = Folder::create(path).expect("a folder");
    let ear = notify::Ear::open(&folder).expect("an ear");
    let child = Child {
        notify: Some(ear.path().to_owned()),
        ..child(path, idle)
    };
    let task = tokio::spawn(child::run(child, async |_: Setup| {
        Ok(Empty { busy, ended: flag })
    }));
    assert_eq!(ear.report().await, notify::Report::Ready);
    Plane { ended, task }
}

fn folder() -> TempDir {
    tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .tempdir()
        .expect("a folder")
}

const LONG: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_plane_says_who_it_is_and_serves() {
    let folder = folder();
    assert!(join(folder.path()).await.expect("looked").is_none());
    let plane = start(folder.path(), LONG).await;
    let running = join(folder.path()).await.expect("asked").expect("it runs");
    assert_eq!(running.record.settings, settings());
    assert_eq!(running.record.pid, std::process::id());
    assert!(running.record.endpoint().starts_with("unix:///"));
    let endpoint = tonic::transport::Endpoint::from_shared(running.record.endpoint());
    let channel = endpoint.expect("an endpoint").connect().await;
    channel.expect("it speaks HTTP/2");
    assert_eq!(
        last_settings(folder.path()).expect("read"),
        Some(settings())
    );
    plane.task.abort();
}

#[tokio::test]
async fn a_plane_that_is_stopped_ends_cleanly_and_leaves_no_socket() {
    let folder = folder();
    let plane = start(folder.path(), LONG).await;
    let stopping = tokio::spawn({
        let path = folder.path().to_owned();
        async move { stop(&path).await }
    });
    drop(plane.task.await.expect("no panic").expect("a clean end"));
    assert!(plane.ended.load(Ordering::Relaxed));
    assert_eq!(
        stopping.await.expect("no panic").expect("stopped"),
        Stopped::Ended
    );
    let mut left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["life.lock", "settings.json", "start.lock"]);
}

#[tokio::test]
async fn stopping_where_nothing_runs_is_fine() {
    let folder = folder();
    let path = folder.path().join("never");
    assert_eq!(stop(&path).await.expect("stopped"), Stopped::WasNotRunning);
    assert!(!path.exists());
    assert_eq!(
        stop(folder.path()).await.expect("stopped"),
        Stopped::WasNotRunning
    );
}

#[tokio::test]
async fn a_plane_that_nobody_needs_ends_by_itself() {
    let folder = folder();
    let plane = start(folder.path(), Duration::ZERO).await;
    drop(plane.task.await.expect("no panic").expect("a clean end"));
    assert!(plane.ended.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_visitor_is_needed_for_as_long_as_he_stays() {
    let folder = folder();
    let files = Folder::create(folder.path()).expect("a folder");
    drop(lock::starting(&files).await.expect("locked"));
    let activity = Activity::new();
    let record = Record {
        build: "test".to_owned(),
        data_version: 1,
        pid: 1,
        settings: settings(),
        socket: files.api_socket(),
        door: files.door(),
    };
    let listener = listener::Listener::bind(&files.door()).expect("bound");
    let door = door::serve(listener, record, activity.clone(), CancellationToken::new());
    let door = tokio::spawn(door);
    let running = join(folder.path()).await.expect("asked").expect("greeted");
    assert_eq!(activity.present(), 1);
    drop(running);
    activity.deserted(Duration::ZERO, || false).await;
    assert!(
        join(folder.path()).await.expect("asked").is_none(),
        "it is about to end"
    );
    door.abort();
}

#[tokio::test]
async fn what_a_killed_plane_leaves_is_swept_away() {
    let folder = folder();
    let plane = start(folder.path(), LONG).await;
    let files = Folder::create(folder.path()).expect("a folder");
    let record = std::fs::read(files.record()).expect("written");
    plane.task.abort();
    let _ = plane.task.await;
    // As kill -9 leaves them: a record and sockets that nobody listens on.
    std::fs::write(files.record(), record).expect("written");
    drop(std::os::unix::net::UnixListener::bind(files.door()));
    drop(std::os::unix::net::UnixListener::bind(files.api_socket()));
    assert!(join(folder.path()).await.expect("looked").is_none());
    let plane = start(folder.path(), LONG).await;
    assert!(join(folder.path()).await.expect("asked").is_some());
    plane.task.abort();
}

#[tokio::test]
async fn a_folder_deleted_under_a_plane_belongs_to_the_next_one() {
    let folder = folder();
    let path = folder.path().join("plane");
    let first = start(&path, LONG).await;
    std::fs::remove_dir_all(&path).expect("deleted");
    let second = start(&path, LONG).await;
    first.task.abort();
    let _ = first.task.await;
    let running = join(&path).await.expect("asked");
    assert!(running.is_some(), "the first took the second's door along");
    second.task.abort();
}

#[tokio::test]
async fn a_plane_that_does_not_start_says_why() {
    let folder = folder();
    let files = Folder::create(folder.path()).expect("a folder");
    let ear = notify::Ear::open(&files).expect("an ear");
    let child = Child {
        notify: Some(ear.path().to_owned()),
        ..child(folder.path(), LONG)
    };
    let run = child::run(child, async |_: Setup| Err::<Sick, _>(Sickness));
    let (result, report) = tokio::join!(run, ear.report());
    assert!(matches!(result, Err(ChildError::Plane(_))));
    assert_eq!(
        report,
        notify::Report::Failed("the file of state is from the future".into())
    );
    assert!(join(folder.path()).await.expect("looked").is_none());
}

#[tokio::test]
async fn a_plane_that_nobody_waits_for_any_more_ends() {
    let folder = folder();
    let (busy, ended) = (Arc::default(), Arc::new(AtomicBool::new(false)));
    let child = Child {
        notify: Some(folder.path().join("gone")),
        ..child(folder.path(), LONG)
    };
    let flag = ended.clone();
    child::run(child, async |_: Setup| Ok(Empty { busy, ended: flag }))
        .await
        .expect("a clean end");
    assert!(ended.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_program_that_is_no_plane_is_told_with_its_last_words() {
    let folder = folder();
    let launch = |script: &str| Launch {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into(), "plane".into()],
        build: "test".to_owned(),
    };
    let options = Options::new(folder.path(), settings());
    let error = ensure(&options, &launch("echo out of cheese >&2; exit 3"))
        .await
        .expect_err("no plane");
    assert!(
        matches!(&error, DaemonError::Ended { status, tail, .. } if status.code() == Some(3) && tail == "out of cheese"),
        "{error}"
    );
    let missing = Launch {
        program: folder.path().join("missing"),
        ..launch("")
    };
    let error = ensure(&options, &missing).await.expect_err("no program");
    assert!(matches!(error, DaemonError::Spawn { .. }), "{error}");
}

#[tokio::test]
async fn a_door_that_does_not_answer_is_told_apart_from_no_plane() {
    let folder = folder();
    let files = Folder::create(folder.path()).expect("a folder");
    drop(lock::starting(&files).await.expect("locked"));
    let stranger = UnixListener::bind(files.door()).expect("bound");
    let (sender, receiver) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let (stream, _) = stranger.accept().await.expect("a visitor");
        stream.writable().await.expect("open");
        stream.try_write(b"SSH-2.0\n").expect("open");
        let _ = receiver.await;
    });
    let error = join(folder.path()).await.expect_err("a stranger");
    assert!(matches!(error, DaemonError::Stranger { .. }), "{error}");
    drop(sender);
}

/// Never there: its start fails.
struct Sick;

/// Why.
#[derive(Debug, thiserror::Error)]
#[error("the file of state is from the future")]
struct Sickness;

impl Service for Sick {
    type Error = Sickness;

    fn gauge(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        || false
    }

    async fn serve(
        self,
        _: serve::Listener,
        _: Connections,
        _: CancellationToken,
    ) -> Result<(), Sickness> {
        Ok(())
    }
}
