//! `ReadResource`.

use tokio_util::sync::CancellationToken;

use super::super::panics::guarded;
use super::super::shared::{Shared, Start};
use super::super::wire;
use crate::objects::{Diagnostic, Diagnostics, Provider, rules};
use crate::proto::tfplugin6 as pb;
use crate::schema::types::Verb;
use crate::values::Value;

type Request = pb::read_resource::Request;
type Response = pb::read_resource::Response;

impl<P: Provider> Shared<P> {
    pub(in super::super) async fn read(&self, cancel: CancellationToken, q: Request) -> Response {
        let mut reply = Response {
            new_state: q.current_state.clone(),
            private: q.private.clone(),
            new_identity: q.current_identity.clone(),
            ..Response::default()
        };
        if let Err(problems) = self.try_read(cancel, &q, &mut reply).await {
            reply.diagnostics.extend(wire::diagnostics(problems));
        }
        reply
    }

    async fn try_read(
        &self,
        cancel: CancellationToken,
        q: &Request,
        reply: &mut Response,
    ) -> Result<(), Diagnostics> {
        let entry = self.resource(&q.type_name)?;
        let prior = wire::decode(q.current_state.as_ref(), &entry.ty)?;
        let start = Start {
            private: &q.private,
            limit: rules::limit(entry.schema, &prior, Verb::Read),
            deferral_allowed: wire::deferral_allowed(q.client_capabilities),
        };
        let cx = self.cx(cancel, start)?;
        let outcome = guarded(entry.object.read(&cx, prior.clone())).await;
        let notes = cx.into_notes();
        reply.diagnostics = wire::diagnostics(notes.diagnostics);
        reply.deferred = wire::deferred(notes.deferred);
        let Some(actual) = Self::told(outcome)? else {
            reply.new_state = Some(wire::encode(&Value::Null, &entry.ty)?);
            return Ok(());
        };
        let state = rules::keep_spelling(entry.schema, &prior, &actual);
        if let Some(path) = state.find(|_, value| value.is_unknown()) {
            return Err(Diagnostic::error("Value missing after read")
                .detail(format!(
                    "The provider left {path} unknown. This is a bug in the provider."
                ))
                .at(path)
                .into());
        }
        reply.new_state = Some(entry.state(&state)?);
        reply.private = notes.private.encode().into();
        reply.new_identity = entry
            .known_identity(&state)
            .or_else(|| q.current_identity.clone());
        Ok(())
    }
}
