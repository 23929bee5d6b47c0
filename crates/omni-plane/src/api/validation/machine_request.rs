//! Rules of machine requests.

use omni_api::{Resource, kind};

use super::version::parse_tolerant;
use super::{Outcome, refuse};

type Request = Resource<kind::MachineRequest>;

pub(super) fn create(new: &Request) -> Outcome {
    let version = &new.spec.talos_version;
    match parse_tolerant(version) {
        Ok(_) => Ok(()),
        Err(_) => refuse(format!("invalid talos version format: {version:?}")),
    }
}

pub(super) fn update(old: &Request, new: &Request) -> Outcome {
    if old.spec == new.spec {
        Ok(())
    } else {
        refuse("machine request spec is immutable")
    }
}
