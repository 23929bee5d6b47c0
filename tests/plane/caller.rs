//! A client of a plane in the foreground that hears codes and texts as they are on the wire.

use http::HeaderMap;
use jiff::Timestamp;
use omni_api::cosi::state_client::StateClient;
use omni_api::management::management_service_client::ManagementServiceClient;
use omni_api::{AnyResource, Kind, Resource, cosi, labels, specs};
use omni_client::{Client, Key, Query, World, sign};
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

use crate::served::Served;

/// Signs with the key that the plane has left for it.
pub(crate) struct Caller {
    key: Key,
    /// Our own client, where only the outcome counts.
    pub(crate) client: Client,
    pub(crate) management: ManagementServiceClient<Channel>,
    pub(crate) state: StateClient<Channel>,
}

// === impl Caller ===

impl Caller {
    /// Connects to a plane that listens on loopback and has told nothing yet.
    pub(crate) async fn connect(plane: &mut Served) -> Self {
        let (endpoint, key) = (plane.told("endpoint"), plane.told("key"));
        let key = std::fs::read_to_string(key).expect("a key");
        let key = Key::parse(&key).expect("a key");
        let builder = Client::builder(endpoint.parse().expect("an endpoint"));
        let channel = Channel::from_shared(endpoint).expect("an address");
        let channel = channel.connect().await.expect("it listens");
        Self {
            client: builder.key(key.clone()).build().expect("a client"),
            management: ManagementServiceClient::new(channel.clone()),
            state: StateClient::new(channel),
            key,
        }
    }

    /// The message as a signed call of a method, about a cluster if one is named.
    pub(crate) fn signed<T>(&self, method: &str, cluster: Option<&str>, message: T) -> Request<T> {
        let mut headers = HeaderMap::new();
        if let Some(cluster) = cluster {
            headers.insert("context", cluster.parse().expect("a header"));
        }
        sign::sign(&self.key, method, &mut headers, Timestamp::now()).expect("it signs");
        let mut request = Request::new(message);
        *request.metadata_mut() = MetadataMap::from_headers(headers);
        request
    }

    /// Creates a resource.
    pub(crate) async fn create<K: Kind>(
        &mut self,
        resource: &Resource<K>,
    ) -> Result<Response<cosi::CreateResponse>, Status> {
        let message = cosi::CreateRequest {
            resource: Some(AnyResource::into(resource.to_any())),
            options: None,
        };
        let request = self.signed("/cosi.resource.State/Create", None, message);
        self.state.create(request).await
    }

    /// Makes a cluster of one machine, and waits until it is ready.
    pub(crate) async fn ready_cluster(&mut self, id: &str, machine: &str) {
        use omni_api::kind::{Cluster, ClusterStatus, MachineSet, MachineSetNode};
        let mut cluster = Resource::<Cluster>::new(id, specs::ClusterSpec::default());
        "1.13.8".clone_into(&mut cluster.spec.talos_version);
        "1.35.6".clone_into(&mut cluster.spec.kubernetes_version);
        self.create(&cluster).await.expect("a cluster");
        let marks = |set: &str| {
            [
                (labels::CLUSTER, id),
                (labels::CONTROL_PLANE_ROLE, ""),
                (labels::MACHINE_SET, set),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
        };
        let name = format!("{id}-control-planes");
        let mut set = Resource::<MachineSet>::new(&name, specs::MachineSetSpec::default());
        set.metadata.labels.extend(marks(&name).into_iter().take(2));
        self.create(&set).await.expect("a machine set");
        let mut node =
            Resource::<MachineSetNode>::new(machine, specs::MachineSetNodeSpec::default());
        node.metadata.labels.extend(marks(&name));
        self.create(&node).await.expect("a node");
        self.until::<ClusterStatus, _>(|all| Some(all.get(id)?.spec.ready).filter(|ready| *ready))
            .await;
    }

    /// Everything of a kind.
    pub(crate) async fn all<K: Kind>(&self) -> Vec<Resource<K>> {
        let state = self.client.state();
        state.list(&Query::default()).await.expect("it may look")
    }

    /// Waits until there is what is looked for.
    pub(crate) async fn until<K: Kind, T>(&self, see: impl FnMut(&World<K>) -> Option<T>) -> T {
        let mut mirror = self.client.state().watch(&Query::default()).mirror();
        mirror.wait_for(see).await.expect("it may look")
    }
}

/// Code and text of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (String, String) {
    let status = answer.expect_err("it is refused");
    (format!("{:?}", status.code()), status.message().to_owned())
}
