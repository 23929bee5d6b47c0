//! Who calls: what the signature check found out, handed on with the request.

use std::sync::Arc;

use omni_api::Role;
use tonic::{Code, Extensions, Status};

use crate::Store;
use crate::store::Author;

/// The account behind a valid signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Id of the user resource.
    pub user_id: String,
    /// The account's full identity, an e-mail address in form.
    pub identity: String,
    /// Fingerprint of the key that signed.
    pub fingerprint: String,
    /// What the account may do, limited by what the key may do.
    pub role: Role,
    /// What the client calls itself.
    pub user_agent: String,
}

/// The caller of a request; without a valid signature there is none.
pub(crate) fn of(extensions: &Extensions) -> Option<Arc<Caller>> {
    extensions.get::<Arc<Caller>>().cloned()
}

/// The caller, who must have signed.
pub(crate) fn signed(caller: Option<&Caller>) -> Result<&Caller, Status> {
    caller.ok_or_else(|| {
        Status::new(
            Code::Unauthenticated,
            "unauthenticated: missing valid signature",
        )
    })
}

/// The caller, who must have at least this role.
pub(crate) fn with_role(caller: Option<&Caller>, least: Role) -> Result<&Caller, Status> {
    let caller = signed(caller)?;
    if caller.role >= least {
        return Ok(caller);
    }
    let text = format!(
        "unauthorized: access denied: insufficient role: {:?}",
        caller.role.as_str()
    );
    Err(Status::permission_denied(text))
}

/// The store in the hands of the caller.
pub(crate) fn hands(store: &Store, caller: Option<&Caller>) -> Store {
    caller.map_or_else(|| store.clone(), |caller| store.by(caller.author()))
}

// === impl Caller ===

/// What follows the provider's id in the identity of an infrastructure provider's account.
pub(crate) const PROVIDER_SUFFIX: &str = "@infra-provider.serviceaccount.omni.sidero.dev";

impl Caller {
    /// The caller as the author of what it writes.
    pub(crate) fn author(&self) -> Author {
        Author {
            user_id: self.user_id.clone(),
            identity: self.identity.clone(),
            role: self.role,
            user_agent: self.user_agent.clone(),
        }
    }

    /// The id of the infrastructure provider whose account this is.
    pub fn infra_provider(&self) -> Option<&str> {
        self.identity.strip_suffix(PROVIDER_SUFFIX)
    }
}
