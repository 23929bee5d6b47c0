//! What a user pays for the provider: its start, its memory, its size, and a plan in which nothing changes. Each figure stands beside its
//! floor; calls are counted, not timed.
//!
//! `cargo bench --bench provider`

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tfplugin::proto::tfplugin6::get_provider_schema;
use tfplugin::testing::client::{ClientIdentity, Launch, Plugin};

const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-omni");
const RUNS: usize = 21;
const COUNTS: [usize; 3] = [10, 100, 1_000];

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    println!(
        "binary              {:>8.1} MB   (goal 20; official provider 70)",
        megabytes(fs::metadata(PROVIDER)?.len())
    );
    runtime.block_on(start())?;
    runtime.block_on(memory())?;
    plans()
}

/// From the start of the process to its handshake line.
async fn start() -> Outcome {
    let (launch, identity) = (
        Launch::new(PROVIDER).with("TF_LOG", ""),
        ClientIdentity::generate()?,
    );
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let began = Instant::now();
        Command::new("true").status()?;
        floor.push(began.elapsed());
        let began = Instant::now();
        let mut child = launch.start(Some(&identity))?;
        child.handshake().await?;
        ours.push(began.elapsed());
    }
    println!(
        "start to handshake  {:>8.1} ms   (goal 6; official provider 32; floor, an empty process: {:.1})",
        median(ours),
        median(floor)
    );
    Ok(())
}

/// Resident memory after the schema was asked for.
async fn memory() -> Outcome {
    let plugin = Plugin::start(&Launch::new(PROVIDER).with("TF_LOG", "")).await?;
    plugin
        .provider()
        .get_provider_schema(get_provider_schema::Request {})
        .await?;
    let pid = plugin
        .child()
        .and_then(tfplugin::testing::client::Child::id)
        .ok_or("no process")?;
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let resident = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .trim()
            .strip_suffix(" kB")?
            .parse::<u64>()
            .ok()
    });
    println!(
        "memory after schema {:>8.1} MB   (goal 15; official provider 55)",
        megabytes(resident.ok_or("no VmRSS")? * 1024)
    );
    plugin.shut_down().await?;
    Ok(())
}

/// Plans in which nothing changes, beside as many `terraform_data`.
fn plans() -> Outcome {
    let Some(core) = core() else {
        println!("no-op plans: skipped (neither terraform nor tofu is on PATH)");
        return Ok(());
    };
    for count in COUNTS {
        let folder = tempfile::tempdir()?;
        let lab = Lab {
            core: core.clone(),
            folder,
        };
        let ours = lab.no_op(&lab.config(&patches(count), "omni"))?;
        let floor = lab.no_op(&lab.config(&data(count), "data"))?;
        let more = (ours.as_secs_f64() / floor.as_secs_f64() - 1.0) * 100.0;
        println!(
            "no-op plan, {count:>5}   {:>8.0} ms   (goal floor + 15 %; floor, terraform_data: {:.0} ms, so {more:+.0} %)   calls: {}",
            ours.as_secs_f64() * 1e3,
            floor.as_secs_f64() * 1e3,
            lab.calls()?
        );
        lab.stop();
    }
    Ok(())
}

struct Lab {
    core: PathBuf,
    folder: TempDir,
}

impl Lab {
    fn config(&self, text: &str, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join("main.tf"), text))
            .expect("written");
        folder
    }

    /// Applies a configuration, then answers how long a plan takes that changes nothing: the middle of five.
    fn no_op(&self, folder: &Path) -> Result<Duration, Box<dyn Error>> {
        self.run(
            folder,
            &["apply", "-auto-approve", "-input=false", "-parallelism=50"],
            None,
        )?;
        let mut times = Vec::new();
        for _ in 0..5 {
            let began = Instant::now();
            self.run(
                folder,
                &["plan", "-input=false", "-detailed-exitcode"],
                None,
            )?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let log = self.folder.path().join("log");
        self.run(folder, &["plan", "-input=false"], Some(&log))?;
        Ok(times[2])
    }

    /// The calls of the last logged plan, by method.
    fn calls(&self) -> Result<String, Box<dyn Error>> {
        let log = fs::read_to_string(self.folder.path().join("log"))?;
        let line = log
            .lines()
            .rev()
            .find(|line| line.contains("calls on the wire"))
            .ok_or("no count in the log")?;
        let calls = line.split("calls=\"").nth(1);
        let calls = calls.and_then(|rest| rest.split('"').next());
        Ok(calls.ok_or("no calls in the count")?.to_owned())
    }

    fn run(&self, folder: &Path, arguments: &[&str], log: Option<&Path>) -> Outcome {
        let rc = self.folder.path().join("core.rc");
        let binary = Path::new(PROVIDER).parent().ok_or("no folder")?.display();
        fs::write(
            &rc,
            format!(
                "provider_installation {{\n  dev_overrides {{ \"omni-rs/omni\" = \"{binary}\" }}\n  direct {{}}\n}}\n"
            ),
        )?;
        let mut command = Command::new(&self.core);
        command
            .current_dir(folder)
            .args(arguments)
            .env("TF_CLI_CONFIG_FILE", rc)
            .env("CHECKPOINT_DISABLE", "1")
            .env("HOME", self.folder.path());
        if let Some(log) = log.filter(|_| folder.ends_with("omni")) {
            command.env("TF_LOG", "DEBUG").env("TF_LOG_PATH", log);
        }
        let output = command.output()?;
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            Ok(())
        } else {
            Err(said.into_owned().into())
        }
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

fn patches(count: usize) -> String {
    format!(
        r#"
terraform {{
  required_providers {{
    omni = {{ source = "omni-rs/omni" }}
  }}
}}

provider "omni" {{
  embedded = {{ path = ".omni" }}
}}

resource "omni_cluster" "lab" {{
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}}

resource "omni_config_patch" "many" {{
  count   = {count}
  name    = "patch-${{count.index}}"
  cluster = omni_cluster.lab.name
  data    = yamlencode({{ machine = {{ sysctls = {{ "net.core.somaxconn" = tostring(count.index) }} }} }})
}}
"#
    )
}

fn data(count: usize) -> String {
    format!(
        r#"
resource "terraform_data" "many" {{
  count = {count}
  input = {{ name = "patch-${{count.index}}", data = yamlencode({{ machine = {{ sysctls = {{ "net.core.somaxconn" = tostring(count.index) }} }} }}) }}
}}
"#
    )
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

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
