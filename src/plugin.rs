//! Two doors: a core gets handshake, service and end; a person gets commands.

use std::process::ExitCode;

use tfplugin::server::Service;
use tfplugin::wire::handshake::{CoreRequest, Start};
use tfplugin::wire::{logging, serve};
use tokio_util::sync::CancellationToken;

use crate::cli;
use crate::provider::Omni;

/// Serves the provider to the core that started this process.
pub fn run() -> ExitCode {
    match Start::from_env() {
        Ok(Start::ByCore(request)) => serve(&request),
        Ok(Start::ByPerson) => person(),
        Err(error) => fail(&error.to_string()),
    }
}

fn serve(request: &CoreRequest) -> ExitCode {
    logging::init("omni");
    // One thread: an answer takes microseconds, and a hop to another thread and back takes as long. What waits (the server, the
    // plane, a file lock) waits as a task or beside the runtime.
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("no threads to run on: {error}")),
    };
    let stop = CancellationToken::new();
    let service = Service::stopped_by(Omni, stop.clone());
    let served = runtime.block_on(serve::serve(service, request, stop));
    // Whatever still runs has no core to answer to.
    runtime.shutdown_background();
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error}")),
    }
}

/// A person started the binary: commands are for people, and without one it says what it is.
fn person() -> ExitCode {
    if std::env::args_os().len() > 1 {
        return cli::run(std::env::args_os());
    }
    eprintln!(
        "This is terraform-provider-omni {}, a provider for Terraform and OpenTofu. It is not started by hand: name it in \
         `required_providers` of a configuration and run terraform or tofu. `terraform-provider-omni --help` shows what it does for people.",
        env!("CARGO_PKG_VERSION")
    );
    ExitCode::FAILURE
}

fn fail(why: &str) -> ExitCode {
    tracing::error!("{why}");
    ExitCode::FAILURE
}
