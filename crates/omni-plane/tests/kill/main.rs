//! An acknowledged write survives kill -9, at whatever moment it comes: while commits are written, while the controllers work, while the file is
//! opened.
//!
//! A child (this binary again) works on a file of state and says what is durable; it is killed at a random moment. Then the file must open and
//! hold all that, and the next child goes on with the same file. 200 children are killed; `OMNI_PLANE_KILL_RUNS` asks for more or fewer.
//! The provider's own tests do the same to its binary, over the wire.

mod child;
mod commits;
mod life;
#[path = "../support/picture.rs"]
mod picture;

/// How many children are killed in all.
fn runs() -> usize {
    let runs = std::env::var("OMNI_PLANE_KILL_RUNS").ok();
    runs.and_then(|runs| runs.parse().ok()).unwrap_or(200)
}
