//! The project's own chores, one file or folder each.
#![allow(clippy::print_stdout, reason = "chores speak to people")]

mod cases;
mod demo;
#[cfg(feature = "docs")]
mod docs;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&root(), &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(root: &Path, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match arguments {
        ["demo"] => demo::run(root),
        ["cases", folder] => Ok(cases::run(root, Path::new(folder))?),
        #[cfg(feature = "docs")]
        ["docs"] => Ok(docs::run(root, false)?),
        #[cfg(feature = "docs")]
        ["docs", "--check"] => Ok(docs::run(root, true)?),
        _ => Err("chores: cases FOLDER, demo, docs [--check]".into()),
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}
