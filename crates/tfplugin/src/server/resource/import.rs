//! `ImportResourceState`: by id, and by identity.

use tokio_util::sync::CancellationToken;

use super::super::panics::guarded;
use super::super::shared::{Shared, Start};
use super::super::wire;
use super::ResourceEntry;
use crate::objects::{Diagnostic, Diagnostics, Provider};
use crate::proto::tfplugin6 as pb;
use crate::schema::ObjectSchema;
use crate::values::Value;

type Request = pb::import_resource_state::Request;
type Response = pb::import_resource_state::Response;

impl<P: Provider> Shared<P> {
    pub(in super::super) async fn import(&self, cancel: CancellationToken, q: Request) -> Response {
        let mut reply = Response::default();
        if let Err(problems) = self.try_import(cancel, &q, &mut reply).await {
            reply.diagnostics.extend(wire::diagnostics(problems));
        }
        reply
    }

    async fn try_import(
        &self,
        cancel: CancellationToken,
        q: &Request,
        reply: &mut Response,
    ) -> Result<(), Diagnostics> {
        let entry = self.resource(&q.type_name)?;
        let start = Start {
            deferral_allowed: wire::deferral_allowed(q.client_capabilities),
            ..Start::default()
        };
        let cx = self.cx(cancel, start)?;
        let identity = q
            .identity
            .as_ref()
            .and_then(|identity| identity.identity_data.as_ref());
        let state = match identity {
            Some(identity) => Ok(Ok(of_identity(entry, identity)?)),
            None => guarded(entry.object.import(&cx, &q.id)).await,
        };
        let notes = cx.into_notes();
        reply.diagnostics = wire::diagnostics(notes.diagnostics);
        reply.deferred = wire::deferred(notes.deferred);
        let state = defaulted(entry.schema, Self::told(state)?);
        reply
            .imported_resources
            .push(pb::import_resource_state::ImportedResource {
                type_name: q.type_name.clone(),
                state: Some(entry.state(&state)?),
                private: notes.private.encode().into(),
                identity: entry.known_identity(&state),
            });
        Ok(())
    }
}

/// A state in which only the identity is set.
fn of_identity<S>(
    entry: &ResourceEntry<S>,
    identity: &pb::DynamicValue,
) -> Result<Value, Diagnostics> {
    let Some(ty) = &entry.identity else {
        return Err(Diagnostic::error("Import not possible")
            .detail("This object has no identity to import it by.")
            .into());
    };
    let identity = wire::decode(Some(identity), ty)?;
    let mut state = entry.schema.null_object();
    if let (Value::Object(fields), Value::Object(parts)) = (&mut state, identity) {
        fields.extend(parts);
    }
    Ok(state)
}

/// What an import does not know has its default: a read corrects it where the server can tell, and where nobody can, a
/// configuration that leaves it out needs no change.
fn defaulted(schema: &ObjectSchema, mut state: Value) -> Value {
    let Value::Object(fields) = &mut state else {
        return state;
    };
    for attribute in schema.attributes {
        if let (Some(default), Some(value @ Value::Null)) =
            (attribute.default, fields.get_mut(attribute.name))
        {
            *value = default();
        }
    }
    state
}
