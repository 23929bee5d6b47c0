//! What a machine's configuration is before any patch, and the patches that change its images.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omni_api::specs::secret_rotation_spec::Component;
use serde_json::{Value, json};

use crate::controllers::secrets::{Accepted, Bundle};
use crate::machines::desired::Components;

/// What the configuration of a machine follows from.
#[derive(Debug, Clone)]
pub(crate) struct Base<'a> {
    /// Name of the cluster.
    pub(crate) cluster: &'a str,
    /// Whether it is a control plane's.
    pub(crate) control_plane: bool,
    /// Address of the cluster's Kubernetes API.
    pub(crate) endpoint: &'a str,
    /// Kubernetes version with which the machine was added, without a leading `v`.
    pub(crate) kubernetes: &'a str,
    /// Talos version to install, without a leading `v`.
    pub(crate) talos: &'a str,
    /// Schematic to install.
    pub(crate) schematic: &'a str,
    /// Host of the image factory.
    pub(crate) factory: &'a str,
    /// Disk to install to.
    pub(crate) disk: &'a str,
    /// The machine's secrets.
    pub(crate) secrets: &'a Bundle,
    /// The authorities that it accepts.
    pub(crate) accepted: &'a Accepted,
}

/// Names of images by version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Images;

// === impl Base ===

impl Base<'_> {
    /// The classic document.
    pub(crate) fn document(&self) -> Value {
        let mut document = json!({
            "version": "v1alpha1",
            "persist": true,
            "machine": self.machine(),
            "cluster": self.cluster(),
        });
        if self.control_plane {
            let components = Components {
                kubelet: self.kubernetes.into(),
                apiserver: self.kubernetes.into(),
                controller_manager: self.kubernetes.into(),
                scheduler: self.kubernetes.into(),
            };
            super::merge(&mut document, component_document(&components), "");
        }
        self.add_authorities(&mut document);
        document
    }

    /// The authorities; only a control plane has their keys.
    fn add_authorities(&self, document: &mut Value) {
        let sections = [
            ("machine", Component::TalosCa, &self.accepted.talos),
            (
                "cluster",
                Component::KubernetesCa,
                &self.accepted.kubernetes,
            ),
        ];
        for (section, component, accepted) in sections {
            let ca = self.secrets.authority(component);
            let key = if self.control_plane {
                STANDARD.encode(&ca.key)
            } else {
                String::new()
            };
            document[section]["ca"] = json!({ "crt": STANDARD.encode(&ca.crt), "key": key });
            if !accepted.is_empty() {
                let accepted: Vec<_> = accepted.iter().map(|crt| json!({ "crt": crt })).collect();
                document[section]["acceptedCAs"] = accepted.into();
            }
        }
    }

    fn machine(&self) -> Value {
        json!({
            "type": if self.control_plane { "controlplane" } else { "worker" },
            "token": self.secrets.text(&["trustdinfo", "token"]),
            "kubelet": {
                "image": Images::kubelet(self.kubernetes),
                "defaultRuntimeSeccompProfileEnabled": true,
                "disableManifestsDirectory": true,
            },
            "install": {
                "disk": self.disk,
                "image": format!("{}/metal-installer/{}:v{}", self.factory, self.schematic, self.talos),
                "wipe": false,
                "grubUseUKICmdline": true,
            },
            "features": {
                "rbac": true,
                "stableHostname": true,
                "apidCheckExtKeyUsage": true,
                "diskQuotaSupport": true,
                "kubePrism": { "enabled": true, "port": 7445 },
                "hostDNS": { "enabled": true, "forwardKubeDNSToHost": true },
            },
        })
    }

    fn cluster(&self) -> Value {
        json!({
            "id": self.secrets.text(&["cluster", "id"]),
            "secret": self.secrets.text(&["cluster", "secret"]),
            "clusterName": self.cluster,
            "controlPlane": { "endpoint": self.endpoint },
            "network": {
                "dnsDomain": "cluster.local",
                "podSubnets": ["10.244.0.0/16"],
                "serviceSubnets": ["10.96.0.0/12"],
            },
            "discovery": {
                "enabled": true,
                "registries": { "kubernetes": { "disabled": true }, "service": {} },
            },
        })
    }
}

