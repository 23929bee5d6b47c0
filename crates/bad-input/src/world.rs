//! A small plane that has something of everything, made anew for each call. Its clock stands still.

use std::sync::OnceLock;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::{BodyExt as _, Full};
use jiff::Timestamp;
use omni_api::{Kind, Resource, kind, labels, specs};
use omni_client::{Key, sign};
use omni_plane::api::{Endpoints, routes};
use omni_plane::backups::Depot;
use omni_plane::seed::AccountKey;
use omni_plane::{Clock, Moment, Store};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::Service as _;

use crate::call::{Call, Role, waits};

/// A cluster that is there.
pub(crate) const CLUSTER: &str = "c";
/// A version of Talos that is known.
pub(crate) const TALOS: &str = "1.13.8";
/// A provider of machines that is there.
pub(crate) const PROVIDER: &str = "vms";
const KUBERNETES: &str = "1.35.6";
const MACHINE: &str = "00000000-0000-4000-a000-000000000001";

/// How long an answer may take. Time flies while nothing happens, so that this is no time at all.
const PATIENCE: Duration = Duration::from_mins(10);
/// Frames of a stream that are read.
const FRAMES: usize = 64;

/// The types whose rules speak with hosts that the resource names: fuzzers must not reach them.
const REACHES_OUT: &[u8] = b"EtcdBackupS3Conf";

/// A plane.
#[derive(Debug)]
pub(crate) struct World(Store);

/// A key and its account.
struct Account {
    role: Role,
    registered: AccountKey,
    key: Key,
}

/// A plane that nobody has called yet.
pub(crate) fn fresh() -> World {
    let store = Store::in_memory(Clock::manual());
    for account in accounts() {
        register(&store, account);
    }
    furnish(&store);
    World(store)
}

/// The accounts, the same in all planes: keys are slow to make.
fn accounts() -> &'static [Account] {
    static ACCOUNTS: OnceLock<Vec<Account>> = OnceLock::new();
    ACCOUNTS.get_or_init(|| {
        let now = Clock::manual().wall();
        let account = |role: Role| {
            let registered = AccountKey::generate("automation", now, Duration::from_hours(24));
            let registered = registered.expect("a key");
            let key = Key::parse(registered.expose()).expect("our own");
            Account {
                role,
                registered,
                key,
            }
        };
        Role::SIGNING.map(account).into()
    })
}

fn identity(role: Role) -> String {
    match role {
        Role::InfraProvider => {
            format!("{PROVIDER}@infra-provider.serviceaccount.omni.sidero.dev")
        }
        role => format!("{}@serviceaccount.omni.sidero.dev", role.name()),
    }
}

fn put<K: Kind>(store: &Store, id: &str, fill: impl FnMut(&mut Resource<K>)) {
    store.put::<K>("", id, fill).expect("an empty plane");
}

fn register(store: &Store, account: &Account) {
    let (role, who) = (account.role.name(), identity(account.role));
    let key = &account.registered.public;
    put::<kind::User>(store, role, |user| user.spec.role = role.into());
    put::<kind::Identity>(store, &who, |identity| {
        identity.spec.user_id = role.into();
        let marks = &mut identity.metadata.labels;
        marks.insert(labels::PUBLIC_KEY_USER_ID.to_owned(), role.to_owned());
    });
    put::<kind::PublicKey>(store, &key.fingerprint, |stored| {
        let marks = &mut stored.metadata.labels;
        marks.insert(labels::PUBLIC_KEY_USER_ID.to_owned(), role.to_owned());
        stored.spec = specs::PublicKeySpec {
            public_key: key.armored.clone().into_bytes(),
            expiration: Some(Moment::from_unix(key.expires).into()),
            confirmed: true,
            identity: Some(specs::Identity { email: who.clone() }),
            role: role.to_owned(),
            ..Default::default()
        };
    });
}

/// A cluster of one machine, and what the rules of the services look at.
fn furnish(store: &Store) {
    put::<kind::FeaturesConfig>(store, "features-config", |features| {
        features.spec.account = Some(specs::Account {
            id: "1".to_owned(),
            name: "lab".to_owned(),
        });
        features.spec.image_factory_base_url = "https://factory.talos.dev".into();
    });
    put::<kind::TalosVersion>(store, TALOS, |version| {
        version.spec.version = TALOS.into();
        version.spec.compatible_kubernetes_versions = vec![KUBERNETES.to_owned()];
    });
    put::<kind::JoinToken>(store, "token", |token| {
        token.spec.name = "initial token".into();
    });
    put::<kind::DefaultJoinToken>(store, "default", |default| {
        default.spec.token_id = "token".into();
    });
    put::<kind::InfraProvider>(store, PROVIDER, |_| {});
    put::<kind::InfraProviderStatus>(store, PROVIDER, |status| {
        status.spec.schema = r#"{"type":"object","properties":{"cores":{"type":"integer","minimum":1}},"required":["cores"]}"#.into();
    });
    put::<kind::Cluster>(store, CLUSTER, |cluster| {
        cluster.spec.talos_version = TALOS.into();
        cluster.spec.kubernetes_version = KUBERNETES.into();
    });
    put::<kind::ClusterUuid>(store, CLUSTER, |uuid| {
        uuid.spec.uuid = MACHINE.into();
    });
    members(store);
}

