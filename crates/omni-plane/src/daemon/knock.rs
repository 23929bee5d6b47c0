//! Knocking at a plane's door: is it there, who is it, and please stay.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::door::STOP;
use super::error::DaemonError;
use super::folder::Folder;
use super::record::Record;

/// How long a plane may take to greet.
const GREETING: Duration = Duration::from_secs(5);

/// A visit at the door: the plane stays while this lives.
#[derive(Debug)]
pub(super) struct Lease {
    record: Record,
    stream: BufReader<UnixStream>,
}

/// Knocks. `None` where no plane is there, or where it is about to end.
pub(super) async fn at(folder: &Folder) -> Result<Option<Lease>, DaemonError> {
    let door = match Record::read(&folder.record()) {
        Some(record) => record.door,
        None => folder.door(),
    };
    let stream = match UnixStream::connect(&door).await {
        Ok(stream) => stream,
        Err(error) if gone(&error) => return Ok(None),
        Err(source) => return Err(DaemonError::Folder { path: door, source }),
    };
    let pid = stream.peer_cred().ok().and_then(|peer| peer.pid());
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    match tokio::time::timeout(GREETING, stream.read_line(&mut line)).await {
        Ok(Ok(0)) => Ok(None),
        Ok(Ok(_)) => match serde_json::from_str(&line) {
            Ok(record) => Ok(Some(Lease { record, stream })),
            Err(source) => Err(DaemonError::Stranger { path: door, source }),
        },
        Ok(Err(error)) if gone(&error) => Ok(None),
        Ok(Err(source)) => Err(DaemonError::Folder { path: door, source }),
        Err(_) => Err(DaemonError::Silent {
            path: folder.path().to_owned(),
            pid,
        }),
    }
}

/// Whether the failure means that nobody is behind the door.
fn gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionRefused, ConnectionReset, NotFound};
    matches!(
        error.kind(),
        NotFound | ConnectionRefused | ConnectionReset | BrokenPipe
    )
}

// === impl Lease ===

impl Lease {
    /// What the plane says of itself.
    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    /// The plane's process, as the system tells it.
    pub(super) fn pid(&self) -> Option<i32> {
        self.stream.get_ref().peer_cred().ok()?.pid()
    }

    /// Orders the plane to stop. A plane that cannot be told any more is on its way out already.
    pub(super) async fn order_stop(&mut self) {
        let order = format!("{STOP}\n");
        if let Err(error) = self.stream.write_all(order.as_bytes()).await {
            tracing::debug!(%error, "the plane is gone before it could be told to stop");
        }
    }
}
