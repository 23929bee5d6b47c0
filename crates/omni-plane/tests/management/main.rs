//! The management service, signed and over a real connection.

mod accounts;
mod audit;
mod break_glass;
mod checks;
mod elsewhere;
mod files;
mod limits;
mod machines;
mod media;
mod recorded;
mod releases;
mod schematics;
mod signer;
mod world;

/// Code and text of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, tonic::Status>) -> (String, String) {
    let status = answer.expect_err("it is refused");
    (format!("{:?}", status.code()), status.message().to_owned())
}
