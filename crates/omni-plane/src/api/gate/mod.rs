//! Whether a caller may do what it asks for, and whether the outcome would be valid.
//!
//! Everything that is wrong is collected and answered at once, before the store is asked: who may not read learns nothing of what exists.

use omni_api::AnyResource;
use tonic::Status;

use super::caller::Caller;
use crate::store::{Key, Query};

/// The rules that a state service keeps.
#[derive(Debug, Clone)]
pub(crate) enum Gate {
    /// COSI's own: none.
    Open,
}

impl Gate {
    /// Reading or watching one resource; `existing` is its present state.
    pub(crate) fn read(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        existing: Option<&AnyResource>,
    ) -> Result<(), Status> {
        match self {
            Self::Open => Ok(()),
        }
    }

    /// Listing or watching a kind.
    pub(crate) fn read_kind(
        &self,
        caller: Option<&Caller>,
        namespace: &str,
        type_name: &str,
        query: &Query,
    ) -> Result<(), Status> {
        match self {
            Self::Open => Ok(()),
        }
    }

    /// Whether the caller, who may read the kind, sees this resource of it.
    pub(crate) fn shows(&self, caller: Option<&Caller>, resource: &AnyResource) -> bool {
        match self {
            Self::Open => true,
        }
    }

    /// Creating a resource, which the gate may complete.
    pub(crate) fn create(
        &self,
        caller: Option<&Caller>,
        new: &mut AnyResource,
    ) -> Result<(), Status> {
        match self {
            Self::Open => Ok(()),
        }
    }

    /// Replacing a resource, which the gate may complete.
    pub(crate) fn update(
        &self,
        caller: Option<&Caller>,
        existing: Option<&AnyResource>,
        new: &mut AnyResource,
    ) -> Result<(), Status> {
        match self {
            Self::Open => Ok(()),
        }
    }

    /// Tearing a resource down or destroying it.
    pub(crate) fn destroy(
        &self,
        caller: Option<&Caller>,
        key: &Key,
        existing: Option<&AnyResource>,
    ) -> Result<(), Status> {
        match self {
            Self::Open => Ok(()),
        }
    }
}
