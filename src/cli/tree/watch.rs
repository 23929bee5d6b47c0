//! `tree --watch`: the tree whenever it changes, on watches, until everything is ready or somebody has seen enough.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::time::Duration;

use omni_client::Client;

use super::lines::Lines;
use super::screen::Screen;
use super::{Failure, Tree, TreeError, text, trees};
use crate::readiness::sources::Sources;
use crate::readiness::wait::SETTLE;
use crate::tree::{Document, Node, State, Style};

/// The shortest time between two pictures on a screen: people see no more, and terminals are slow.
const FRAME: Duration = Duration::from_millis(100);

/// How the tree is shown.
enum View {
    /// Drawn anew.
    Screen { screen: Screen, all: bool },
    /// Every change is a line.
    Lines(Lines),
    /// Every change is a document.
    Json { last: String },
}

/// It was interrupted before everything was ready.
#[derive(Debug, thiserror::Error)]
#[error("interrupted before everything was ready")]
struct Interrupted;

/// Shows the tree until everything has been ready for the settle time, or nothing is left to show.
pub(super) async fn run(client: &Client, args: &Tree) -> Result<(), Failure> {
    let only = args.cluster.as_deref();
    let mut sources = match only {
        Some(name) => Sources::watch(client, name).await?,
        None => Sources::watch_all(client).await?,
    };
    let mut interrupt = std::pin::pin!(interrupted());
    // From the first look on, before anything is drawn: a terminal that is drawn on is not left by a sudden death.
    if futures::poll!(&mut interrupt).is_ready() {
        return Err(Interrupted.into());
    }
    let mut view = View::new(args)?;
    let mut seen = false;
    loop {
        let now = look(&sources, only);
        if now.is_empty() {
            view.end(&now)?;
            return nothing(only, seen);
        }
        seen = true;
        view.show(&now)?;
        let ready = now.iter().all(|tree| tree.state == State::Ready);
        tokio::select! {
            () = tokio::time::sleep(SETTLE), if ready => return Ok(view.end(&now)?),
            changed = sources.changed() => changed?,
            () = &mut interrupt => {
                view.end(&now)?;
                return Err(Interrupted.into());
            }
        }
        if matches!(view, View::Screen { .. }) {
            tokio::time::sleep(FRAME).await;
        }
    }
}

/// Somebody has seen enough: Ctrl-C, or the end of the session or of the terminal.
#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let signals = kinds.into_iter().filter_map(|kind| signal(kind).ok());
    let told = signals.map(|mut told| {
        Box::pin(async move {
            told.recv().await;
        })
    });
    futures::future::select_all(told).await;
}

/// Somebody has seen enough: Ctrl-C.
#[cfg(not(unix))]
async fn interrupted() {
    // Where nobody can be heard, the watch ends by itself or with the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn look(sources: &Sources, only: Option<&str>) -> Vec<Node> {
    let observed = match only {
        Some(name) => {
            let observed = sources.look();
            let there = observed.cluster.is_some() || observed.cluster_status.is_some();
            there
                .then(|| (name.to_owned(), observed))
                .into_iter()
                .collect::<BTreeMap<_, _>>()
        }
        None => sources.look_all(),
    };
    trees(&observed)
}

/// There is no cluster (any more).
fn nothing(only: Option<&str>, seen: bool) -> Result<(), Failure> {
    match only {
        Some(name) if !seen => return Err(TreeError::NoCluster(name.to_owned()).into()),
        Some(name) => eprintln!("The cluster {name:?} is gone."),
        None => eprintln!("There are no clusters."),
    }
    Ok(())
}

// === impl View ===

impl View {
    fn new(args: &Tree) -> io::Result<Self> {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Ok(if args.json {
            Self::Json {
                last: String::new(),
            }
        } else if io::stdout().is_terminal() && !dumb {
            Self::Screen {
                screen: Screen::open()?,
                all: args.all,
            }
        } else {
            Self::Lines(Lines::default())
        })
    }

    fn show(&mut self, trees: &[Node]) -> Result<(), Failure> {
        match self {
            Self::Screen { screen, all } => {
                screen.draw(&text(trees.to_vec(), *all, Style::of_stdout()))?;
            }
            Self::Lines(lines) => print!("{}", lines.news(trees)),
            Self::Json { last } => {
                let now = serde_json::to_string(&Document::new(trees))?;
                if now != *last {
                    println!("{now}");
                    *last = now;
                }
            }
        }
        Ok(())
    }

    /// Leaves the last picture where people can read it.
    fn end(self, trees: &[Node]) -> io::Result<()> {
        if let Self::Screen { screen, all } = self {
            screen.close()?;
            print!("{}", text(trees.to_vec(), all, Style::of_stdout()));
        } else if let Self::Lines(mut lines) = self {
            print!("{}", lines.news(trees));
        }
        Ok(())
    }
}
