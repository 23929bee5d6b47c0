//! The log of a machine, from its beginning, its last lines only, or as it grows.

use std::pin::Pin;

use futures::stream::{self, Stream};
use omni_api::management as api;
use omni_api::{Role, common};
use tokio::sync::watch;
use tonic::{Request, Status};

use super::{Management, refused};
use crate::infra::machine::diary::{Reader, stream as stream_of};
use crate::store::{Annals, Row};

/// How many lines are read at a time.
const PAGE: usize = 512;

type Lines = Pin<Box<dyn Stream<Item = Result<common::Data, Status>> + Send>>;

/// A reader on its way through a log.
struct Log {
    annals: Annals,
    stream: String,
    reader: Reader,
    place: u64,
    waiting: std::vec::IntoIter<Row>,
    /// How many lines at the beginning are read and not shown.
    skipped: usize,
    grown: watch::Receiver<u64>,
    follow: bool,
}

impl Management {
    pub(super) async fn logs(
        &self,
        request: Request<api::MachineLogsRequest>,
    ) -> Result<Lines, Status> {
        let id = &request.get_ref().machine_id;
        if id.is_empty() {
            return Err(Status::invalid_argument("machine id is required"));
        }
        self.on_machine(&request, id, Role::Reader)?;
        // What has happened before the question is part of the answer.
        self.acknowledge().await?;
        let api::MachineLogsRequest {
            machine_id,
            follow,
            tail_lines,
        } = request.into_inner();
        let log = Log::open(self.store.annals(), &machine_id, follow, tail_lines)?;
        let lines = stream::unfold(log, |mut log| async move {
            let line = log.next().await?;
            Some((line, log))
        });
        Ok(Box::pin(lines))
    }
}

// === impl Log ===

impl Log {
    fn open(annals: Annals, machine: &str, follow: bool, tail: i32) -> Result<Self, Status> {
        let stream = stream_of(machine);
        let grown = annals.grown();
        let mut log = Self {
            annals,
            stream,
            reader: Reader::default(),
            place: 0,
            waiting: Vec::new().into_iter(),
            skipped: 0,
            grown,
            follow,
        };
        let all = log.count()?;
        if all == 0 {
            return Err(Status::not_found(format!(
                "failed to get log store for machine {machine:?}: log store not found: {machine}"
            )));
        }
        if let Ok(tail) = usize::try_from(tail) {
            log.skipped = all.saturating_sub(tail);
        }
        Ok(log)
    }

    fn count(&self) -> Result<usize, Status> {
        let (mut count, mut place) = (0, 0);
        loop {
            let rows = self.annals.read(&self.stream, place, PAGE);
            let rows = rows.map_err(|error| refused(&error))?;
            let Some(last) = rows.last() else {
                return Ok(count);
            };
            place = last.number;
            count += rows.len();
        }
    }

    /// The next line; one who follows waits for it.
    async fn next(&mut self) -> Option<Result<common::Data, Status>> {
        loop {
            if let Some(row) = self.waiting.next() {
                self.place = row.number;
                let bytes = self.reader.line(&row);
                if self.skipped > 0 {
                    self.skipped -= 1;
                    continue;
                }
                let metadata = None;
                return Some(Ok(common::Data { metadata, bytes }));
            }
            self.grown.borrow_and_update();
            match self.annals.read(&self.stream, self.place, PAGE) {
                Err(error) => return Some(Err(refused(&error))),
                Ok(rows) if !rows.is_empty() => self.waiting = rows.into_iter(),
                Ok(_) if self.follow => self.grown.changed().await.ok()?,
                Ok(_) => return None,
            }
        }
    }
}
