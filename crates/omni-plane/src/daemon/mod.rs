//! A plane as a process of its own: one per folder, started on demand, gone when nobody needs it.
//!
//! [`ensure`] joins the plane of a folder or starts one; [`stop`] ends it and waits for its end; [`child::run`] is what the
//! started process does. Two callers at the same time get the same plane. What is found in the folder is never believed: a
//! plane is there when it answers at its door ([`door`]) with its build and its options, and it is gone when the kernel has
//! released its lock, so that a plane that was killed leaves nothing that needs repair. Nothing here polls or sleeps: a start
//! is reported by the child, an end by the lock.
//!
//! A folder holds the data, the key, the log, two locks and, while the plane runs, its sockets and [`Record`].

pub mod child;
mod door;
mod error;
mod folder;
mod idle;
mod knock;
mod listener;
mod lock;
mod notify;
mod options;
mod process;
mod record;
mod spawn;
mod stop;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use folder::Folder;
use knock::Lease;

pub use error::DaemonError;
pub use idle::{Activity, Presence};
pub use options::{Launch, Options, PinnedFile, Settings};
pub use record::Record;
pub use stop::{Stopped, stop};

/// A plane that runs. It does not end by itself while this value lives.
#[derive(Debug)]
pub struct Running {
    /// What the plane says of itself.
    pub record: Record,
    /// Where its first key lies.
    pub key_path: PathBuf,
    _lease: Lease,
}

/// Joins the plane of the folder, or starts one.
///
/// A plane of another build or with other settings is stopped first; the data stays. Cancelling is safe: a plane that
/// nobody waits for any more ends by itself.
///
/// # Errors
/// [`DaemonError`]; where the plane itself could not start, its own words are in there.
pub async fn ensure(options: &Options, launch: &Launch) -> Result<Running, DaemonError> {
    let folder = Folder::create(&options.path)?;
    let fits = |record: &Record| record.fits(&launch.build, &options.settings);
    if let Some(lease) = knock::at(&folder).await?
        && fits(lease.record())
    {
        return Ok(Running::new(&folder, lease));
    }
    let _start = lock::starting(&folder).await?;
    match knock::at(&folder).await? {
        Some(lease) if fits(lease.record()) => return Ok(Running::new(&folder, lease)),
        Some(lease) => {
            let (found, wanted) = (lease.record().clone(), &launch.build);
            tracing::info!(
                ?found,
                wanted,
                "another plane holds the folder, it is stopped"
            );
            stop::end(&folder, lease).await?;
        }
        None => {}
    }
    spawn::start(&folder, options, launch).await?;
    match knock::at(&folder).await? {
        Some(lease) => Ok(Running::new(&folder, lease)),
        None => Err(DaemonError::Lost { log: folder.log() }),
    }
}

/// Joins the plane of the folder, whatever its build and settings; `None` where none runs. Starts nothing.
///
/// # Errors
/// [`DaemonError`]
pub async fn join(path: &Path) -> Result<Option<Running>, DaemonError> {
    let Some(folder) = Folder::existing(path)? else {
        return Ok(None);
    };
    let lease = knock::at(&folder).await?;
    Ok(lease.map(|lease| Running::new(&folder, lease)))
}

/// The settings with which the plane of the folder was last started; `None` where there never was one.
///
/// # Errors
/// [`DaemonError`]
pub fn last_settings(path: &Path) -> Result<Option<Settings>, DaemonError> {
    match Folder::existing(path)? {
        Some(folder) => folder.last_settings(),
        None => Ok(None),
    }
}

// === impl Running ===

impl Running {
    fn new(folder: &Folder, lease: Lease) -> Self {
        Self {
            record: lease.record().clone(),
            key_path: folder.key(),
            _lease: lease,
        }
    }
}
