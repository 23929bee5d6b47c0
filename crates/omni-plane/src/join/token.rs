//! Join tokens: a random text, or one that carries something along and is signed with such a text.
//!
//! The second kind is how a machine that a provider makes says whose it is. Its second version is signed with the provider's own token
//! instead of the account's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::Rng as _;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::Extra;

const FIRST: &str = "v1:";
const SECOND: &str = "v2:";

/// A join token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JoinToken {
    /// A random text.
    Plain(String),
    /// One that carries something, as it is written.
    Signed {
        /// Whether it is signed with a provider's own token.
        of_provider: bool,
        /// What it carries.
        extra: Extra,
        /// The whole text.
        text: String,
        /// With what it is signed.
        signature: Vec<u8>,
    },
}

/// Why a text is not a token; the words are Go's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// What follows the version is not base64.
    #[error("illegal base64 data at input byte {0}")]
    Base64(usize),
    /// What is in it is not what a token carries.
    #[error("invalid join token: {0}")]
    Contents(String),
}

/// What a signed token carries, in the order of its letters.
#[derive(Serialize, Deserialize)]
struct Contents {
    #[serde(default)]
    extra_data: Extra,
    #[serde(default)]
    signature: String,
}

/// A new random token: 32 random bytes in letters and digits.
pub(crate) fn generate() -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut number = [0_u8; 32];
    rand::rng().fill_bytes(&mut number);
    let mut text = Vec::new();
    while number.iter().any(|byte| *byte != 0) {
        let mut rest = 0_u16;
        for byte in &mut number {
            let value = (rest << 8) | u16::from(*byte);
            // Below 256, as the rest is below 62.
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            rest = value % 62;
        }
        text.push(char::from(DIGITS[usize::from(rest)]));
    }
    text.into_iter().rev().collect()
}

// === impl JoinToken ===

impl JoinToken {
    /// Reads a token.
    ///
    /// # Errors
    /// [`TokenError`] for one that claims to carry something and does not.
    pub(crate) fn parse(text: &str) -> Result<Self, TokenError> {
        let (of_provider, carried) = match (text.strip_prefix(FIRST), text.strip_prefix(SECOND)) {
            (Some(carried), _) => (false, carried),
            (_, Some(carried)) => (true, carried),
            _ => return Ok(Self::Plain(text.to_owned())),
        };
        let bytes = STANDARD.decode(carried).map_err(|error| {
            TokenError::Base64(match error {
                base64::DecodeError::InvalidByte(at, _) => at,
                _ => carried.len(),
            })
        })?;
        let wrong = |error: &dyn std::fmt::Display| TokenError::Contents(error.to_string());
        let contents: Contents = serde_json::from_slice(&bytes).map_err(|error| wrong(&error))?;
        let signature = STANDARD.decode(&contents.signature);
        Ok(Self::Signed {
            of_provider,
            extra: contents.extra_data,
            text: text.to_owned(),
            signature: signature.map_err(|error| wrong(&error))?,
        })
    }

    /// The token with something to carry along, signed with itself; one that carries something already stays as it is.
    pub(crate) fn with(self, extra: &Extra) -> Self {
        let Self::Plain(token) = &self else {
            return self;
        };
        if extra.is_empty() {
            return self;
        }
        let signature = sign(token, extra);
        let contents = Contents {
            extra_data: extra.clone(),
            signature: STANDARD.encode(&signature),
        };
        let json = serde_json::to_string(&contents).unwrap_or_default();
        Self::Signed {
            of_provider: true,
            extra: extra.clone(),
            text: format!("{SECOND}{}", STANDARD.encode(json)),
            signature,
        }
    }

    /// The token as machines present it.
    pub(crate) fn encode(self) -> String {
        match self {
            Self::Plain(text) | Self::Signed { text, .. } => text,
        }
    }

    /// Whether it is this random text, or signed with it.
    pub(crate) fn is_of(&self, token: &str) -> bool {
        match self {
            Self::Plain(text) => text == token,
            Self::Signed {
                extra, signature, ..
            } => {
                let mut mac = mac(token);
                mac.update(letters(extra).as_bytes());
                mac.verify_slice(signature).is_ok()
            }
        }
    }
}

fn sign(token: &str, extra: &Extra) -> Vec<u8> {
    let mut mac = mac(token);
    mac.update(letters(extra).as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn mac(token: &str) -> Hmac<Sha256> {
    // HMAC takes keys of every length; an empty one cannot be refused.
    Hmac::<Sha256>::new_from_slice(token.as_bytes())
        .unwrap_or_else(|_| Hmac::<Sha256>::new(&Key::<Hmac<Sha256>>::default()))
}

/// What is signed: JSON with sorted names and nothing between its parts.
fn letters(extra: &Extra) -> String {
    serde_json::to_string(extra).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extra() -> Extra {
        [(
            "omni.sidero.dev/infra-provider-id".to_owned(),
            "vms".to_owned(),
        )]
        .into()
    }

    #[test]
    fn a_signed_token_is_of_the_text_it_was_signed_with() {
        let signed = JoinToken::Plain("secret".into()).with(&extra());
        assert!(signed.is_of("secret") && !signed.is_of("other"));
        let text = signed.clone().encode();
        assert!(text.starts_with("v2:"), "{text}");
        assert_eq!(JoinToken::parse(&text), Ok(signed));
    }

    #[test]
    fn a_plain_token_is_itself() {
        let plain = JoinToken::parse("secret").expect("any text");
        assert!(plain.is_of("secret") && !plain.is_of("other"));
        assert_eq!(plain.clone().with(&Extra::new()), plain);
        assert_eq!(plain.encode(), "secret");
    }

    #[test]
    fn what_claims_to_be_signed_must_be() {
        for text in ["v1:", "v2:###", "v1:bm8=", "v2:eyJzaWduYXR1cmUiOiIjIn0="] {
            assert!(JoinToken::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_two_tokens_are_the_same() {
        let (one, other) = (generate(), generate());
        assert_ne!(one, other);
        assert!((40..=43).contains(&one.len()), "{one}");
        assert!(
            one.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{one}"
        );
    }
}
