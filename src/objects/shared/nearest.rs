//! What the user may have meant: the names nearest to one that does not exist.

/// How many names a message tells.
const TOLD: usize = 5;

/// The names nearest to `wanted`, nearest first, for a message: `"aws", "azure"`.
///
/// Names that contain the wanted one, or are contained in it, come before those that are only spelt alike.
pub fn nearest<'a>(names: impl IntoIterator<Item = &'a str>, wanted: &str) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    let short = last_part(wanted);
    let distance = |name: &&str| {
        let part = last_part(name);
        let apart = strsim::damerau_levenshtein(part, short);
        let inside = !short.is_empty() && (part.contains(short) || short.contains(part));
        (!inside, apart)
    };
    names.sort_by_key(distance);
    let told = names.iter().take(TOLD).map(|name| format!("{name:?}"));
    told.collect::<Vec<_>>().join(", ")
}

/// The part of a name that people type: behind the owner.
fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOUDS: [&str; 6] = ["aws", "azure", "gcp", "hcloud", "nocloud", "vultr"];

    #[test]
    fn a_slip_of_the_finger_finds_its_name_first() {
        assert!(nearest(CLOUDS, "vulrt").starts_with("\"vultr\""));
        assert!(nearest(CLOUDS, "no-cloud").contains("\"nocloud\""));
    }

    #[test]
    fn a_part_of_a_name_comes_before_what_is_spelt_alike() {
        let names = ["siderolabs/zfs", "siderolabs/qemu-guest-agent"];
        assert!(nearest(names, "qemu").starts_with("\"siderolabs/qemu-guest-agent\""));
    }

    #[test]
    fn a_message_tells_a_few_names_only() {
        assert_eq!(nearest(CLOUDS, "x").matches('"').count(), 2 * TOLD);
        assert_eq!(nearest([], "x"), "");
    }
}
