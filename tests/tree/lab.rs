//! A plane with a cluster, and a tree that watches it.

use std::process::Child;

use omni_api::resource::Map;
use omni_api::specs::ClusterSpec;
use omni_api::{Kind, Resource, kind};
use omni_client::Client;
use rustix::process::{Pid, Signal, kill_process};
use terraform_provider_omni::session::embedded;

use crate::support::Place;

/// A plane that is held up, and a client of it.
pub(crate) struct Lab {
    pub(crate) place: Place,
    client: Client,
    _joined: embedded::Joined,
}

// === impl Lab ===

impl Lab {
    /// A plane with so many machines and the cluster `lab`, which waits for some.
    pub(crate) async fn with_cluster(machines: u32) -> Self {
        let place = Place::new();
        place.ensure(machines, "whatever").await;
        let joined = embedded::join(place.path()).await.expect("a plane");
        let builder = Client::builder(joined.endpoint.clone()).key(joined.key.clone());
        let lab = Self {
            place,
            client: builder.build().expect("a client"),
            _joined: joined,
        };
        let spec = ClusterSpec {
            kubernetes_version: "1.35.5".into(),
            talos_version: "1.13.7".into(),
            ..ClusterSpec::default()
        };
        lab.create::<kind::Cluster>("lab", spec, &[]).await;
        lab
    }

    pub(crate) async fn create<K: Kind>(&self, id: &str, spec: K::Spec, marks: &[(&str, &str)]) {
        let mut resource = Resource::<K>::new(id, spec);
        let marks = marks
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        resource.metadata.labels.extend(marks.collect::<Map>());
        let state = self.client.state();
        state.create(&resource).await.expect("created");
    }
}

/// Tells a tree that watches to end.
pub(crate) fn end(watching: &Child, signal: Signal) {
    kill_process(Pid::from_child(watching), signal).expect("told");
}
