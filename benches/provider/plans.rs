//! Plans in which nothing changes, of ours, of a provider that does nothing, and of what is built into Terraform.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{Outcome, PROVIDER, configs, median};

const COUNTS: [usize; 3] = [10, 100, 1_000];
/// Plans of which the middle one counts. The three kinds take turns, so that what else the machine does meets all of them.
const RUNS: usize = 9;

/// One plan of each count, beside its floors.
pub fn compare() -> Outcome {
    let Some(core) = core() else {
        println!("no-op plans: skipped (neither terraform nor tofu is on PATH)");
        return Ok(());
    };
    println!(
        "no-op plans         (goal: terraform_data + 15 %; no provider can take less than one that does nothing)"
    );
    for count in COUNTS {
        let lab = Lab::new(core.clone())?;
        lab.compare(count)?;
        lab.stop();
    }
    Ok(())
}

struct Lab {
    core: PathBuf,
    folder: TempDir,
}

// === impl Lab ===

impl Lab {
    fn new(core: PathBuf) -> Result<Self, Box<dyn Error>> {
        let lab = Self {
            core,
            folder: tempfile::tempdir()?,
        };
        let idle = lab.folder.path().join("idle-provider");
        fs::create_dir_all(&idle)?;
        std::os::unix::fs::symlink(
            std::env::current_exe()?,
            idle.join("terraform-provider-idle"),
        )?;
        let ours = Path::new(PROVIDER).parent().ok_or("no folder")?.display();
        fs::write(
            lab.rc(),
            format!(
                "provider_installation {{\n  dev_overrides {{\n    \"omni-rs/omni\" = \"{ours}\"\n    \"omni-rs/idle\" = \"{}\"\n  }}\n  \
                 direct {{}}\n}}\n",
                idle.display()
            ),
        )?;
        Ok(lab)
    }

    fn compare(&self, count: usize) -> Outcome {
        let folders = [
            self.config(&configs::omni(count), "omni")?,
            self.config(&configs::idle(count), "idle")?,
            self.config(&configs::data(count), "data")?,
        ];
        for folder in &folders {
            self.run(folder, &["apply", "-auto-approve", "-parallelism=50"], None)?;
        }
        let mut times: [Vec<Duration>; 3] = Default::default();
        for _ in 0..RUNS {
            for (times, folder) in times.iter_mut().zip(&folders) {
                times.push(self.plan(folder)?);
            }
        }
        let [ours, idle, data] = times.map(median);
        let over = |floor: f64| (ours / floor - 1.0) * 100.0;
        println!(
            "  {count:>5} objects     {ours:>8.0} ms   (terraform_data: {data:.0} ms, so {:+.0} %; a provider that does nothing: {idle:.0} ms, so {:+.0} %)   calls: {}",
            over(data),
            over(idle),
            self.calls(&folders[0])?
        );
        Ok(())
    }

    /// How long a plan takes that finds nothing to change.
    fn plan(&self, folder: &Path) -> Result<Duration, Box<dyn Error>> {
        let began = Instant::now();
        self.run(folder, &["plan", "-detailed-exitcode"], None)?;
        Ok(began.elapsed())
    }

    /// The calls of one plan, by method.
    fn calls(&self, folder: &Path) -> Result<String, Box<dyn Error>> {
        let log = self.folder.path().join("log");
        self.run(folder, &["plan"], Some(&log))?;
        let log = fs::read_to_string(log)?;
        let line = log
            .lines()
            .rev()
            .find(|line| line.contains("calls on the wire"))
            .ok_or("no count in the log")?;
        let calls = line.split("calls=\"").nth(1);
        let calls = calls.and_then(|rest| rest.split('"').next());
        Ok(calls.ok_or("no calls in the count")?.to_owned())
    }

    fn config(&self, text: &str, name: &str) -> Result<PathBuf, Box<dyn Error>> {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("main.tf"), text)?;
        Ok(folder)
    }

    fn rc(&self) -> PathBuf {
        self.folder.path().join("core.rc")
    }

    fn run(&self, folder: &Path, arguments: &[&str], log: Option<&Path>) -> Outcome {
        let mut command = Command::new(&self.core);
        command
            .current_dir(folder)
            .args(arguments)
            .arg("-input=false")
            .env("TF_CLI_CONFIG_FILE", self.rc())
            .env("CHECKPOINT_DISABLE", "1")
            .env("HOME", self.folder.path());
        if let Some(log) = log {
            command.env("TF_LOG", "DEBUG").env("TF_LOG_PATH", log);
        }
        let output = command.output()?;
        if output.status.success() {
            return Ok(());
        }
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        Err(said.into_owned().into())
    }

    fn stop(&self) {
        let path = self.folder.path().join("omni/.omni");
        if let Err(error) = Command::new(PROVIDER)
            .args(["plane", "stop", "--path"])
            .arg(path)
            .output()
        {
            eprintln!("the plane was not stopped: {error}");
        }
    }
}

fn core() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let on_path = |name: &str| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    };
    ["terraform", "tofu"].into_iter().find_map(on_path)
}
