//! Ephemeral resources: validate, open, renew, close.

use tokio_util::sync::CancellationToken;

use super::entries::Entry;
use super::panics::guarded;
use super::shared::{self, Shared, Start};
use super::wire;
use crate::objects::erased::AnyEphemeral;
use crate::objects::{Diagnostics, Provider, rules};
use crate::proto::tfplugin6 as pb;

impl<P: Provider> Shared<P> {
    fn ephemeral(&self, name: &str) -> Result<&Entry<dyn AnyEphemeral<P::Session>>, Diagnostics> {
        shared::entry(&self.entries.ephemerals, "ephemeral resource", name)
    }

    pub(super) fn validate_ephemeral(
        &self,
        q: &pb::validate_ephemeral_resource_config::Request,
    ) -> pb::validate_ephemeral_resource_config::Response {
        let checked = self.ephemeral(&q.type_name).and_then(|entry| {
            Self::check(
                entry.schema,
                &entry.ty,
                q.config.as_ref(),
                |config, told| entry.object.validate(config, told),
            )
        });
        pb::validate_ephemeral_resource_config::Response {
            diagnostics: wire::diagnostics(
                checked.map_or_else(|problems| problems, |(_, told)| told),
            ),
        }
    }

    pub(super) async fn open(
        &self,
        cancel: CancellationToken,
        q: pb::open_ephemeral_resource::Request,
    ) -> pb::open_ephemeral_resource::Response {
        let mut reply = pb::open_ephemeral_resource::Response::default();
        if let Err(problems) = self.try_open(cancel, &q, &mut reply).await {
            reply.diagnostics.extend(wire::diagnostics(problems));
        }
        reply
    }

    async fn try_open(
        &self,
        cancel: CancellationToken,
        q: &pb::open_ephemeral_resource::Request,
        reply: &mut pb::open_ephemeral_resource::Response,
    ) -> Result<(), Diagnostics> {
        let entry = self.ephemeral(&q.type_name)?;
        let config = wire::decode_config(q.config.as_ref(), entry)?;
        let start = Start {
            deferral_allowed: wire::deferral_allowed(q.client_capabilities),
            ..Start::default()
        };
        let cx = self.cx(cancel, start)?;
        let outcome = guarded(entry.object.open(&cx, config.clone())).await;
        let notes = cx.into_notes();
        reply.deferred = wire::deferred(notes.deferred);
        // Kept even where `open` fails half-way: core then still closes what is open.
        reply.private = Some(notes.private.encode().into());
        let mut told = notes.diagnostics;
        let opened = Self::told(outcome).map(|opened| {
            reply.renew_at = wire::timestamp(opened.renew_at);
            rules::impose(entry.schema, &config, &opened.result, &mut told)
        });
        reply.diagnostics = wire::diagnostics(told);
        reply.result = Some(wire::encode(&opened?, &entry.ty)?);
        Ok(())
    }

    pub(super) async fn renew(
        &self,
        cancel: CancellationToken,
        q: pb::renew_ephemeral_resource::Request,
    ) -> pb::renew_ephemeral_resource::Response {
        let mut reply = pb::renew_ephemeral_resource::Response::default();
        if let Err(problems) = self.try_renew(cancel, &q, &mut reply).await {
            reply.diagnostics.extend(wire::diagnostics(problems));
        }
        reply
    }

    async fn try_renew(
        &self,
        cancel: CancellationToken,
        q: &pb::renew_ephemeral_resource::Request,
        reply: &mut pb::renew_ephemeral_resource::Response,
    ) -> Result<(), Diagnostics> {
        let entry = self.ephemeral(&q.type_name)?;
        let start = Start {
            private: q.private.as_deref().unwrap_or_default(),
            ..Start::default()
        };
        let cx = self.cx(cancel, start)?;
        let outcome = guarded(entry.object.renew(&cx)).await;
        let notes = cx.into_notes();
        reply.diagnostics = wire::diagnostics(notes.diagnostics);
        reply.private = Some(notes.private.encode().into());
        reply.renew_at = wire::timestamp(Self::told(outcome)?);
        Ok(())
    }

    pub(super) async fn close(
        &self,
        cancel: CancellationToken,
        q: pb::close_ephemeral_resource::Request,
    ) -> pb::close_ephemeral_resource::Response {
        let told = self
            .try_close(cancel, &q)
            .await
            .unwrap_or_else(|problems| problems);
        pb::close_ephemeral_resource::Response {
            diagnostics: wire::diagnostics(told),
        }
    }

    async fn try_close(
        &self,
        cancel: CancellationToken,
        q: &pb::close_ephemeral_resource::Request,
    ) -> Result<Diagnostics, Diagnostics> {
        let entry = self.ephemeral(&q.type_name)?;
        let start = Start {
            private: q.private.as_deref().unwrap_or_default(),
            ..Start::default()
        };
        let cx = self.cx(cancel, start)?;
        let outcome = guarded(entry.object.close(&cx)).await;
        let mut told = cx.into_notes().diagnostics;
        told.extend(Self::told(outcome).err().unwrap_or_default());
        Ok(told)
    }
}
