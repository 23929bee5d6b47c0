//! The key file of the first account, as it was written before.

use std::path::Path;

use base64::Engine as _;
use pgp::composed::{Deserializable as _, SignedSecretKey};
use pgp::types::KeyDetails as _;
use serde::Deserialize;

use super::key_is_valid;
use crate::Store;

#[derive(Deserialize)]
struct File {
    pgp_key: String,
}

/// Whether the file holds a key that would be let in now. A missing or broken file holds none.
pub fn key_file_is_valid(store: &Store, path: &Path) -> bool {
    fingerprint(path).is_some_and(|fingerprint| key_is_valid(store, &fingerprint))
}

fn fingerprint(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let json = base64::prelude::BASE64_STANDARD.decode(text.trim()).ok()?;
    let file: File = serde_json::from_slice(&json).ok()?;
    let (key, _) = SignedSecretKey::from_string(&file.pgp_key).ok()?;
    Some(hex::encode(key.primary_key.fingerprint().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;
    use crate::seed::issue_key;

    #[test]
    fn a_key_file_counts_while_its_key_is_registered() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let store = Store::in_memory(Clock::system(1.0));
        assert!(!key_file_is_valid(&store, &path), "there is no file");
        let key = issue_key(&store).expect("a key");
        key.write_to(&path).expect("written");
        assert!(key_file_is_valid(&store, &path));
        let other = Store::in_memory(Clock::system(1.0));
        assert!(
            !key_file_is_valid(&other, &path),
            "another plane does not know it"
        );
        std::fs::write(&path, "junk").expect("written");
        assert!(!key_file_is_valid(&store, &path));
    }
}
