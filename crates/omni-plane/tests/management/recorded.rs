//! Recording 17 over the wire: providers and service accounts made, renewed and removed, by omnictl there and by its calls here.
//!
//! The recording holds what omnictl's commands brought about, not its calls, so that they are made here. Compared is how each resource went
//! through life, with what its spec said on the way, and each refusal word by word. Ids drawn at random, times and finalizers are not.

use std::collections::BTreeMap;

use omni_api::specs::InfraProviderSpec;
use omni_api::{AnyResource, Kind, Resource, cosi, kind, management as api, reflect};
use omni_plane::Store;
use omni_plane::seed::AccountKey;
use omni_plane::store::{Event, EventKind, Filter, Receiver};
use serde_json::Value;

use super::refusal;
use super::world::{World, make_key};

const RECORDING: &str = include_str!(
    "../../../../tests/fixtures/omni-api/recordings/17-infra-provider-and-service-account.jsonl"
);

/// Kinds that are compared, each with the parts of its spec that are.
const COMPARED: [(&str, &[&str]); 7] = [
    ("InfraProviders", &[]),
    ("InfraProviderCombinedStatuses", &[]),
    ("ProviderJoinConfigs", &[]),
    ("Identities", &[]),
    ("Users", &["role"]),
    ("IdentityStatuses", &["role"]),
    (
        "ServiceAccountStatuses",
        &["role", "public_keys", "expiration"],
    ),
];

/// What a resource went through, by kind and a name that does not change from run to run.
type Lives = BTreeMap<(String, String), Vec<String>>;

#[derive(Default)]
struct Course {
    lives: Lives,
    /// Whose user an id drawn at random is.
    users: BTreeMap<String, String>,
}

// === impl Course ===

impl Course {
    fn take(&mut self, kind: &str, id: &str, life: &str, spec: &Value) {
        let Some((kind, fields)) = COMPARED.iter().find(|(known, _)| *known == kind) else {
            return;
        };
        if *kind == "Identities" {
            let user = spec["user_id"].as_str().unwrap_or_default();
            self.users.insert(user.to_owned(), id.to_owned());
        }
        let fields = fields.iter().map(|field| said(field, &spec[*field]));
        let seen = [life.to_owned()].into_iter().chain(fields);
        let seen = seen.collect::<Vec<_>>().join(" ");
        let life = self.lives.entry(((*kind).to_owned(), id.to_owned()));
        let life = life.or_default();
        if life.last() != Some(&seen) {
            life.push(seen);
        }
    }

    /// The lives, users under the name of their identity.
    fn finish(self) -> Lives {
        let Self { lives, users } = self;
        let plain = |((kind, id), life): ((String, String), _)| {
            let id = users.get(&id).cloned().unwrap_or(id);
            ((kind, id), life)
        };
        lives.into_iter().map(plain).collect()
    }
}

/// Of keys how many there are, of an end that there is one.
fn said(field: &str, value: &Value) -> String {
    match field {
        "public_keys" => format!("keys={}", value.as_array().map_or(0, Vec::len)),
        "expiration" => format!("ends={}", value.is_string()),
        _ => format!("{field}={}", value.as_str().unwrap_or_default()),
    }
}

fn recorded() -> Lives {
    let mut course = Course::default();
    for line in RECORDING.lines() {
        let row: Value = serde_json::from_str(line).expect("a row");
        let life = match row["event"].as_str() {
            Some("created" | "updated") if row["phase"] == "tearingDown" => "tearingDown",
            Some("created" | "updated") => "running",
            Some("destroyed") => "destroyed",
            _ => continue,
        };
        let kind = row["type"].as_str().expect("a type");
        let kind = kind.trim_end_matches(".omni.sidero.dev");
        course.take(kind, row["id"].as_str().expect("an id"), life, &row["spec"]);
    }
    course.finish()
}

fn shown(events: &mut Receiver) -> Lives {
    let mut course = Course::default();
    while let Ok(Event { kind, resource, .. }) = events.try_recv() {
        let metadata = &resource.metadata;
        let Some(facts) = kind::find(&metadata.type_name) else {
            continue;
        };
        let life = match kind {
            EventKind::Destroyed => "destroyed",
            _ if metadata.tearing_down() => "tearingDown",
            _ => "running",
        };
        let spec = reflect::to_json(facts.spec, &resource.spec).expect("our own bytes");
        let kind = metadata.type_name.trim_end_matches(".omni.sidero.dev");
        course.take(kind, &metadata.id, life, &spec);
    }
    course.finish()
}

/// The text that omnictl printed at the end of a command, without its own beginning.
fn complaint(note: &str, nth: usize) -> String {
    let rows = RECORDING.lines();
    let rows = rows.map(|line| serde_json::from_str::<Value>(line).expect("a row"));
    let mut of_note = rows.filter(|row| row["note"] == note);
    let row = of_note.nth(nth).expect("the note is there");
    let text = row["message"].as_str().expect("a message").trim_end();
    let (_, complaint) = text.split_once("rpc error: code = ").expect("a refusal");
    complaint.replacen(" desc =", ":", 1)
}

fn told<T: std::fmt::Debug>(answer: Result<T, tonic::Status>) -> String {
    let (code, text) = refusal(answer);
    format!("{code}: {text}")
}

/// omnictl's calls.
struct Omnictl<'a>(&'a mut World);

// === impl Omnictl ===

