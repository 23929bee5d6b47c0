//! A laboratory: a folder with a configuration, a core, and a plane that is its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use omni_client::{Client, Key};
use serde_json::Value as Json;
use tempfile::TempDir;
use terraform_provider_omni::session::embedded;

use crate::cases::{Case, Notes};
use crate::core;
use crate::said::Said;

/// The provider under test.
pub(crate) const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-omni");

/// The head of every configuration.
const HEAD: &str = r#"
terraform {
  required_providers {
    omni = { source = "omni-rs/omni" }
  }
}
"#;

/// A provider block with a plane of four machines at full speed, of the newest release.
pub(crate) const EMBEDDED: &str = r#"
provider "omni" {
  embedded = { path = ".omni", machines = 4, speed = 1000 }
}
"#;

/// Names a release of Omni, or none for the newest, that all planes are which a test has not chosen itself.
const RELEASE: &str = "OMNI_RELEASE";

/// A folder of its own, and what runs in it.
pub(crate) struct Lab {
    folder: TempDir,
    core: PathBuf,
    environment: Vec<(String, String)>,
    /// Which release of Omni the plane is; the newest where it is not said.
    release: Option<String>,
    notes: Notes,
}

// === impl Lab ===

impl Lab {
    /// A laboratory for the test of this name; `None` (and a line that says so) without a core.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let Some(core) = core::find() else {
            core::skip(test);
            return None;
        };
        let folder = tempfile::Builder::new()
            .prefix("omni")
            .tempdir()
            .expect("a folder");
        let provider = Path::new(PROVIDER).parent().expect("a folder").display();
        let rc = format!(
            "provider_installation {{\n  dev_overrides {{ \"omni-rs/omni\" = \"{provider}\" }}\n  direct {{}}\n}}\n"
        );
        fs::write(folder.path().join("terraform.rc"), rc).expect("written");
        Some(Self {
            folder,
            core,
            environment: Vec::new(),
            release: std::env::var(RELEASE).ok(),
            notes: Notes::new(test),
        })
    }

    /// The same with a plane of this release of Omni.
    pub(crate) fn on(test: &str, release: &str) -> Option<Self> {
        let mut lab = Self::new(test)?;
        lab.release = Some(release.to_owned());
        Some(lab)
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Sets an environment variable for all further commands.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// The configuration: `body` on the embedded plane.
    pub(crate) fn config(&self, body: &str) {
        let provider = match &self.release {
            Some(release) => EMBEDDED.replace("1000 }", &format!("1000, omni = {release:?} }}")),
            None => EMBEDDED.to_owned(),
        };
        self.config_with(&provider, body);
    }

    /// The configuration: `body` with another provider block.
    pub(crate) fn config_with(&self, provider: &str, body: &str) {
        fs::write(
            self.path().join("main.tf"),
            format!("{HEAD}{provider}{body}"),
        )
        .expect("written");
    }

    /// Runs the core.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let environment: Vec<_> = self
            .environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        Said::of(&core::run(
            &self.core,
            self.path(),
            &self.path().join("terraform.rc"),
            arguments,
            &environment,
        ))
    }

    /// Starts the core, waits for `moment`, interrupts the core as Ctrl-C does, and answers what it said.
    pub(crate) fn interrupted(&self, arguments: &[&str], moment: impl FnOnce(&Self)) -> String {
        let child = self.start(arguments);
        self.wait_for_plane();
        moment(self);
        let pid = i32::try_from(child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .expect("a process");
        rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("interrupted");
        Said::of(&child.wait_with_output().expect("it ends")).fails()
    }

    /// Runs the core, and does something else meanwhile.
    pub(crate) fn meanwhile(&self, arguments: &[&str], work: impl FnOnce(&Self)) -> Said {
        let child = self.start(arguments);
        work(self);
        Said::of(&child.wait_with_output().expect("it ends"))
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let config = self.path().join("terraform.rc");
        let mut command = core::command(&self.core, self.path(), &config, arguments);
        command
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    }

    /// Waits until the plane of this laboratory has been started by somebody.
    fn wait_for_plane(&self) {
        let record = self.path().join(".omni/settings.json");
        while !record.exists() {
            std::thread::yield_now();
        }
    }

    /// Applies the configuration; the plan afterwards must be empty.
    pub(crate) fn apply(&self) {
        let said = self.run(&["apply", "-auto-approve", "-input=false", "-json"]);
        let (created, updated) = (said.applied("create"), said.applied("update"));
        said.succeeds();
        self.plan_is_empty();
        self.notes.saw(Case::Create, created);
        self.notes.saw(Case::Update, updated);
    }

    /// Applies a configuration that fails; answers what the core said.
    pub(crate) fn apply_fails(&self) -> String {
        self.run(&["apply", "-auto-approve", "-input=false"])
            .fails()
    }

    /// Plans a configuration that fails; answers what the core said.
    pub(crate) fn plan_fails(&self) -> String {
        let said = self.run(&["plan", "-input=false", "-json"]);
        let refused = said.refused();
        let text = said.fails();
        self.notes.saw(Case::BadInput, refused);
        text
    }

    /// Asserts that nothing is to be done.
    pub(crate) fn plan_is_empty(&self) {
        let said = self.run(&["plan", "-detailed-exitcode", "-input=false"]);
        assert!(said.ok, "the plan is not empty:\n{}", said.text);
        self.notes.settle(self.configuration());
    }

    fn configuration(&self) -> String {
        fs::read_to_string(self.path().join("main.tf")).expect("a configuration")
    }

    /// What the plan would do: `address: actions` for everything that changes.
    pub(crate) fn planned(&self) -> Vec<String> {
        self.run(&["plan", "-input=false", "-out=plan"]).succeeds();
        let json = self.show(&["show", "-json", "plan"]);
        self.notes.planned(&self.configuration(), &json);
        let changes = json["resource_changes"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let words = |change: &Json| {
            let actions: Vec<&str> = change["change"]["actions"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .collect();
            (actions != ["no-op"] && actions != ["read"]).then(|| {
                format!(
                    "{}: {}",
                    change["address"].as_str().unwrap_or_default(),
                    actions.join(" then ")
                )
            })
        };
        changes.iter().filter_map(words).collect()
    }

    /// The attributes of an object in the state.
    pub(crate) fn state(&self, address: &str) -> Json {
        let json = self.show(&["show", "-json"]);
        let resources = json["values"]["root_module"]["resources"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let found = resources
            .into_iter()
            .find(|resource| resource["address"] == address);
        found
            .unwrap_or_else(|| panic!("{address} is not in the state"))
            .get("values")
            .cloned()
            .unwrap_or_default()
    }

    /// Removes everything; nothing may be left in the state.
    pub(crate) fn destroy(&self) {
        self.run(&["destroy", "-auto-approve", "-input=false"])
            .succeeds();
    }

    /// Forgets an object without destroying it, and imports it again by its id; the plan afterwards must be empty.
    pub(crate) fn reimport(&self, address: &str, id: &str) {
        self.run(&["state", "rm", address]).succeeds();
        self.run(&["import", "-input=false", address, id])
            .succeeds();
        self.plan_is_empty();
        self.notes.saw(Case::Import, [address.to_owned()]);
    }

    /// Takes over a state of the official provider; the plan afterwards must be empty.
    pub(crate) fn adopt(&self, state: &Json) {
        fs::write(self.path().join("terraform.tfstate"), state.to_string()).expect("written");
        let sources = ["registry.terraform.io/siderolabs/omni", "omni-rs/omni"];
        self.run(&[
            "state",
            "replace-provider",
            "-auto-approve",
            sources[0],
            sources[1],
        ])
        .succeeds();
        self.plan_is_empty();
        let resources = state["resources"].as_array().into_iter().flatten();
        let adopted = resources
            .filter(|resource| resource["mode"] == "managed")
            .map(|resource| resource["type"].as_str().unwrap_or_default().to_owned());
        self.notes.saw(Case::FromOfficial, adopted);
    }

    /// What the plane has of a kind, by its own listing.
    pub(crate) fn listed(&self, kind: &str) -> Vec<Json> {
        let said = self.provider(&["plane", "get", kind, "--json", "--path", ".omni"]);
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// Does something with the plane behind the core's back.
    pub(crate) fn omni<T>(&self, work: impl AsyncFnOnce(&Client) -> T) -> T {
        self.omni_as(None, work)
    }

    /// As [`omni`](Self::omni), with a key of one's own.
    pub(crate) fn omni_as<T>(&self, key: Option<&str>, work: impl AsyncFnOnce(&Client) -> T) -> T {
        // The provider's own binary starts the plane where it has ended meanwhile; this process only joins it.
        self.provider(&["plane", "get", "cluster", "--path", ".omni"]);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let joined = embedded::join(&self.path().join(".omni"))
                .await
                .expect("a plane");
            let key = key.map_or_else(
                || joined.key.clone(),
                |text| Key::parse(text).expect("a key"),
            );
            let builder = Client::builder(joined.endpoint.clone()).key(key);
            work(&builder.build().expect("a client")).await
        })
    }

    /// Runs one of the provider's own commands in the folder; answers its standard output.
    pub(crate) fn provider(&self, arguments: &[&str]) -> String {
        let output = Command::new(PROVIDER)
            .current_dir(self.path())
            .args(arguments)
            .output()
            .expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{arguments:?}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    fn show(&self, arguments: &[&str]) -> Json {
        let environment: Vec<_> = self
            .environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let output = core::run(
            &self.core,
            self.path(),
            &self.path().join("terraform.rc"),
            arguments,
            &environment,
        );
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // The plane ends before its folder goes; a test that failed must not leave a process behind either.
        let stopped = Command::new(PROVIDER)
            .current_dir(self.path())
            .args(["plane", "stop", "--path", ".omni"])
            .output();
        if let Err(error) = stopped {
            eprintln!("the plane was not stopped: {error}");
        }
    }
}
