//! `plane …`: runs, ends and looks into an embedded management plane.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Failure, get, log};
use crate::session::embedded::{self, Foreground, InstanceSettings, PlaneSettings, Release};

/// What to do with a plane.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a plane in the foreground, for any client that speaks Omni's API.
    Serve(Serve),
    /// Runs the plane of a folder for the provider that started it.
    #[command(hide = true)]
    Child(Child),
    /// Ends the plane of a folder, and waits until it has ended.
    Stop {
        /// Folder of the plane.
        #[arg(long, default_value = ".omni")]
        path: PathBuf,
    },
    /// Lists resources of a kind, as the plane has them.
    Get(get::Get),
    /// Prints who looks at what and who writes it, as a graph in DOT: `… plane graph | dot -Tsvg > plane.svg`.
    Graph,
}

/// How a plane is set up.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// Emulated bare-metal machines that have checked in.
    #[arg(long, default_value_t = 0)]
    machines: u32,
    /// Emulated seconds per second.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// File with the versions to offer, in place of the built-in list.
    #[arg(long)]
    versions: Option<PathBuf>,
    /// File with a fault script: what goes wrong, and when.
    #[arg(long)]
    faults: Option<PathBuf>,
    /// Release of Omni that the plane is: 1.8, 1.9, 1.10 or next. It has the kinds, fields, calls and rules of that release.
    #[arg(long, value_name = "RELEASE", default_value_t)]
    omni: Release,
    #[command(flatten)]
    instance: InstanceArgs,
}

/// What an Omni is configured with; the flags are Omni's own.
#[derive(Debug, Args)]
pub struct InstanceArgs {
    /// Gives Admins kubeconfigs and talosconfigs with certificates of a cluster's own authorities.
    #[arg(long)]
    enable_break_glass_configs: bool,
    /// Suspends the account: everybody may only look.
    #[arg(long)]
    suspended: bool,
    /// How many machines may be registered; any number where it is 0.
    #[arg(long, default_value_t = 0)]
    account_max_registered_machines: u32,
    /// How many users there may be; any number where it is 0.
    #[arg(long, default_value_t = 0)]
    auth_max_users: u32,
    /// How many service accounts there may be; any number where it is 0.
    #[arg(long, default_value_t = 0)]
    auth_max_service_accounts: u32,
}

/// `plane serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Loopback address to listen on; a free port where neither this nor a socket is given.
    #[arg(long, conflicts_with = "socket")]
    listen: Option<SocketAddr>,
    /// Unix socket to listen on.
    #[arg(long)]
    socket: Option<PathBuf>,
    /// File of state.
    #[arg(long, default_value = "omni-plane.redb")]
    data: PathBuf,
    /// Where the key of the first service account goes.
    #[arg(long, default_value = "omni-plane.key")]
    key_path: PathBuf,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// `plane child`.
#[derive(Debug, Args)]
pub struct Child {
    #[arg(long)]
    path: PathBuf,
    #[arg(long)]
    idle: f64,
    #[arg(long)]
    notify: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArgs,
}

// === impl SettingsArgs ===

impl From<SettingsArgs> for PlaneSettings {
    fn from(args: SettingsArgs) -> Self {
        Self {
            machines: args.machines,
            speed: args.speed,
            versions: args.versions,
            faults: args.faults,
            omni: args.omni,
            instance: args.instance.into(),
        }
    }
}

// === impl InstanceArgs ===

impl From<InstanceArgs> for InstanceSettings {
    fn from(args: InstanceArgs) -> Self {
        Self {
            break_glass: args.enable_break_glass_configs,
            suspended: args.suspended,
            max_machines: args.account_max_registered_machines,
            max_users: args.auth_max_users,
            max_service_accounts: args.auth_max_service_accounts,
        }
    }
}

/// Runs a command.
///
/// # Errors
/// What failed.
pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => serve(args).await,
        Command::Child(args) => child(args).await,
        Command::Stop { path } => {
            let ran = embedded::stop(&path).await?;
            println!(
                "{}",
                if ran {
                    "stopped"
                } else {
                    "no plane was running"
                }
            );
            Ok(())
        }
        Command::Get(args) => get::run(&args).await,
        Command::Graph => {
            print!("{}", embedded::graph());
            Ok(())
        }
    }
}

async fn serve(args: Serve) -> Result<(), Failure> {
    log::init("warn");
    let stop = CancellationToken::new();
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        told.cancel();
    });
    let foreground = Foreground {
        listen: args.listen,
        socket: args.socket,
        data: args.data,
        key: args.key_path,
        settings: args.settings.into(),
    };
    let ready = |endpoint: &str, key: &std::path::Path| {
        println!("endpoint: {endpoint}\nkey: {}", key.display());
    };
    Ok(embedded::serve(foreground, ready, stop).await?)
}

async fn child(args: Child) -> Result<(), Failure> {
    log::init("info");
    let idle = Duration::try_from_secs_f64(args.idle)?;
    // The lock of the folder goes with the process: nobody starts another plane before this one is gone.
    let ended = embedded::child(args.path, args.settings.into(), idle, args.notify).await?;
    std::mem::forget(ended);
    Ok(())
}
