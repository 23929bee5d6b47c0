//! What tests of reviews have in common.

use tfplugin::{Diagnostic, Diagnostics};

/// The summaries of what a review has found.
pub fn summaries(review: impl FnOnce(&mut Diagnostics)) -> Vec<String> {
    told(review, |found| found.summary().to_owned())
}

/// What a review has found, each in the test's own words.
pub fn told(
    review: impl FnOnce(&mut Diagnostics),
    words: impl Fn(&Diagnostic) -> String,
) -> Vec<String> {
    let mut diagnostics = Diagnostics::new();
    review(&mut diagnostics);
    diagnostics.iter().map(words).collect()
}
