//! `tree`: clusters as a tree, of an embedded plane or of any Omni.

use std::path::{Path, PathBuf};

use clap::Args;
use omni_api::kind;
use omni_client::{Client, Query};

use super::Failure;
use super::connect::connect;
use crate::readiness::sources;
use crate::tree::{Node, Style, cluster, fold, render};

/// `tree`.
#[derive(Debug, Args)]
pub struct Tree {
    /// Name of one cluster; all clusters where it is not given.
    cluster: Option<String>,
    /// Folder of an embedded plane. Without it, the Omni that the environment names; where it names none, the plane in `.omni`.
    #[arg(long)]
    path: Option<PathBuf>,
    /// A line for every machine.
    #[arg(long)]
    all: bool,
    /// As JSON, with every machine.
    #[arg(long, conflicts_with = "all")]
    json: bool,
}

/// There is no cluster of that name.
#[derive(Debug, thiserror::Error)]
#[error("there is no cluster {0:?}")]
struct NoCluster(String);

/// Prints the tree.
///
/// # Errors
/// What failed.
pub async fn run(args: &Tree) -> Result<(), Failure> {
    let connected = connect(args.path.as_deref().map(Path::new)).await?;
    let trees = read(&connected.client, args.cluster.as_deref()).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&trees)?);
        return Ok(());
    }
    if trees.is_empty() {
        eprintln!("There are no clusters.");
    }
    let style = Style::of_stdout();
    for tree in trees {
        let tree = if args.all { tree } else { fold(tree) };
        print!("{}", render(&tree, style));
    }
    Ok(())
}

async fn read(client: &Client, only: Option<&str>) -> Result<Vec<Node>, Failure> {
    let clusters = client.state().list::<kind::Cluster>(&Query::all()).await?;
    let mut names: Vec<String> = clusters
        .iter()
        .map(|cluster| cluster.id().to_owned())
        .collect();
    if let Some(only) = only {
        names.retain(|name| name == only);
        if names.is_empty() {
            return Err(NoCluster(only.to_owned()).into());
        }
    }
    let mut trees = Vec::new();
    for name in names {
        let observed = sources::read(client, &name).await?;
        trees.push(cluster(&name, &observed));
    }
    Ok(trees)
}
