//! One provider with its schemas.

use super::call::Call;
use super::error::{CoreError, Rule};
use super::resource::Resource;
use super::schemas::{Kind, Schemas};
use crate::objchange::{Problem, config_problems};
use crate::proto;
use crate::testing::client::Provider;
use crate::values::{Value, json};

/// The version that the small core gives itself: one that knows everything in the protocol.
const VERSION: &str = "1.16.0";

/// A core that uses one provider.
#[derive(Debug)]
pub struct Core {
    pub(super) provider: Provider,
    pub(super) schemas: Schemas,
}

impl Core {
    /// Asks the provider for its schemas.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses or a schema is not valid.
    pub async fn new(mut provider: Provider) -> Result<Self, CoreError> {
        let call = Call("GetProviderSchema");
        let request = proto::get_provider_schema::Request {};
        let schemas = call.answer(provider.get_provider_schema(request).await)?;
        call.accepted(schemas.diagnostics.clone())?;
        let call = Call("GetResourceIdentitySchemas");
        let request = proto::get_resource_identity_schemas::Request {};
        let identities = call.answer(provider.get_resource_identity_schemas(request).await)?;
        call.accepted(identities.diagnostics.clone())?;
        Ok(Self {
            schemas: Schemas::read(schemas, &identities)?,
            provider,
        })
    }

    /// A configuration in which these attributes are set and all others are null. The name of the
    /// provider block does not matter.
    ///
    /// # Errors
    /// [`CoreError::Missing`], or [`Rule::Configuration`] where an attribute does not exist.
    pub fn config<const N: usize>(
        &self,
        kind: Kind,
        name: &str,
        set: [(&str, Value); N],
    ) -> Result<Value, CoreError> {
        let nothing = self.schemas.find(kind, name)?.core.null_object();
        let mut config = nothing.as_map().cloned().unwrap_or_default();
        for (attribute, value) in set {
            if config.insert(attribute.to_owned(), value).is_none() {
                let message = format!("there is no attribute {attribute:?}");
                return Err(Rule::Configuration.broken(message));
            }
        }
        Ok(Value::Object(config))
    }

    /// A configuration as JSON; attributes that it leaves out are null, at any depth. The name of
    /// the provider block does not matter.
    ///
    /// # Errors
    /// [`CoreError::Missing`], or [`Rule::Configuration`] where an attribute does not exist or its
    /// value does not fit.
    pub fn config_json(&self, kind: Kind, name: &str, text: &str) -> Result<Value, CoreError> {
        let schema = self.schemas.find(kind, name)?;
        let config = json::adapt(text.as_bytes(), &schema.ty);
        let config = config.map_err(|error| Rule::Configuration.broken(error.to_string()))?;
        let unfit = config.dropped.into_iter().map(|path| Problem {
            path,
            message: "does not exist or does not fit".to_owned(),
        });
        Rule::Configuration.holds_without(unfit.collect())?;
        Ok(config.value)
    }

    /// Validates the provider's configuration and configures it. Returns the warnings.
    ///
    /// # Errors
    /// [`CoreError::Refused`] where the provider does not accept it.
    pub async fn configure(&self, config: &Value) -> Result<Vec<proto::Diagnostic>, CoreError> {
        let schema = &self.schemas.provider;
        Rule::Configuration.holds_without(config_problems(&schema.core, config))?;
        let call = Call("ValidateProviderConfig");
        let request = proto::validate_provider_config::Request {
            config: Some(call.encode(config, &schema.ty)?),
        };
        let answer = call.answer(self.client().validate_provider_config(request).await)?;
        let mut warnings = call.accepted(answer.diagnostics)?;
        let call = Call("ConfigureProvider");
        let request = proto::configure_provider::Request {
            terraform_version: VERSION.to_owned(),
            config: Some(call.encode(config, &schema.ty)?),
            client_capabilities: capabilities(),
        };
        let answer = call.answer(self.client().configure_provider(request).await)?;
        warnings.extend(call.accepted(answer.diagnostics)?);
        Ok(warnings)
    }

    /// The resource of that name.
    ///
    /// # Errors
    /// [`CoreError::Missing`] where the provider has none.
    pub fn resource(&self, name: &str) -> Result<Resource<'_>, CoreError> {
        let schema = self.schemas.find(Kind::Resource, name)?;
        Ok(Resource::new(self, name, schema))
    }

    /// Asks the provider to stop what it does, as after Ctrl-C.
    ///
    /// # Errors
    /// [`CoreError::Call`] where the call fails.
    pub async fn stop(&self) -> Result<(), CoreError> {
        let request = proto::stop_provider::Request {};
        Call("StopProvider").answer(self.client().stop_provider(request).await)?;
        Ok(())
    }

    /// A client for one call; clients share the connection.
    pub(super) fn client(&self) -> Provider {
        self.provider.clone()
    }
}

/// What this core can do: everything that does not change the answers' meaning.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the field of every request is optional"
)]
pub(super) fn capabilities() -> Option<proto::ClientCapabilities> {
    Some(proto::ClientCapabilities {
        write_only_attributes_allowed: true,
        ..Default::default()
    })
}
