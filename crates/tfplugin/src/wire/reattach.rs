//! Debug mode: a provider that runs already, for example under a debugger, and is found by a core.
//!
//! There is no handshake and no encryption; whoever may enter the socket's folder may connect, and
//! that is the user alone. The core finds the provider by a variable that the user sets, and never
//! ends it: Ctrl-C or SIGTERM does.

use std::io::{self, Write as _};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::handshake::{CoreRequest, PROTOCOL_VERSION};
use super::listener::Address;
use super::serve::{ServeError, Server, until_told};
use super::signals::Signals;
use crate::proto::provider_server::Provider;

/// The variable by which a core finds running providers.
pub const REATTACH_VARIABLE: &str = "TF_REATTACH_PROVIDERS";

/// The value of [`REATTACH_VARIABLE`] for this process, for each of the provider's source
/// addresses, such as `registry.terraform.io/omni-rs/omni`.
pub fn reattach_value(sources: &[&str], address: &Address) -> String {
    let entry = json!({
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_VERSION,
        "Pid": std::process::id(),
        // The core must not end the process.
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.text() },
    });
    let entries = sources
        .iter()
        .map(|source| ((*source).to_owned(), entry.clone()));
    Value::Object(entries.collect()).to_string()
}

/// Serves `provider` until Ctrl-C or SIGTERM, or until `stop` is cancelled.
///
/// Prints one line to standard output that a shell can take as it is: the variable with its value.
/// Must be called inside a tokio runtime.
///
/// # Errors
/// [`ServeError`] where no socket can be opened or standard output is closed.
pub async fn serve_reattachable<P: Provider>(
    provider: P,
    sources: &[&str],
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let signals = Signals::take_over().map_err(ServeError::Signals)?;
    let server = Server::bind(&CoreRequest::default())?;
    print_variable(&reattach_value(sources, server.address())).map_err(ServeError::Announce)?;
    let answering = server.run(provider, stop.clone());
    until_told(answering, stop, signals.interrupt_or_end()).await
}

fn print_variable(value: &str) -> io::Result<()> {
    // A path may hold a quote; the shell's way to write one inside quotes.
    let quoted = value.replace('\'', r"'\''");
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{REATTACH_VARIABLE}='{quoted}'")?;
    stdout.flush()
}
