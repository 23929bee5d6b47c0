//! Watch: the stream of events as COSI sends it.
//!
//! The first message is empty: the watch stands, from here on nothing is missed. Events then come one a message, or many where the client
//! asked for aggregation.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt as _;
use omni_api::{AnyResource, cosi};
use prost::Message as _;
use tonic::Status;

use super::{Answers, StateService, computed};
use crate::api::caller::Caller;
use crate::api::gate::Gate;
use crate::api::{status, wire};
use crate::release::Release;
use crate::store::{Event, EventKind, Key, Query, WatchEvent, WatchOptions, Watcher};

/// From which size on an aggregated message is full: well under the limit, as the last event comes on top.
const MESSAGE: usize = super::MAX_MESSAGE / 4;

/// What a running watch needs to turn events into messages.
struct Stream {
    watcher: Watcher,
    gate: Gate,
    caller: Option<Arc<Caller>>,
    key: Key,
    api_version: i32,
    aggregated: bool,
    waiting: VecDeque<WatchEvent>,
}

impl StateService {
    pub(super) async fn follow(
        &self,
        caller: Option<Arc<Caller>>,
        request: &cosi::WatchRequest,
    ) -> Result<Answers<cosi::WatchResponse>, Status> {
        let options = request.options.clone().unwrap_or_default();
        let (namespace, type_name) = (&request.namespace, &request.r#type);
        if self.computes(namespace, type_name) {
            return Err(self.unwatchable(caller.as_deref(), request));
        }
        let watcher = match &request.id {
            _ if self.is_external(namespace) => {
                self.watch_backups(caller.as_deref(), request, &options)
                    .await?
            }
            Some(id) => self.watch_one(
                caller.as_deref(),
                &Key::new(namespace, type_name, id),
                &options,
            )?,
            None => self.watch_all(caller.as_deref(), namespace, type_name, &options)?,
        };
        let stream = Stream {
            watcher,
            gate: self.gate.clone(),
            caller,
            key: Key::new(
                namespace,
                type_name,
                request.id.as_deref().unwrap_or_default(),
            ),
            api_version: request.api_version,
            aggregated: options.aggregated && request.id.is_none(),
            waiting: VecDeque::new(),
        };
        let stands = futures::stream::iter([Ok(cosi::WatchResponse::default())]);
        let events = futures::stream::unfold(stream, |mut stream| async move {
            let message = stream.next().await?;
            Some((Ok(message), stream))
        });
        let stop = self.stop.clone().cancelled_owned();
        Ok(Box::pin(stands.chain(events).take_until(stop)))
    }

    /// Nothing tells when what is computed changes.
    fn unwatchable(&self, caller: Option<&Caller>, request: &cosi::WatchRequest) -> Status {
        let (namespace, type_name) = (&request.namespace, &request.r#type);
        if let Err(denied) = self
            .gate
            .read_kind(caller, namespace, type_name, &Query::all())
        {
            return denied;
        }
        let what = if request.id.is_some() {
            "watch"
        } else {
            "watch kind"
        };
        computed::unsupported(&format!(
            "unsupported resource type for {what} {type_name:?}"
        ))
    }

    /// A watch in the store's words, with the eyes of the caller. With an id it is on that resource.
    pub(in crate::api) async fn watched(
        &self,
        caller: Option<Arc<Caller>>,
        namespace: &str,
        type_name: &str,
        id: Option<&str>,
        options: &WatchOptions,
    ) -> Result<(Watcher, Seen), Status> {
        if self.computes(namespace, type_name) {
            let request = cosi::WatchRequest {
                namespace: namespace.to_owned(),
                r#type: type_name.to_owned(),
                id: id.map(str::to_owned),
                ..cosi::WatchRequest::default()
            };
            return Err(self.unwatchable(caller.as_deref(), &request));
        }
        let watcher = if self.is_external(namespace) {
            let query = &options.query;
            let watcher = self.watch_backups_by(caller.as_deref(), type_name, id, query);
            Ok(watcher.await?)
        } else if let Some(id) = id {
            let key = Key::new(namespace, type_name, id);
            self.gate.read(caller.as_deref(), &key, None)?;
            self.store.watch(namespace, type_name, id, options)
        } else {
            self.gate
                .read_kind(caller.as_deref(), namespace, type_name, &options.query)?;
            self.store.watch_kind(namespace, type_name, options)
        };
        let gate = self.gate.clone();
        Ok((watcher.map_err(status::of_watch)?, Seen { gate, caller }))
    }

    fn watch_one(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        options: &cosi::WatchOptions,
    ) -> Result<Watcher, Status> {
        if options.bootstrap_contents {
            let text = "bootstrap contents is not implemented for resource watch";
            return Err(Status::unimplemented(text));
        }
        if !options.label_query.is_empty() {
            let text = "label query is not implemented for resource watch";
            return Err(Status::unimplemented(text));
        }
        self.gate.read(caller, key, None)?;
        let watcher = self
            .store
            .watch(&key.namespace, &key.type_name, &key.id, &past(options));
        watcher.map_err(status::of_watch)
    }

    fn watch_all(
        &self,
        caller: Option<&Caller>,
        namespace: &str,
        type_name: &str,
        options: &cosi::WatchOptions,
    ) -> Result<Watcher, Status> {
        let query = wire::query(&options.label_query, options.id_query.as_ref())?;
        self.gate.read_kind(caller, namespace, type_name, &query)?;
        let options = WatchOptions {
            bootstrap_contents: options.bootstrap_contents,
            bootstrap_bookmark: options.bootstrap_bookmark,
            query,
            ..past(options)
        };
        let watcher = self.store.watch_kind(namespace, type_name, &options);
        watcher.map_err(status::of_watch)
    }
}

/// What a caller sees of what it watches.
#[derive(Debug)]
pub(in crate::api) struct Seen {
    gate: Gate,
    caller: Option<Arc<Caller>>,
}

// === impl Seen ===

impl Seen {
    pub(in crate::api) fn shows(&self, resource: &AnyResource) -> bool {
        self.gate.shows(self.caller.as_deref(), resource)
    }
}

/// The options that say from where in the past a watch begins.
fn past(options: &cosi::WatchOptions) -> WatchOptions {
    WatchOptions {
        tail_events: usize::try_from(options.tail_events).unwrap_or_default(),
        start_from: options.start_from_bookmark.clone(),
        ..WatchOptions::default()
    }
}

// === impl Stream ===

impl Stream {
    /// The next message; `None` when the watch is over. Events are rendered as late as they are sent.
    async fn next(&mut self) -> Option<cosi::WatchResponse> {
        loop {
            let mut event = Vec::new();
            let mut size = 0;
            while size < MESSAGE
                && let Some(next) = self.waiting.pop_front()
            {
                if let Some(next) = self.shown(next) {
                    size += if self.aggregated {
                        next.encoded_len()
                    } else {
                        MESSAGE
                    };
                    event.push(next);
                }
            }
            if !event.is_empty() {
                return Some(cosi::WatchResponse { event });
            }
            self.waiting.extend(self.watcher.next().await?);
        }
    }

    /// The event as this client may and can see it.
    fn shown(&self, event: WatchEvent) -> Option<cosi::Event> {
        let old_client = self.api_version < 1;
        match event {
            WatchEvent::Resource(event, bookmark) => {
                let seen = self.gate.shows(self.caller.as_deref(), &event.resource);
                seen.then(|| change(self.gate.release(), &event, bookmark.map(Vec::from)))
            }
            WatchEvent::Missing => Some(self.mark(cosi::EventType::Destroyed, None)),
            WatchEvent::Noop(bookmark) => {
                Some(self.mark(cosi::EventType::Noop, Some(bookmark.into())))
            }
            WatchEvent::Bootstrapped(_)
            | WatchEvent::Complete
            | WatchEvent::Failed(_)
            | WatchEvent::Overrun(_)
                if old_client =>
            {
                None
            }
            WatchEvent::Complete => Some(cosi::Event {
                event_type: cosi::EventType::Bootstrapped.into(),
                ..cosi::Event::default()
            }),
            WatchEvent::Bootstrapped(bookmark) => {
                Some(self.mark(cosi::EventType::Bootstrapped, Some(bookmark.into())))
            }
            WatchEvent::Failed(text) | WatchEvent::Overrun(text) => Some(cosi::Event {
                event_type: cosi::EventType::Errored.into(),
                error: Some(text),
                ..cosi::Event::default()
            }),
        }
    }

    fn mark(&self, kind: cosi::EventType, bookmark: Option<Vec<u8>>) -> cosi::Event {
        let Key {
            namespace,
            type_name,
            id,
        } = &self.key;
        cosi::Event {
            resource: Some(wire::tombstone(namespace, type_name, id)),
            event_type: kind.into(),
            bookmark,
            ..cosi::Event::default()
        }
    }
}

fn change(release: Release, event: &Event, bookmark: Option<Vec<u8>>) -> cosi::Event {
    let kind = match event.kind {
        EventKind::Created => cosi::EventType::Created,
        EventKind::Updated => cosi::EventType::Updated,
        EventKind::Destroyed => cosi::EventType::Destroyed,
    };
    cosi::Event {
        resource: Some(wire::outgoing(release, &event.resource)),
        event_type: kind.into(),
        old: event.old.as_deref().map(|old| wire::outgoing(release, old)),
        error: None,
        bookmark,
    }
}
