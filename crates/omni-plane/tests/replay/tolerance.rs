//! What may differ in every recording, because chance decides it in every run of Omni, too.
//!
//! A controller looks at what there is: of a state on its way watchers see those moments on which a reconciliation happened to fall.

use crate::project::Change;

/// The text without what depends on which of several equal things happens first: which of the images is there, which of the
/// nodes is ready. As with counts, watchers see those states on which a reconciliation happened to fall.
pub(crate) fn family(text: String) -> String {
    let families = [
        ("pre-pulling images (", "pre-pulling images"),
        ("pulled \"", "pulled an image"),
        ("static pods [", "components are not ready"),
        ("nodes [", "components are not ready"),
    ];
    let family = families
        .iter()
        .find(|(beginning, _)| text.starts_with(beginning));
    family.map_or(text, |(_, family)| (*family).to_owned())
}

/// A stage between two steps of one controller: it is over within a moment, and seen or not.
const PASSING: &str = "BEFORE_DESTROY";

/// Whether a change only ends the passing stage, and at once.
pub(crate) fn passed(last: &Change, next: &Change) -> bool {
    last.field == "stage" && last.value == PASSING && next.t - last.t < MOMENT
}

/// How long a moment is, in seconds.
const MOMENT: f64 = 0.25;

/// Whether three counts in a row go in one direction.
///
/// A controller looks at what there is: of a count on its way up or down a watcher sees those values on which a reconciliation
/// happened to fall, and another run shows others. Where a count turns is what counts.
pub(crate) fn goes_on(before: &str, last: &str, next: &str) -> bool {
    let (Some(before), Some(last), Some(next)) = (count(before), count(last), count(next)) else {
        return false;
    };
    (before < last && last < next) || (before > last && last > next)
}

/// The count in a text: a number, or the last number of `Destroying: 2 machines`; none is none.
fn count(text: &str) -> Option<u64> {
    if text == "∅" {
        return Some(0);
    }
    if let Some(rest) = text.strip_prefix("Destroying: ") {
        return rest
            .split(|digit: char| !digit.is_ascii_digit())
            .filter_map(|part| part.parse().ok())
            .next_back();
    }
    text.parse().ok()
}
