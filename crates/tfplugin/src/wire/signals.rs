//! What the signals of a terminal and of a supervisor mean to a provider.
//!
//! Ctrl-C reaches every process of the terminal's group, so ours too, while the core asks for the
//! end of its calls by `StopProvider` and still needs their answers: it is noted and ignored.

use std::io;

/// Waits for the order to end: SIGTERM, or never where there are no Unix signals.
///
/// From the first call on, SIGINT no longer ends the process.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Takes the signals over; must be called inside a tokio runtime.
    pub(super) fn take_over() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for SIGTERM.
    pub(super) async fn order_to_end(mut self) {
        loop {
            tokio::select! {
                Some(()) = self.interrupt.recv() => {
                    tracing::trace!("ignored an interrupt; the core stops its own calls");
                }
                Some(()) = self.terminate.recv() => return,
                else => return std::future::pending().await,
            }
        }
    }

    /// Waits for Ctrl-C or SIGTERM, for a provider that a person runs.
    pub(super) async fn interrupt_or_end(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Waits for nothing but keeps Ctrl-C from ending the process.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Nothing to take over before the first wait.
    pub(super) fn take_over() -> io::Result<Self> {
        Ok(Self)
    }

    /// Never returns; Ctrl-C is noted and ignored.
    pub(super) async fn order_to_end(self) {
        while tokio::signal::ctrl_c().await.is_ok() {
            tracing::trace!("ignored an interrupt; the core stops its own calls");
        }
        std::future::pending().await
    }

    /// Waits for Ctrl-C, for a provider that a person runs.
    pub(super) async fn interrupt_or_end(self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
