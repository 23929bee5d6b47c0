//! The binary: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    terraform_provider_omni::plugin::run()
}
