//! A served plane with an Admin account.

use std::time::Duration;

use hyper_util::rt::TokioIo;
use omni_api::cosi::state_client::StateClient;
use omni_api::management::management_service_client::ManagementServiceClient;
use omni_api::specs;
use omni_api::{Kind, Resource, kind, labels};
use omni_plane::accounts::{
    IdentityCleanup, IdentityStatuses, KeyPruner, PublicKeyCleanup, ServiceAccountStatuses,
};
use omni_plane::api::{Endpoints, routes};
use omni_plane::engine::{Controller, Engine, Settled};
use omni_plane::infra::machine::Timings;
use omni_plane::plane;
use omni_plane::seed::{self, AccountKey, Seed};
use omni_plane::serve::{Address, Connections, Listener, serve};
use omni_plane::store::Filter;
use omni_plane::{Clock, Store};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

use super::signer::Signer;

pub(crate) const ADMIN: &str = "automation@serviceaccount.omni.sidero.dev";
const LIFETIME: Duration = Duration::from_hours(30 * 24);
const DAY: Duration = Duration::from_hours(24);

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) management: ManagementServiceClient<Channel>,
    pub(crate) state: StateClient<Channel>,
    pub(crate) channel: Channel,
    pub(crate) admin: Signer,
    pub(crate) connections: Connections,
    stop: CancellationToken,
    server: JoinHandle<()>,
    _home: tempfile::TempDir,
}

impl World {
    /// A world in which nothing but accounts is looked after.
    pub(crate) async fn start() -> Self {
        let store = Store::in_memory(Clock::manual());
        omni_plane::audit::record(&store);
        let admin = make_key(&store, "automation");
        put_user(&store, &admin, ADMIN, "Admin");
        put_account(&store);
        Self::over(store, &admin, accounts()).await
    }

    /// A whole plane, as it is before anybody has used it.
    pub(crate) async fn seeded() -> Self {
        let (store, admin) = seeded();
        Self::over(store, &admin, plane::controllers(&Timings::talos())).await
    }

    /// A whole plane that has come to rest after this.
    pub(crate) async fn settled(prepare: impl FnOnce(&Store)) -> Self {
        let (store, admin) = seeded();
        omni_plane::audit::record(&store);
        prepare(&store);
        let controllers = || plane::controllers(&Timings::talos());
        let engine = Engine::new(store.clone(), store.clock().clone(), controllers());
        let rest = engine.expect("they agree").settle(DAY);
        assert_eq!(rest, Settled::Quiet);
        Self::over(store, &admin, controllers()).await
    }

    async fn over(store: Store, admin: &AccountKey, controllers: Vec<Box<dyn Controller>>) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("plane.sock");
        let listener = Listener::bind(Address::Unix(path.clone()))
            .await
            .expect("a free path");
        let stop = CancellationToken::new();
        let endpoints = Endpoints {
            api: "https://omni.lab.test".into(),
            kubernetes: "https://omni.lab.test:8100".into(),
        };
        let routes = routes(
            &store,
            &omni_plane::backups::Depot::memory(),
            endpoints,
            stop.clone(),
        );
        let connections = Connections::default();
        let serving = serve(listener, routes, connections.clone(), stop.clone());
        let server = tokio::spawn(async move { serving.await.expect("it serves") });
        let connect = tower::service_fn(move |_| {
            let path = path.clone();
            async move { Ok::<_, std::io::Error>(TokioIo::new(UnixStream::connect(path).await?)) }
        });
        let channel = Endpoint::from_static("http://plane")
            .connect_with_connector(connect)
            .await;
        let channel = channel.expect("it listens");
        let engine = Engine::new(store.clone(), store.clock().clone(), controllers);
        tokio::spawn(engine.expect("they agree").run(stop.clone()));
        Self {
            admin: Signer::new(admin, store.clock().wall()),
            management: ManagementServiceClient::new(channel.clone()),
            state: StateClient::new(channel.clone()),
            channel,
            store,
            connections,
            stop,
            server,
            _home: home,
        }
    }

    /// Waits until the store shows what is looked for.
    pub(crate) async fn until<K: Kind>(&self, see: impl Fn(&Store) -> bool) {
        let mut changes = self.store.subscribe(Filter::types([K::TYPE]));
        while !see(&self.store) {
            changes.recv().await.expect("the store is open");
        }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        drop((self.management, self.state, self.channel));
        self.server.await.expect("it ends");
        assert_eq!(self.connections.open(), 0);
    }
}

/// A fresh account with its key.
fn seeded() -> (Store, AccountKey) {
    let store = Store::in_memory(Clock::manual());
    let account = Seed {
        account: "lab".into(),
        versions: None,
    };
    seed::seed(&store, &account).expect("seeded");
    let admin = seed::issue_key(&store).expect("a key");
    (store, admin)
}

/// What works on accounts.
fn accounts() -> Vec<Box<dyn Controller>> {
    vec![
        Box::new(IdentityStatuses),
        Box::new(ServiceAccountStatuses),
        IdentityCleanup::boxed(),
        PublicKeyCleanup::boxed(),
        Box::new(KeyPruner),
    ]
}

/// A key that is valid now.
pub(crate) fn make_key(store: &Store, name: &str) -> AccountKey {
    AccountKey::generate(name, store.clock().wall(), LIFETIME).expect("a key")
}

/// The account of a key; the name is its identity and the id of its user.
pub(crate) fn put_user(store: &Store, key: &AccountKey, name: &str, role: &str) {
    put::<kind::User>(store, name, |user| user.spec.role = role.into());
    put::<kind::Identity>(store, name, |identity| {
        identity.spec.user_id = name.into();
        identity
            .metadata
            .labels
            .insert(labels::IDENTITY_TYPE_SERVICE_ACCOUNT.into(), String::new());
        identity
            .metadata
            .labels
            .insert(labels::PUBLIC_KEY_USER_ID.into(), name.into());
    });
    put::<kind::PublicKey>(store, &key.public.fingerprint, |stored| {
        stored
            .metadata
            .labels
            .insert(labels::PUBLIC_KEY_USER_ID.into(), name.into());
        stored.spec = specs::PublicKeySpec {
            public_key: key.public.armored.clone().into_bytes(),
            expiration: Some(omni_plane::Moment::from_unix(key.public.expires).into()),
            confirmed: true,
            identity: Some(specs::Identity { email: name.into() }),
            role: role.into(),
            ..Default::default()
        };
    });
}

fn put_account(store: &Store) {
    put::<kind::FeaturesConfig>(store, "features-config", |features| {
        features.spec.account = Some(specs::Account {
            id: "1".into(),
            name: "lab".into(),
        });
    });
}

pub(crate) fn put<K: omni_api::Kind>(store: &Store, id: &str, fill: impl Fn(&mut Resource<K>)) {
    assert_eq!(store.put::<K>("", id, fill), Ok(true), "{id}");
}
