//! Between the messages of the protocol and the values of the framework.

use std::time::SystemTime;

use prost::bytes::Bytes;

use super::entries::Entry;
use crate::objects::{Deferral, Diagnostic, Diagnostics, Severity};
use crate::proto::tfplugin6 as pb;
use crate::schema::walk;
use crate::values::{Path, Step, Type, Value, json, msgpack};

/// Reads a value that core has sent.
///
/// # Errors
/// The value does not fit the type: path and both types are in the message. Or there is none at all, which must not
/// be taken for null: a planned null is an order to destroy.
pub(super) fn decode(value: Option<&pb::DynamicValue>, ty: &Type) -> Result<Value, Diagnostics> {
    let decoded = match value {
        Some(value) if !value.msgpack.is_empty() => msgpack::decode(&value.msgpack, ty),
        Some(value) if !value.json.is_empty() => json::decode(&value.json, ty),
        _ => return Err(missing().into()),
    };
    decoded.map_err(|error| {
        Diagnostic::error("Value from Terraform cannot be read")
            .detail(format!("{error}."))
            .remedy("The state or configuration does not have the shape of this provider's schema. This is a bug in Terraform or in the provider.")
            .at(error.path())
            .into()
    })
}

fn missing() -> Diagnostic {
    Diagnostic::error("Value from Terraform is missing")
        .detail("Terraform has called the provider without a value that belongs to the call.")
        .remedy("This is a bug in Terraform; nothing was changed.")
}

/// Reads a configuration, with the defaults where nothing is set.
///
/// # Errors
/// As [`decode`].
pub(super) fn decode_config<T: ?Sized>(
    value: Option<&pb::DynamicValue>,
    entry: &Entry<T>,
) -> Result<Value, Diagnostics> {
    Ok(walk::with_defaults(
        entry.schema,
        &decode(value, &entry.ty)?,
    ))
}

/// Writes a value for core.
///
/// # Errors
/// The value does not fit the type, which is a bug of the provider.
pub(super) fn encode(value: &Value, ty: &Type) -> Result<pb::DynamicValue, Diagnostics> {
    let bytes = msgpack::encode(value, ty).map_err(|error| {
        Diagnostic::error("Value of the provider has the wrong type")
            .detail(format!("{error}. This is a bug in the provider."))
            .at(error.path())
    })?;
    Ok(pb::DynamicValue {
        msgpack: bytes.into(),
        json: Bytes::new(),
    })
}

/// The identity of an object, as it goes over the wire.
pub(super) fn identity(value: &Value, ty: &Type) -> Result<pb::ResourceIdentityData, Diagnostics> {
    Ok(pb::ResourceIdentityData {
        identity_data: Some(encode(value, ty)?),
    })
}

pub(super) fn diagnostics(diagnostics: Diagnostics) -> Vec<pb::Diagnostic> {
    diagnostics
        .into_iter()
        .map(|diagnostic| self::diagnostic(&diagnostic))
        .collect()
}

fn diagnostic(diagnostic: &Diagnostic) -> pb::Diagnostic {
    let severity = match diagnostic.severity() {
        Severity::Error => pb::diagnostic::Severity::Error,
        Severity::Warning => pb::diagnostic::Severity::Warning,
    };
    pb::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary().to_owned(),
        detail: diagnostic.text(),
        attribute: diagnostic.path().filter(|path| !path.is_root()).map(path),
    }
}

/// A path on the wire. It ends at the first set, whose elements have no path there.
pub(super) fn path(path: &Path) -> pb::AttributePath {
    use pb::attribute_path::step::Selector;
    let selector = |step: &Step| match step {
        Step::Attribute(name) => Some(Selector::AttributeName(name.clone())),
        Step::Key(key) => Some(Selector::ElementKeyString(key.clone())),
        Step::Index(index) => i64::try_from(*index).ok().map(Selector::ElementKeyInt),
        Step::Element(_) => None,
    };
    let steps = path.steps().iter().map_while(selector);
    pb::AttributePath {
        steps: steps
            .map(|selector| pb::attribute_path::Step {
                selector: Some(selector),
            })
            .collect(),
    }
}

pub(super) fn deferred(why: Option<Deferral>) -> Option<pb::Deferred> {
    use pb::deferred::Reason;
    let reason = match why? {
        Deferral::ResourceConfigUnknown => Reason::ResourceConfigUnknown,
        Deferral::ProviderConfigUnknown => Reason::ProviderConfigUnknown,
        Deferral::AbsentPrerequisite => Reason::AbsentPrereq,
    };
    Some(pb::Deferred {
        reason: reason.into(),
    })
}

pub(super) fn timestamp(time: Option<SystemTime>) -> Option<prost_types::Timestamp> {
    time.map(Into::into)
}

/// Whether core knows what to do with an answer that defers.
pub(super) fn deferral_allowed(capabilities: Option<pb::ClientCapabilities>) -> bool {
    capabilities.is_some_and(|capabilities| capabilities.deferral_allowed)
}
