//! Rules of machine request sets.

use omni_api::{Resource, kind};

use super::{Outcome, extensions, provider_data, refuse, strings, version};
use crate::Store;
use crate::release::Release;

type Set = Resource<kind::MachineRequestSet>;

pub(super) fn write(store: &Store, old: Option<&Set>, new: &Set) -> Outcome {
    let spec = &new.spec;
    if spec.provider_id.is_empty() {
        return refuse("provider id can not be empty");
    }
    if old.is_none_or(|old| old.spec.provider_data != spec.provider_data) {
        provider_data::check(store, &spec.provider_id, &spec.provider_data)?;
    }
    strings::kernel_args(Release::of(store), "kernel args", &spec.kernel_args)?;
    version::talos(store, None, &spec.talos_version)?;
    extensions::check(store, &spec.talos_version, &spec.extensions)
}
