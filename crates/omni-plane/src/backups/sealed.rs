//! A snapshot as it is kept: sealed with the cluster's key, together with the secrets that its contents are encrypted with.
//!
//! Inside is what Omni puts there: a header with a version, the two encryption secrets of the cluster, the snapshot, each of the
//! first three after its length. Outside is a line that says what it is, a nonce, and ChaCha20-Poly1305 around the rest. Nobody but
//! the plane reads it: the key cannot be read from outside.

use omni_api::specs::EtcdBackupHeader;
use prost::Message as _;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// What every file begins with.
const MAGIC: &[u8] = b"omni-plane etcd backup v1\n";
/// The version of the form inside.
const VERSION: i64 = 1;

/// The secrets that a cluster encrypts the contents of its etcd with.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    /// AES-CBC; clusters that began with an old Talos.
    pub aes_cbc: String,
    /// Secretbox.
    pub secretbox: String,
}

/// Why a backup cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key has the wrong length.
    #[error("encryption key must be 32 bytes")]
    Key,
    /// It is no backup, or it was sealed with another key.
    #[error(
        "failed to decrypt backup: it was not made with the key of this cluster, or is damaged"
    )]
    Closed,
    /// What is inside ends too early or has another form.
    #[error("failed to read header: it is damaged")]
    Damaged,
    /// What is inside has a form of the future.
    #[error("unsupported version: {0}")]
    Version(i64),
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(***)")
    }
}

/// Seals a snapshot.
///
/// # Errors
/// [`SealError::Key`].
pub fn seal(key: &[u8], secrets: &Secrets, snapshot: &[u8]) -> Result<Vec<u8>, SealError> {
    let header = EtcdBackupHeader { version: VERSION };
    let mut inside = Vec::new();
    for part in [
        header.encode_to_vec().as_slice(),
        secrets.aes_cbc.as_bytes(),
        secrets.secretbox.as_bytes(),
    ] {
        inside.extend((part.len() as u64).to_be_bytes());
        inside.extend(part);
    }
    inside.extend(snapshot);
    let nonce: [u8; NONCE_LEN] = rand::random();
    let key = aead(key)?;
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(MAGIC),
        &mut inside,
    )
    .map_err(|_| SealError::Closed)?;
    Ok([MAGIC, &nonce, &inside].concat())
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`SealError`].
pub fn open(key: &[u8], file: &[u8]) -> Result<(Secrets, Vec<u8>), SealError> {
    let rest = file.strip_prefix(MAGIC).ok_or(SealError::Closed)?;
    let (nonce, sealed) = rest
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(SealError::Closed)?;
    let mut inside = sealed.to_vec();
    let opened = aead(key)?
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(MAGIC),
            &mut inside,
        )
        .map_err(|_| SealError::Closed)?;
    let mut rest = &*opened;
    let header = EtcdBackupHeader::decode(part(&mut rest)?).map_err(|_| SealError::Damaged)?;
    if header.version != VERSION {
        return Err(SealError::Version(header.version));
    }
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| SealError::Damaged);
    let secrets = Secrets {
        aes_cbc: text(part(&mut rest)?)?,
        secretbox: text(part(&mut rest)?)?,
    };
    Ok((secrets, rest.to_vec()))
}

/// The next part, after its length.
fn part<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], SealError> {
    let (length, after) = rest.split_first_chunk::<8>().ok_or(SealError::Damaged)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| SealError::Damaged)?;
    let (part, after) = after.split_at_checked(length).ok_or(SealError::Damaged)?;
    *rest = after;
    Ok(part)
}

fn aead(key: &[u8]) -> Result<LessSafeKey, SealError> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| SealError::Key)?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn secrets() -> Secrets {
        Secrets {
            aes_cbc: String::new(),
            secretbox: "box".to_owned(),
        }
    }

    #[test]
    fn what_was_sealed_is_opened_with_the_same_key_only() {
        let file = seal(&KEY, &secrets(), b"contents").expect("sealed");
        assert!(!file.windows(8).any(|part| part == b"contents"));
        assert_eq!(open(&KEY, &file), Ok((secrets(), b"contents".to_vec())));
        assert_eq!(open(&[8; 32], &file), Err(SealError::Closed));
        assert_eq!(seal(&[1; 31], &secrets(), b""), Err(SealError::Key));
    }

    #[test]
    fn whatever_was_changed_is_refused() {
        let file = seal(&KEY, &secrets(), b"etcd").expect("sealed");
        for place in 0..file.len() {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert!(open(&KEY, &changed).is_err(), "byte {place}");
            assert!(open(&KEY, &file[..place]).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn secrets_cannot_be_printed() {
        assert!(!format!("{:?}", secrets()).contains("box"));
    }
}
