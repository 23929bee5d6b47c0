//! A process on its way out. It lets go of its locks a moment before it is gone.
//!
//! Linux tells the moment; elsewhere the lock must do.

use std::time::Duration;

#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;

#[cfg(target_os = "linux")]
use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(target_os = "linux")]
use rustix::process::{Pid, PidfdFlags, pidfd_open};
#[cfg(target_os = "linux")]
use tokio::sync::oneshot;

/// A process; found while it certainly runs, so that no later one is mistaken for it.
pub(super) struct Process(#[cfg(target_os = "linux")] Option<OwnedFd>);

// === impl Process ===

#[cfg(target_os = "linux")]
impl Process {
    /// The process of that number.
    pub(super) fn of(pid: Option<i32>) -> Self {
        let pid = pid.and_then(Pid::from_raw);
        Self(pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()))
    }

    /// Resolves when it is gone. It has nothing left to do by now; the limit is for a system that does not tell.
    pub(super) async fn gone(self, limit: Duration) {
        let Some(process) = self.0 else { return };
        let (sender, receiver) = oneshot::channel();
        let wait = move || {
            let limit = Timespec::try_from(limit).ok();
            let _ = poll(&mut [PollFd::new(&process, PollFlags::IN)], limit.as_ref());
            sender.send(())
        };
        if std::thread::Builder::new().spawn(wait).is_ok() {
            let _ = receiver.await;
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Process {
    /// The process of that number.
    pub(super) fn of(_: Option<i32>) -> Self {
        Self()
    }

    /// Resolves at once.
    pub(super) async fn gone(self, _: Duration) {}
}