impl Omnictl<'_> {
    async fn create_provider(&mut self, id: &str) -> Result<(), tonic::Status> {
        let provider = Resource::<kind::InfraProvider>::new(id, InfraProviderSpec::default());
        let message = cosi::CreateRequest {
            resource: Some(AnyResource::into(provider.to_any())),
            options: None,
        };
        let request = self
            .0
            .admin
            .sign("/cosi.resource.State/Create", None, message);
        self.0.state.create(request).await.map(|_| ())
    }

    async fn delete_provider(&mut self, id: &str) {
        let message = cosi::TeardownRequest {
            namespace: kind::InfraProvider::NAMESPACE.into(),
            r#type: kind::InfraProvider::TYPE.into(),
            id: id.into(),
            options: None,
        };
        let request = self
            .0
            .admin
            .sign("/cosi.resource.State/Teardown", None, message);
        self.0.state.teardown(request).await.expect("it may");
        let gone = |store: &Store| store.read::<kind::InfraProvider>(id).is_none();
        self.0.until::<kind::InfraProvider>(gone).await;
    }

    async fn create(
        &mut self,
        name: &str,
        role: &str,
        key: &AccountKey,
    ) -> Result<(), tonic::Status> {
        let message = api::CreateServiceAccountRequest {
            armored_pgp_public_key: key.public.armored.clone(),
            use_user_role: false,
            role: role.into(),
            name: name.into(),
        };
        let path = "/management.ManagementService/CreateServiceAccount";
        let request = self.0.admin.sign(path, None, message);
        let made = self.0.management.create_service_account(request).await;
        made.map(|_| ())
    }

    async fn renew(&mut self, name: &str, key: &AccountKey) {
        let message = api::RenewServiceAccountRequest {
            name: name.into(),
            armored_pgp_public_key: key.public.armored.clone(),
        };
        let path = "/management.ManagementService/RenewServiceAccount";
        let request = self.0.admin.sign(path, None, message);
        let renewed = self.0.management.renew_service_account(request).await;
        renewed.expect("it may");
    }

    async fn destroy(&mut self, name: &str) -> Result<(), tonic::Status> {
        let message = api::DestroyServiceAccountRequest { name: name.into() };
        let path = "/management.ManagementService/DestroyServiceAccount";
        let request = self.0.admin.sign(path, None, message);
        let gone = self.0.management.destroy_service_account(request).await;
        gone.map(|_| ())
    }

    /// Between two commands time passed, and what the first set off came to its end.
    async fn keys_listed(&self, name: &str, keys: usize) {
        let id = format!("{name}@serviceaccount.omni.sidero.dev");
        let see = |store: &Store| {
            let status = store.read::<kind::ServiceAccountStatus>(&id);
            status.is_some_and(|status| status.spec.public_keys.len() == keys)
        };
        self.0.until::<kind::ServiceAccountStatus>(see).await;
    }
}

async fn providers(omnictl: &mut Omnictl<'_>) {
    let key = |world: &World| make_key(&world.store, "rec-prov");
    let (first, second) = (key(omnictl.0), key(omnictl.0));
    let account = "infra-provider:rec-prov";
    omnictl.create_provider("rec-prov").await.expect("it may");
    let made = omnictl.create(account, "InfraProvider", &first).await;
    made.expect("it may");
    let id = "rec-prov@infra-provider.serviceaccount.omni.sidero.dev";
    let shown = |store: &Store| {
        let held = store.read::<kind::InfraProvider>("rec-prov");
        store.read::<kind::IdentityStatus>(id).is_some()
            && held.is_some_and(|held| held.metadata.finalizers.len() == 3)
    };
    omnictl.0.until::<kind::IdentityStatus>(shown).await;
    omnictl.renew(account, &second).await;
    let again = omnictl.create_provider("rec-prov").await;
    assert_eq!(told(again), complaint("create the same again", 0));
    omnictl.delete_provider("rec-prov").await;

    omnictl.create_provider("rec-prov2").await.expect("it may");
    let held = |store: &Store| {
        let held = store.read::<kind::InfraProvider>("rec-prov2");
        held.is_some_and(|held| held.metadata.finalizers.len() == 3)
    };
    omnictl.0.until::<kind::InfraProvider>(held).await;
    omnictl.delete_provider("rec-prov2").await;
}

async fn accounts(omnictl: &mut Omnictl<'_>) {
    let key = |world: &World| make_key(&world.store, "lab-sa");
    let (first, second) = (key(omnictl.0), key(omnictl.0));
    omnictl
        .create("lab-sa", "Reader", &first)
        .await
        .expect("it may");
    omnictl.keys_listed("lab-sa", 1).await;
    let again = omnictl.create("lab-sa", "Reader", &second).await;
    assert_eq!(told(again), complaint("create the same again", 1));
    omnictl.renew("lab-sa", &second).await;
    omnictl.keys_listed("lab-sa", 2).await;
    omnictl.destroy("lab-sa").await.expect("it may");
    let again = omnictl.destroy("lab-sa").await;
    assert_eq!(told(again), complaint("destroy again", 0));
}

#[tokio::test]
async fn accounts_live_and_go_as_they_were_recorded() {
    let mut world = World::seeded().await;
    let types = COMPARED.map(|(kind, _)| format!("{kind}.omni.sidero.dev"));
    let mut events = world
        .store
        .subscribe(Filter::types(types.iter().map(String::as_str)));
    let mut omnictl = Omnictl(&mut world);
    providers(&mut omnictl).await;
    accounts(&mut omnictl).await;
    let (theirs, ours) = (recorded(), shown(&mut events));
    let ours: Lives = ours
        .into_iter()
        .filter(|((_, id), _)| !id.starts_with("automation@"))
        .collect();
    println!("recording 17: {} lives compared", theirs.len());
    assert_eq!(theirs.len(), 13, "the recording was read");
    for (resource, life) in &theirs {
        assert_eq!(ours.get(resource), Some(life), "{resource:?}");
    }
    let more: Vec<_> = ours
        .keys()
        .filter(|key| !theirs.contains_key(*key))
        .collect();
    assert!(more.is_empty(), "{more:?}");
    world.stop().await;
}
