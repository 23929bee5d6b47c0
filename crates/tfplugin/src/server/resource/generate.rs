//! `GenerateResourceConfig`.

use super::super::shared::Shared;
use super::super::wire;
use crate::objects::{Diagnostics, Provider, rules};
use crate::proto::tfplugin6 as pb;

impl<P: Provider> Shared<P> {
    pub(in super::super) fn generate(
        &self,
        q: &pb::generate_resource_config::Request,
    ) -> pb::generate_resource_config::Response {
        self.try_generate(q)
            .unwrap_or_else(|problems| pb::generate_resource_config::Response {
                config: None,
                diagnostics: wire::diagnostics(problems),
            })
    }

    fn try_generate(
        &self,
        q: &pb::generate_resource_config::Request,
    ) -> Result<pb::generate_resource_config::Response, Diagnostics> {
        let entry = self.resource(&q.type_name)?;
        let state = wire::decode(q.state.as_ref(), &entry.ty)?;
        let config = rules::configuration(entry.schema, &state);
        Ok(pb::generate_resource_config::Response {
            config: Some(wire::encode(&config, &entry.ty)?),
            diagnostics: Vec::new(),
        })
    }
}
