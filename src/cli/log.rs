//! The log of a command: lines for people on standard error.

use std::io;

use tracing_subscriber::EnvFilter;

/// The variable that says what is logged, as `RUST_LOG` elsewhere; the plane's own process keeps it.
const VARIABLE: &str = "OMNI_PLANE_LOG";

/// Logs to standard error; `usual` is the level where nothing else was asked for.
pub fn init(usual: &str) {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false);
    // Somebody who has set another one knows why.
    let _ = lines.try_init();
}