/// The patch that brings components to versions; those without a version stay as they are.
pub(crate) fn component_patch(components: &Components) -> Value {
    component_document(components)
}

fn component_document(components: &Components) -> Value {
    let Components {
        kubelet,
        apiserver,
        controller_manager,
        scheduler,
    } = components;
    let mut document = json!({});
    let images = [
        (["machine", "kubelet"], kubelet, Images::kubelet(kubelet)),
        (
            ["cluster", "apiServer"],
            apiserver,
            Images::kubernetes("kube-apiserver", apiserver),
        ),
        (
            ["cluster", "proxy"],
            apiserver,
            Images::kubernetes("kube-proxy", apiserver),
        ),
        (
            ["cluster", "controllerManager"],
            controller_manager,
            Images::kubernetes("kube-controller-manager", controller_manager),
        ),
        (
            ["cluster", "scheduler"],
            scheduler,
            Images::kubernetes("kube-scheduler", scheduler),
        ),
    ];
    for ([part, component], version, image) in images {
        if !version.is_empty() {
            document[part][component] = json!({ "image": image });
        }
    }
    document
}

// === impl Images ===

impl Images {
    /// The kubelet's image.
    pub(crate) fn kubelet(version: &str) -> String {
        format!("ghcr.io/siderolabs/kubelet:v{version}")
    }

    /// The image of a component that Kubernetes itself publishes.
    pub(crate) fn kubernetes(component: &str, version: &str) -> String {
        format!("registry.k8s.io/{component}:v{version}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Configuration;
    use super::*;

    fn base(control_plane: bool) -> Configuration {
        let secrets = Bundle::draw(crate::Moment::default()).expect("drawn");
        let accepted = Accepted {
            talos: vec!["old".to_owned()],
            ..Accepted::default()
        };
        let base = Base {
            cluster: "prod",
            control_plane,
            endpoint: "https://[fdae::1]:10000",
            kubernetes: "1.35.5",
            talos: "1.13.7",
            schematic: "abc",
            factory: "factory.talos.dev",
            disk: "/dev/vda",
            secrets: &secrets,
            accepted: &accepted,
        };
        Configuration::new(base.document())
    }

    #[test]
    fn a_control_plane_names_all_components_and_a_worker_its_kubelet() {
        let all = "1.35.5".to_owned();
        let control_plane = base(true).components();
        assert_eq!(
            (control_plane.kubelet, control_plane.scheduler),
            (all.clone(), all.clone())
        );
        let worker = base(false).components();
        assert_eq!((worker.kubelet, worker.apiserver), (all, String::new()));
    }

    #[test]
    fn an_upgrade_patch_changes_one_component_only() {
        let mut config = base(true);
        let patch = Components {
            scheduler: "1.36.2".into(),
            ..Components::default()
        };
        config
            .patch(&component_patch(&patch).to_string())
            .expect("JSON is YAML");
        let components = config.components();
        assert_eq!(
            (components.scheduler.as_str(), components.apiserver.as_str()),
            ("1.36.2", "1.35.5")
        );
    }

    #[test]
    fn secrets_do_not_show_when_redacted() {
        let yaml = base(true).redacted().to_yaml().expect("plain values");
        assert!(
            yaml.contains("token: '******'") || yaml.contains("token: \"******\""),
            "{yaml}"
        );
        assert_eq!(yaml.matches("******").count(), 4, "{yaml}");
    }

    #[test]
    fn only_a_control_plane_has_the_keys_of_its_authorities() {
        for control_plane in [true, false] {
            let config = base(control_plane);
            let document = &config.documents[0];
            for section in ["machine", "cluster"] {
                let ca = &document[section]["ca"];
                assert!(ca["crt"].as_str().is_some_and(|crt| crt.len() > 100));
                assert_eq!(ca["key"] != "", control_plane);
            }
            let authority = document["machine"]["ca"]["crt"].as_str().expect("a text");
            assert!(config.trusts("machine", authority, &["old".to_owned()]));
            assert!(!config.trusts("machine", authority, &["new".to_owned()]));
            assert!(!config.trusts("machine", "another", &[]));
        }
    }
}
