//! The releases of Omni that a plane can be: what each of them has, and what it keeps to.
//!
//! Contract: the differences between releases are data ([`table`]), and this module is where they are asked for. A kind that a release
//! does not have cannot be reached; a field that it does not know is neither told nor looked at, and what a client writes into it is kept
//! unread, as Go's messages keep it; a call that it does not have is unknown to the service.

mod fields;
mod table;

use std::fmt;
use std::str::FromStr;

use omni_api::Role;
use omni_api::forbidden::Level;
use serde::{Deserialize, Serialize};

use crate::store::Store;
use crate::{Instance, instance};

pub(crate) use fields::without_unknown;
pub use table::Rule;

/// A release of Omni, by its last patch. A plane is the newest one where nobody asks for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, prost::Enumeration)]
#[repr(i32)]
pub enum Release {
    /// 1.10.4.
    #[serde(rename = "1.10")]
    V1_10 = 0,
    /// 1.8.2.
    #[serde(rename = "1.8")]
    V1_8 = 1,
    /// 1.9.3.
    #[serde(rename = "1.9")]
    V1_9 = 2,
    /// The one after 1.10, as it was developed in August 2026.
    #[serde(rename = "next")]
    Next = 3,
}

/// A text is not the name of a release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a release of Omni that the plane can be: {}", names())]
pub struct UnknownRelease {
    name: String,
}

// === impl Release ===

impl Release {
    /// All of them, oldest first.
    pub const ALL: [Self; 4] = [Self::V1_8, Self::V1_9, Self::V1_10, Self::Next];

    /// Its name: `1.10`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1_8 => "1.8",
            Self::V1_9 => "1.9",
            Self::V1_10 => "1.10",
            Self::Next => "next",
        }
    }

    /// The version that it tells: `v1.10.4`. What is developed after 1.10 called itself by the tag that it had branched from.
    pub const fn version(self) -> &'static str {
        match self {
            Self::V1_8 => "v1.8.2",
            Self::V1_9 => "v1.9.3",
            Self::V1_10 => "v1.10.4",
            Self::Next => "v1.10.0-beta.0",
        }
    }

    /// The version of the API that it tells.
    pub const fn api_version(self) -> u32 {
        match self {
            Self::V1_8 | Self::V1_9 | Self::V1_10 => 2,
            Self::Next => 3,
        }
    }

    /// The release that a store is a plane of. A store that nobody has set up has everything that this program knows.
    pub(crate) fn of(store: &Store) -> Self {
        instance::stored(store).map_or(Self::Next, |instance| instance.release())
    }

    /// Whether the kind is registered, by its type.
    pub(crate) fn has_kind(self, type_name: &str) -> bool {
        self.has(&table::KINDS, |kind| *kind == type_name)
    }

    /// Whether a call of the management service exists.
    pub(crate) fn has_call(self, call: &str) -> bool {
        self.has(&table::CALLS, |known| *known == call)
    }

    /// Whether a message has the field, by the message's full name.
    pub(crate) fn has_field(self, message: &str, field: &str) -> bool {
        self.has(&table::FIELDS, |known| *known == (message, field))
    }

    /// The role of a name, where the release has it.
    pub(crate) fn role(self, name: &str) -> Option<Role> {
        let role = name.parse().ok()?;
        self.has(&table::ROLES, |known| *known == role)
            .then_some(role)
    }

    /// Whether the server keeps to a rule.
    pub(crate) fn keeps(self, rule: Rule) -> bool {
        self.has(&table::RULES, |known| *known == rule)
    }

    /// How much of the list of forbidden parts of a patch the server has.
    pub(crate) fn forbids(self) -> Level {
        match self {
            Self::V1_8 | Self::V1_9 => Level::Fields,
            Self::V1_10 => Level::Documents,
            Self::Next => Level::InstallDisk,
        }
    }

    /// What no table names has been there from the beginning.
    fn has<T>(self, table: &[(T, Self)], is: impl Fn(&T) -> bool) -> bool {
        let since = table.iter().find(|(thing, _)| is(thing));
        since.is_none_or(|(_, since)| *since <= self)
    }

    fn rank(self) -> usize {
        Self::ALL
            .iter()
            .position(|release| *release == self)
            .unwrap_or(Self::ALL.len())
    }
}

/// Older releases come first.
impl PartialOrd for Release {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Release {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl FromStr for Release {
    type Err = UnknownRelease;

    fn from_str(text: &str) -> Result<Self, UnknownRelease> {
        let found = Self::ALL.into_iter().find(|release| release.name() == text);
        found.ok_or_else(|| UnknownRelease {
            name: text.to_owned(),
        })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

// === impl Instance ===

impl Instance {
    /// The same of another release.
    #[must_use]
    pub fn of_release(mut self, release: Release) -> Self {
        self.set_release(release);
        self
    }
}

fn names() -> String {
    Release::ALL.map(Release::name).join(", ")
}

#[cfg(test)]
mod tests;
