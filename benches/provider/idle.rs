//! A provider that does nothing: what any provider costs a plan, whatever it manages.
//!
//! Terraform starts this benchmark's own executable as one. It knows one resource, of texts only, and answers every call about it with
//! what it was sent: nothing is decoded, checked, compared or asked for. What a plan with it takes longer than one with as many
//! `terraform_data` is the price of being a process of its own at the other end of a wire.

use std::error::Error;

use tfplugin::proto::tfplugin6 as pb;
use tfplugin::testing::stub::{Stub, Stubbed};
use tfplugin::wire::handshake::CoreRequest;
use tfplugin::wire::serve;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// What the resource is called, and what is set in it.
const RESOURCE: &str = "idle_patch";
const ATTRIBUTES: [&str; 3] = ["cluster", "data", "name"];
/// Schemas that are texts in Terraform's notation for types.
const TEXT: &[u8] = br#""string""#;

struct Idle(CancellationToken);

/// Serves the core that started this process.
pub fn serve(request: &CoreRequest) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let stop = CancellationToken::new();
    let provider = Stubbed(Idle(stop.clone()));
    Ok(runtime.block_on(serve::serve(provider, request, stop))?)
}

fn schema(attributes: &[&str]) -> pb::Schema {
    let required = |name: &&str| pb::schema::Attribute {
        name: (*name).to_owned(),
        r#type: TEXT.into(),
        required: true,
        ..Default::default()
    };
    let block = pb::schema::Block {
        attributes: attributes.iter().map(required).collect(),
        ..Default::default()
    };
    pb::Schema {
        version: 0,
        block: Some(block),
    }
}

#[tonic::async_trait]
impl Stub for Idle {
    async fn get_provider_schema(
        &self,
        _: pb::get_provider_schema::Request,
    ) -> Result<pb::get_provider_schema::Response, Status> {
        // As ours: Terraform may keep the schema, and need not ask each process for it.
        let capabilities = pb::ServerCapabilities {
            get_provider_schema_optional: true,
            ..Default::default()
        };
        Ok(pb::get_provider_schema::Response {
            provider: Some(schema(&[])),
            resource_schemas: [(RESOURCE.to_owned(), schema(&ATTRIBUTES))].into(),
            server_capabilities: Some(capabilities),
            ..Default::default()
        })
    }

    async fn validate_provider_config(
        &self,
        _: pb::validate_provider_config::Request,
    ) -> Result<pb::validate_provider_config::Response, Status> {
        Ok(pb::validate_provider_config::Response::default())
    }

    async fn configure_provider(
        &self,
        _: pb::configure_provider::Request,
    ) -> Result<pb::configure_provider::Response, Status> {
        Ok(pb::configure_provider::Response::default())
    }

    async fn validate_resource_config(
        &self,
        _: pb::validate_resource_config::Request,
    ) -> Result<pb::validate_resource_config::Response, Status> {
        Ok(pb::validate_resource_config::Response::default())
    }

    async fn upgrade_resource_state(
        &self,
        request: pb::upgrade_resource_state::Request,
    ) -> Result<pb::upgrade_resource_state::Response, Status> {
        Ok(pb::upgrade_resource_state::Response {
            upgraded_state: request.raw_state.map(|state| pb::DynamicValue {
                json: state.json,
                ..Default::default()
            }),
            ..Default::default()
        })
    }

    async fn read_resource(
        &self,
        request: pb::read_resource::Request,
    ) -> Result<pb::read_resource::Response, Status> {
        Ok(pb::read_resource::Response {
            new_state: request.current_state,
            ..Default::default()
        })
    }

    async fn plan_resource_change(
        &self,
        request: pb::plan_resource_change::Request,
    ) -> Result<pb::plan_resource_change::Response, Status> {
        Ok(pb::plan_resource_change::Response {
            planned_state: request.proposed_new_state,
            ..Default::default()
        })
    }

    async fn apply_resource_change(
        &self,
        request: pb::apply_resource_change::Request,
    ) -> Result<pb::apply_resource_change::Response, Status> {
        Ok(pb::apply_resource_change::Response {
            new_state: request.planned_state,
            ..Default::default()
        })
    }

    async fn stop_provider(
        &self,
        _: pb::stop_provider::Request,
    ) -> Result<pb::stop_provider::Response, Status> {
        self.0.cancel();
        Ok(pb::stop_provider::Response::default())
    }
}
