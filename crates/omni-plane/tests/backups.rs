//! Backups in a bucket, over the wire: its settings are tested, backups arrive there, are listed, and are what a cluster may be
//! restored from.

#[path = "support/bucket.rs"]
mod bucket;

use std::sync::Arc;
use std::time::Duration;

use omni_api::cosi::state_server::State as _;
use omni_api::specs::machine_set_spec::BootstrapSpec;
use omni_api::specs::{EtcdBackupS3ConfSpec, EtcdManualBackupSpec, MachineSetSpec};
use omni_api::{AnyResource, Kind, Resource, Role, cosi, kind, labels};
use omni_plane::api::{Caller, Endpoints, StateService};
use omni_plane::backups::Depot;
use omni_plane::engine::Engine;
use omni_plane::infra::machine::{NewMachine, Timings, add, plain_id};
use omni_plane::infra::provider::play_new_providers;
use omni_plane::seed::{self, Seed};
use omni_plane::store::{Filter, Query};
use omni_plane::{Clock, Store, plane};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};

use bucket::Bucket;

/// A plane on real time at full speed, with two machines and a cluster `prod` on the first.
struct World {
    store: Store,
    service: StateService,
    _stop: tokio_util::sync::DropGuard,
}

impl World {
    fn new() -> Self {
        let store = Store::in_memory(Clock::system(1000.0));
        play_new_providers(&store, std::collections::BTreeMap::new());
        let account = Seed {
            account: "test".to_owned(),
            versions: None,
        };
        seed::seed(&store, &account).expect("seeded");
        for number in 1..=2 {
            add(&store, &NewMachine::plain(number, "1.13.7", &[])).expect("added");
        }
        let depot = Depot::memory();
        let controllers = plane::controllers_with(&Timings::lab(), &depot);
        let engine = Engine::new(store.clone(), store.clock().clone(), controllers);
        let stop = CancellationToken::new();
        tokio::spawn(engine.expect("they agree").run(stop.clone()));
        let service = StateService::new(store.clone(), Endpoints::default(), stop.clone())
            .with_backups(depot);
        let world = Self {
            store,
            service,
            _stop: stop.drop_guard(),
        };
        world.cluster("prod", 1, None);
        world
    }

    /// A cluster with one control plane, made as a controller's neighbour would: without the door.
    fn cluster(&self, name: &str, number: usize, backup: Option<BootstrapSpec>) {
        let put = |result: Result<bool, _>| {
            result.expect("a user's resource");
        };
        put(self.store.put::<kind::Cluster>("", name, |cluster| {
            cluster.spec.talos_version = "1.13.7".into();
            cluster.spec.kubernetes_version = "1.35.5".into();
        }));
        let set = control_planes(name, backup);
        put(self
            .store
            .put::<kind::MachineSet>("", &set.metadata.id.clone(), |stored| {
                stored.metadata.labels.clone_from(&set.metadata.labels);
                stored.spec = set.spec.clone();
            }));
        put(self
            .store
            .put::<kind::MachineSetNode>("", &plain_id(number), |node| {
                let marks = &mut node.metadata.labels;
                marks.insert(labels::CLUSTER.into(), name.into());
                marks.insert(labels::MACHINE_SET.into(), set.metadata.id.to_string());
                marks.insert(labels::CONTROL_PLANE_ROLE.into(), String::new());
            }));
    }

    async fn create<K: Kind>(&self, resource: &Resource<K>) -> Result<(), Status> {
        let request = cosi::CreateRequest {
            resource: Some(resource.to_any().into()),
            options: None,
        };
        self.service.create(signed(request)).await.map(drop)
    }

    async fn settings(&self, settings: EtcdBackupS3ConfSpec) -> Result<(), Status> {
        let conf = Resource::<kind::EtcdBackupS3Conf>::new("etcd-backup-s3-conf", settings);
        self.create(&conf).await
    }

