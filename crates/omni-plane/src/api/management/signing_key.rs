//! The key that signs tokens of services.
//!
//! It is made when the first token is asked for and kept in the store, in a type that no outsider may name. Its public half is a
//! `JWTPublicKeys` resource: who deletes that, invalidates the tokens, and the next token gets a new key.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::EncodePublicKey as _;
use ed25519_dalek::{Signer as _, SigningKey as Secret};
use omni_api::kind::namespace::OIDC;
use omni_api::{AnyResource, Metadata, kind};
use serde_json::{Value, json};
use tonic::Status;
use uuid::Uuid;

use super::{Management, refused};
use crate::Moment;
use crate::store::{StoreError, Transaction};

/// The type of the secret half; not one of Omni's, so that access to it is refused as to any unknown type.
const TYPE: &str = "ServiceAccountSigningKeys.plane.sidero.dev";
const CURRENT: &str = "current";
/// How long the public half says that it is good: as long as a token may live.
const LIFETIME: std::time::Duration = std::time::Duration::from_hours(10 * 365 * 24);

/// A key with its id.
pub(super) struct SigningKey {
    id: String,
    secret: Secret,
}

impl Management {
    /// The current key, made when there is none.
    pub(super) fn signing_key(&self) -> Result<SigningKey, Status> {
        let until = Moment::from_unix(self.store.clock().wall() + LIFETIME);
        let key = self.store.transaction(|tx| match SigningKey::stored(tx) {
            Some(key) => Ok(key),
            None => SigningKey::make(tx, until),
        });
        key.map_err(|error| refused(&error))
    }
}

impl SigningKey {
    fn stored(tx: &Transaction<'_>) -> Option<Self> {
        let stored = tx.get(OIDC, TYPE, CURRENT)?;
        let id = stored.metadata.label(CURRENT)?.to_owned();
        let secret = Secret::from_bytes(stored.spec.as_slice().try_into().ok()?);
        tx.read::<kind::JwtPublicKey>(&id)?;
        Some(Self { id, secret })
    }

    fn make(tx: &mut Transaction<'_>, until: Moment) -> Result<Self, StoreError> {
        let secret = Secret::from_bytes(&rand::random());
        let id = Uuid::new_v4().to_string();
        let public = secret.verifying_key().to_public_key_der();
        let public = public.map_err(|error| StoreError::Refused(error.to_string()))?;
        tx.put::<kind::JwtPublicKey>("", &id, |key| {
            key.spec.public_key = public.as_bytes().to_vec();
            key.spec.expiration = Some(until.into());
        })?;
        let mut metadata = Metadata::new(OIDC, TYPE, CURRENT);
        metadata.labels.insert(CURRENT.to_owned(), id.clone());
        let resource = AnyResource {
            metadata,
            spec: secret.to_bytes().to_vec(),
            yaml: String::new(),
        };
        match tx.get(OIDC, TYPE, CURRENT) {
            None => tx.create(resource, "")?,
            Some(former) => {
                let version = former.metadata.version;
                let mut resource = resource;
                resource.metadata.version = version;
                tx.update(resource, "", None)?
            }
        };
        Ok(Self { id, secret })
    }

    /// A signed token with these claims.
    pub(super) fn token(&self, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "kid": self.id, "typ": "JWT" });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.secret.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
