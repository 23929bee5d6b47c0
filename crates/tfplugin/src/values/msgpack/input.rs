//! The bytes of a message, taken piece by piece.
//!
//! Every length is checked against the bytes that are left before anything is taken.

use rmp::Marker;

use super::super::{CodecError, Reason};

/// The bytes that are left to read.
pub(super) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text that starts with `marker`, none where it starts none.
    pub(super) fn string(&mut self, marker: Marker) -> Result<Option<&'a str>, CodecError> {
        let Some(len) = self.text_len(marker)? else {
            return Ok(None);
        };
        let text = std::str::from_utf8(self.take(len)?).map_err(|_| Reason::NotUtf8)?;
        Ok(Some(text))
    }

    pub(super) fn marker(&mut self) -> Result<Marker, CodecError> {
        self.array().map(|[byte]| Marker::from_u8(byte))
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Reason::Truncated)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], CodecError> {
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(Reason::Truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn text_len(&mut self, marker: Marker) -> Result<Option<usize>, CodecError> {
        match marker {
            Marker::FixStr(len) => Ok(Some(len.into())),
            Marker::Str8 => self.len8(),
            Marker::Str16 => self.len16(),
            Marker::Str32 => self.len32(),
            _ => Ok(None),
        }
    }

    pub(super) fn binary(&mut self, marker: Marker) -> Result<Option<usize>, CodecError> {
        match marker {
            Marker::Bin8 => self.len8(),
            Marker::Bin16 => self.len16(),
            Marker::Bin32 => self.len32(),
            _ => Ok(None),
        }
    }

    pub(super) fn array_len(&mut self, marker: Marker) -> Result<Option<usize>, CodecError> {
        match marker {
            Marker::FixArray(len) => Ok(Some(len.into())),
            Marker::Array16 => self.len16(),
            Marker::Array32 => self.len32(),
            _ => Ok(None),
        }
    }

    pub(super) fn map_len(&mut self, marker: Marker) -> Result<Option<usize>, CodecError> {
        match marker {
            Marker::FixMap(len) => Ok(Some(len.into())),
            Marker::Map16 => self.len16(),
            Marker::Map32 => self.len32(),
            _ => Ok(None),
        }
    }

    /// Length of an extension with its type byte.
    pub(super) fn extension(&mut self, marker: Marker) -> Result<Option<usize>, CodecError> {
        let len = match marker {
            Marker::FixExt1 => Some(1),
            Marker::FixExt2 => Some(2),
            Marker::FixExt4 => Some(4),
            Marker::FixExt8 => Some(8),
            Marker::FixExt16 => Some(16),
            Marker::Ext8 => self.len8()?,
            Marker::Ext16 => self.len16()?,
            Marker::Ext32 => self.len32()?,
            _ => None,
        };
        Ok(len.map(|len| len.saturating_add(1)))
    }

    fn len8(&mut self) -> Result<Option<usize>, CodecError> {
        Ok(Some(u8::from_be_bytes(self.array()?).into()))
    }

    fn len16(&mut self) -> Result<Option<usize>, CodecError> {
        Ok(Some(u16::from_be_bytes(self.array()?).into()))
    }

    fn len32(&mut self) -> Result<Option<usize>, CodecError> {
        let len = u32::from_be_bytes(self.array()?);
        Ok(Some(usize::try_from(len).unwrap_or(usize::MAX)))
    }
}

/// What stands in the input, in Terraform's words.
pub(super) fn kind(marker: Marker) -> &'static str {
    match marker {
        Marker::Null => "null",
        Marker::True | Marker::False => "bool",
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => "string",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "binary data",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "list",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "map",
        Marker::Reserved => "a reserved byte",
        _ => "number",
    }
}
