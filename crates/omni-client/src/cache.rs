//! cache

use omni_api::AnyResource;

#[derive(Debug, Default)]
pub(crate) struct Cache;

impl Cache {
    pub(crate) fn wrote(&self, _resource: AnyResource) {}
    pub(crate) fn destroyed(&self, _kind: &str, _id: &str) {}
}
