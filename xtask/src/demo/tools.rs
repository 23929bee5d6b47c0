//! Finding and running programs.

use std::path::PathBuf;
use std::process::Command;

use super::Failure;

/// How many of a program's last lines are shown when it fails.
const SHOWN: usize = 60;

/// The core: what `TERRAFORM` names, or terraform, or tofu.
pub(super) fn core() -> Result<PathBuf, Failure> {
    if let Some(named) = std::env::var_os("TERRAFORM").filter(|named| !named.is_empty()) {
        return Ok(named.into());
    }
    let found = ["terraform", "tofu"].into_iter().find_map(on_path);
    found.ok_or_else(|| "neither terraform nor tofu is on PATH, and TERRAFORM names none".into())
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Runs a program to its end; answers what it printed.
pub(super) fn run(command: &mut Command) -> Result<String, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{program} does not start: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    let said = printed + &String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = said.lines().collect();
    let last = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    Err(format!("{program} ended with {}:\n{last}", output.status).into())
}

/// The platform as Terraform names it, `linux_amd64`.
pub(super) fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{system}_{processor}")
}
