//! Texts that users supply: lengths, and no control characters.

use super::{Outcome, refuse};

/// How many kernel arguments there may be.
pub(super) const KERNEL_ARGS: usize = 64;
/// How long each may be.
pub(super) const KERNEL_ARG_BYTES: usize = 256;

pub(super) fn text(field: &str, value: &str, most: usize) -> Outcome {
    if value.len() > most {
        return refuse(format!(
            "{field} is too long: {} bytes (max {most})",
            value.len()
        ));
    }
    if value.contains(char::is_control) {
        return refuse(format!("{field} contains a control character"));
    }
    Ok(())
}

pub(super) fn texts(field: &str, values: &[String], most: usize, most_bytes: usize) -> Outcome {
    if values.len() > most {
        return refuse(format!(
            "{field} has too many entries: {} (max {most})",
            values.len()
        ));
    }
    let mut numbered = values.iter().enumerate();
    numbered.try_for_each(|(place, value)| text(&format!("{field}[{place}]"), value, most_bytes))
}

pub(super) fn kernel_args(field: &str, values: &[String]) -> Outcome {
    texts(field, values, KERNEL_ARGS, KERNEL_ARG_BYTES)
}
