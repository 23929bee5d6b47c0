//! `ValidateDataResourceConfig` and `ReadDataSource`.

use tokio_util::sync::CancellationToken;

use super::panics::guarded;
use super::shared::{self, Shared, Start};
use super::wire;
use crate::objects::{Diagnostics, Provider, rules};
use crate::proto::tfplugin6 as pb;

const WHAT: &str = "data source";

impl<P: Provider> Shared<P> {
    pub(super) fn validate_data_source(
        &self,
        q: &pb::validate_data_resource_config::Request,
    ) -> pb::validate_data_resource_config::Response {
        let checked =
            shared::entry(&self.entries.data_sources, WHAT, &q.type_name).and_then(|entry| {
                Self::check(
                    entry.schema,
                    &entry.ty,
                    q.config.as_ref(),
                    |config, told| entry.object.validate(config, told),
                )
            });
        pb::validate_data_resource_config::Response {
            diagnostics: wire::diagnostics(
                checked.map_or_else(|problems| problems, |(_, told)| told),
            ),
        }
    }

    pub(super) async fn read_data(
        &self,
        cancel: CancellationToken,
        q: pb::read_data_source::Request,
    ) -> pb::read_data_source::Response {
        let mut reply = pb::read_data_source::Response::default();
        if let Err(problems) = self.try_read_data(cancel, &q, &mut reply).await {
            reply.diagnostics.extend(wire::diagnostics(problems));
        }
        reply
    }

    async fn try_read_data(
        &self,
        cancel: CancellationToken,
        q: &pb::read_data_source::Request,
        reply: &mut pb::read_data_source::Response,
    ) -> Result<(), Diagnostics> {
        let entry = shared::entry(&self.entries.data_sources, WHAT, &q.type_name)?;
        let config = wire::decode_config(q.config.as_ref(), entry)?;
        let start = Start {
            deferral_allowed: wire::deferral_allowed(q.client_capabilities),
            ..Start::default()
        };
        let cx = self.cx(cancel, start)?;
        let outcome = guarded(entry.object.read(&cx, config.clone())).await;
        let notes = cx.into_notes();
        reply.deferred = wire::deferred(notes.deferred);
        let mut told = notes.diagnostics;
        let state = Self::told(outcome)
            .map(|actual| rules::impose(entry.schema, &config, &actual, &mut told));
        reply.diagnostics = wire::diagnostics(told);
        reply.state = Some(wire::encode(&state?, &entry.ty)?);
        Ok(())
    }
}
