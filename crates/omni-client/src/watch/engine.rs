//! What keeps a watch going: connect, read, compare with what is known, resume.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use omni_api::{AnyResource, cosi};
use tokio::time::Instant;
use tonic::Streaming;

use super::known::{Change, Known};
use super::request::{Start, Target};
use crate::core::Core;
use crate::error::{Advice, Call, Error};
use crate::retry::Backoff;
use crate::state::from_wire;

/// A stream that lived this long was a healthy one: patience starts anew.
const HEALTHY: Duration = Duration::from_secs(5);

/// Keeps a watch going.
#[derive(Debug)]
pub(crate) struct Engine {
    core: Core,
    target: Target,
    known: Known,
    ready: VecDeque<Change>,
    stream: Option<(Streaming<cosi::WatchResponse>, Instant)>,
    bookmark: Option<Vec<u8>>,
    backoff: Option<Backoff>,
    /// How long to wait before the next connection.
    wait: Option<Duration>,
    /// How often the contents were asked for.
    generation: u64,
    /// Ask for the contents anew after each break.
    always_fresh: bool,
    /// What broke the connection, until the next one stands.
    outage: Option<Error>,
}

// === impl Engine ===

impl Engine {
    /// Connects at the first call of [`Self::next`].
    pub(crate) fn new(core: Core, target: Target) -> Self {
        Self {
            core,
            target,
            known: Known::default(),
            ready: VecDeque::new(),
            stream: None,
            bookmark: None,
            backoff: None,
            wait: None,
            generation: 0,
            always_fresh: false,
            outage: None,
        }
    }

    /// Asks for the contents anew after each break, so that it is known when they are current again: after a bookmark,
    /// nothing tells where the history ends and the present begins.
    pub(crate) fn fresh(self) -> Self {
        Self {
            always_fresh: true,
            ..self
        }
    }

    /// The next change.
    pub(crate) async fn next(&mut self) -> Result<Change, Error> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Ok(change);
            }
            self.advance().await?;
        }
    }

    /// Takes one step: connects, reads a message, or notes that the connection broke. Answers the changes, often none.
    pub(crate) async fn step(&mut self) -> Result<Vec<Change>, Error> {
        self.advance().await?;
        Ok(self.drain())
    }

    /// The changes that are there.
    pub(super) fn drain(&mut self) -> Vec<Change> {
        self.ready.drain(..).collect()
    }

    /// Whether what is known is current: the connection stands and the contents are complete.
    pub(crate) fn is_live(&self) -> bool {
        self.stream.is_some() && self.known.is_complete()
    }

    /// What broke the connection, until the next one stands.
    pub(super) fn outage(&self) -> Option<&Error> {
        self.outage.as_ref()
    }

    /// How often the contents were asked for; what was known before the last time may be outdated until it is live.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Everything that is known.
    pub(crate) fn contents(&self) -> impl Iterator<Item = &Arc<AnyResource>> {
        self.known.contents()
    }

    /// Reads one message, or connects; mends what can be mended.
    async fn advance(&mut self) -> Result<(), Error> {
        if let Some(wait) = self.wait {
            tokio::time::sleep(wait).await;
            self.wait = None;
        }
        let step = match &mut self.stream {
            Some((stream, _)) => match stream.message().await {
                Ok(Some(message)) => {
                    self.outage = None;
                    self.take(message.event)
                }
                Ok(None) => Err(Error::Unavailable {
                    message: "the server ended the watch".to_owned(),
                }),
                Err(status) => Err(self.core.shared().meaning(Call::Watch, &status)),
            },
            None => self.connect().await,
        };
        match step {
            Ok(()) => Ok(()),
            Err(error) => self.mend(error),
        }
    }

    /// Opens a stream where the last one ended.
    async fn connect(&mut self) -> Result<(), Error> {
        let start = match &self.bookmark {
            Some(bookmark) if !self.target.is_one() && !self.always_fresh => {
                Start::After(bookmark.clone())
            }
            _ => Start::Contents,
        };
        let mut service = self.core.state_client();
        let request = tonic::Request::new(self.target.request(&start));
        let opened = service.watch(request).await;
        let response = opened.map_err(|status| self.core.shared().meaning(Call::Watch, &status))?;
        if start == Start::Contents {
            self.begin();
        }
        self.stream = Some((response.into_inner(), Instant::now()));
        Ok(())
    }

    /// The contents are about to come.
    pub(super) fn begin(&mut self) {
        self.known.begin();
        self.generation += 1;
    }

    /// Takes in the events of one message. An empty one says that the watch stands.
    pub(super) fn take(&mut self, events: Vec<cosi::Event>) -> Result<(), Error> {
        for event in events {
            if event.event_type() == cosi::EventType::Errored {
                // What the server lost cannot be had by a bookmark.
                self.bookmark = None;
                return Err(Error::WatchFailed {
                    message: event.error.unwrap_or_else(|| "no reason given".to_owned()),
                });
            }
            let bookmark = event
                .bookmark
                .clone()
                .filter(|bookmark| !bookmark.is_empty());
            self.apply(event)?;
            // Only now, so that an event that could not be taken in is asked for again.
            self.bookmark = bookmark.or(self.bookmark.take());
        }
        Ok(())
    }

    /// Takes in one event.
    fn apply(&mut self, event: cosi::Event) -> Result<(), Error> {
        use cosi::EventType as E;
        match event.event_type() {
            E::Created | E::Updated => {
                let resource = from_wire(event.resource)?;
                self.known.put(Arc::new(resource), &mut self.ready);
            }
            E::Destroyed => {
                let id = event
                    .resource
                    .and_then(|resource| resource.metadata)
                    .map(|of| of.id);
                self.known
                    .remove(id.unwrap_or_default().as_str(), &mut self.ready);
            }
            E::Bootstrapped => self.known.complete(&mut self.ready),
            E::Errored | E::Noop => return Ok(()),
        }
        if self.target.is_one() {
            self.known.complete(&mut self.ready);
        }
        Ok(())
    }

    /// After an error: lets the next step connect again, after a wait, or gives up.
    fn mend(&mut self, error: Error) -> Result<(), Error> {
        let age = self.stream.take().map(|(_, since)| since.elapsed());
        if age.is_some_and(|age| age >= HEALTHY) {
            self.backoff = None;
        }
        if !may_pass(&error) {
            return Err(error);
        }
        if matches!(error, Error::BookmarkLost { .. }) && self.bookmark.take().is_some() {
            tracing::debug!(%error, "asking for the contents anew");
            return Ok(());
        }
        let core = &self.core;
        let backoff = self.backoff.get_or_insert_with(|| core.backoff());
        let Some(wait) = backoff.next_wait() else {
            self.backoff = None;
            return Err(error);
        };
        tracing::debug!(%error, ?wait, "the watch broke; connecting again");
        self.wait = Some(wait);
        self.outage = Some(error);
        Ok(())
    }
}

/// Whether an error of a watch may be over by itself.
fn may_pass(error: &Error) -> bool {
    let ended = matches!(
        error,
        Error::BookmarkLost { .. } | Error::WatchFailed { .. } | Error::Other { .. }
    );
    ended || error.advice() != Advice::Never
}
