//! The folder of a demo: a mirror with the provider, a configuration of the core, a copy of the quickstart.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use super::{Failure, plane, processes, tools};

/// The hosts under which the provider is found; `source` in a configuration names none.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];
/// The provider's address on each host.
const ADDRESS: &str = "omni-rs/omni";
/// The file by which a demo that lives is told from one that was killed.
const LOCK: &str = "lock";
/// Its version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The folder of one demo and what runs in it.
pub(super) struct Lab {
    folder: PathBuf,
    core: PathBuf,
    provider: PathBuf,
    /// Locked as long as the demo lives.
    _lock: File,
}

// === impl Lab ===

impl Lab {
    /// Lays out a new folder.
    pub(super) fn set_up(root: &Path) -> Result<Self, Failure> {
        let core = tools::core()?;
        let built = built(root)?;
        let (folder, lock) = new_folder(&root.join("target/demo"))?;
        let mut lab = Self {
            folder,
            core,
            provider: PathBuf::new(),
            _lock: lock,
        };
        let laid_out = lab.lay_out(root, &built);
        if laid_out.is_err() {
            lab.clean_up()?;
        }
        laid_out.map(|()| lab)
    }

    fn lay_out(&mut self, root: &Path, built: &Path) -> Result<(), Failure> {
        for host in HOSTS {
            let place = self
                .folder
                .join("mirror")
                .join(host)
                .join(ADDRESS)
                .join(VERSION)
                .join(tools::platform());
            fs::create_dir_all(&place)?;
            self.provider = place.join(format!("terraform-provider-omni_v{VERSION}"));
            // A hard link: two names, one file, so that both are the same build.
            fs::hard_link(built, &self.provider)
                .or_else(|_| fs::copy(built, &self.provider).map(drop))?;
        }
        let mirror = Json::from(self.folder.join("mirror").display().to_string());
        fs::write(
            self.folder.join("core.rc"),
            format!(
                "provider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\ndisable_checkpoint = true\n"
            ),
        )?;
        for folder in ["home", "tmp", "work"] {
            fs::create_dir(self.folder.join(folder))?;
        }
        for entry in fs::read_dir(root.join("examples/quickstart"))? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), self.work().join(entry.file_name()))?;
            }
        }
        Ok(())
    }

    /// The folder of the demo.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder with the configuration.
    pub(super) fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// The provider's program, as the core starts it.
    pub(super) fn provider(&self) -> &Path {
        &self.provider
    }

    /// `terraform` or `tofu`.
    pub(super) fn core_name(&self) -> String {
        self.core
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// Runs the core.
    pub(super) fn core(&self, arguments: &[&str]) -> Result<(), Failure> {
        tools::run(self.command(&self.core).args(arguments)).map(drop)
    }

    /// Plans, and fails where something would change.
    pub(super) fn core_changes_nothing(&self) -> Result<(), Failure> {
        self.core(&["plan", "-input=false", "-detailed-exitcode"])
    }

    /// A command in the folder of the configuration that sees and touches nothing of the caller's.
    pub(super) fn command(&self, program: &Path) -> Command {
        let foreign = |name: &str| {
            ["TF_", "OMNI", "SIDERO", "XDG_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        };
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_none_or(foreign) {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.work())
            .env("TF_CLI_CONFIG_FILE", self.folder.join("core.rc"))
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .env("NO_COLOR", "1")
            .env("HOME", self.folder.join("home"))
            .env("TMPDIR", self.folder.join("tmp"));
        command
    }

    /// Stops the plane if it still runs and removes the folder.
    pub(super) fn clean_up(&self) -> Result<(), Failure> {
        if self.provider.exists() {
            plane::Plane::of(self).stop()?;
        }
        processes::none_of(&self.folder)?;
        fs::remove_dir_all(&self.folder)?;
        // The last demo takes the folder of demos along.
        let _ = self.folder.parent().map(fs::remove_dir);
        Ok(())
    }
}

/// The provider as `make build` leaves it.
fn built(root: &Path) -> Result<PathBuf, Failure> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let built = target.join("release/terraform-provider-omni");
    if built.is_file() {
        Ok(built)
    } else {
        Err(format!("{} is not there: run `make build` first", built.display()).into())
    }
}

/// A folder that nobody else has, and the lock that says so.
fn new_folder(demos: &Path) -> Result<(PathBuf, File), Failure> {
    let process = std::process::id();
    for turn in 0..100 {
        // In each turn: a demo that ends takes the empty folder of demos along.
        fs::create_dir_all(demos)?;
        sweep(demos)?;
        let folder = demos.join(format!("{process}-{turn}"));
        match fs::create_dir(&folder) {
            Ok(()) => {
                let folder = folder.canonicalize()?;
                // Named only once it is locked: a lock that is free is a dead demo's.
                let lock = File::create_new(folder.join("new"))?;
                lock.try_lock()?;
                fs::rename(folder.join("new"), folder.join(LOCK))?;
                return Ok((folder, lock));
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(format!("{} cannot hold another demo", demos.display()).into())
}

/// Removes what demos that were killed left: their locks are free.
fn sweep(demos: &Path) -> Result<(), Failure> {
    let entries = match fs::read_dir(demos) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for entry in entries {
        let folder = entry?.path();
        let lock = File::open(folder.join(LOCK));
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            fs::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_demos_never_meet_and_a_killed_one_is_swept_away() {
        let root = std::env::temp_dir().join(format!("demos-{}", std::process::id()));
        let (one, one_lock) = new_folder(&root).expect("a folder");
        let (other, _its_lock) = new_folder(&root).expect("another");
        assert_ne!(one, other);
        // Not only closed: a child that another test has just forked holds the file open until its exec.
        one_lock.unlock().expect("the demo is gone");
        let (third, _lock) = new_folder(&root).expect("a third");
        assert!(!one.exists() || one == third);
        assert!(other.exists());
        fs::remove_dir_all(&root).expect("removed");
    }
}
