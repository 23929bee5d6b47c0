//! Machine ids: UUIDs as Omni writes them, in lower case.

use std::fmt;

use tfplugin::schema::{Invalid, Text};

/// The UUID of a machine as the user spelt it.
#[derive(Debug, Clone)]
pub struct MachineId {
    spelling: String,
}

// === impl MachineId ===

impl MachineId {
    /// The id that the server wrote.
    pub fn of(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    /// The id as Omni writes it.
    pub fn canonical(&self) -> String {
        self.spelling.to_ascii_lowercase()
    }
}

impl Text for MachineId {
    fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self {
            spelling: text.to_owned(),
        })
    }

    fn spelling(&self) -> &str {
        &self.spelling
    }

    fn meaning(&self) -> String {
        self.canonical()
    }

    /// A rule for configurations only: a state may hold what the server once accepted.
    fn validate(&self) -> Result<(), Invalid> {
        let groups: Vec<&str> = self.spelling.split('-').collect();
        let shaped = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]);
        let hex = groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if shaped && hex {
            return Ok(());
        }
        Err(
            Invalid::new(format!("{:?} is not a machine id.", self.spelling))
                .remedy("A machine id is a UUID; the omni_machines data source finds them."),
        )
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

impl PartialEq for MachineId {
    fn eq(&self, other: &Self) -> bool {
        self.spelling.eq_ignore_ascii_case(&other.spelling)
    }
}

impl Eq for MachineId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_makes_no_difference() {
        let id = |text| MachineId::of(text).expect("any text");
        let (lower, upper) = (
            "10001802-c798-4da7-a410-f09abb48c8d8",
            "10001802-C798-4DA7-A410-F09ABB48C8D8",
        );
        assert_eq!(id(lower), id(upper));
        assert_eq!(id(upper).canonical(), lower);
    }

    #[test]
    fn what_is_no_uuid_is_refused() {
        let worker = MachineId::parse("worker-1").expect("any text");
        let error = worker.validate().expect_err("no UUID");
        assert!(error.to_string().contains("worker-1"));
    }
}