fn members(store: &Store) {
    let labels = |labels: &mut omni_api::resource::Map| {
        for (key, value) in [
            (labels::CLUSTER, CLUSTER),
            (labels::MACHINE_SET, "c-control-planes"),
            (labels::CONTROL_PLANE_ROLE, ""),
        ] {
            labels.insert(key.to_owned(), value.to_owned());
        }
    };
    put::<kind::MachineSet>(store, "c-control-planes", |set| {
        labels(&mut set.metadata.labels);
        set.metadata.labels.remove(labels::MACHINE_SET);
    });
    put::<kind::MachineSetNode>(store, MACHINE, |node| labels(&mut node.metadata.labels));
    put::<kind::ClusterMachine>(store, MACHINE, |member| labels(&mut member.metadata.labels));
    put::<kind::Machine>(store, MACHINE, |_| {});
    put::<kind::MachineStatus>(store, MACHINE, |status| {
        status.spec.talos_version = format!("v{TALOS}");
    });
}

// === impl World ===

impl World {
    /// Makes a call. Its answer must have a status that a client knows, and must come.
    ///
    /// # Panics
    /// When it has not, or does not.
    pub(crate) fn answer(&self, call: &Call) -> Option<u16> {
        let reaches_out = |window: &[u8]| window == REACHES_OUT;
        if call.body.windows(REACHES_OUT.len()).any(reaches_out) {
            return None;
        }
        let mut headers = HeaderMap::new();
        if call.on_cluster {
            headers.insert("cluster", HeaderValue::from_static(CLUSTER));
            headers.insert("runtime", HeaderValue::from_static("Omni"));
        }
        if call.gzip {
            headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
        }
        if let Some(account) = accounts().iter().find(|one| one.role == call.role) {
            let now = Timestamp::from_second(
                i64::try_from(self.0.clock().wall().as_secs()).unwrap_or_default(),
            );
            let signed = sign::sign(
                &account.key,
                &call.method,
                &mut headers,
                now.expect("a year"),
            );
            signed.expect("the key is valid");
        }
        self.send(&call.method, headers, call.body.clone())
    }

    /// Makes a call with these bytes as the headers of a signature.
    pub(crate) fn signed_by_hand(&self, [signature, payload, time]: [&[u8]; 3]) -> Option<u16> {
        let known = accounts()[0].registered.public.fingerprint.as_str();
        let signature = String::from_utf8_lossy(signature).replace("KEY", known);
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (sign::SIGNATURE, signature.as_bytes()),
            (sign::PAYLOAD, payload),
            (sign::TIMESTAMP, time),
        ] {
            // What no header can carry never arrives.
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.insert::<HeaderName>(name, value);
            }
        }
        self.send("/cosi.resource.State/Get", headers, vec![0; 5])
    }

    fn send(&self, method: &str, headers: HeaderMap, body: Vec<u8>) -> Option<u16> {
        let mut request = http::Request::post(format!("http://plane{method}"));
        if let Some(all) = request.headers_mut() {
            *all = headers;
            all.insert("content-type", HeaderValue::from_static("application/grpc"));
            all.insert("te", HeaderValue::from_static("trailers"));
        }
        let request = request.body(Body::new(Full::new(body.into())));
        let request = request.expect("a request");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(self.exchange(method, request))
    }

    /// The status of the answer; `None` while a call waits that may.
    async fn exchange(&self, method: &str, request: http::Request<Body>) -> Option<u16> {
        let (depot, stop) = (Depot::memory(), CancellationToken::new());
        let mut routes = routes(&self.0, &depot, Endpoints::default(), stop);
        let Ok(answer) = tokio::time::timeout(PATIENCE, routes.call(request)).await else {
            assert!(waits(method), "{method} is not answered");
            return None;
        };
        let answer = answer.expect("infallible");
        if let Some(status) = status(answer.headers()) {
            return Some(status);
        }
        let mut body = answer.into_body();
        for _ in 0..FRAMES {
            let Ok(frame) = tokio::time::timeout(PATIENCE, body.frame()).await else {
                assert!(waits(method), "{method} does not end");
                return None;
            };
            let frame = frame.expect("an answer ends with its status");
            let frame = frame.expect("a frame");
            if let Some(found) = frame.trailers_ref().and_then(status) {
                return Some(found);
            }
        }
        None
    }
}

/// The status in these headers.
fn status(headers: &HeaderMap) -> Option<u16> {
    let status = headers.get("grpc-status")?.to_str().expect("a number");
    let status = status.parse().expect("a number");
    assert!(status <= 16, "no client knows the status {status}");
    Some(status)
}
