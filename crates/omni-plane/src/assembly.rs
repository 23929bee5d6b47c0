//! The plane in one piece: store, seed, machines, controllers, services.
//!
//! [`Plane::open`] brings a file of state to where a plane may be spoken to: seeded, its key on disk, its first machines checked in.
//! Only then does anybody learn its address. [`Plane::serve`] runs controllers and services until it is told to stop; when it
//! returns, everything is on disk.

mod check_in;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::service::Routes;

use crate::api::{self, Endpoints};
use crate::audit;
use crate::backups::Depot;
use crate::daemon::child::{Service, Setup};
use crate::engine::{BuildError, Engine, Stats};
use crate::infra::faults::{self, Script, ScriptError};
use crate::infra::machine::Timings;
use crate::infra::provider::play_new_providers;
use crate::seed::{self, Seed, SeedError, Versions, VersionsError};
use crate::serve::{self, Address, Connections, Listener, ServeError};
use crate::store::{OpenError, StoreError};
use crate::{Clock, Moment, Store, instance, plane};

/// Version of the form in which state is kept.
pub const DATA_VERSION: u32 = 1;

/// How often old rows are looked for.
const CLEANING: Duration = Duration::from_hours(1);

/// Name of the account on an embedded plane: part of contexts, file names and titles.
const ACCOUNT: &str = "embedded";

/// A plane that may be spoken to. Its controllers run until it is dropped or served to the end.
#[derive(Debug)]
pub struct Plane {
    store: Store,
    depot: Depot,
    stats: Arc<Stats>,
    controllers: JoinHandle<()>,
    stop: DropGuard,
}

/// Why a plane could not be opened or served.
#[derive(Debug, thiserror::Error)]
pub enum PlaneError {
    /// The file of state.
    #[error("the state cannot be opened")]
    Open(#[from] OpenError),
    /// The store refused a write of the plane's own.
    #[error("the store refused a write")]
    Store(#[from] StoreError),
    /// The first resources.
    #[error("the plane cannot be set up")]
    Seed(#[from] SeedError),
    /// The table of versions that was given.
    #[error("the table of versions cannot be used")]
    Versions(#[from] VersionsError),
    /// The fault script cannot be read.
    #[error("the fault script {path} cannot be read")]
    FaultFile {
        /// The file.
        path: String,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// The fault script makes no sense.
    #[error("the fault script {path} cannot be used")]
    Faults {
        /// The file.
        path: String,
        /// Why not, with the line.
        #[source]
        source: ScriptError,
    },
    /// The key file.
    #[error("the key file {path} cannot be written")]
    Key {
        /// The file.
        path: String,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// The controllers do not fit together: a mistake in the program.
    #[error("the controllers do not fit together")]
    Engine(#[from] BuildError),
    /// The controllers ended before the first machines had checked in.
    #[error("the controllers ended before the first machines had checked in")]
    Stopped,
    /// The socket or the transport.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

// === impl Plane ===

impl Plane {
    /// Opens the plane of a file of state; the file is made where there is none. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`PlaneError`].
    pub async fn open(setup: &Setup) -> Result<Self, PlaneError> {
        let settings = &setup.settings;
        let store = Store::open(&setup.data, Clock::system(settings.speed))?;
        audit::record(&store);
        let versions = settings
            .versions
            .as_deref()
            .map(Versions::read)
            .transpose()?;
        // Who the plane is decides what it starts with.
        instance::install(&store, &settings.instance)?;
        seed::seed(
            &store,
            &Seed {
                account: ACCOUNT.to_owned(),
                versions,
            },
        )?;
        issue_key(&store, &setup.key)?;
        let faults = settings.faults.as_ref();
        let script = faults.map(|file| read_script(&file.path)).transpose()?;
        faults::install(&store, script.as_ref())?;
        play_new_providers(&store, BTreeMap::new());
        let depot = Depot::folder(setup.data.with_extension("backups"));
        let plane = Self::over(store, &Timings::talos(), depot)?;
        plane.check_in(settings.machines as usize).await?;
        plane.store.committed().await?;
        Ok(plane)
    }

    /// The plane over a store that is seeded. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`PlaneError::Engine`].
    pub fn over(store: Store, timings: &Timings, depot: Depot) -> Result<Self, PlaneError> {
        let engine = Engine::new(
            store.clone(),
            store.clock().clone(),
            plane::controllers_with(timings, &depot),
        )?;
        let (stats, stop) = (engine.stats(), CancellationToken::new());
        let controllers = tokio::spawn(engine.run(stop.clone()));
        Ok(Self {
            store,
            depot,
            stats,
            controllers,
            stop: stop.drop_guard(),
        })
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What the controllers count.
    pub fn stats(&self) -> Arc<Stats> {
        self.stats.clone()
    }

    /// The services, each behind the signature check. The files that they hand out name the address at which they are served.
    pub fn routes(&self, address: &Address, stop: &CancellationToken) -> Routes {
        api::routes(
            &self.store,
            &self.depot,
            Endpoints::at(address),
            stop.clone(),
        )
    }
}

impl Service for Plane {
    type Error = PlaneError;

    fn gauge(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let stats = self.stats();
        move || stats.pending() > 0
    }

    async fn serve(
        self,
        listener: Listener,
        connections: Connections,
        stop: CancellationToken,
    ) -> Result<(), PlaneError> {
        let routes = self.routes(listener.address(), &stop);
        let clean = tokio::spawn(forget_old_rows(self.store.clone(), stop.clone()));
        let served = serve::serve(listener, routes, connections, stop).await;
        drop(self.stop);
        clean.abort();
        // A panic of the engine has been told by the panic hook; what is left is to end in order.
        let _ = self.controllers.await;
        self.store.committed().await?;
        Ok(served?)
    }
}

/// Reads a fault script.
///
/// # Errors
/// [`PlaneError::FaultFile`], [`PlaneError::Faults`].
pub fn read_script(path: &Path) -> Result<Script, PlaneError> {
    let name = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| PlaneError::FaultFile {
        path: name(),
        source,
    })?;
    Script::parse(&text).map_err(|source| PlaneError::Faults {
        path: name(),
        source,
    })
}

/// Keeps the annals from growing for ever: what is too old goes, every hour.
async fn forget_old_rows(store: Store, stop: CancellationToken) {
    let clock = store.clock().clone();
    while !stop.is_cancelled() {
        let old = clock.moment().since_unix().saturating_sub(audit::RETENTION);
        if let Err(error) = store.annals().forget_before(Moment::from_unix(old)) {
            tracing::warn!(%error, "old rows were not removed");
        }
        clock.sleep(CLEANING).await;
    }
}

/// Makes the key file of the first account, unless there is one that still lets its owner in.
fn issue_key(store: &Store, path: &Path) -> Result<(), PlaneError> {
    let failed = |source| PlaneError::Key {
        path: path.display().to_string(),
        source,
    };
    if seed::key_file_is_valid(store, path) {
        return Ok(());
    }
    seed::issue_key(store)?.write_to(path).map_err(failed)
}
