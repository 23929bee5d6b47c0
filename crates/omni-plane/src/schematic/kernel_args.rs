//! Kernel arguments: those that make the machine Omni's, which nobody changes, and those that its user may choose.

/// Parameters of the join and of the configuration's place.
const PROTECTED: [&str; 6] = [
    "siderolink.api",
    "talos.events.sink",
    "talos.logging.kernel",
    "talos.config",
    "talos.config.early",
    "talos.config.inline",
];

/// Whether an argument is one of those that nobody changes.
pub fn is_protected(argument: &str) -> bool {
    argument
        .split_once('=')
        .is_some_and(|(name, _)| PROTECTED.contains(&name))
}

/// The arguments that the user may choose, in their order.
pub fn extras(arguments: &[String]) -> Vec<String> {
    arguments
        .iter()
        .filter(|argument| !is_protected(argument))
        .cloned()
        .collect()
}

/// The arguments of a machine whose user wants these: its own protected ones, then the wanted ones.
///
/// A machine that has them already keeps its order, so that nothing is installed again for nothing: protected ones may stand anywhere.
pub fn effective(current: &[String], wanted: &[String]) -> Vec<String> {
    if extras(current) == wanted {
        return current.to_vec();
    }
    let protected = current.iter().filter(|argument| is_protected(argument));
    protected.chain(wanted).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    const JOIN: &str = "siderolink.api=grpc://x talos.events.sink=y talos.logging.kernel=z";

    #[test]
    fn a_machine_that_has_its_arguments_keeps_their_order() {
        let mixed =
            words("nomodeset siderolink.api=grpc://x net.ifnames=0 talos.events.sink=y quiet");
        let same = effective(&mixed, &words("nomodeset net.ifnames=0 quiet"));
        assert_eq!(same, mixed);
    }

    #[test]
    fn others_come_behind_those_of_the_join() {
        let current = words(&format!("nomodeset {JOIN} quiet"));
        assert_eq!(
            effective(&current, &words("quiet nomodeset")),
            words(&format!("{JOIN} quiet nomodeset"))
        );
        assert_eq!(effective(&current, &[]), words(JOIN));
    }

    #[test]
    fn only_whole_names_are_protected() {
        assert!(is_protected("talos.config=https://x"));
        assert!(!is_protected("talos.config.other=1"));
        assert!(!is_protected("siderolink.api"));
        assert!(!is_protected("console=ttyS0"));
    }
}
