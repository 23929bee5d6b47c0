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
#[cfg(unix)]
async fn stdout_is_unread() {
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    // Fails where standard output is a file, which is always there.
    if let Ok(stdout) = AsyncFd::with_interest(std::io::stdout(), Interest::ERROR) {
        while let Ok(mut event) = stdout.ready(Interest::ERROR).await {
            if event.ready().is_error() {
                return;
            }
            event.clear_ready();
        }
    }
    std::future::pending().await
}

#[cfg(not(unix))]
async fn stdout_is_unread() {
    std::future::pending().await
}
