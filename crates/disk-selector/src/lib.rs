//! Talos' disk selectors: CEL expressions that say which disk of a machine is meant, as `disk.size > 10u * GB && !disk.rotational`.
//!
//! The environment is Talos': the variables `disk` and `system_disk`, the function `glob`, the units from `kB` to `EiB`. Talos and Omni
//! check types before anything is evaluated, which the evaluator does not do by itself: a comparison of `disk.size`, which is unsigned,
//! with `10` is an error there and here ([`DiskSelector::parse`]). The messages are those of Go's CEL, position and all.
//!
//! Not there: durations and time stamps, which no disk has.

mod check;
mod environment;
mod error;
mod overloads;
mod types;

use cel::{Program, Value};
use omni_api::specs::machine_status_spec::hardware_status::BlockDevice;

pub use environment::{FIELDS, dev_path};
pub use error::SelectorError;

use types::Type;

/// A disk selector.
#[derive(Debug)]
pub struct DiskSelector {
    program: Program,
}

// === impl DiskSelector ===

impl DiskSelector {
    /// Reads an expression and checks its types.
    ///
    /// # Errors
    /// [`SelectorError::Invalid`] when it is no expression, or one that has no meaning for a disk; [`SelectorError::NotBoolean`]
    /// when it answers something else than yes or no.
    pub fn parse(expression: &str) -> Result<Self, SelectorError> {
        let program = environment::compile(expression)
            .map_err(|errors| error::syntax(expression, &errors))?;
        let (found, problems) = check::check(&program);
        if !problems.is_empty() {
            return Err(error::semantic(expression, &problems));
        }
        match found {
            Type::Bool => Ok(Self { program }),
            other => Err(SelectorError::NotBoolean(other.to_string())),
        }
    }

    /// Whether it means this disk.
    ///
    /// # Errors
    /// [`SelectorError::Evaluation`] when there is no answer for this disk, as the third symlink of a disk with two.
    pub fn matches(&self, disk: &BlockDevice) -> Result<bool, SelectorError> {
        let context = environment::context(disk);
        match self.program.execute(&context) {
            Ok(Value::Bool(matches)) => Ok(matches),
            Ok(other) => Err(SelectorError::NotBoolean(other.type_of().to_string())),
            Err(error) => Err(error::evaluation(dev_path(disk), &error)),
        }
    }
}
