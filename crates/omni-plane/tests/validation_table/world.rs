//! The state of the server on which the table was recorded, as far as the rows see it.

use omni_api::specs::machine_class_spec::Provision;
use omni_api::specs::machine_set_spec::MachineAllocation;
use omni_api::{kind, labels};
use omni_plane::{Clock, Store};

pub(crate) const CLUSTER: &str = "lab-c1";

pub(crate) fn store() -> Store {
    let store = Store::in_memory(Clock::manual());
    versions(&store);
    provider(&store);
    cluster(&store);
    store
}

fn versions(store: &Store) {
    for talos in ["1.9.0", "1.13.7", "1.13.8"] {
        put::<kind::TalosVersion>(store, talos, |version| {
            let kubernetes = ["1.32.0", "1.34.1", "1.35.6", "1.36.3"];
            version.spec.compatible_kubernetes_versions = kubernetes.map(str::to_owned).to_vec();
        });
    }
    put::<kind::TalosExtensions>(store, "1.13.8", |_| {});
    put::<kind::AuthConfig>(store, "auth-config", |config| {
        let saml = config.spec.saml.get_or_insert_default();
        saml.enabled = true;
    });
}

fn provider(store: &Store) {
    put::<kind::InfraProviderStatus>(store, "talemu", |status| {
        status.spec.schema = r#"{"type": "object", "properties": {
            "size": {"enum": ["t2.small", "t3.large", "t4.xl"]},
            "secure_boot": {"type": "boolean"},
            "uuid": {"type": "string"}
        }}"#
        .into();
    });
    put::<kind::MachineClass>(store, "auto", |class| {
        class.spec.auto_provision = Some(Provision {
            provider_id: "talemu".into(),
            ..Provision::default()
        });
    });
    put::<kind::MachineClass>(store, "pool", |class| {
        class.spec.match_labels = vec!["a = b".into()];
    });
}

fn cluster(store: &Store) {
    put::<kind::Cluster>(store, CLUSTER, |cluster| {
        cluster.spec.talos_version = "1.13.8".into();
        cluster.spec.kubernetes_version = "1.36.3".into();
    });
    put::<kind::ClusterConfigVersion>(store, CLUSTER, |made| made.spec.version = "1.13.7".into());
    put::<kind::ClusterBootstrapStatus>(store, CLUSTER, |status| status.spec.bootstrapped = true);
    put::<kind::ClusterStatus>(store, CLUSTER, |_| {});
    put::<kind::Cluster>(store, "lab-auto", |cluster| {
        cluster.spec.talos_version = "1.13.8".into();
    });
    for (id, role) in [
        ("lab-c1-control-planes", labels::CONTROL_PLANE_ROLE),
        ("lab-c1-workers", labels::WORKER_ROLE),
    ] {
        put::<kind::MachineSet>(store, id, |set| {
            set.metadata
                .labels
                .insert(labels::CLUSTER.into(), CLUSTER.into());
            set.metadata.labels.insert(role.into(), String::new());
            set.spec.machine_allocation = Some(MachineAllocation {
                name: "pool".into(),
                machine_count: 1,
                ..MachineAllocation::default()
            });
        });
    }
}

fn put<K: omni_api::Kind>(store: &Store, id: &str, fill: impl Fn(&mut omni_api::Resource<K>)) {
    assert_eq!(store.put::<K>("", id, fill), Ok(true), "{id}");
}
