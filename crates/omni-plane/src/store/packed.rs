//! A resource at rest, in as few bytes as it takes: what the store keeps of every version.
//!
//! Namespace, type and id stand with whoever holds it; words that occur over and over are numbers ([`Words`]); the spec is its bytes on the
//! wire. Bytes that this process has not packed itself are never unpacked: the file has COSI's own message.

use std::sync::Arc;

use omni_api::resource::Map;
use omni_api::selector::Labels;
use omni_api::{AnyResource, Kind, Metadata, Phase, Resource, Version};
use prost_types::Timestamp;

use super::pins::INDEXED;
use super::words::Words;

const TEARING_DOWN: u8 = 1;
const CREATED: u8 = 1 << 1;
const UPDATED: u8 = 1 << 2;

/// A resource without its name. Clones share the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packed(Arc<[u8]>);

/// The name of a resource: what its bytes do not hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) namespace: &'a Arc<str>,
    pub(super) of_type: &'a Arc<str>,
    pub(super) id: &'a Arc<str>,
}

/// The labels of a packed resource.
pub(super) struct PackedLabels<'a> {
    bytes: Reader<'a>,
    count: usize,
    words: &'a Words,
}

/// Reads on in packed bytes.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

// === impl Packed ===

impl Packed {
    pub(super) fn new(resource: &AnyResource, words: &mut Words) -> Self {
        let metadata = &resource.metadata;
        let mut bytes = Vec::with_capacity(256 + resource.spec.len() + resource.yaml.len());
        let flags = [
            (TEARING_DOWN, metadata.phase == Phase::TearingDown),
            (CREATED, metadata.created.is_some()),
            (UPDATED, metadata.updated.is_some()),
        ];
        bytes.push(flags.iter().map(|(flag, set)| flag * u8::from(*set)).sum());
        let version = metadata.version.count();
        write_number(
            &mut bytes,
            version.map_or(0, |count| count.saturating_add(1)),
        );
        for stamp in [metadata.created, metadata.updated].into_iter().flatten() {
            bytes.extend(stamp.seconds.to_le_bytes());
            bytes.extend(stamp.nanos.to_le_bytes());
        }
        write_map(&mut bytes, &metadata.labels, words);
        write_word(&mut bytes, &metadata.owner, words);
        write_number(&mut bytes, metadata.finalizers.len() as u64);
        for finalizer in &metadata.finalizers {
            write_word(&mut bytes, finalizer, words);
        }
        write_map(&mut bytes, &metadata.annotations, words);
        write_text(&mut bytes, &resource.yaml);
        bytes.extend(&resource.spec);
        Self(bytes.into())
    }

    /// How many bytes it is.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where its bytes are: the same for clones, and for nothing else as long as one of them lives.
    pub(super) fn address(&self) -> usize {
        self.0.as_ptr().addr()
    }

    /// Its labels, without unpacking the rest.
    pub(super) fn labels<'a>(&'a self, words: &'a Words) -> PackedLabels<'a> {
        let mut bytes = Reader(&self.0);
        let flags = bytes.byte();
        bytes.number();
        for flag in [CREATED, UPDATED] {
            if flags & flag != 0 {
                bytes.stamp();
            }
        }
        let count = bytes.count();
        PackedLabels {
            bytes,
            count,
            words,
        }
    }

    /// Whether it has this finalizer, without unpacking the rest.
    pub(super) fn is_held_by(&self, finalizer: &str, words: &Words) -> bool {
        let mut bytes = self.labels(words).after();
        bytes.word(words);
        let count = bytes.count();
        (0..count).any(|_| bytes.word(words) == finalizer)
    }

    /// The whole resource.
    pub(super) fn resource(&self, name: Name<'_>, words: &Words) -> Arc<AnyResource> {
        let (metadata, yaml, spec) = self.unpack(name, words);
        Arc::new(AnyResource {
            metadata,
            spec: spec.to_vec(),
            yaml: yaml.to_owned(),
        })
    }

    /// The resource with its spec decoded.
    pub(super) fn typed<K: Kind>(
        &self,
        name: Name<'_>,
        words: &Words,
    ) -> Result<Resource<K>, prost::DecodeError> {
        let (metadata, _, spec) = self.unpack(name, words);
        let spec = <K::Spec as prost::Message>::decode(spec)?;
        Ok(Resource { metadata, spec })
    }

