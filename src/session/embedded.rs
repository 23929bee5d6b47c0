//! The door to the embedded plane: the only file of the provider that names its crate.
//!
//! The session comes in by [`ensure`], people's commands by the rest. A plane that was joined lives at least as long as the value
//! that stands for it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use omni_client::{Endpoint, Key};
use omni_plane::Instance;
use omni_plane::assembly::{DATA_VERSION, Plane, PlaneError, read_script};
use omni_plane::daemon::child::{self, Child, ChildError, Ended, Service as _, Setup};
use omni_plane::daemon::{
    self, DaemonError, Launch, Options, PinnedFile, Running, Settings, Stopped,
};
use omni_plane::engine::dot;
use omni_plane::infra::machine::Timings;
use omni_plane::plane;
use omni_plane::serve::{Address, Connections, Listener, ServeError};
use tfplugin::Diagnostic;
use tokio_util::sync::CancellationToken;

pub use omni_plane::Release;

use super::settings::{EmbeddedOptions, with_causes};

/// The arguments that make this binary a plane.
const CHILD: [&str; 2] = ["plane", "child"];

/// A plane that was joined. It does not end by itself while this value lives.
#[derive(Debug)]
pub struct Joined {
    /// Where it is spoken to.
    pub endpoint: Endpoint,
    /// The key of its first account.
    pub key: Key,
    _running: Running,
}

/// What a plane in the foreground is started with.
#[derive(Debug)]
pub struct Foreground {
    /// TCP address to listen on, loopback only.
    pub listen: Option<SocketAddr>,
    /// Unix socket to listen on.
    pub socket: Option<PathBuf>,
    /// File of state.
    pub data: PathBuf,
    /// Where the first key goes.
    pub key: PathBuf,
    /// How it is set up.
    pub settings: PlaneSettings,
}

/// How a plane is set up.
#[derive(Debug, Clone, Default)]
pub struct PlaneSettings {
    /// Machines that have checked in.
    pub machines: u32,
    /// Emulated seconds per second.
    pub speed: f64,
    /// File with versions.
    pub versions: Option<PathBuf>,
    /// File with a fault script.
    pub faults: Option<PathBuf>,
    /// Which release of Omni it is.
    pub omni: Release,
    /// What an Omni is configured with.
    pub instance: InstanceSettings,
}

/// What an Omni is configured with, where a plane has it too.
#[derive(Debug, Clone, Default)]
pub struct InstanceSettings {
    /// Whether Admins may ask for files that lead past Omni.
    pub break_glass: bool,
    /// Whether everybody may only look.
    pub suspended: bool,
    /// How many machines may be registered; any number where it is 0.
    pub max_machines: u32,
    /// How many users there may be; any number where it is 0.
    pub max_users: u32,
    /// How many service accounts there may be; any number where it is 0.
    pub max_service_accounts: u32,
}

