//! `tree`: as it comes up on a plane, and as a page in a real browser.
//!
//! Without Chromium on PATH the tests of the page are reported as skipped, by name; with `OMNI_REQUIRE_TOOLS` set that is a failure.
#![cfg(all(unix, feature = "plane"))]
#![allow(
    clippy::print_stdout,
    reason = "tests that are skipped are reported by name"
)]
#![allow(missing_docs, reason = "a test's name is its documentation")]

mod browser;
mod lab;
mod page;
mod pages;
#[path = "../plane/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the plane's process")]
mod support;
#[cfg(unix)]
mod terminal;
mod watch;
