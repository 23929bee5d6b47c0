//! Bytes that travel with an object outside of its attributes.
//!
//! They come back from Terraform's state, where another provider may have written them: what is not ours is
//! nothing, never an error.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Says that the bytes are ours and in this form.
const MARK: &str = "tfplugin/1";

/// Bytes by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Private(BTreeMap<String, Vec<u8>>);

impl Private {
    pub(crate) fn get(&self, key: &str) -> Option<&[u8]> {
        self.0.get(key).map(Vec::as_slice)
    }

    pub(crate) fn set(&mut self, key: &str, bytes: Vec<u8>) {
        self.0.insert(key.to_owned(), bytes);
    }

    /// Reads what [`encode`](Self::encode) wrote; anything else is empty.
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        Self::entries(bytes).unwrap_or_default()
    }

    /// Empty where nothing is stored, so that an object without private state has none.
    pub(crate) fn encode(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let entries: BTreeMap<&str, String> = self
            .0
            .iter()
            .map(|(key, bytes)| (key.as_str(), STANDARD_NO_PAD.encode(bytes)))
            .collect();
        // A map of strings always becomes JSON.
        serde_json::to_vec(&BTreeMap::from([(MARK, entries)])).unwrap_or_default()
    }

    fn entries(bytes: &[u8]) -> Option<Self> {
        let mut outer: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_slice(bytes).ok()?;
        let entries = outer.remove(MARK)?;
        let decoded = entries
            .into_iter()
            .map(|(key, text)| Some((key, STANDARD_NO_PAD.decode(text).ok()?)));
        decoded.collect::<Option<_>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_comes_back() {
        let mut private = Private::default();
        private.set("account", b"\x00\xff".to_vec());
        assert_eq!(Private::decode(&private.encode()), private);
    }

    #[test]
    fn bytes_of_another_provider_are_nothing() {
        let foreign: [&[u8]; 5] = [
            b"",
            b"{\"schema_version\":\"1\"}",
            b"\xc1garbage",
            b"{\"a\":\"e30=\"}",
            b"{\"tfplugin/1\":{\"a\":\"*\"}}",
        ];
        for bytes in foreign {
            assert_eq!(Private::decode(bytes), Private::default());
        }
    }
}
