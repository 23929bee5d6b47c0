//! `ValidateListResourceConfig` and `ListResource`, which answers a stream.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;

use super::entries::Entry;
use super::panics::guarded;
use super::shared::{self, Shared, Start};
use super::wire;
use crate::objects::erased::{AnyList, Query};
use crate::objects::list::Item;
use crate::objects::{Diagnostic, Diagnostics, Provider};
use crate::proto::tfplugin6 as pb;

type Event = pb::list_resource::Event;

/// Objects that may wait for core: enough that the remote side is never the slower one for want of room.
const QUEUE: usize = 32;

impl<P: Provider> Shared<P> {
    fn list(&self, name: &str) -> Result<&Entry<dyn AnyList<P::Session>>, Diagnostics> {
        shared::entry(&self.entries.lists, "list resource", name)
    }

    pub(super) fn validate_list(
        &self,
        q: &pb::validate_list_resource_config::Request,
    ) -> pb::validate_list_resource_config::Response {
        let checked = self.list(&q.type_name).and_then(|entry| {
            Self::check(
                entry.schema,
                &entry.ty,
                q.config.as_ref(),
                |config, told| entry.object.validate(config, told),
            )
        });
        pb::validate_list_resource_config::Response {
            diagnostics: wire::diagnostics(
                checked.map_or_else(|problems| problems, |(_, told)| told),
            ),
        }
    }

    /// Starts the search; it ends when core stops listening.
    pub(super) fn start_list(
        self: Arc<Self>,
        q: pb::list_resource::Request,
    ) -> BoxStream<'static, Result<Event, Status>> {
        let cancel = self.calls.token();
        let (sink, items) = mpsc::channel(QUEUE);
        let shared = Arc::clone(&self);
        let (name, whole) = (q.type_name.clone(), q.include_resource_object);
        let search = {
            let cancel = cancel.clone();
            async move {
                for problem in shared.search(cancel, &q, sink.clone()).await {
                    // Nobody listens any more.
                    let _ = sink.send(Item::Problem(problem)).await;
                }
            }
        };
        tokio::spawn(search);
        stream::unfold(
            (items, cancel.drop_guard()),
            |(mut items, guard): (mpsc::Receiver<Item>, DropGuard)| async move {
                let item = items.recv().await?;
                Some((item, (items, guard)))
            },
        )
        .map(move |item| Ok(self.event(&name, whole, item)))
        .boxed()
    }

    /// Runs the search; answers what is to be told at the end.
    async fn search(
        &self,
        cancel: CancellationToken,
        q: &pb::list_resource::Request,
        sink: mpsc::Sender<Item>,
    ) -> Diagnostics {
        self.try_search(cancel, q, sink)
            .await
            .unwrap_or_else(|problems| problems)
    }

    async fn try_search(
        &self,
        cancel: CancellationToken,
        q: &pb::list_resource::Request,
        sink: mpsc::Sender<Item>,
    ) -> Result<Diagnostics, Diagnostics> {
        let entry = self.list(&q.type_name)?;
        let config = wire::decode_config(q.config.as_ref(), entry)?;
        let cx = self.cx(cancel, Start::default())?;
        let query = Query {
            // No limit is what a number that cannot be one means.
            limit: u64::try_from(q.limit)
                .ok()
                .filter(|limit| *limit > 0)
                .unwrap_or(u64::MAX),
            whole: q.include_resource_object,
            sink,
        };
        let outcome = guarded(entry.object.list(&cx, config, query)).await;
        let mut told = cx.into_notes().diagnostics;
        told.extend(Self::told(outcome).err().unwrap_or_default());
        Ok(told)
    }

    fn event(&self, name: &str, whole: bool, item: Item) -> Event {
        let problem = match item {
            Item::Object { name: shown, state } => {
                match self.object_event(name, whole, shown, &state) {
                    Ok(event) => return event,
                    Err(problems) => problems,
                }
            }
            Item::Problem(problem) => problem.into(),
        };
        Event {
            diagnostic: wire::diagnostics(problem),
            ..Event::default()
        }
    }

    fn object_event(
        &self,
        name: &str,
        whole: bool,
        display_name: String,
        state: &crate::values::Value,
    ) -> Result<Event, Diagnostics> {
        let entry = shared::entry(&self.entries.resources, "resource type", name)?;
        let identity = entry.known_identity(state).ok_or_else(|| {
            Diagnostic::error("Object without identity")
                .detail(format!("{display_name:?} was found without the attributes that identify it. This is a bug in the provider."))
        })?;
        Ok(Event {
            identity: Some(identity),
            display_name,
            resource_object: whole.then(|| entry.state(state)).transpose()?,
            diagnostic: Vec::new(),
        })
    }
}
