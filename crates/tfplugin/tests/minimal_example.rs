//! The example as a program: under the small core, and under the installed `terraform`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use tfplugin::testing::client::{Launch, Plugin};
use tfplugin::testing::core::Core;
use tfplugin::values::Value;

const EXAMPLE: &str = env!("CARGO_BIN_EXE_tfplugin-minimal");

fn note(name: &str, text: &str) -> Value {
    Value::object([
        ("name", name.into()),
        ("text", text.into()),
        ("bytes", Value::Null),
    ])
}

#[tokio::test]
async fn the_example_obeys_core_over_the_wire() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = Plugin::start(&Launch::new(EXAMPLE).with("TF_LOG", ""))
        .await
        .unwrap();
    let core = Core::new(plugin.provider()).await.unwrap();
    let config = Value::object([("folder", folder.path().to_str().unwrap().into())]);
    assert_eq!(core.configure(&config).await.unwrap(), []);
    let shouted = core.call("shout", &["a".into()]).await.unwrap().unwrap();
    assert_eq!(shouted, "A".into());

    let resource = core.resource("minimal_note").unwrap();
    let kept = resource.settle(None, &note("kept", "1")).await.unwrap();
    let life = [note("a", "1"), note("a", "22"), note("b", "22")];
    let states = resource.lifecycle(&life).await.unwrap();
    assert_eq!(states[1].value.get("bytes"), Some(&Value::Number(2.into())));
    let config = Value::object([("names", Value::Null)]);
    let notes = core.read_data("minimal_notes", &config).await.unwrap();
    assert_eq!(notes.get("names"), Some(&Value::list(["kept".into()])));
    assert_eq!(resource.import("kept").await.unwrap().value, kept.value);

    let ended = plugin.shut_down().await.unwrap().unwrap();
    assert!(ended.status.success());
    assert_eq!(ended.stdout, [""; 0]);
    assert_eq!(ended.stderr, [""; 0]);
}

/// A folder with a configuration and a `terraform` that uses the example.
struct Workspace {
    dir: TempDir,
    reattach: Option<String>,
}

const MAIN: &str = r#"
terraform {
  required_providers {
    minimal = { source = "examples/minimal" }
  }
}
variable "folder" {}
variable "text" { default = "one" }
provider "minimal" { folder = var.folder }
resource "minimal_note" "a" {
  name = "a"
  text = provider::minimal::shout(var.text)
}
output "bytes" { value = minimal_note.a.bytes }
"#;

impl Workspace {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("bin");
        fs::create_dir(&bin).unwrap();
        fs::create_dir(dir.path().join("notes")).unwrap();
        fs::copy(EXAMPLE, bin.join("terraform-provider-minimal")).unwrap();
        let overrides = format!("\"examples/minimal\" = \"{}\"", bin.display());
        let rc = format!(
            "provider_installation {{\n dev_overrides {{\n {overrides}\n }}\n direct {{}}\n}}"
        );
        fs::write(dir.path().join("rc"), rc).unwrap();
        fs::write(dir.path().join("main.tf"), MAIN).unwrap();
        let reattach = None;
        Self { dir, reattach }
    }

    fn terraform(&self, arguments: &[&str]) -> Output {
        let dir = self.dir.path();
        let output = Command::new("terraform")
            .current_dir(dir)
            .envs(
                self.reattach
                    .as_ref()
                    .map(|value| ("TF_REATTACH_PROVIDERS", value)),
            )
            .env("TF_CLI_CONFIG_FILE", dir.join("rc"))
            .env("TF_VAR_folder", dir.join("notes"))
            .env("CHECKPOINT_DISABLE", "1")
            .args(arguments)
            .arg("-no-color")
            .output()
            .expect("terraform is on the PATH");
        assert!(
            matches!(output.status.code(), Some(0 | 2)),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }

    fn note(&self) -> Option<String> {
        fs::read_to_string(self.dir.path().join("notes/a")).ok()
    }
}

/// Whether terraform is on the PATH; says so where it is not, and fails where tools are required.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn can_run(test: &str) -> bool {
    if Command::new("terraform").arg("version").output().is_ok() {
        return true;
    }
    let required = std::env::var_os("OMNI_REQUIRE_TOOLS").is_some();
    assert!(!required, "{test} needs terraform on the PATH");
    println!("skipped: {test} (terraform is not on the PATH)");
    false
}

#[test]
fn terraform_takes_the_example_through_a_life() {
    if !can_run("terraform_takes_the_example_through_a_life") {
        return;
    }
    let workspace = Workspace::new();
    let plan = ["plan", "-detailed-exitcode"];
    workspace.terraform(&["apply", "-auto-approve"]);
    assert_eq!(workspace.note().as_deref(), Some("ONE"));
    assert_eq!(workspace.terraform(&plan).status.code(), Some(0));
    let changed = ["plan", "-detailed-exitcode", "-var", "text=two"];
    assert_eq!(workspace.terraform(&changed).status.code(), Some(2));
    let three = ["-var", "text=three"];
    workspace.terraform(&["apply", "-auto-approve", three[0], three[1]]);
    assert_eq!(workspace.note().as_deref(), Some("THREE"));
    let again = ["plan", "-detailed-exitcode", three[0], three[1]];
    assert_eq!(workspace.terraform(&again).status.code(), Some(0));
    fs::remove_file(workspace.dir.path().join("notes/a")).unwrap();
    assert_eq!(workspace.terraform(&plan).status.code(), Some(2));
    workspace.terraform(&["apply", "-auto-approve"]);
    workspace.terraform(&["destroy", "-auto-approve"]);
    assert_eq!(workspace.note(), None);
}

#[test]
fn terraform_uses_a_provider_that_runs_already_and_leaves_it_running() {
    if !can_run("terraform_uses_a_provider_that_runs_already_and_leaves_it_running") {
        return;
    }
    let mut workspace = Workspace::new();
    // Only the running one can answer.
    fs::remove_file(workspace.dir.path().join("bin/terraform-provider-minimal")).unwrap();
    let mut provider = Command::new(EXAMPLE)
        .arg("--debug")
        .env("TMPDIR", workspace.dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(provider.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let value = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='").unwrap();
    workspace.reattach = value.strip_suffix('\'').map(str::to_owned);
    workspace.terraform(&["apply", "-auto-approve"]);
    assert_eq!(workspace.note().as_deref(), Some("ONE"));
    workspace.terraform(&["destroy", "-auto-approve"]);
    assert!(provider.try_wait().unwrap().is_none(), "it still runs");
    provider.kill().unwrap();
    provider.wait().unwrap();
}
