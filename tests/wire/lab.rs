//! A provider process that is configured for a plane of its own.

use std::process::Command;

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tfplugin::Value;
use tfplugin::testing::client::{Launch, Plugin};
use tfplugin::testing::core::{Core, Kind, State};

const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-omni");

/// A core, a provider, a plane of the next release with four machines.
pub(crate) struct Lab {
    folder: TempDir,
    core: Core,
    _plugin: Plugin,
}

// === impl Lab ===

impl Lab {
    /// Starts the provider and configures it.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("omni")
            .tempdir()
            .expect("a folder");
        let plugin = Plugin::start(&Launch::new(PROVIDER).with("TF_LOG", ""))
            .await
            .expect("a provider");
        let core = Core::new(plugin.provider()).await.expect("its schemas");
        let path = folder.path().join("plane");
        let block =
            json!({ "embedded": { "path": path, "machines": 4, "speed": 1000, "omni": "next" } });
        let block = core
            .config_json(Kind::Provider, "", &block.to_string())
            .expect("a provider block");
        core.configure(&block).await.expect("configured");
        Self {
            folder,
            core,
            _plugin: plugin,
        }
    }

    /// The core.
    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    /// A configuration of a resource.
    pub(crate) fn config(&self, name: &str, config: &Json) -> Value {
        self.core
            .config_json(Kind::Resource, name, &config.to_string())
            .expect("a configuration")
    }

    /// Makes an object that others need.
    pub(crate) async fn make(&self, name: &str, config: &Json) -> State {
        let resource = self.core.resource(name).expect("a resource");
        resource
            .settle(None, &self.config(name, config))
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The ids of the machines that carry a label.
    pub(crate) async fn machines(&self, selector: &str) -> Vec<String> {
        let config = json!({ "selector": selector }).to_string();
        let config = self
            .core
            .config_json(Kind::DataSource, "omni_machines", &config)
            .expect("a configuration");
        let found = self.core.read_data("omni_machines", &config).await;
        let found = found.expect("machines");
        let ids = found.get("ids").and_then(Value::as_list).expect("a list");
        ids.iter()
            .map(|id| id.as_str().expect("an id").to_owned())
            .collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let path = self.folder.path().join("plane");
        let stopped = Command::new(PROVIDER)
            .args(["plane", "stop", "--path"])
            .arg(path)
            .output();
        if let Err(error) = stopped {
            eprintln!("the plane was not stopped: {error}");
        }
    }
}
