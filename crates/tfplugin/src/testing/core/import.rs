//! Taking an existing object into the state.

use super::call::{Call, not_deferred};
use super::error::{CoreError, Rule};
use super::host::capabilities;
use super::resource::Resource;
use super::state::State;
use crate::objchange::{unknown_problems, write_only_problems};
use crate::proto;
use crate::values::Value;

impl Resource<'_> {
    /// Imports the object with that id, and reads it.
    ///
    /// # Errors
    /// [`CoreError`] where the provider refuses, the object does not exist, or an answer is not
    /// valid.
    pub async fn import(&self, id: &str) -> Result<State, CoreError> {
        let request = proto::import_resource_state::Request {
            type_name: self.name.clone(),
            id: id.to_owned(),
            client_capabilities: capabilities(),
            identity: None,
        };
        self.imported(request).await
    }

    /// Imports the object with that identity, and reads it.
    ///
    /// # Errors
    /// As [`Resource::import`], and [`Rule::Identity`] where the resource has none.
    pub async fn import_by_identity(&self, identity: &Value) -> Result<State, CoreError> {
        let call = Call("ImportResourceState");
        let Some(ty) = &self.schema.identity else {
            return Err(Rule::Identity.broken("the resource has no identity schema"));
        };
        let request = proto::import_resource_state::Request {
            type_name: self.name.clone(),
            id: String::new(),
            client_capabilities: capabilities(),
            identity: call.encode_identity(Some(identity), Some(ty))?,
        };
        self.imported(request).await
    }

    async fn imported(
        &self,
        request: proto::import_resource_state::Request,
    ) -> Result<State, CoreError> {
        let call = Call("ImportResourceState");
        let answer = call.answer(self.core.client().import_resource_state(request).await)?;
        call.accepted(answer.diagnostics)?;
        not_deferred(answer.deferred.as_ref())?;
        let [imported] = answer.imported_resources.as_slice() else {
            return Err(Rule::ValidObject.broken("an import must give exactly one object"));
        };
        if imported.type_name != self.name {
            return Err(Rule::ValidObject.broken("the import gave an object of another type"));
        }
        let value = call.decode(imported.state.as_ref(), &self.schema.ty)?;
        Rule::WriteOnly.holds_without(write_only_problems(&self.schema.core, &value))?;
        Rule::ValidObject.holds_without(unknown_problems(&value))?;
        let identity = self.schema.identity.as_ref();
        let found = State {
            value,
            private: imported.private.clone(),
            identity: call.decode_identity(imported.identity.clone(), identity)?,
        };
        let read = self.refresh(&found).await?;
        read.ok_or_else(|| Rule::ValidObject.broken("the imported object does not exist"))
    }
}
