//! `tree`: clusters as a tree, of an embedded plane or of any Omni: as text, for programs, as a page, once or as long as it takes.

mod lines;
mod screen;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use omni_client::Client;

use super::Failure;
use super::connect::connect;
use crate::readiness::{Observed, sources};
use crate::tree::{Document, Node, Style, cluster, fold, html, render};

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
    /// As JSON, with every machine; with `--watch` a line for every change.
    #[arg(long, conflicts_with = "all")]
    json: bool,
    /// Goes on showing until everything is ready. On a terminal the tree is drawn anew, elsewhere every change is a line.
    #[arg(long)]
    watch: bool,
    /// Writes a page for the browser into this file: complete in itself, for use without a network.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "json", "watch"])]
    html: Option<PathBuf>,
}

/// Why there is no tree.
#[derive(Debug, thiserror::Error)]
enum TreeError {
    /// There is no cluster of that name.
    #[error("there is no cluster {0:?}")]
    NoCluster(String),
    /// The page cannot be written.
    #[error("the page {path} cannot be written")]
    Page {
        path: String,
        #[source]
        source: std::io::Error,
    },
}

/// Prints the tree.
///
/// # Errors
/// What failed.
pub async fn run(args: &Tree) -> Result<(), Failure> {
    let connected = connect(args.path.as_deref().map(Path::new)).await?;
    if args.watch {
        return watch::run(&connected.client, args).await;
    }
    let trees = read(&connected.client, args.cluster.as_deref()).await?;
    if let Some(path) = &args.html {
        return Ok(write_page(path, trees)?);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&Document::new(&trees))?);
        return Ok(());
    }
    if trees.is_empty() {
        eprintln!("There are no clusters.");
    }
    print!("{}", text(trees, args.all, Style::of_stdout()));
    Ok(())
}

async fn read(client: &Client, only: Option<&str>) -> Result<Vec<Node>, Failure> {
    let observed = match only {
        Some(name) => {
            let observed = sources::read(client, name).await?;
            let there = observed.cluster.is_some() || observed.cluster_status.is_some();
            there
                .then(|| BTreeMap::from([(name.to_owned(), observed)]))
                .ok_or_else(|| TreeError::NoCluster(name.to_owned()))?
        }
        None => sources::read_all(client).await?,
    };
    Ok(trees(&observed))
}

fn trees(observed: &BTreeMap<String, Observed>) -> Vec<Node> {
    let tree = |(name, observed): (&String, &Observed)| cluster(name, observed);
    observed.iter().map(tree).collect()
}

/// The trees as text, folded unless all machines are asked for.
fn text(trees: Vec<Node>, all: bool, style: Style) -> String {
    let lines = |tree| render(&if all { tree } else { fold(tree) }, style);
    trees.into_iter().map(lines).collect()
}

fn write_page(path: &Path, trees: Vec<Node>) -> Result<(), TreeError> {
    let folded: Vec<_> = trees.into_iter().map(fold).collect();
    let page = html::page(&folded, Timestamp::now());
    std::fs::write(path, page).map_err(|source| TreeError::Page {
        path: path.display().to_string(),
        source,
    })
}
