//! Texts that users supply: lengths, and no control characters.

use super::{Outcome, refuse};
use crate::release::{Release, Rule};

/// How many kernel arguments there may be.
pub(super) const KERNEL_ARGS: usize = 64;
/// How long each may be.
pub(super) const KERNEL_ARG_BYTES: usize = 256;

pub(super) fn text(release: Release, field: &str, value: &str, most: usize) -> Outcome {
    if !release.keeps(Rule::Texts) {
        return Ok(());
    }
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

pub(super) fn texts(
    release: Release,
    field: &str,
    values: &[String],
    most: usize,
    most_bytes: usize,
) -> Outcome {
    if !release.keeps(Rule::Texts) {
        return Ok(());
    }
    if values.len() > most {
        return refuse(format!(
            "{field} has too many entries: {} (max {most})",
            values.len()
        ));
    }
    let mut numbered = values.iter().enumerate();
    numbered.try_for_each(|(place, value)| {
        text(release, &format!("{field}[{place}]"), value, most_bytes)
    })
}

pub(super) fn kernel_args(release: Release, field: &str, values: &[String]) -> Outcome {
    texts(release, field, values, KERNEL_ARGS, KERNEL_ARG_BYTES)
}
