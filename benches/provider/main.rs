//! What a user pays for the provider: its start, its memory, its size, and a plan in which nothing changes. Each figure stands beside its
//! floor; calls are counted, not timed.
//!
//! `cargo bench --bench provider`

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod configs;
mod idle;
mod plans;

use std::error::Error;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use tfplugin::proto::tfplugin6::get_provider_schema;
use tfplugin::testing::client::{ClientIdentity, Launch, Plugin};
use tfplugin::wire::handshake::Start;

const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-omni");
const RUNS: usize = 21;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    // Terraform starts this executable as the provider that does nothing.
    if let Start::ByCore(request) = Start::from_env()? {
        return idle::serve(&request);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    println!(
        "binary              {:>8.1} MB   (goal 20; official provider 70)",
        megabytes(fs::metadata(PROVIDER)?.len())
    );
    runtime.block_on(start())?;
    runtime.block_on(memory())?;
    plans::compare()
}

/// From the start of the process to its handshake line.
async fn start() -> Outcome {
    let (launch, identity) = (
        Launch::new(PROVIDER).with("TF_LOG", ""),
        ClientIdentity::generate()?,
    );
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let began = Instant::now();
        Command::new("true").status()?;
        floor.push(began.elapsed());
        let began = Instant::now();
        let mut child = launch.start(Some(&identity))?;
        child.handshake().await?;
        ours.push(began.elapsed());
    }
    println!(
        "start to handshake  {:>8.1} ms   (goal 6; official provider 32; floor, an empty process: {:.1})",
        median(ours),
        median(floor)
    );
    Ok(())
}

/// Resident memory after the schema was asked for.
async fn memory() -> Outcome {
    let plugin = Plugin::start(&Launch::new(PROVIDER).with("TF_LOG", "")).await?;
    plugin
        .provider()
        .get_provider_schema(get_provider_schema::Request {})
        .await?;
    let pid = plugin
        .child()
        .and_then(tfplugin::testing::client::Child::id)
        .ok_or("no process")?;
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let resident = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .trim()
            .strip_suffix(" kB")?
            .parse::<u64>()
            .ok()
    });
    println!(
        "memory after schema {:>8.1} MB   (goal 15; official provider 55)",
        megabytes(resident.ok_or("no VmRSS")? * 1024)
    );
    plugin.shut_down().await?;
    Ok(())
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