    async fn backups(&self, cluster: &str) -> Result<Vec<Resource<kind::EtcdBackup>>, Status> {
        let options = cosi::ListOptions {
            label_query: vec![cosi::LabelQuery {
                terms: vec![cosi::LabelTerm {
                    key: labels::CLUSTER.into(),
                    op: cosi::label_term::Operation::Equal.into(),
                    value: vec![cluster.into()],
                    invert: false,
                }],
            }],
            ..cosi::ListOptions::default()
        };
        let request = cosi::ListRequest {
            namespace: kind::EtcdBackup::NAMESPACE.into(),
            r#type: kind::EtcdBackup::TYPE.into(),
            options: Some(options),
        };
        let mut answers = self.service.list(signed(request)).await?.into_inner();
        let mut found = Vec::new();
        while let Some(answer) = futures::StreamExt::next(&mut answers).await {
            let any = AnyResource::try_from(answer?.resource.unwrap_or_default());
            found.push(any.expect("a resource").typed().expect("a backup"));
        }
        Ok(found)
    }

    /// The first events of a watch on backups: how many, and each as its type with what it says. The first message says that the watch stands.
    async fn watch(
        &self,
        id: Option<&str>,
        options: cosi::WatchOptions,
        count: usize,
    ) -> Result<Vec<(cosi::EventType, String)>, Status> {
        let request = cosi::WatchRequest {
            namespace: kind::EtcdBackup::NAMESPACE.into(),
            r#type: kind::EtcdBackup::TYPE.into(),
            id: id.map(str::to_owned),
            options: Some(options),
            api_version: 1,
        };
        let answers = self.service.watch(signed(request)).await?.into_inner();
        let answers = futures::StreamExt::take(answers, count + 1);
        let answers: Vec<_> = futures::TryStreamExt::try_collect(answers).await?;
        let events = answers.into_iter().flat_map(|answer| answer.event);
        let said = |event: cosi::Event| {
            let metadata = event
                .resource
                .clone()
                .and_then(|resource| resource.metadata);
            let id = metadata.map(|metadata| metadata.id);
            let text = event.error.clone().or(id).unwrap_or_default();
            (event.event_type(), text)
        };
        Ok(events.map(said).collect())
    }

    /// Waits until a resource is as it should be.
    async fn until<K: Kind>(&self, id: &str, right: impl Fn(&Resource<K>) -> bool) {
        let mut changes = self.store.subscribe(Filter::kind::<K>());
        let wait = async {
            while !self.store.read::<K>(id).is_some_and(|one| right(&one)) {
                changes.recv().await.expect("the store is there");
            }
        };
        tokio::time::timeout(Duration::from_mins(1), wait)
            .await
            .unwrap_or_else(|_| panic!("{} {id} never came to be right", K::TYPE));
    }
}

fn control_planes(cluster: &str, backup: Option<BootstrapSpec>) -> Resource<kind::MachineSet> {
    let mut set = Resource::new(
        format!("{cluster}-control-planes").as_str(),
        MachineSetSpec {
            bootstrap_spec: backup,
            ..MachineSetSpec::default()
        },
    );
    let marks = &mut set.metadata.labels;
    marks.insert(labels::CLUSTER.into(), cluster.into());
    marks.insert(labels::CONTROL_PLANE_ROLE.into(), String::new());
    set
}

/// The options of a watch on the backups of a cluster, contents first.
fn contents_of(cluster: &str) -> cosi::WatchOptions {
    cosi::WatchOptions {
        bootstrap_contents: true,
        label_query: vec![cosi::LabelQuery {
            terms: vec![cosi::LabelTerm {
                key: labels::CLUSTER.into(),
                op: cosi::label_term::Operation::Equal.into(),
                value: vec![cluster.into()],
                invert: false,
            }],
        }],
        ..cosi::WatchOptions::default()
    }
}

fn settings(bucket: &Bucket) -> EtcdBackupS3ConfSpec {
    EtcdBackupS3ConfSpec {
        bucket: bucket::NAME.into(),
        region: "us-east-1".into(),
        endpoint: bucket.endpoint(),
        access_key_id: bucket::KEY_ID.into(),
        secret_access_key: "secret".into(),
        session_token: String::new(),
    }
}

fn signed<T>(message: T) -> Request<T> {
    let caller = Caller {
        user_id: "u".into(),
        identity: "admin@lab.test".into(),
        fingerprint: "f".into(),
        role: Role::Admin,
        user_agent: String::new(),
    };
    let mut request = Request::new(message);
    request.extensions_mut().insert(Arc::new(caller));
    request
}

