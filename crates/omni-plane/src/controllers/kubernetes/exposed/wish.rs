//! What a Service asks for in its annotations, each for all of its host ports or, with `-<port>` behind the key, for one of them.

use crate::machines::workload::Object;

use super::icon;

/// What Omni's annotations on Services begin with.
pub(in crate::controllers) const ANNOTATIONS: &str = "omni-kube-service-exposer.sidero.dev/";

/// One host port of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) port: u16,
    pub(super) label: String,
    /// A drawing as base64; empty where there is none that can be shown.
    pub(super) icon: String,
    /// The alias that it wants.
    pub(super) prefix: Option<String>,
    /// Whether others of the same Service want that one, too.
    pub(super) shared_prefix: bool,
}

/// Whether a Service asks for anything.
pub(super) fn is_exposed(object: &Object) -> bool {
    let service = object.group.is_empty() && object.kind == "Service";
    service && annotation(object, "port").is_some()
}

/// What the ids of a Service's exposed services begin with.
pub(super) fn id(cluster: &str, service: &Object) -> String {
    format!("{cluster}/{}.{}", service.name, service.namespace)
}

// === impl Wish ===

impl Wish {
    /// All of a Service, the lowest port first.
    pub(super) fn all(service: &Object) -> Vec<Self> {
        let ports = ports(annotation(service, "port").unwrap_or_default());
        let several = ports.len() > 1;
        let wish = |port: &u16| Self::of(service, *port, several);
        ports.iter().map(wish).collect()
    }

    fn of(service: &Object, port: u16, several: bool) -> Self {
        let own = |key: &str| annotation(service, &format!("{key}-{port}"));
        let either = |key: &str| own(key).or_else(|| annotation(service, key));
        let name = format!("{}.{}", service.name, service.namespace);
        let label = match either("label") {
            Some(label) => label.to_owned(),
            None if several => format!("{name}:{port}"),
            None => name,
        };
        Self {
            port,
            label,
            icon: icon::read(either("icon").unwrap_or_default()).unwrap_or_default(),
            prefix: either("prefix").map(str::to_owned),
            shared_prefix: several && own("prefix").is_none(),
        }
    }
}

fn annotation<'a>(service: &'a Object, key: &str) -> Option<&'a str> {
    let key = format!("{ANNOTATIONS}{key}");
    service.annotations.get(&key).map(String::as_str)
}

/// The host ports of a list `host-port[:service-port], …`, in order, each once; what is no port is left out.
fn ports(text: &str) -> Vec<u16> {
    let entries = text.split(',').map(str::trim);
    let host = |entry: &str| {
        let host = entry.split(':').next().unwrap_or_default();
        host.parse().ok().filter(|port| *port != 0)
    };
    let mut ports: Vec<u16> = entries.filter_map(host).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_port_is_left_out() {
        assert_eq!(ports("8080:http, 80,80, x, 0, 70000,"), [80, 8080]);
        assert!(ports("soon").is_empty());
    }
}
