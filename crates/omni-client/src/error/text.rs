//! What can be read from the server's sentences: their shapes, recorded from a running server.

/// The text before the list in Omni's validation answers.
const VALIDATION: &str = "failed to validate: ";
/// What starts an entry of that list.
const ENTRY: &str = "\n\t* ";

/// `resource T(ns/id@2) is not in phase running`.
pub(super) fn is_phase(message: &str) -> bool {
    !message.starts_with(VALIDATION) && message.contains(") is not in phase ")
}

/// `resource T(ns/id@2) is owned by "X"`.
pub(super) fn is_owner(message: &str) -> bool {
    !message.starts_with(VALIDATION) && message.contains(") is owned by ")
}

/// The version that stands in quotes after some words.
pub(super) fn version_after(message: &str, words: &str) -> Option<omni_api::Version> {
    let (_, rest) = message.split_once(words)?;
    rest.strip_prefix('"')?.split_once('"')?.0.parse().ok()
}

/// The names in `has pending finalizers &[a b]`.
pub(super) fn finalizers(message: &str) -> Vec<String> {
    let Some((_, rest)) = message.split_once('[') else {
        return Vec::new();
    };
    let list = rest.split_once(']').map_or(rest, |(list, _)| list);
    list.split_whitespace().map(str::to_owned).collect()
}

/// The entries of `failed to validate: N errors occurred:\n\t* …`, or the whole text as the only one.
pub(super) fn entries(message: &str) -> Vec<String> {
    let Some((_, list)) = message
        .split_once(VALIDATION)
        .and_then(|(_, rest)| rest.split_once(ENTRY))
    else {
        return vec![message.trim_end().to_owned()];
    };
    let mut rest = list.split(ENTRY).map(|entry| unframed(entry.trim()));
    let mut problems = Vec::new();
    while let Some(entry) = rest.next() {
        // An entry may be the head of a list of its own; Go prints both lists in one column.
        let Some((head, count)) = head(&entry) else {
            problems.push(entry);
            continue;
        };
        let nested: Vec<String> = rest.by_ref().take(count).collect();
        problems.push(format!("{head}{}", nested.join("; ")));
    }
    problems
}

/// The words and the number in `words: 2 errors occurred:`.
fn head(entry: &str) -> Option<(&str, usize)> {
    let front = entry
        .strip_suffix(" errors occurred:")
        .or_else(|| entry.strip_suffix(" error occurred:"))?;
    let digits = front
        .trim_end_matches(|sign: char| sign.is_ascii_digit())
        .len();
    let (head, count) = front.split_at(digits);
    Some((head, count.parse().ok()?))
}

/// A text without the frames that Go puts around nested statuses.
fn unframed(text: &str) -> String {
    let mut plain = text.to_owned();
    while let Some(start) = plain.find("rpc error: code = ") {
        let Some(length) = plain[start..].find(" desc = ") else {
            break;
        };
        plain.replace_range(start..start + length + " desc = ".len(), "");
    }
    plain
}

/// The entries as one text: a single one as it is, several as a list.
pub(super) fn join(problems: &[String]) -> String {
    match problems {
        [] => "the server gave no reason".to_owned(),
        [one] => one.clone(),
        many => many
            .iter()
            .map(|problem| format!("- {problem}"))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_finalizers_are_read_from_the_servers_sentence() {
        assert_eq!(
            finalizers("resource T(d/x@4) has pending finalizers &[a b]"),
            ["a", "b"]
        );
        assert!(finalizers("something else").is_empty());
        let lost = "update conflict: expected version \"1\", actual version \"undefined\"";
        assert_eq!(
            version_after(lost, "expected version "),
            Some(omni_api::Version::FIRST)
        );
        assert_eq!(
            version_after(lost, "actual version "),
            Some(omni_api::Version::UNDEFINED)
        );
        assert_eq!(version_after("something else", "expected version "), None);
    }

    #[test]
    fn nested_lists_and_frames_are_folded_into_their_entry() {
        let text = "failed to validate: 2 errors occurred:\n\t* bad version: 1 error occurred:\n\t* is required \n \n\t* x: rpc error: code = InvalidArgument desc = y\n\n";
        assert_eq!(entries(text), ["bad version: is required", "x: y"]);
        assert_eq!(join(&entries(text)), "- bad version: is required\n- x: y");
        assert_eq!(entries("plain text\n"), ["plain text"]);
    }
}