    fn unpack<'a>(&'a self, name: Name<'_>, words: &'a Words) -> (Metadata, &'a str, &'a [u8]) {
        let mut bytes = Reader(&self.0);
        let flags = bytes.byte();
        let version = bytes.number().checked_sub(1);
        let mut stamp = |flag| (flags & flag != 0).then(|| bytes.stamp());
        let (created, updated) = (stamp(CREATED), stamp(UPDATED));
        let labels = bytes.map(words);
        let owner = bytes.word(words).to_owned();
        let count = bytes.count();
        let finalizers = (0..count).map(|_| bytes.word(words).to_owned()).collect();
        let annotations = bytes.map(words);
        let yaml = bytes.text();
        let metadata = Metadata {
            namespace: name.namespace.clone(),
            type_name: name.of_type.clone(),
            id: name.id.clone(),
            version: version.map_or(Version::UNDEFINED, Version::new),
            owner,
            phase: match flags & TEARING_DOWN {
                0 => Phase::Running,
                _ => Phase::TearingDown,
            },
            created,
            updated,
            finalizers,
            labels,
            annotations,
        };
        (metadata, yaml, bytes.0)
    }
}

// === impl PackedLabels ===

impl<'a> PackedLabels<'a> {
    /// The value of a label, for as long as the bytes live.
    pub(super) fn find(&self, key: &str) -> Option<&'a str> {
        let mut bytes = self.bytes;
        (0..self.count).find_map(|_| {
            let (found, value) = (bytes.word(self.words), bytes.word(self.words));
            (found == key).then_some(value)
        })
    }

    /// What comes after the labels.
    fn after(&self) -> Reader<'a> {
        let mut bytes = self.bytes;
        for _ in 0..2 * self.count {
            bytes.word(self.words);
        }
        bytes
    }
}

impl Labels for PackedLabels<'_> {
    fn value(&self, key: &str) -> Option<&str> {
        self.find(key)
    }
}

// === impl Reader ===

/// All of these panic on bytes that [`Packed::new`] did not make.
impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return number;
            }
            shift += 7;
        }
    }

    fn count(&mut self) -> usize {
        usize::try_from(self.number()).unwrap_or(usize::MAX)
    }

    fn stamp(&mut self) -> Timestamp {
        let (mut seconds, mut nanos) = ([0; 8], [0; 4]);
        seconds.copy_from_slice(self.take(8));
        nanos.copy_from_slice(self.take(4));
        Timestamp {
            seconds: i64::from_le_bytes(seconds),
            nanos: i32::from_le_bytes(nanos),
        }
    }

    fn text(&mut self) -> &'a str {
        let count = self.count();
        let text = std::str::from_utf8(self.take(count));
        text.expect("a text was packed")
    }

    fn word(&mut self, words: &'a Words) -> &'a str {
        match self.count().checked_sub(1) {
            Some(number) => words.text(number),
            None => self.text(),
        }
    }

    fn map(&mut self, words: &'a Words) -> Map {
        let count = self.count();
        (0..count)
            .map(|_| (self.word(words).to_owned(), self.word(words).to_owned()))
            .collect()
    }
}

fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_number(bytes, text.len() as u64);
    bytes.extend(text.as_bytes());
}

/// A word by its number; zero and the text where it has none.
fn write_word(bytes: &mut Vec<u8>, word: &str, words: &mut Words) {
    if let Some(number) = words.learn(word) {
        write_number(bytes, number as u64 + 1);
    } else {
        bytes.push(0);
        write_text(bytes, word);
    }
}

/// Keys are words; values are where they come again and again.
fn write_map(bytes: &mut Vec<u8>, map: &Map, words: &mut Words) {
    write_number(bytes, map.len() as u64);
    for (key, value) in map {
        write_word(bytes, key, words);
        if value.is_empty() || INDEXED.contains(&key.as_str()) {
            write_word(bytes, value, words);
        } else {
            bytes.push(0);
            write_text(bytes, value);
        }
    }
}
