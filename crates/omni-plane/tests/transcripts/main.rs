//! What is said between a client and the plane, command by command.
//!
//! Each test does what a command of omnictl does, over a real connection and signed, and compares all that was said with a file under
//! `tests/transcripts` in the root of the repository. What is drawn at random stands there under a name; time is emulated and always the
//! same. `UPDATE_TRANSCRIPTS=1` writes the files anew, to be read in review.

mod accounts;
mod clusters;
mod codec;
mod files;
mod logs;
mod machines;
mod media;
mod pages;
#[path = "../management/signer.rs"]
mod signer;
mod talk;
mod templates;
mod text;
