//! Whether there is still a host: a killed core orders no end, and nobody would ever end us.
//!
//! A host that is gone has closed its connections and its end of our standard output. Both
//! together mean the end; one alone does not, since a host may close a pipe that it has read.
//! Where standard output is no pipe, or the system tells nothing about it, we stay.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::connection::Connection;

/// The connections of a host, counted. Clones count together.
#[derive(Debug, Clone)]
pub(super) struct Host {
    open: TaskTracker,
    first: Arc<Notify>,
}

impl Host {
    /// A host that has not connected yet.
    pub(super) fn awaited() -> Self {
        let open = TaskTracker::new();
        open.close();
        Self {
            open,
            first: Arc::new(Notify::new()),
        }
    }

    /// Counts the connection for as long as it exists.
    pub(super) fn counted(&self, connection: Connection) -> Connection {
        let counted = connection.with(self.open.token());
        self.first.notify_one();
        counted
    }

    /// Waits until a host that was here is gone.
    pub(super) async fn gone(self) {
        self.first.notified().await;
        stdout_is_unread().await;
        self.open.wait().await;
    }
}

/// Waits until nobody can read our standard output any more.
///
/// A thread waits for the system's word: registering standard output with the runtime would make
/// it non-blocking, and with it every stream that shares it.
#[cfg(unix)]
async fn stdout_is_unread() {
    let (unread, told) = tokio::sync::oneshot::channel();
    let watch = std::thread::Builder::new().name("stdout".to_owned());
    let watching = watch.spawn(move || {
        if wait_for_closed_reader(&std::io::stdout()).is_ok() {
            // Nobody waits any more where the server has ended meanwhile.
            let _ = unread.send(());
        }
    });
    if watching.is_err() || told.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Blocks until the other end of a pipe is closed; for ever where there is no pipe.
#[cfg(unix)]
fn wait_for_closed_reader(pipe: &impl std::os::fd::AsFd) -> rustix::io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};

    // An error or a hang-up is told without being asked for.
    let mut watched = [PollFd::new(pipe, PollFlags::empty())];
    loop {
        match poll(&mut watched, None) {
            Err(rustix::io::Errno::INTR) => {}
            done => return done.map(drop),
        }
    }
}

#[cfg(not(unix))]
async fn stdout_is_unread() {
    std::future::pending().await
}
