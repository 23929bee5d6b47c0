//! `ValidateActionConfig`, `PlanAction` and `InvokeAction`, which answers a stream.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;

use super::entries::Entry;
use super::panics::guarded;
use super::shared::{self, Shared, Start};
use super::wire;
use crate::objects::erased::AnyAction;
use crate::objects::{Diagnostics, Progress, Provider};
use crate::proto::tfplugin6 as pb;
use crate::proto::tfplugin6::invoke_action::event::{Completed, Progress as Message, Type};

type Event = pb::invoke_action::Event;

impl<P: Provider> Shared<P> {
    fn action(&self, name: &str) -> Result<&Entry<dyn AnyAction<P::Session>>, Diagnostics> {
        shared::entry(&self.entries.actions, "action", name)
    }

    pub(super) fn validate_action(
        &self,
        q: &pb::validate_action_config::Request,
    ) -> pb::validate_action_config::Response {
        let checked = self.action(&q.type_name).and_then(|entry| {
            Self::check(
                entry.schema,
                &entry.ty,
                q.config.as_ref(),
                |config, told| entry.object.validate(config, told),
            )
        });
        pb::validate_action_config::Response {
            diagnostics: wire::diagnostics(
                checked.map_or_else(|problems| problems, |(_, told)| told),
            ),
        }
    }

    pub(super) async fn plan_action(
        &self,
        cancel: CancellationToken,
        q: pb::plan_action::Request,
    ) -> pb::plan_action::Response {
        let mut reply = pb::plan_action::Response::default();
        if let Err(problems) = self.try_plan_action(cancel, &q, &mut reply).await {
            reply.diagnostics.extend(wire::diagnostics(problems));
        }
        reply
    }

    async fn try_plan_action(
        &self,
        cancel: CancellationToken,
        q: &pb::plan_action::Request,
        reply: &mut pb::plan_action::Response,
    ) -> Result<(), Diagnostics> {
        let entry = self.action(&q.action_type)?;
        let config = wire::decode_config(q.config.as_ref(), entry)?;
        let start = Start {
            deferral_allowed: wire::deferral_allowed(q.client_capabilities),
            ..Start::default()
        };
        let cx = self.cx(cancel, start)?;
        let outcome = guarded(entry.object.plan(&cx, config)).await;
        let notes = cx.into_notes();
        reply.diagnostics = wire::diagnostics(notes.diagnostics);
        reply.deferred = wire::deferred(notes.deferred);
        Self::told(outcome)
    }

    /// Starts the action. It runs to its end even where core stops listening, which only shortens its waiting.
    pub(super) fn start_action(
        self: Arc<Self>,
        q: pb::invoke_action::Request,
    ) -> BoxStream<'static, Result<Event, Status>> {
        let cancel = self.calls.token();
        let guard = cancel.clone().drop_guard();
        let (sink, lines) = mpsc::unbounded_channel();
        let progress = Progress::new(sink);
        let work = tokio::spawn(async move {
            let told = self
                .invoke(cancel, &q, progress)
                .await
                .unwrap_or_else(|problems| problems);
            wire::diagnostics(told)
        });
        let lines = stream::unfold(
            (lines, guard),
            |(mut lines, guard): (mpsc::UnboundedReceiver<String>, DropGuard)| async move {
                let line = lines.recv().await?;
                Some((Type::Progress(Message { message: line }), (lines, guard)))
            },
        );
        let end = stream::once(async move {
            // The work cannot panic: `invoke` guards it. It can be aborted with the runtime only.
            Type::Completed(Completed {
                diagnostics: work.await.unwrap_or_default(),
            })
        });
        lines
            .chain(end)
            .map(|event| {
                Ok(Event {
                    r#type: Some(event),
                })
            })
            .boxed()
    }

    async fn invoke(
        &self,
        cancel: CancellationToken,
        q: &pb::invoke_action::Request,
        progress: Progress,
    ) -> Result<Diagnostics, Diagnostics> {
        let entry = self.action(&q.action_type)?;
        let config = wire::decode_config(q.config.as_ref(), entry)?;
        let cx = self.cx(cancel, Start::default())?;
        let outcome = guarded(entry.object.invoke(&cx, config, progress)).await;
        let mut told = cx.into_notes().diagnostics;
        told.extend(Self::told(outcome).err().unwrap_or_default());
        Ok(told)
    }
}
