//! `auth.AuthService`: keys of people.
//!
//! People register a key and confirm it on a page where they log in. The plane has no such page and knows nobody who could vouch for them, so
//! that no key is ever registered; service accounts are the way in. What is left is to revoke the key that one signs with.

use omni_api::auth as api;
use omni_api::auth::auth_service_server::{AuthService, AuthServiceServer};
use omni_api::kind;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

use super::caller;
use super::state::MAX_MESSAGE;
use crate::Store;
use crate::store::{Key, StoreError};

/// The calls that people make before they have a key.
pub(super) const OPEN: [&str; 3] = [
    "/auth.AuthService/RegisterPublicKey",
    "/auth.AuthService/AwaitPublicKeyConfirmation",
    "/auth.AuthService/ConfirmPublicKey",
];

/// Who owns the keys of people. Those of service accounts are nobody's, and cannot be revoked by themselves, as in Omni.
const OWNER: &str = "KeyPrunerController";

/// The service over a store.
#[derive(Debug, Clone)]
pub(super) struct Login(Store);

// === impl Login ===

impl Login {
    pub(super) fn new(store: Store) -> Self {
        Self(store)
    }

    /// The service as tonic serves it.
    pub(super) fn into_server(self) -> AuthServiceServer<Self> {
        AuthServiceServer::new(self)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(MAX_MESSAGE)
    }

    async fn revoke(&self, request: Request<api::RevokePublicKeyRequest>) -> Result<(), Status> {
        let caller = caller::of(request.extensions());
        let caller = caller::signed(caller.as_deref())?;
        let id = request.get_ref().public_key_id.as_str();
        let key = Key::of::<kind::PublicKey>(id);
        let stored = self.0.peek::<kind::PublicKey>(id);
        let stored = stored.ok_or_else(|| {
            // Omni does not give this error a code.
            let missing = StoreError::NotFound(key.at(omni_api::Version::UNDEFINED));
            Status::unknown(missing.to_string())
        })?;
        match &stored.spec.identity {
            None => return Err(Status::invalid_argument("invalid argument")),
            Some(identity) if identity.email != caller.identity => {
                return Err(Status::permission_denied("permission denied"));
            }
            Some(_) => {}
        }
        let store = self.0.by(caller.author());
        let gone = store.tear_down_and_destroy(&key, OWNER).await;
        gone.map_err(|error| Status::unknown(error.to_string()))?;
        let committed = store.committed().await;
        committed.map_err(|error| Status::internal(error.to_string()))
    }
}

fn no_page<T>() -> Result<T, Status> {
    Err(Status::unimplemented(
        "the embedded plane cannot do this: it has no page on which people log in; use the key of a service account",
    ))
}

#[tonic::async_trait]
impl AuthService for Login {
    async fn register_public_key(
        &self,
        _: Request<api::RegisterPublicKeyRequest>,
    ) -> Result<Response<api::RegisterPublicKeyResponse>, Status> {
        no_page()
    }

    async fn await_public_key_confirmation(
        &self,
        _: Request<api::AwaitPublicKeyConfirmationRequest>,
    ) -> Result<Response<()>, Status> {
        no_page()
    }

    async fn confirm_public_key(
        &self,
        _: Request<api::ConfirmPublicKeyRequest>,
    ) -> Result<Response<()>, Status> {
        no_page()
    }

    async fn revoke_public_key(
        &self,
        request: Request<api::RevokePublicKeyRequest>,
    ) -> Result<Response<()>, Status> {
        self.revoke(request).await.map(Response::new)
    }
}
