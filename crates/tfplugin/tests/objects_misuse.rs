//! What does not compile, and what the author reads then.

#![allow(missing_docs, reason = "a test needs no documentation")]

#[test]
fn each_misuse_is_refused_at_the_place_and_in_words_that_say_what_to_write() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
