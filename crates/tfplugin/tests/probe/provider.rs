//! The probe as a program of its own, for tests that start a provider as a core does.

use std::process::ExitCode;

use tfplugin::testing::probe::Probe;
use tfplugin::testing::stub::Stubbed;
use tfplugin::wire::handshake::Start;
use tfplugin::wire::logging;
use tfplugin::wire::reattach::serve_reattachable;
use tfplugin::wire::serve::serve;
use tokio_util::sync::CancellationToken;

/// Where a configuration would name this provider.
const SOURCES: [&str; 2] = [
    "registry.terraform.io/tests/probe",
    "registry.opentofu.org/tests/probe",
];

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("probe: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn std::error::Error>> {
    logging::init("probe");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let served = runtime.block_on(serve_somehow());
    // In a hurry: what the server leaves to its tasks is not done any more.
    runtime.shutdown_background();
    served
}

async fn serve_somehow() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let (probe, stop) = (Stubbed(Probe::default()), CancellationToken::new());
    if std::env::args().any(|argument| argument == "--debug") {
        serve_reattachable(probe, &SOURCES, stop).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let Start::ByCore(request) = Start::from_env()? else {
        eprintln!("this is a provider for tests; a core starts it");
        return Ok(ExitCode::FAILURE);
    };
    serve(probe, &request, stop).await?;
    Ok(ExitCode::SUCCESS)
}