#[tokio::test]
async fn settings_of_a_bucket_are_tested_before_they_are_stored() {
    let (world, bucket) = (World::new(), Bucket::start());
    let right = settings(&bucket);
    let refused = [
        (
            EtcdBackupS3ConfSpec {
                bucket: "other".into(),
                ..right.clone()
            },
            "failed to list objects in bucket \"other\": ",
        ),
        (
            EtcdBackupS3ConfSpec {
                access_key_id: "somebody".into(),
                ..right.clone()
            },
            "failed to list objects in bucket \"etcd-backups\": ",
        ),
        (
            EtcdBackupS3ConfSpec {
                endpoint: "http://127.0.0.1:1".into(),
                ..right.clone()
            },
            "failed to list objects in bucket \"etcd-backups\": ",
        ),
        (
            EtcdBackupS3ConfSpec {
                bucket: String::new(),
                ..right.clone()
            },
            "bucket must be specified",
        ),
        (
            EtcdBackupS3ConfSpec {
                secret_access_key: String::new(),
                ..right.clone()
            },
            "access key and secret key must be specified together",
        ),
    ];
    for (wrong, why) in refused {
        let status = world.settings(wrong).await.expect_err(why);
        let text = format!(
            "failed to validate: 1 error occurred:\n\t* incorrect settings for s3 client: {why}"
        );
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with(&text), "{}", status.message());
    }
    assert!(
        world
            .store
            .read_all::<kind::EtcdBackupS3Conf>(&Query::all())
            .is_empty()
    );
    world.settings(right).await.expect("the bucket is there");
    world
        .until::<kind::EtcdBackupStoreStatus>("etcdbackup-store-status", |status| {
            status.spec.configuration_name == "s3" && status.spec.configuration_error.is_empty()
        })
        .await;
}

#[tokio::test]
async fn empty_settings_are_allowed_and_mean_none() {
    let world = World::new();
    world
        .settings(EtcdBackupS3ConfSpec::default())
        .await
        .expect("off");
}

#[tokio::test]
async fn a_backup_goes_to_the_bucket_is_listed_and_can_be_restored_from() {
    let (world, bucket) = (World::new(), Bucket::start());
    world.settings(settings(&bucket)).await.expect("stored");
    world
        .until::<kind::ClusterStatus>("prod", |status| status.spec.kubernetes_api_ready)
        .await;
    let wish = EtcdManualBackupSpec {
        backup_at: Some(wall_now(&world.store)),
    };
    world
        .create(&Resource::<kind::EtcdManualBackup>::new("prod", wish))
        .await
        .expect("asked for");
    world
        .until::<kind::EtcdBackupStatus>("prod", |status| {
            assert_eq!(status.spec.error, "");
            status.spec.last_backup_time.is_some()
        })
        .await;
    let uuid = world
        .store
        .read::<kind::ClusterUuid>("prod")
        .expect("one")
        .spec
        .uuid;
    let listed = world.backups("prod").await.expect("listed");
    let [backup] = listed.as_slice() else {
        panic!("{listed:?}");
    };
    assert_eq!(
        bucket.objects(),
        [format!("{uuid}/{}", backup.spec.snapshot)]
    );
    let seconds = backup.spec.created_at.expect("a time").seconds;
    assert_eq!(backup.id(), format!("prod-{seconds}"));
    assert_eq!(
        backup.metadata.label(labels::CLUSTER_UUID),
        Some(uuid.as_str())
    );

    let shown = world.watch(None, contents_of("prod"), 2).await;
    let expected = [
        (cosi::EventType::Created, backup.id().to_owned()),
        (cosi::EventType::Bootstrapped, String::new()),
    ];
    assert_eq!(shown.expect("a watch"), expected);

    // A cluster may be restored from what is there, and from nothing else.
    world
        .store
        .put::<kind::Cluster>("", "again", |_| {})
        .expect("created");
    let from = |snapshot: &str| BootstrapSpec {
        cluster_uuid: uuid.clone(),
        snapshot: snapshot.to_owned(),
    };
    let missing = control_planes("again", Some(from("0000000000000001.snapshot")));
    let status = world.create(&missing).await.expect_err("no such backup");
    assert!(
        status
            .message()
            .contains("failed to get backup: failed to download backup: failed to get object: "),
        "{}",
        status.message()
    );
    let there = control_planes("again", Some(from(&backup.spec.snapshot)));
    world
        .create(&there)
        .await
        .expect("a backup of a cluster that exists");
    world.cluster("again", 2, Some(from(&backup.spec.snapshot)));
    world
        .until::<kind::ClusterBootstrapStatus>("again", |status| status.spec.bootstrapped)
        .await;
}

