//! The door of a running plane: says who it is, counts who stays, takes the order to stop.
//!
//! A visitor is greeted with one line, the [`Record`] as JSON. The plane does not end by itself while the visitor stays. The
//! only order is the line `stop`. The door gives out nothing of the plane's contents: those need a signed request.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::idle::Activity;
use super::listener::Listener;
use super::record::Record;

/// The order to end.
pub(super) const STOP: &str = "stop";

/// Answers until it is dropped.
pub(super) async fn serve(
    listener: Listener,
    record: Record,
    activity: Activity,
    stop: CancellationToken,
) {
    let Ok(mut greeting) = serde_json::to_vec(&record) else {
        return;
    };
    greeting.push(b'\n');
    let greeting: Arc<[u8]> = greeting.into();
    let mut visits = JoinSet::new();
    loop {
        tokio::select! {
            visitor = listener.accept() => match visitor {
                Ok(stream) => {
                    visits.spawn(visit(stream, greeting.clone(), activity.clone(), stop.clone()));
                }
                // Too many open files: those who stay will leave, which wakes the other branch.
                Err(error) => {
                    tracing::warn!(%error, "a visitor could not be let in");
                    if visits.join_next().await.is_none() {
                        return;
                    }
                }
            },
            Some(_) = visits.join_next() => {}
        }
    }
}

async fn visit(
    mut stream: UnixStream,
    greeting: Arc<[u8]>,
    activity: Activity,
    stop: CancellationToken,
) {
    // Not let in: the end of the stream tells the visitor that the plane is about to end.
    let Some(_presence) = activity.enter() else {
        return;
    };
    if stream.write_all(&greeting).await.is_err() {
        return;
    }
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if line == STOP {
            tracing::info!("told to stop");
            stop.cancel();
        }
    }
}
