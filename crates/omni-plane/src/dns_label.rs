//! Names that can be one part of a host name (RFC 1123), judged in Omni's words.

/// The longest label.
const BYTES: usize = 63;

/// Checks a name; what is wrong with it, if anything is.
pub(crate) fn check(name: &str) -> Result<(), String> {
    if name.len() > BYTES {
        let length = name.len();
        return Err(format!(
            "DNS-1123 label is too long: {length} bytes (max {BYTES})"
        ));
    }
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edges = [name.chars().next(), name.chars().last()];
    if name.chars().all(inner) && edges.iter().all(|edge| edge.is_some_and(|c| c != '-')) {
        return Ok(());
    }
    Err(format!(
        "{name:?} is not a valid DNS-1123 label (lowercase alphanumeric and hyphens, starting and ending with alphanumeric, max \
         {BYTES} characters)"
    ))
}
