//! Types of well-known fields of the machine configuration.
//!
//! Not a schema: the fields that people patch most, with the type that Talos gives them. What is not listed passes.

use super::documents::deletes;
use super::tree::{Node, Value};

/// What a field holds, by its name in Go, as the loader's message has it.
const FIELDS: [(&str, &str); 38] = [
    ("debug", "bool"),
    ("persist", "bool"),
    ("machine", "*v1alpha1.MachineConfig"),
    ("machine.type", "string"),
    ("machine.certSANs", "[]string"),
    ("machine.sysctls", "map[string]string"),
    ("machine.sysfs", "map[string]string"),
    ("machine.env", "map[string]string"),
    ("machine.nodeLabels", "map[string]string"),
    ("machine.nodeAnnotations", "map[string]string"),
    ("machine.nodeTaints", "map[string]string"),
    ("machine.kubelet", "*v1alpha1.KubeletConfig"),
    ("machine.kubelet.image", "string"),
    ("machine.kubelet.extraArgs", "map[string]"),
    ("machine.kubelet.extraMounts", "[]v1alpha1.ExtraMount"),
    (
        "machine.kubelet.defaultRuntimeSeccompProfileEnabled",
        "*bool",
    ),
    ("machine.network", "*v1alpha1.NetworkConfig"),
    ("machine.network.hostname", "string"),
    ("machine.network.interfaces", "[]*v1alpha1.Device"),
    ("machine.network.nameservers", "[]string"),
    ("machine.network.searchDomains", "[]string"),
    ("machine.network.kubespan", "*v1alpha1.NetworkKubeSpan"),
    ("machine.network.kubespan.enabled", "*bool"),
    ("machine.install", "*v1alpha1.InstallConfig"),
    ("machine.install.image", "string"),
    ("machine.install.wipe", "*bool"),
    ("machine.install.extraKernelArgs", "[]string"),
    ("machine.files", "[]*v1alpha1.MachineFile"),
    ("machine.time", "*v1alpha1.TimeConfig"),
    ("machine.time.servers", "[]string"),
    ("machine.registries", "v1alpha1.RegistriesConfig"),
    ("machine.features", "*v1alpha1.FeaturesConfig"),
    ("machine.kernel", "*v1alpha1.KernelConfig"),
    ("cluster", "*v1alpha1.ClusterConfig"),
    ("cluster.network", "*v1alpha1.ClusterNetworkConfig"),
    ("cluster.network.podSubnets", "[]string"),
    ("cluster.network.serviceSubnets", "[]string"),
    ("cluster.allowSchedulingOnControlPlanes", "*bool"),
];

/// Checks the document without a kind; the error is the loader's text.
pub(super) fn check(document: &Node) -> Result<(), String> {
    let wrong: Vec<String> = FIELDS
        .iter()
        .filter_map(|(path, wanted)| mismatch(document, path, wanted))
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let wrong = wrong.join(" ");
    Err(format!(
        "error decoding  to *v1alpha1.Config: yaml: construct errors: {wrong}"
    ))
}

fn mismatch(document: &Node, path: &str, wanted: &str) -> Option<String> {
    let node = document.at(path)?;
    if node.tag() == "!!null" || deletes(node) {
        return None;
    }
    let fits = match wanted {
        "string" => matches!(node.value, Value::Scalar { .. }),
        "bool" | "*bool" => node.tag() == "!!bool",
        list if list.starts_with("[]") => matches!(node.value, Value::List(_)),
        _ => matches!(node.value, Value::Map(_)),
    };
    if fits {
        return None;
    }
    let shown = node.text().map(short).unwrap_or_default();
    Some(format!(
        "line {}: cannot construct {}{shown} into {}",
        node.line,
        node.tag(),
        wanted.trim_start_matches('*')
    ))
}

/// A value as the message shows it: in back-ticks, cut after seven letters where it is long.
fn short(text: &str) -> String {
    if text.len() <= 10 {
        return format!(" `{text}`");
    }
    let cut: String = text.chars().take(7).collect();
    format!(" `{cut}...`")
}