/// Why a command on a plane failed.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Folder, lock, process.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// The plane in this process.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// The plane itself.
    #[error(transparent)]
    Plane(#[from] PlaneError),
    /// Its socket.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The key file cannot be read or used.
    #[error("the key {path} cannot be used: {reason}")]
    Key {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// The system does not say where this program or its folder is.
    #[error("where this program runs cannot be found out")]
    Here(#[source] std::io::Error),
    /// The fault script cannot be read.
    #[error("the fault script {path} cannot be read")]
    Faults {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// No plane runs there, and none has before.
    #[error("there is no plane in {0}")]
    NoPlane(String),
}

/// Joins the plane of the folder, or starts one.
///
/// # Errors
/// Why there is no plane, with what to do about it.
pub async fn ensure(options: &EmbeddedOptions) -> Result<Joined, Diagnostic> {
    let settings = PlaneSettings {
        machines: options.machines,
        speed: f64::from(options.speed),
        versions: options.versions.as_ref().map(PathBuf::from),
        faults: options.faults.as_ref().map(PathBuf::from),
        omni: release(options)?,
        instance: InstanceSettings::default(),
    };
    // A script that cannot be used is told where it stands, before anything is started or stopped.
    if let Some(path) = &settings.faults {
        read_script(path).map_err(|error| broken_script(&error))?;
    }
    join_or_start(Path::new(&options.path), settings)
        .await
        .map_err(|error| {
            Diagnostic::error("The embedded plane did not start")
                .detail(format!("{}.", with_causes(&error)))
                .remedy(format!(
                    "What the plane said is in {}/plane.log.",
                    options.path
                ))
                .at_attribute("embedded")
        })
}

fn release(options: &EmbeddedOptions) -> Result<Release, Diagnostic> {
    let Some(omni) = &options.omni else {
        return Ok(Release::default());
    };
    omni.parse()
        .map_err(|_| crate::provider::unknown_release(omni))
}

fn broken_script(error: &PlaneError) -> Diagnostic {
    Diagnostic::error("The fault script cannot be used")
        .detail(format!("{}.", with_causes(error)))
        .remedy("The form of a fault script is described in docs/plane.md. Paths are relative to the working directory.")
        .at(tfplugin::Path::of("embedded").attribute("faults"))
}

async fn join_or_start(path: &Path, settings: PlaneSettings) -> Result<Joined, EmbeddedError> {
    let options = Options::new(path, settings.try_into()?);
    Joined::new(daemon::ensure(&options, &launch()?).await?)
}

/// Joins the plane of a folder; one that does not run is started as it was last.
///
/// # Errors
/// [`EmbeddedError`].
pub async fn join(path: &Path) -> Result<Joined, EmbeddedError> {
    if let Some(running) = daemon::join(path).await? {
        return Joined::new(running);
    }
    let missing = || EmbeddedError::NoPlane(path.display().to_string());
    let settings = daemon::last_settings(path)?.ok_or_else(missing)?;
    let options = Options::new(path, settings);
    Joined::new(daemon::ensure(&options, &launch()?).await?)
}

/// Ends the plane of a folder and waits until it has ended. Answers whether one ran.
///
/// # Errors
/// [`EmbeddedError::Daemon`].
pub async fn stop(path: &Path) -> Result<bool, EmbeddedError> {
    Ok(daemon::stop(path).await? != Stopped::WasNotRunning)
}

/// Runs the plane of a folder in this process, as the child of whoever needs it.
///
/// # Errors
/// [`EmbeddedError`].
pub async fn child(
    path: PathBuf,
    settings: PlaneSettings,
    idle: Duration,
    notify: Option<PathBuf>,
) -> Result<Ended, EmbeddedError> {
    let options = Options {
        path,
        settings: settings.try_into()?,
        idle,
    };
    let child = Child {
        options,
        build: build(),
        data_version: DATA_VERSION,
        notify,
    };
    Ok(child::run(child, async |setup| Plane::open(&setup).await).await?)
}

/// Runs a plane in this process until it is told to stop; `ready` is called with its endpoint when it may be spoken to.
///
/// # Errors
/// [`EmbeddedError`].
pub async fn serve(
    foreground: Foreground,
    ready: impl FnOnce(&str, &Path),
    stop: CancellationToken,
) -> Result<(), EmbeddedError> {
    let address = match (foreground.socket, foreground.listen) {
        // Clients need the whole path, wherever they run.
        (Some(socket), _) => Address::Unix(absolute(socket)?),
        (None, Some(address)) => Address::Tcp(address),
        (None, None) => Address::Tcp(SocketAddr::from(([127, 0, 0, 1], 0))),
    };
    let listener = Listener::bind(address).await?;
    let setup = Setup {
        data: foreground.data,
        key: absolute(foreground.key)?,
        settings: foreground.settings.try_into()?,
    };
    let plane = Plane::open(&setup).await?;
    ready(&listener.address().to_string(), &setup.key);
    Ok(plane.serve(listener, Connections::default(), stop).await?)
}

/// Who looks at what and who writes it in a plane, as a picture in Graphviz' language.
pub fn graph() -> String {
    dot(&plane::controllers(&Timings::talos()))
}

fn pinned(path: PathBuf) -> Result<PinnedFile, EmbeddedError> {
    let path = absolute(path)?;
    let name = path.display().to_string();
    PinnedFile::new(path).map_err(|source| EmbeddedError::Faults { path: name, source })
}

fn absolute(path: PathBuf) -> Result<PathBuf, EmbeddedError> {
    std::path::absolute(path).map_err(EmbeddedError::Here)
}

/// How this binary is started as a plane.
fn launch() -> Result<Launch, EmbeddedError> {
    let program = std::env::current_exe().map_err(EmbeddedError::Here)?;
    Ok(Launch {
        program,
        arguments: CHILD.into_iter().map(Into::into).collect(),
        build: build(),
    })
}

/// What tells this build from any other: the version and, for those who build it over and over, the binary's size and age.
fn build() -> String {
    let binary = std::env::current_exe().and_then(std::fs::metadata);
    let modified = binary
        .as_ref()
        .ok()
        .and_then(|binary| binary.modified().ok());
    let age = modified
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .unwrap_or_default();
    let size = binary.map(|binary| binary.len()).unwrap_or_default();
    format!(
        "{}-{size:x}-{:x}",
        env!("CARGO_PKG_VERSION"),
        age.as_nanos()
    )
}

// === impl Joined ===

impl Joined {
    fn new(running: Running) -> Result<Self, EmbeddedError> {
        let broken = |reason: String| EmbeddedError::Key {
            path: running.key_path.display().to_string(),
            reason,
        };
        let text = std::fs::read_to_string(&running.key_path)
            .map_err(|error| broken(error.to_string()))?;
        let key = Key::parse(&text).map_err(|error| broken(error.to_string()))?;
        Ok(Self {
            endpoint: Endpoint::unix(&running.record.socket),
            key,
            _running: running,
        })
    }
}

// === impl InstanceSettings ===

impl From<InstanceSettings> for Instance {
    fn from(settings: InstanceSettings) -> Self {
        Self {
            enable_break_glass_configs: settings.break_glass,
            suspended: settings.suspended,
            account_max_registered_machines: settings.max_machines,
            auth_max_users: settings.max_users,
            auth_max_service_accounts: settings.max_service_accounts,
            ..Self::default()
        }
    }
}

// === impl PlaneSettings ===

impl TryFrom<PlaneSettings> for Settings {
    type Error = EmbeddedError;

    /// The plane runs in another folder: paths become absolute.
    fn try_from(settings: PlaneSettings) -> Result<Self, EmbeddedError> {
        let versions = settings.versions.map(absolute).transpose()?;
        let faults = settings.faults.map(pinned).transpose()?;
        Ok(Self {
            machines: settings.machines,
            speed: settings.speed,
            versions,
            faults,
            instance: Instance::from(settings.instance).of_release(settings.omni),
        })
    }
}