#[tokio::test]
async fn backups_are_listed_of_one_cluster_only() {
    let world = World::new();
    let status = world.backups("nobody").await.expect_err("no such cluster");
    assert_eq!(status.code(), Code::NotFound);
    let request = cosi::GetRequest {
        namespace: kind::EtcdBackup::NAMESPACE.into(),
        r#type: kind::EtcdBackup::TYPE.into(),
        id: "prod-1".into(),
        options: None,
    };
    world.until::<kind::ClusterUuid>("prod", |_| true).await;
    let status = world.service.get(signed(request)).await.expect_err("none");
    assert_eq!(
        (status.code(), status.message()),
        (
            Code::NotFound,
            "resource doesn't exist: etcd backup \"prod-1\" for cluster \"prod\" not found"
        )
    );
    assert!(world.backups("prod").await.expect("listed").is_empty());
}

fn wall_now(store: &Store) -> prost_types::Timestamp {
    let since = store.clock().wall();
    prost_types::Timestamp {
        seconds: i64::try_from(since.as_secs()).expect("a date"),
        nanos: 0,
    }
}

#[tokio::test]
async fn a_watch_on_backups_wants_their_cluster_and_their_contents() {
    let world = World::new();
    let other_label = || {
        let mut options = contents_of("prod");
        options.label_query[0].terms[0].key = "a".into();
        options.label_query[0].terms[0].op = cosi::label_term::Operation::Exists.into();
        options
    };
    let nobody = |options: cosi::WatchOptions| cosi::WatchOptions {
        label_query: Vec::new(),
        ..options
    };
    for (id, options, why) in [
        (
            Some("prod-1"),
            cosi::WatchOptions::default(),
            "watch is not supported",
        ),
        (
            None,
            cosi::WatchOptions {
                aggregated: true,
                ..contents_of("prod")
            },
            "watch kind aggregated is not supported",
        ),
        (
            None,
            cosi::WatchOptions {
                bootstrap_contents: false,
                ..contents_of("prod")
            },
            "should pass WithBootstrapContents option",
        ),
        (
            None,
            cosi::WatchOptions {
                tail_events: 1,
                ..contents_of("prod")
            },
            "tail events is not supported",
        ),
        (None, other_label(), "unsupported label query term {a 0}"),
        (
            None,
            nobody(contents_of("prod")),
            "cluster ID must be specified in query",
        ),
    ] {
        let refused = world.watch(id, options, 0).await.expect_err("refused");
        let text = format!("unsupported resource type: {why}");
        assert_eq!(
            (refused.code(), refused.message()),
            (Code::Unknown, text.as_str())
        );
    }
}

#[tokio::test]
async fn a_watch_that_cannot_show_its_backups_says_so_in_an_event() {
    let world = World::new();
    let nameless = world.watch(None, cosi::WatchOptions::default(), 1).await;
    let text = "list error: failed to validate: cluster ID must be specified in query";
    let expected = [(cosi::EventType::Errored, text.to_owned())];
    assert_eq!(nameless.expect("a watch"), expected);
    let nothing = world.watch(None, contents_of("nosuch"), 1).await;
    let text = "list error: failed to get cluster UUID by ID: failed to get: resource \
                ClusterUUIDs.omni.sidero.dev(default/nosuch@undefined) doesn't exist";
    let expected = [(cosi::EventType::Errored, text.to_owned())];
    assert_eq!(nothing.expect("a watch"), expected);
}
