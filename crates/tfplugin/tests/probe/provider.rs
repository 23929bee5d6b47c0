//! The probe as a program of its own, for tests that start a provider as a core does.

use std::process::ExitCode;

use tfplugin::testing::probe::Probe;
use tfplugin::wire::handshake::Start;
use tfplugin::wire::serve::serve;
use tokio_util::sync::CancellationToken;

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
    let Start::ByCore(request) = Start::from_env()? else {
        eprintln!("this is a provider for tests; a core starts it");
        return Ok(ExitCode::FAILURE);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(Probe::default(), &request, CancellationToken::new()))?;
    Ok(ExitCode::SUCCESS)
}
