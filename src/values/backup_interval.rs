//! How often etcd is backed up.

use std::time;

use tfplugin::schema::{Invalid, Text};
use tfplugin::types::Duration;

/// A length of time, where an empty text means the same as `0s`: no backups. The official provider has it so.
///
/// `60m`, `1h` and `1h0m0s` mean the same and make no diff.
#[derive(Clone, Debug, Eq)]
pub struct BackupInterval {
    /// None for the empty text.
    length: Option<Duration>,
}

// === impl BackupInterval ===

impl BackupInterval {
    /// The length of time; zero means that there are no backups.
    pub fn get(&self) -> time::Duration {
        self.length
            .as_ref()
            .map_or(time::Duration::ZERO, Duration::get)
    }
}

impl PartialEq for BackupInterval {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl From<time::Duration> for BackupInterval {
    fn from(length: time::Duration) -> Self {
        Self {
            length: Some(Duration::from(length)),
        }
    }
}

impl Text for BackupInterval {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let length = match text {
            "" => None,
            text => Some(Duration::parse(text)?),
        };
        Ok(Self { length })
    }

    fn spelling(&self) -> &str {
        self.length.as_ref().map_or("", Text::spelling)
    }

    fn meaning(&self) -> String {
        self.get().as_nanos().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_means_no_backups_and_keeps_its_spelling() {
        let none = BackupInterval::parse("").expect("an interval");
        assert_eq!((none.get(), none.spelling()), (time::Duration::ZERO, ""));
        let zero = BackupInterval::parse("0s").expect("an interval");
        assert_eq!((&none, none.meaning()), (&zero, zero.meaning()));
        let hour = BackupInterval::parse("60m").expect("an interval");
        assert_eq!(hour.get(), time::Duration::from_hours(1));
        for wrong in [" ", "soon", "-1h"] {
            assert!(BackupInterval::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
