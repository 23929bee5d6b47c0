//! `UpgradeResourceState`, `UpgradeResourceIdentity` and `MoveResourceState`: stored JSON in today's shape.
//!
//! Nothing remote is called, and the meaning stays. Version 0 is always the state of another provider: what that one does not know
//! has its default from here on, as it has after an import, so that a configuration that leaves it out needs no change.

use super::super::panics::guarded_now;
use super::super::shared::Shared;
use super::super::wire;
use super::ResourceEntry;
use crate::objects::{Diagnostic, Diagnostics, JsonObject, MoveSource, Provider};
use crate::proto::tfplugin6 as pb;
use crate::schema::walk;
use crate::values::{Type, Value, json};

impl<P: Provider> Shared<P> {
    pub(in super::super) fn upgrade_state(
        &self,
        q: &pb::upgrade_resource_state::Request,
    ) -> pb::upgrade_resource_state::Response {
        let upgraded = self.try_upgrade_state(q);
        let (state, problems) = upgraded.map_or_else(
            |problems| (None, problems),
            |state| (Some(state), Diagnostics::new()),
        );
        pb::upgrade_resource_state::Response {
            upgraded_state: state,
            diagnostics: wire::diagnostics(problems),
        }
    }

    fn try_upgrade_state(
        &self,
        q: &pb::upgrade_resource_state::Request,
    ) -> Result<pb::DynamicValue, Diagnostics> {
        let entry = self.resource(&q.type_name)?;
        let raw = raw_json(q.raw_state.as_ref())?;
        if q.version > entry.schema.version {
            return Err(too_new(entry, q.version).into());
        }
        if q.version == entry.schema.version {
            return entry.state(&adapt(entry, raw, &entry.ty)?);
        }
        let mut state = parse(raw)?;
        let outcome = guarded_now(|| entry.object.upgrade(q.version, &mut state));
        Self::told(outcome)?;
        let state = adapt(entry, &bytes(&state), &entry.ty)?;
        match q.version {
            0 => entry.state(&walk::with_defaults(entry.schema, &state)),
            _ => entry.state(&state),
        }
    }

    pub(in super::super) fn upgrade_identity(
        &self,
        q: &pb::upgrade_resource_identity::Request,
    ) -> pb::upgrade_resource_identity::Response {
        let upgraded = self.try_upgrade_identity(q);
        let (identity, problems) = upgraded.map_or_else(
            |problems| (None, problems),
            |identity| (identity, Diagnostics::new()),
        );
        pb::upgrade_resource_identity::Response {
            upgraded_identity: identity,
            diagnostics: wire::diagnostics(problems),
        }
    }

    fn try_upgrade_identity(
        &self,
        q: &pb::upgrade_resource_identity::Request,
    ) -> Result<Option<pb::ResourceIdentityData>, Diagnostics> {
        let entry = self.resource(&q.type_name)?;
        let Some(ty) = &entry.identity else {
            return Ok(None);
        };
        // A state from before there were identities: it gets one with the next read.
        let raw = q.raw_identity.as_ref().filter(|raw| !raw.json.is_empty());
        let Some(raw) = raw else {
            return Ok(None);
        };
        let identity = adapt(entry, &raw.json, ty)?;
        Ok(Some(wire::identity(&identity, ty)?))
    }

    pub(in super::super) fn move_state(
        &self,
        q: &pb::move_resource_state::Request,
    ) -> pb::move_resource_state::Response {
        self.try_move_state(q)
            .unwrap_or_else(|problems| pb::move_resource_state::Response {
                diagnostics: wire::diagnostics(problems),
                ..pb::move_resource_state::Response::default()
            })
    }

    fn try_move_state(
        &self,
        q: &pb::move_resource_state::Request,
    ) -> Result<pb::move_resource_state::Response, Diagnostics> {
        let entry = self.resource(&q.target_type_name)?;
        let source = MoveSource {
            provider: &q.source_provider_address,
            type_name: &q.source_type_name,
            version: q.source_schema_version,
            target: &entry.name,
        };
        let mut state = parse(raw_json(q.source_state.as_ref())?)?;
        let moved = guarded_now(|| {
            let accepted = entry.object.move_from(&source, &mut state)?;
            // A state of the same type has the shape that `upgrade` knows as version 0.
            if accepted && source.type_name == source.target {
                entry.object.upgrade(0, &mut state)?;
            }
            Ok::<_, Diagnostics>(accepted)
        });
        if !Self::told(moved)? {
            return Err(cannot_move(&source).into());
        }
        let state = adapt(entry, &bytes(&state), &entry.ty)?;
        let state = walk::with_defaults(entry.schema, &state);
        Ok(pb::move_resource_state::Response {
            target_state: Some(entry.state(&state)?),
            target_identity: entry.known_identity(&state),
            ..pb::move_resource_state::Response::default()
        })
    }
}

/// Reads stored JSON as well as it fits; what does not is left out, and logged by its path.
fn adapt<S>(entry: &ResourceEntry<S>, raw: &[u8], ty: &Type) -> Result<Value, Diagnostics> {
    let adapted = json::adapt(raw, ty).map_err(|error| unreadable(&error.to_string()))?;
    for path in &adapted.dropped {
        tracing::debug!(resource = entry.name, %path, "left out of a stored state: this version does not have it");
    }
    Ok(adapted.value)
}

fn raw_json(raw: Option<&pb::RawState>) -> Result<&[u8], Diagnostics> {
    let json = raw.map(|raw| &raw.json[..]).filter(|json| !json.is_empty());
    json.ok_or_else(|| {
        unreadable("It is not JSON, the form that Terraform has used since version 0.12")
    })
}

fn parse(raw: &[u8]) -> Result<JsonObject, Diagnostics> {
    serde_json::from_slice(raw).map_err(|error| unreadable(&error.to_string()))
}

fn bytes(state: &JsonObject) -> Vec<u8> {
    // A map with string keys always becomes JSON.
    serde_json::to_vec(state).unwrap_or_default()
}

fn unreadable(why: &str) -> Diagnostics {
    Diagnostic::error("Stored state cannot be read")
        .detail(format!("{why}."))
        .remedy("Remove the object from the state with `terraform state rm`, then import it again.")
        .into()
}

fn too_new<S>(entry: &ResourceEntry<S>, version: i64) -> Diagnostic {
    Diagnostic::error("State of a newer provider")
        .detail(format!(
            "The state of this {} has schema version {version}, and this provider knows up to {}.",
            entry.name, entry.schema.version
        ))
        .remedy("Use the provider version that wrote the state, or a newer one.")
}

fn cannot_move(source: &MoveSource<'_>) -> Diagnostic {
    Diagnostic::error("Object cannot be moved here")
        .detail(format!(
            "A {} of {} has no counterpart in {}.",
            source.type_name, source.provider, source.target
        ))
        .remedy("Remove the `moved` block, and import the object instead.")
}
