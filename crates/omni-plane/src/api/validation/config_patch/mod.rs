//! Rules of config patches: what the Talos loader accepts, without what Omni keeps to itself.
//!
//! The loader's rules on documents are kept in full; of its rules on fields those that [`types`] and [`keys`] know. A field deep down that
//! they do not know is accepted: a plane that refuses what a newer Talos takes would be worse than one that finds a slip later.

mod documents;
mod forbidden;
mod keys;
mod tree;
mod types;

use omni_api::{Resource, forbidden::Level, kind, labels};

use super::{Invalid, Outcome, refuse};
use crate::Store;
use crate::release::Release;

type Patch = Resource<kind::ConfigPatch>;

pub(super) fn create(store: &Store, new: &Patch) -> Outcome {
    if let Some(name) = new.metadata.label(labels::CLUSTER)
        && store
            .peek::<kind::Cluster>(name)
            .is_some_and(|cluster| cluster.metadata.tearing_down())
    {
        return refuse(format!("cluster {name:?} is tearing down"));
    }
    if let Some(name) = new.metadata.label(labels::MACHINE_SET)
        && store
            .peek::<kind::MachineSet>(name)
            .is_some_and(|set| set.metadata.tearing_down())
    {
        return refuse(format!("machine set {name:?} is tearing down"));
    }
    check(Release::of(store).forbids(), &new.spec.data)
}

/// Data that stays as it is, is not judged again.
pub(super) fn update(store: &Store, old: &Patch, new: &Patch) -> Outcome {
    if old.spec.data == new.spec.data {
        Ok(())
    } else {
        check(Release::of(store).forbids(), &new.spec.data)
    }
}

/// Whether a patch may be applied to machine configurations, to a server that has so much of the list of what is forbidden.
pub(crate) fn check(level: Level, data: &str) -> Outcome {
    let documents = documents::load(data).or_else(refuse)?;
    let texts: Vec<String> = documents
        .iter()
        .enumerate()
        .filter(|(index, _)| level.looks_at(*index))
        .flat_map(|(_, document)| forbidden::in_document(document, level))
        .collect();
    if texts.is_empty() {
        Ok(())
    } else {
        Err(Invalid(texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(data: &str) -> Vec<String> {
        texts_of(Level::InstallDisk, data)
    }

    fn texts_of(level: Level, data: &str) -> Vec<String> {
        match check(level, data) {
            Ok(()) => Vec::new(),
            Err(Invalid(texts)) => texts,
        }
    }

    #[test]
    fn every_document_is_judged() {
        let data = "machine:\n  token: x\n---\napiVersion: v1alpha1\nkind: KubeClusterConfig\n---\ncluster:\n  id: y\n";
        assert_eq!(
            texts(data),
            ["duplicate document /v1alpha1/ is not allowed (line 7)"]
        );
        let data = "machine:\n  token: x\ncluster:\n  id: y\n---\napiVersion: v1alpha1\nkind: KubeClusterConfig\n";
        assert_eq!(
            texts(data),
            [
                "overriding \"cluster.id\" is not allowed in the config patch",
                "overriding \"machine.token\" is not allowed in the config patch",
                "the \"KubeClusterConfig\" document is not allowed in the config patch",
            ]
        );
    }

    #[test]
    fn an_install_disk_is_refused_only_where_it_has_a_place_of_its_own() {
        let data = "machine:\n  install:\n    disk: /dev/sda\n";
        assert_eq!(texts_of(Level::Documents, data), [""; 0]);
        assert_eq!(
            texts_of(Level::InstallDisk, data),
            ["overriding \"machine.install.disk\" is not allowed in the config patch"]
        );
        let later =
            "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: a\n---\nmachine:\n  token: x\n";
        assert_eq!(texts_of(Level::Fields, later), [""; 0]);
        assert_eq!(texts_of(Level::Documents, later).len(), 1);
    }

    #[test]
    fn elements_of_lists_can_be_forbidden() {
        let data = "machine:\n  features:\n    kubernetesTalosAPIAccess:\n      allowedRoles: [os:admin, os:reader]\n";
        assert_eq!(
            texts(data),
            [
                "element \"os:admin\" is not allowed in field \"machine.features.kubernetesTalosAPIAccess.allowedRoles\""
            ]
        );
    }

    #[test]
    fn ordinary_patches_pass() {
        for data in [
            "",
            "# nothing but a comment\n",
            "machine:\n  network:\n    kubespan:\n      enabled: true\n",
            "machine:\n  sysctls:\n    net.core.somaxconn: 65535\n    vm.nr_hugepages: \"1024\"\n",
            "machine:\n  nodeLabels:\n    a:\n      $patch: delete\n",
            "apiVersion: v1alpha1\nkind: WatchdogTimerConfig\ndevice: /dev/watchdog0\n",
            "machine:\n  kubelet: &k\n    extraArgs:\n      rotate-server-certificates: true\ncluster:\n  etcd: *k\n",
        ] {
            assert_eq!(texts(data), Vec::<String>::new(), "{data}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for (data, text) in [
            ("- a\n", "expected a YAML document at line 1"),
            (
                "kind: X\n",
                "error decoding document /X/ (line 1): missing apiVersion",
            ),
            (
                "foo: bar\n",
                "error decoding document /v1alpha1/ (line 1): missing kind",
            ),
            (
                "machine:\n  certSANs: one\n",
                "error decoding document /v1alpha1/ (line 1): error decoding  to *v1alpha1.Config: yaml: construct \
                 errors: line 2: cannot construct !!str `one` into []string",
            ),
        ] {
            assert_eq!(texts(data), [text], "{data}");
        }
        assert!(
            texts("a: [")
                .iter()
                .all(|text| text.starts_with("decode error: yaml: "))
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_check_panic(data in "[a-z:\\[\\]{}&*<>|\\-\\n #'\"!%@]{0,60}") {
            let _ = check(Level::InstallDisk, &data);
        }
    }
}
