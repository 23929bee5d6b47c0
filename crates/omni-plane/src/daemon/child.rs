//! What the process of a plane does: start, say so, serve until told to stop or nobody needs it, end cleanly.
//!
//! What is served is the caller's ([`Service`]); this module knows folders, sockets, signals and when to end.

use std::error::Error;
use std::path::PathBuf;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::door;
use super::error::{DaemonError, chain};
use super::folder::{self, Folder};
use super::idle::Activity;
use super::listener::Listener;
use super::lock::{self, Held};
use super::notify::{self, Report};
use super::options::{Options, Settings};
use super::record::Record;
use super::stop;
use crate::serve::{self, Address, Connections, ServeError};

/// How long another plane of the folder, on its way out, is waited for.
const BEFORE: std::time::Duration = std::time::Duration::from_secs(20);

/// What the process was started with.
#[derive(Debug, Clone)]
pub struct Child {
    /// Folder, settings and how long it lives without being needed.
    pub options: Options,
    /// What tells this build from any other.
    pub build: String,
    /// Version of the data's form.
    pub data_version: u32,
    /// Where somebody waits to hear that it is ready; without one, nobody waits.
    pub notify: Option<PathBuf>,
}

/// Where a plane finds and leaves its things.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The file of state.
    pub data: PathBuf,
    /// Where its first key goes.
    pub key: PathBuf,
    /// How it is set up.
    pub settings: Settings,
}

/// What is served.
pub trait Service: Send + Sized {
    /// Why serving ended.
    type Error: Error + Send + Sync + 'static;

    /// Tells at any time whether work is queued or on its way. Work of habit (heartbeats) does not count.
    fn gauge(&self) -> impl Fn() -> bool + Send + Sync + 'static;

    /// Serves who connects until `stop`, each connection counted. When it returns, everything is on disk.
    fn serve(
        self,
        listener: serve::Listener,
        connections: Connections,
        stop: CancellationToken,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Why the process of a plane failed.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// Its folder, lock or sockets.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// The socket of its API.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The plane itself.
    #[error("the plane failed")]
    Plane(#[source] Box<dyn Error + Send + Sync>),
    /// Signals cannot be received.
    #[error("signals cannot be received")]
    Signals(#[source] std::io::Error),
}

/// A plane that has ended. While this lives no other one starts in the folder: let it go with the process.
#[derive(Debug)]
pub struct Ended {
    _lock: Held,
}

struct Begun<S> {
    service: S,
    record: Record,
    record_path: PathBuf,
    api: serve::Listener,
    door: Listener,
    folder: Folder,
    lock: Held,
}

/// Runs a plane in this process until it is told to stop (at its door, by SIGTERM or SIGINT) or nobody needs it any more.
///
/// # Errors
/// [`ChildError`]; whoever waits for the start has been told.
pub async fn run<S: Service>(
    child: Child,
    start: impl AsyncFnOnce(Setup) -> Result<S, S::Error>,
) -> Result<Ended, ChildError> {
    let signals = Signals::take_over().map_err(ChildError::Signals)?;
    let notify = child.notify.clone();
    let (idle, stop) = (child.options.idle, CancellationToken::new());
    match begin(child, start).await {
        Ok(begun) => {
            if let Some(path) = notify
                && !notify::report(&path, &Report::Ready).await
            {
                tracing::info!("whoever started the plane is gone, so it ends");
                stop.cancel();
            }
            begun.live(idle, stop, signals).await
        }
        Err(error) => {
            if let Some(path) = notify {
                notify::report(&path, &Report::Failed(reason(&error))).await;
            }
            Err(error)
        }
    }
}

/// The plane's own words where it is the plane that failed.
fn reason(error: &ChildError) -> String {
    match error {
        ChildError::Plane(source) => chain(source.as_ref()),
        other => chain(other),
    }
}

async fn begin<S: Service>(
    child: Child,
    start: impl AsyncFnOnce(Setup) -> Result<S, S::Error>,
) -> Result<Begun<S>, ChildError> {
    let folder = Folder::create(&child.options.path)?;
    folder.make_room()?;
    let lock = lock::living(&folder, BEFORE).await?;
    stop::clear(&folder, &lock);
    let settings = child.options.settings;
    let setup = Setup {
        data: folder.data(),
        key: folder.key(),
        settings: settings.clone(),
    };
    let service = start(setup)
        .await
        .map_err(|error| ChildError::Plane(error.into()))?;
    let record = Record {
        build: child.build,
        data_version: child.data_version,
        pid: std::process::id(),
        settings,
        socket: folder.api_socket(),
        door: folder.door(),
    };
    folder.remember(&record.settings)?;
    let begun = Begun {
        service,
        api: serve::Listener::bind(Address::Unix(record.socket.clone())).await?,
        door: Listener::bind(&record.door)?,
        record_path: folder.record(),
        record,
        folder,
        lock,
    };
    folder::write(&begun.record_path, &begun.record)?;
    Ok(begun)
}

// === impl Begun ===

impl<S: Service> Begun<S> {
    async fn live(
        self,
        idle: std::time::Duration,
        stop: CancellationToken,
        mut signals: Signals,
    ) -> Result<Ended, ChildError> {
        let (pid, endpoint) = (self.record.pid, self.record.endpoint());
        tracing::info!(pid, endpoint, build = self.record.build, "the plane runs");
        let (activity, connections) = (Activity::new(), Connections::default());
        let busy = self.service.gauge();
        let door = door::serve(
            self.door,
            self.record.clone(),
            activity.clone(),
            stop.clone(),
        );
        let reason_to_end = async {
            let why = tokio::select! {
                () = activity.deserted(idle, busy) => "nobody needs it",
                () = signals.order_to_end() => "a signal",
                () = stop.cancelled() => "an order",
                () = door => "its door is broken",
                () = follow(&connections, &activity) => "it cannot count connections",
            };
            tracing::info!(why, "the plane ends");
            activity.close();
            stop.cancel();
        };
        let serving = async {
            let serve = self
                .service
                .serve(self.api, connections.clone(), stop.clone());
            let result = serve.await;
            stop.cancel();
            result
        };
        let ((), result) = tokio::join!(reason_to_end, serving);
        if Record::read(&self.record_path).as_ref() == Some(&self.record) {
            // Where it cannot be removed, the next one replaces it.
            let _ = std::fs::remove_file(&self.record_path);
        }
        // Whoever is starting the next plane needs the room.
        if let Some(_start) = lock::try_starting(&self.folder) {
            self.folder.tidy();
        }
        result.map_err(|error| ChildError::Plane(error.into()))?;
        Ok(Ended { _lock: self.lock })
    }
}

/// Who is connected needs the plane, and so does who came and left in between.
async fn follow(connections: &Connections, activity: &Activity) {
    let mut open = connections.subscribe();
    loop {
        let visit = activity.enter();
        let _presence = visit.filter(|_| *open.borrow_and_update() > 0);
        if open.changed().await.is_err() {
            return;
        }
    }
}

/// The signals that concern a plane.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Taken over only: a plane does not end with the terminal it was started from.
    _hang_up: Signal,
}

// === impl Signals ===

impl Signals {
    fn take_over() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            _hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn order_to_end(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
