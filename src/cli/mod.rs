//! The door for people: commands on the embedded plane, and views of any Omni.
//!
//! Standard output is for what was asked for, standard error for everything else.
#![allow(
    clippy::print_stdout,
    reason = "people's commands speak on standard output"
)]

mod connect;
#[cfg(feature = "plane")]
mod definitions;
#[cfg(feature = "plane")]
mod get;
#[cfg(feature = "plane")]
mod log;
#[cfg(feature = "plane")]
mod plane;
#[cfg(feature = "plane")]
mod table;
mod tree;

use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A Terraform and OpenTofu provider for Omni, and the management plane that it carries.
#[derive(Debug, Parser)]
#[command(name = "terraform-provider-omni", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs, ends and looks into an embedded management plane.
    #[cfg(feature = "plane")]
    #[command(subcommand)]
    Plane(plane::Command),
    /// Shows clusters as a tree, with what is waited for.
    Tree(tree::Tree),
}

/// Why a command failed; its causes say more.
type Failure = Box<dyn Error + Send + Sync>;

/// Runs the command that a person gave.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            };
            return error.print().map_or(ExitCode::FAILURE, |()| code);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(dispatch(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error),
    }
}

async fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        #[cfg(feature = "plane")]
        Command::Plane(command) => plane::run(command).await,
        Command::Tree(args) => tree::run(&args).await,
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}
