//! Ending a plane and waiting for its end.

use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::error::DaemonError;
use super::folder::Folder;
use super::knock::{self, Lease};
use super::lock::{self, Held};
use super::process::Process;

/// How long a plane may take to end cleanly.
const CLEAN: Duration = Duration::from_secs(20);
/// How long the system may take to end a process that it was told to end.
const FORCED: Duration = Duration::from_secs(10);

/// What there was to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// A plane ran and has ended.
    Ended,
    /// A plane did not answer or did not end, and was killed. Nothing that it acknowledged is lost.
    Killed,
    /// No plane ran.
    WasNotRunning,
}

/// Ends the plane of the folder and waits until its process has let go of everything.
///
/// # Errors
/// [`DaemonError`]
pub async fn stop(path: &Path) -> Result<Stopped, DaemonError> {
    let Some(folder) = Folder::existing(path)? else {
        return Ok(Stopped::WasNotRunning);
    };
    let _start = lock::starting(&folder).await?;
    match knock::at(&folder).await {
        Ok(Some(lease)) => end(&folder, lease).await,
        Ok(None) => {
            // Killed, or on its way out, or just started by somebody who is gone: all three end by themselves.
            let held = lock::living(&folder, CLEAN).await?;
            clear(&folder, &held);
            folder.tidy();
            Ok(Stopped::WasNotRunning)
        }
        Err(DaemonError::Silent { pid, .. }) => kill(&folder, pid).await,
        Err(error) => Err(error),
    }
}

/// Ends a plane that answered. The lock around starts must be held.
pub(super) async fn end(folder: &Folder, mut lease: Lease) -> Result<Stopped, DaemonError> {
    let pid = lease.pid();
    let process = Process::of(pid);
    lease.order_stop().await;
    match lock::living(folder, CLEAN).await {
        Ok(held) => {
            process.gone(FORCED).await;
            clear(folder, &held);
            folder.tidy();
            Ok(Stopped::Ended)
        }
        Err(DaemonError::Held { .. }) => kill(folder, pid).await,
        Err(error) => Err(error),
    }
}

async fn kill(folder: &Folder, pid: Option<i32>) -> Result<Stopped, DaemonError> {
    let unstoppable = || DaemonError::Unstoppable {
        path: folder.path().to_owned(),
        pid,
    };
    let process = Process::of(pid);
    let victim = pid.and_then(Pid::from_raw).ok_or_else(unstoppable)?;
    tracing::warn!(?pid, "the plane does not end, it is killed");
    kill_process(victim, Signal::KILL).map_err(|_| unstoppable())?;
    match lock::living(folder, FORCED).await {
        Ok(held) => {
            process.gone(FORCED).await;
            clear(folder, &held);
            folder.tidy();
            Ok(Stopped::Killed)
        }
        Err(_) => Err(unstoppable()),
    }
}

/// Removes what a plane that was killed leaves behind. The lock of its life proves that none runs.
pub(super) fn clear(folder: &Folder, _: &Held) {
    for path in [folder.record(), folder.door(), folder.api_socket()] {
        // Mostly there is nothing; and what cannot be removed is replaced by the next plane.
        let _ = std::fs::remove_file(path);
    }
}
