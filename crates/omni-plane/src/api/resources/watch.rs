//! Watch: the contents, sorted, then a mark, then changes.
//!
//! A search is followed: what begins to match arrives as created, what ceases to match as destroyed. A page shows its part of the sorted
//! contents; `total` counts all that match.

use std::cmp::Ordering;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use futures::StreamExt as _;
use omni_api::AnyResource;
use omni_api::omni::resources as api;
use tonic::Status;

use super::window::Window;
use super::{Answers, Resources, body, find};
use crate::api::caller::Caller;
use crate::api::state::Seen;
use crate::store::{Event, EventKind, Query, WatchEvent, WatchOptions, Watcher};

type Sorted = (String, Arc<AnyResource>);
type Order = Box<dyn Fn(&Sorted, &Sorted) -> Ordering + Send + Sync>;

/// A running watch of a page.
struct Page {
    watcher: Watcher,
    seen: Seen,
    request: api::WatchRequest,
    window: Window<Sorted, Order>,
    /// Ids that the page has been told of, when it searches.
    told: HashSet<Arc<str>>,
    total: i32,
    /// The contents until they are complete; they are sent sorted.
    contents: Option<Vec<Event>>,
    waiting: VecDeque<Result<api::WatchResponse, Status>>,
    over: bool,
}

impl Resources {
    pub(super) async fn follow(
        &self,
        caller: Option<Arc<Caller>>,
        request: &api::WatchRequest,
        query: Query,
    ) -> Result<Answers<api::WatchResponse>, Status> {
        let (watcher, seen) = self.begin(caller, request, query).await?;
        let descending = request.sort_descending;
        let order: Order = Box::new(move |(a, one), (b, other)| {
            let order = find::directed(a.cmp(b), descending);
            order.then_with(|| find::by_name(&one.metadata, &other.metadata))
        });
        let number = |number: i32| usize::try_from(number).unwrap_or_default();
        let page = Page {
            watcher,
            seen,
            window: Window::new(number(request.offset), number(request.limit), order),
            request: request.clone(),
            told: HashSet::new(),
            total: 0,
            contents: Some(Vec::new()),
            waiting: VecDeque::new(),
            over: false,
        };
        let answers = futures::stream::unfold(page, |mut page| async move {
            let answer = page.next().await?;
            Some((answer, page))
        });
        let stop = self.state.stopped();
        Ok(Box::pin(answers.take_until(stop)))
    }
}

impl Resources {
    /// A watch of all that matches, contents first, or of one resource.
    async fn begin(
        &self,
        caller: Option<Arc<Caller>>,
        request: &api::WatchRequest,
        query: Query,
    ) -> Result<(Watcher, Seen), Status> {
        let tail_events = usize::try_from(request.tail_events).unwrap_or_default();
        let (namespace, type_name) = (&request.namespace, &request.r#type);
        if request.id.is_empty() {
            let options = WatchOptions {
                bootstrap_contents: true,
                query,
                ..WatchOptions::default()
            };
            self.state
                .watched(caller, namespace, type_name, None, &options)
                .await
        } else {
            let options = WatchOptions {
                tail_events,
                ..WatchOptions::default()
            };
            self.state
                .watched(caller, namespace, type_name, Some(&request.id), &options)
                .await
        }
    }
}

// === impl Page ===

impl Page {
    async fn next(&mut self) -> Option<Result<api::WatchResponse, Status>> {
        loop {
            if let Some(answer) = self.waiting.pop_front() {
                self.over |= answer.is_err();
                return Some(answer);
            }
            if self.over {
                return None;
            }
            for event in self.watcher.next().await? {
                self.take(event);
            }
        }
    }

    fn take(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Resource(event, _) if !self.seen.shows(&event.resource) => {}
            WatchEvent::Resource(event, _) => match &mut self.contents {
                Some(contents) => {
                    contents.push(event);
                    // One resource is complete with its first event.
                    if !self.request.id.is_empty() {
                        self.complete();
                    }
                }
                None => self.send(event),
            },
            WatchEvent::Missing | WatchEvent::Bootstrapped(_) | WatchEvent::Complete => {
                self.complete();
            }
            WatchEvent::Noop(_) => {}
            WatchEvent::Failed(text) | WatchEvent::Overrun(text) => {
                let failed = Status::unknown(format!("watch error: {text}"));
                self.waiting.push_back(Err(failed));
            }
        }
    }

    /// Sends the contents in their order, and the mark.
    fn complete(&mut self) {
        let Some(contents) = self.contents.take() else {
            return;
        };
        let field = &self.request.sort_by_field;
        let keyed: Result<Vec<_>, Status> = contents
            .into_iter()
            .map(|event| Ok((find::value(&event.resource, field)?, event)))
            .collect();
        match keyed {
            Err(unsortable) => self.waiting.push_back(Err(unsortable)),
            Ok(mut keyed) => {
                let descending = self.request.sort_descending;
                keyed.sort_by(|(a, one), (b, other)| {
                    let order = find::directed(a.cmp(b), descending);
                    let (one, other) = (&one.resource.metadata, &other.resource.metadata);
                    order.then_with(|| find::by_name(one, other))
                });
                for (_, event) in keyed {
                    self.send(event);
                }
                let event = api::Event {
                    event_type: api::EventType::Bootstrapped.into(),
                    ..api::Event::default()
                };
                let total = self.total;
                self.waiting.push_back(Ok(api::WatchResponse {
                    event: Some(event),
                    total,
                    ..api::WatchResponse::default()
                }));
            }
        }
    }

    fn send(&mut self, mut event: Event) {
        if !self.request.search_for.is_empty() && !self.search(&mut event) {
            return;
        }
        match event.kind {
            EventKind::Created => self.total += 1,
            EventKind::Updated => {}
            EventKind::Destroyed => self.total -= 1,
        }
        let answer = match find::value(&event.resource, &self.request.sort_by_field) {
            Ok(value) => {
                if !self.window.admits(&(value.clone(), event.resource.clone())) {
                    return;
                }
                self.answer(&event, value)
            }
            Err(unsortable) => Err(unsortable),
        };
        self.waiting.push_back(answer);
    }

    /// Turns the event into what it is for one who searches; false when it is nothing.
    fn search(&mut self, event: &mut Event) -> bool {
        let id = event.resource.metadata.id.clone();
        let matches = find::matches(&event.resource, &self.request.search_for);
        let kind = match (event.kind, matches, self.told.contains(&id)) {
            (EventKind::Destroyed, _, told) => {
                self.told.remove(&id);
                return told;
            }
            (_, true, true) => return true,
            (_, false, false) => return false,
            (_, true, false) => {
                self.told.insert(id);
                EventKind::Created
            }
            (_, false, true) => {
                self.told.remove(&id);
                EventKind::Destroyed
            }
        };
        event.kind = kind;
        event.old = None;
        true
    }

    fn answer(&self, event: &Event, sort_field_data: String) -> Result<api::WatchResponse, Status> {
        let kind = match event.kind {
            EventKind::Created => api::EventType::Created,
            EventKind::Updated => api::EventType::Updated,
            EventKind::Destroyed => api::EventType::Destroyed,
        };
        let old = event.old.as_deref().map(body::write).transpose()?;
        Ok(api::WatchResponse {
            event: Some(api::Event {
                resource: body::write(&event.resource)?,
                old: old.unwrap_or_default(),
                event_type: kind.into(),
            }),
            total: self.total,
            sort_field_data,
            sort_descending: self.request.sort_descending,
        })
    }
}
