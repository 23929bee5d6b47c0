//! The core under test: `terraform`, or `tofu` where there is none.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program of a core, found on PATH or named by `TERRAFORM`.
pub(crate) fn find() -> Option<PathBuf> {
    let named = std::env::var_os("TERRAFORM").map(PathBuf::from);
    named.or_else(|| ["terraform", "tofu"].into_iter().find_map(on_path))
}

/// Reports a test that cannot run without a core; fails where tools are required.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub(crate) fn skip(test: &str) {
    assert!(
        std::env::var_os("OMNI_REQUIRE_TOOLS").is_none(),
        "{test} needs terraform or tofu on PATH"
    );
    println!("skipped: {test} (neither terraform nor tofu is on PATH)");
}

/// Runs a core in a folder, with nothing of the caller's environment that could change the outcome.
pub(crate) fn run(
    core: &Path,
    folder: &Path,
    config: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Output {
    let mut command = command(core, folder, config, arguments);
    command.envs(environment.iter().copied());
    command
        .output()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", core.display()))
}

/// The command of [`run`].
pub(crate) fn command(core: &Path, folder: &Path, config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(core);
    let ours = |name: &str| {
        ["TF_", "OMNI", "SIDERO"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .args(arguments)
        .env("TF_CLI_CONFIG_FILE", config)
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_IN_AUTOMATION", "1")
        .env("TF_CLI_ARGS", "-no-color")
        .env("HOME", folder);
    command
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}
