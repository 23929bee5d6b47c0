//! What may differ in every recording: of a state on its way a watcher sees those moments on which a reconciliation fell.
//!
//! Omni's controllers work side by side on as many processors as there are, and each looks at what there is when its turn comes; between two
//! recordings of the same thing, and between them and the plane's one thread, other moments are seen. Four things are therefore compared
//! without the moments, and nothing else is. `tolerated.rs` shows what is found in spite of them.
//!
//! | what | the fact that needs it |
//! |---|---|
//! | the count and the name of the image that was pulled last | 07: of six images Omni's status shows 2/6 and 4/6, at the end of reconciliations 0.02 s apart |
//! | which pods and which nodes are not ready | the names are those of the run; 15: three nodes become two, then one, as each is registered |
//! | `BEFORE_DESTROY` where it is over within 0.25 s | 02: of two workers that leave at once one shows it, for 0.11 s, and the other does not |
//! | the values of a count between two turns | 14: five machines join 0.1 s apart, and the cluster counts 1, 2, 3, 4, 5; in 16 three, and it counts 1, 2, 3 |

use crate::project::Change;

/// The text without what depends on which of several equal things happens first: which of the images is there, which of the
/// pods or nodes is ready.
pub(crate) fn family(text: String) -> String {
    let families = [
        ("pre-pulling images (", "pre-pulling images"),
        ("pulled \"", "pulled an image"),
        ("static pods [", "static pods are not ready"),
        ("nodes [", "nodes are not ready"),
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
/// Where a count turns is what counts.
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
