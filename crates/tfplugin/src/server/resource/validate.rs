//! `ValidateResourceConfig`.

use super::super::shared::Shared;
use super::super::wire;
use crate::objects::{Diagnostic, Diagnostics, Provider};
use crate::proto::tfplugin6 as pb;
use crate::schema::{AttrKind, Nesting, ObjectSchema, walk};
use crate::values::{Path, Value};

impl<P: Provider> Shared<P> {
    pub(in super::super) fn validate_resource(
        &self,
        q: &pb::validate_resource_config::Request,
    ) -> pb::validate_resource_config::Response {
        let told = self
            .try_validate_resource(q)
            .unwrap_or_else(|problems| problems);
        pb::validate_resource_config::Response {
            diagnostics: wire::diagnostics(told),
        }
    }

    fn try_validate_resource(
        &self,
        q: &pb::validate_resource_config::Request,
    ) -> Result<Diagnostics, Diagnostics> {
        let entry = self.resource(&q.type_name)?;
        let validate = |config: &Value, diagnostics: &mut Diagnostics| {
            entry.object.validate(config, diagnostics);
        };
        let (config, mut told) = Self::check(entry.schema, &entry.ty, q.config.as_ref(), validate)?;
        let capable = q
            .client_capabilities
            .is_some_and(|capabilities| capabilities.write_only_attributes_allowed);
        if !capable {
            write_only(entry.schema, &config, &Path::root(), &mut told);
        }
        Ok(told)
    }
}

/// A core that does not know write-only attributes would store them.
fn write_only(schema: &ObjectSchema, config: &Value, at: &Path, told: &mut Diagnostics) {
    for attribute in schema.attributes {
        let value = config.get(attribute.name).unwrap_or(&Value::Null);
        let at = at.clone().attribute(attribute.name);
        if attribute.write_only && !value.is_null() {
            told.push(too_old(at));
        } else if let AttrKind::Nested(nesting, object) = attribute.kind()
            && nesting != Nesting::Set
        {
            for (at, element) in walk::elements(nesting, value, &at) {
                write_only(object, element, &at, told);
            }
        }
    }
}

fn too_old(at: Path) -> Diagnostic {
    Diagnostic::error("Write-only attributes are not supported here")
        .detail(format!("{at} is write-only, and this version of Terraform or OpenTofu would put it into the state."))
        .remedy("Use Terraform 1.11 or OpenTofu 1.11, or newer.")
        .at(at)
}
