//! Parts of a machine configuration that Omni keeps to itself: a configuration patch that sets one of them is refused.
//!
//! The list has grown twice. A [`Level`] is how much of it a server has; which one a given server has is asked of the server, or decided
//! by whoever emulates one.

/// How much of the list a server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Omni 1.8 and 1.9: fields of the first document of a patch. Every later server refuses them too.
    Fields,
    /// Omni 1.10: the Kubernetes CA, the service account key, and documents of their own kind; in every document of a patch.
    Documents,
    /// After Omni 1.10: the install disk as well, which is a resource of its own there.
    InstallDisk,
}

/// What a document must not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// The document is not allowed at all.
    pub document: bool,
    /// Paths of fields, names joined by dots.
    pub fields: Vec<&'static str>,
    /// Path of the list in which [`ADMIN_ROLE`] must not stand.
    pub roles: Option<&'static str>,
}

/// The role that would let pods take a machine over.
pub const ADMIN_ROLE: &str = "os:admin";

/// The field of the install disk.
pub const INSTALL_DISK: &str = "machine.install.disk";

/// Fields of the document that has no kind, and since when they are refused.
const FIELDS: [(&str, Level); 16] = [
    ("cluster.clusterName", Level::Fields),
    ("cluster.id", Level::Fields),
    ("cluster.controlPlane.endpoint", Level::Fields),
    ("cluster.token", Level::Fields),
    ("cluster.secret", Level::Fields),
    ("cluster.aescbcEncryptionSecret", Level::Fields),
    ("cluster.secretboxEncryptionSecret", Level::Fields),
    ("cluster.ca", Level::Documents),
    ("cluster.acceptedCAs", Level::Fields),
    ("cluster.serviceAccount", Level::Documents),
    ("machine.token", Level::Fields),
    ("machine.ca", Level::Fields),
    ("machine.type", Level::Fields),
    (INSTALL_DISK, Level::InstallDisk),
    ("machine.install.extensions", Level::Fields),
    ("machine.acceptedCAs", Level::Fields),
];

/// Kinds of documents that are refused whole from [`Level::Documents`] on.
const DOCUMENTS: [&str; 6] = [
    "UnattendedInstallConfig",
    "DiscoveryIdentityConfig",
    "KubeClusterConfig",
    "KubeEtcdEncryptionConfig",
    "KubeAPIServerCAConfig",
    "KubeAggregatorCAConfig",
];

// === impl Level ===

impl Level {
    /// Whether a server of this level looks at the document that stands at `index` in a patch.
    pub fn looks_at(self, index: usize) -> bool {
        index == 0 || self >= Self::Documents
    }

    /// What a document of this kind must not have; the classic document has no kind.
    pub fn rules(self, kind: Option<&str>) -> Rules {
        // Before servers knew documents they took whatever came first for the classic one.
        let Some(kind) = kind.filter(|_| self >= Self::Documents) else {
            let known = FIELDS.iter().filter(|(_, since)| *since <= self);
            return Rules {
                document: false,
                fields: known.map(|(field, _)| *field).collect(),
                roles: Some("machine.features.kubernetesTalosAPIAccess.allowedRoles"),
            };
        };
        match kind {
            "KubeServiceAccountConfig" => Rules {
                fields: vec!["issuer.privateKey"],
                ..Rules::default()
            },
            "KubeTalosAPIAccessConfig" => Rules {
                roles: Some("allowedRoles"),
                ..Rules::default()
            },
            kind => Rules {
                document: DOCUMENTS.contains(&kind),
                ..Rules::default()
            },
        }
    }
}

/// What a server says about a document that is not allowed.
pub fn document_refused(kind: &str) -> String {
    format!("the {kind:?} document is not allowed in the config patch")
}

/// What a server says about a field that is not allowed.
pub fn field_refused(field: &str) -> String {
    format!("overriding {field:?} is not allowed in the config patch")
}

/// What a server says about the role in a list of roles.
pub fn role_refused(field: &str) -> String {
    format!("element {ADMIN_ROLE:?} is not allowed in field {field:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_install_disk_and_the_kubernetes_ca_are_allowed_where_servers_allow_them() {
        let refuses = |level: Level, field: &str| level.rules(None).fields.contains(&field);
        assert!(!refuses(Level::Fields, "cluster.ca"));
        assert!(refuses(Level::Documents, "cluster.ca"));
        assert!(!refuses(Level::Documents, INSTALL_DISK));
        assert!(refuses(Level::InstallDisk, INSTALL_DISK));
        for level in [Level::Fields, Level::Documents, Level::InstallDisk] {
            assert!(refuses(level, "machine.type"));
        }
    }

    #[test]
    fn documents_are_judged_where_servers_know_them() {
        let whole = |level: Level| level.rules(Some("KubeClusterConfig")).document;
        assert!(!whole(Level::Fields) && whole(Level::Documents));
        assert!(!Level::Fields.looks_at(1) && Level::Documents.looks_at(1));
        assert_eq!(
            Level::InstallDisk.rules(Some("HostnameConfig")),
            Rules::default()
        );
    }
}
