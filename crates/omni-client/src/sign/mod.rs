//! Request signing, scheme `siderov1`.
//!
//! Three headers are added after all others are set: the time, the payload (a JSON text that names the method and repeats
//! the covered headers), and a detached OpenPGP signature over the bytes of that text. The request's body is not covered.

mod payload;
mod signature;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::key::{Key, KeyError};

pub use payload::payload;
pub use signature::{SignatureHeader, VerifyError, verify};

/// The header with the time, in Unix seconds.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("x-sidero-timestamp");
/// The header with the text that is signed.
pub const PAYLOAD: HeaderName = HeaderName::from_static("x-sidero-payload");
/// The header with the signature and who made it.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-sidero-signature");

/// Signs a call: `headers` must hold everything else that will be sent. An older signature is replaced.
///
/// # Errors
/// [`KeyError`] when the key's lifetime does not include `now`, or when it cannot sign.
pub fn sign(
    key: &Key,
    method: &str,
    headers: &mut HeaderMap,
    now: Timestamp,
) -> Result<(), KeyError> {
    key.check(now)?;
    headers.remove(&PAYLOAD);
    headers.remove(&SIGNATURE);
    headers.insert(TIMESTAMP, HeaderValue::from(now.as_second()));
    let payload = payload(method, headers);
    let signature = signature::make(key, payload.as_bytes(), now)?;
    headers.insert(PAYLOAD, value(&payload)?);
    headers.insert(SIGNATURE, value(&signature.to_string())?);
    Ok(())
}

/// A text as a header's value.
fn value(text: &str) -> Result<HeaderValue, KeyError> {
    HeaderValue::from_str(text).map_err(|_| {
        KeyError::Unusable("the identity has a sign that no header can carry".to_owned())
    })
}
