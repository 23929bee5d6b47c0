//! What the system says about this process' memory.

/// What is resident now, in bytes; nothing where the system does not say.
pub(crate) fn resident() -> u64 {
    of("VmRSS:")
}

/// The most that ever was resident, in bytes.
pub(crate) fn peak() -> u64 {
    of("VmHWM:")
}

fn of(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|found| found.strip_prefix(line));
    let kilobytes = found.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1_024
}

/// Bytes as mebibytes.
#[expect(clippy::cast_precision_loss, reason = "it is printed with one digit")]
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
