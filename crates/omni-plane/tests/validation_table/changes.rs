//! The rows that change or delete what is there.

use omni_api::cosi::state_server::State as _;
use omni_api::{AnyResource, Kind, Resource, cosi, kind, labels};
use omni_plane::Store;
use tonic::Status;

use super::world::CLUSTER;
use super::{service, signed};

pub(crate) async fn run(store: &Store, change: &str) -> Result<(), Status> {
    match change {
        "k8s-downgrade-minor-2" => kubernetes(store, "1.34.1").await,
        "k8s-downgrade-minor-4" => kubernetes(store, "1.32.0").await,
        "talos-downgrade-far" => {
            update::<kind::Cluster>(store, CLUSTER, |cluster| {
                cluster.spec.talos_version = "1.9.0".into();
            })
            .await
        }
        "enable-disk-encryption-after-create" => {
            update::<kind::Cluster>(store, CLUSTER, |cluster| {
                cluster
                    .spec
                    .features
                    .get_or_insert_default()
                    .disk_encryption = true;
            })
            .await
        }
        "machineset-move-cluster" => {
            update::<kind::MachineSet>(store, "lab-c1-workers", |set| {
                set.metadata
                    .labels
                    .insert(labels::CLUSTER.into(), "lab-auto".into());
            })
            .await
        }
        "delete-machineclass-in-use" => teardown::<kind::MachineClass>(store, "pool").await,
        "update-locked-cluster" => {
            lock(store).await?;
            kubernetes(store, "1.36.3").await
        }
        "delete-locked-cluster" => {
            lock(store).await?;
            teardown::<kind::Cluster>(store, CLUSTER).await
        }
        other => panic!("no change {other:?} in the table"),
    }
}

async fn kubernetes(store: &Store, version: &str) -> Result<(), Status> {
    update::<kind::Cluster>(store, CLUSTER, |cluster| {
        cluster.spec.kubernetes_version = version.into();
    })
    .await
}

async fn lock(store: &Store) -> Result<(), Status> {
    update::<kind::Cluster>(store, CLUSTER, |cluster| {
        cluster
            .metadata
            .annotations
            .insert(labels::CLUSTER_LOCKED.into(), String::new());
    })
    .await
}

async fn update<K: Kind>(
    store: &Store,
    id: &str,
    edit: impl FnOnce(&mut Resource<K>),
) -> Result<(), Status> {
    let mut resource = store.read::<K>(id).expect("it is there");
    edit(&mut resource);
    let request = cosi::UpdateRequest {
        new_resource: Some(AnyResource::into(resource.to_any())),
        options: Some(cosi::UpdateOptions::default()),
    };
    service(store).update(signed(request)).await.map(|_| ())
}

async fn teardown<K: Kind>(store: &Store, id: &str) -> Result<(), Status> {
    let request = cosi::TeardownRequest {
        namespace: K::NAMESPACE.into(),
        r#type: K::TYPE.into(),
        id: id.into(),
        options: None,
    };
    service(store).teardown(signed(request)).await.map(|_| ())
}
