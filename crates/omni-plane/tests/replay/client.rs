//! The recorded client: it asks the plane's own state service, and must get the recorded answers.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use omni_api::cosi::state_server::State as _;
use omni_api::management::management_service_server::ManagementService as _;
use omni_api::{Role, cosi, kind, management as api, reflect};
use omni_plane::api::{Caller, Endpoints, Management, StateService};
use omni_plane::engine::Engine;
use omni_plane::seed::AccountKey;
use omni_plane::store::Query;
use omni_plane::{Clock, Store};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use crate::commands::Command;
use crate::recording::{Note, Request};

/// An Admin, as the recorded one was.
pub(crate) struct Client {
    clock: Clock,
    store: Store,
    service: StateService,
    management: Management,
    runtime: Runtime,
}

// === impl Client ===

impl Client {
    pub(crate) fn new(store: &Store) -> Self {
        Self {
            clock: store.clock().clone(),
            store: store.clone(),
            management: Management::new(store.clone(), Endpoints::default()),
            service: StateService::new(
                store.clone(),
                Endpoints::default(),
                CancellationToken::new(),
            ),
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .expect("a runtime"),
        }
    }

    /// Asks; what is wrong with the answer, if anything is.
    pub(crate) fn ask(&self, request: &Request) -> Result<(), String> {
        let answer = match request.op.as_str() {
            "create" => self.create(request),
            "update" => self.update(request),
            // What is torn down the server destroys itself. A client that waits for that may give up waiting.
            "teardown" | "delete" => self.teardown(request),
            "destroy" => self.destroy(request),
            other => panic!("the recording asks for {other}"),
        };
        let refused = match request.result.as_str() {
            "InvalidArgument" | "AlreadyExists" => true,
            _ if request.op == "delete" => false,
            result => result != "OK",
        };
        compare(refused.then_some(request), &answer)
    }

    /// The Destroy call after a teardown, which an old build of the recorder made although nothing was left to destroy.
    pub(crate) fn destroy_what_is_gone(&self, request: &Request) -> Result<(), String> {
        match self.destroy(request) {
            Err(status) if status.code() == Code::NotFound => Ok(()),
            other => Err(format!(
                "destroy {} after its teardown: expected NotFound, got {other:?}",
                request.id
            )),
        }
    }

    /// Runs a command; what is wrong with its end, if anything is.
    pub(crate) fn run(
        &self,
        command: &Command,
        note: &Note,
        engine: &mut Engine,
    ) -> Result<(), String> {
        let answer = match command {
            Command::Look => return Ok(()),
            Command::CreateProvider(name) => self.create_provider(name),
            Command::DeleteProvider(name) => self.teardown(&request(PROVIDERS, name, &json!({}))),
            Command::CreateAccount(name, role) => self.create_account(name, role),
            Command::RenewAccount(name) => self.renew_account(name),
            Command::DestroyAccount(name) => {
                let destroy = api::DestroyServiceAccountRequest {
                    name: (*name).to_owned(),
                };
                patiently(
                    engine,
                    self.management.destroy_service_account(signed(destroy)),
                )
            }
            Command::CreateToken(name) => self.create_token(name),
            Command::RevokeToken(name, revoked) => {
                self.update(&self.token(name, &json!({ "revoked": revoked })))
            }
            Command::RenewToken(name, span) => {
                let at = (self.store.clock().wall() + *span).as_secs();
                let at = jiff::Timestamp::from_second(at.cast_signed()).expect("a time");
                let at = at.to_string();
                self.update(&self.token(name, &json!({ "expiration_time": at })))
            }
            Command::DeleteToken(name) => {
                let token = self.token(name, &json!({}));
                let facts = facts(&token);
                let call =
                    self.service
                        .teardown_and_destroy(signed(cosi::TeardownAndDestroyRequest {
                            namespace: facts.namespace.to_owned(),
                            r#type: facts.type_name.to_owned(),
                            id: token.id.clone(),
                            options: None,
                        }));
                patiently(engine, call)
            }
        };
        let words = note.message.clone().unwrap_or_default();
        let refusal = words.find("rpc error").map(|start| &words[start..]);
        match (note.result.as_deref(), refusal, answer) {
            (Some("exit 0"), _, Ok(())) => Ok(()),
            (Some("exit 1"), Some(refusal), Err(status))
                if flat(&told(&status)) == flat(refusal) =>
            {
                Ok(())
            }
            (_, _, answer) => Err(format!(
                "{}\n      recorded: {words:?}\n      ours:     {answer:?}",
                note.text
            )),
        }
    }

    fn create_provider(&self, name: &str) -> Result<(), Status> {
        self.create(&request(PROVIDERS, name, &json!({})))?;
        self.create_account(&format!("infra-provider:{name}"), "InfraProvider")
    }

    fn create_account(&self, name: &str, role: &str) -> Result<(), Status> {
        let create = api::CreateServiceAccountRequest {
            name: name.to_owned(),
            role: role.to_owned(),
            armored_pgp_public_key: self.key(name),
            ..Default::default()
        };
        self.wait(self.management.create_service_account(signed(create)))
    }

    fn renew_account(&self, name: &str) -> Result<(), Status> {
        let renew = api::RenewServiceAccountRequest {
            name: name.to_owned(),
            armored_pgp_public_key: self.key(name),
        };
        self.wait(self.management.renew_service_account(signed(renew)))
    }

    fn create_token(&self, name: &str) -> Result<(), Status> {
        let create = api::CreateJoinTokenRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        self.wait(self.management.create_join_token(signed(create)))
    }

    /// A new key of an account, valid for a day.
    fn key(&self, name: &str) -> String {
        let day = std::time::Duration::from_hours(24);
        // The owner of a key is an address, in which a colon has no place.
        let name = name.rsplit(':').next().unwrap_or(name);
        let key = AccountKey::generate(name, self.store.clock().wall(), day);
        key.expect("a key").public.armored.clone()
    }

    /// A change of the join token with this name.
    fn token(&self, name: &str, spec: &Value) -> Request {
        let tokens = self.store.read_all::<kind::JoinToken>(&Query::all());
        let token = tokens.iter().find(|token| token.spec.name == name);
        let id = token.expect("it was created").id().to_owned();
        request("JoinTokens.omni.sidero.dev", &id, spec)
    }

    fn create(&self, request: &Request) -> Result<(), Status> {
        let facts = facts(request);
        let resource = cosi::Resource {
            metadata: Some(cosi::Metadata {
                namespace: facts.namespace.to_owned(),
                r#type: facts.type_name.to_owned(),
                id: request.id.clone(),
                version: "undefined".to_owned(),
                phase: "running".to_owned(),
                labels: texts(&request.detail["labels"]),
                annotations: texts(&request.detail["annotations"]),
                ..cosi::Metadata::default()
            }),
            spec: Some(spec(facts.spec, &self.today(&request.detail["spec"]))),
        };
        let create = cosi::CreateRequest {
            resource: Some(resource),
            options: None,
        };
        self.wait(self.service.create(signed(create)))
    }

    /// People stamp a wish with the time of their day; here that is the clock of the test bed.
    fn today(&self, spec: &Value) -> Value {
        let mut spec = spec.clone();
        if spec["backup_at"].is_string() {
            spec["backup_at"] = self.clock.now().to_string().into();
        }
        spec
    }

    /// Reads, changes what the request changes, writes.
    fn update(&self, request: &Request) -> Result<(), Status> {
        let facts = facts(request);
        let get = cosi::GetRequest {
            namespace: facts.namespace.to_owned(),
            r#type: facts.type_name.to_owned(),
            id: request.id.clone(),
            options: None,
        };
        let got = self.runtime.block_on(self.service.get(signed(get)))?;
        let mut resource = got.into_inner().resource.expect("an answer has a resource");
        let bytes = resource.spec.take().unwrap_or_default().proto_spec;
        let mut json = reflect::to_json(facts.spec, &bytes).expect("the plane's own bytes");
        merge(&mut json, &request.detail["spec"]);
        resource.spec = Some(spec(facts.spec, &json));
        let metadata = resource.metadata.get_or_insert_default();
        for (map, part) in [
            (&mut metadata.labels, &request.detail["labels"]),
            (&mut metadata.annotations, &request.detail["annotations"]),
        ] {
            for (key, value) in part.as_object().into_iter().flatten() {
                match value.as_str() {
                    Some(value) => map.insert(key.clone(), value.to_owned()),
                    None => map.remove(key),
                };
            }
        }
        let update = cosi::UpdateRequest {
            new_resource: Some(resource),
            options: Some(cosi::UpdateOptions::default()),
        };
        self.wait(self.service.update(signed(update)))
    }

    fn teardown(&self, request: &Request) -> Result<(), Status> {
        let facts = facts(request);
        self.wait(self.service.teardown(signed(cosi::TeardownRequest {
            namespace: facts.namespace.to_owned(),
            r#type: facts.type_name.to_owned(),
            id: request.id.clone(),
            options: None,
        })))
    }

    fn destroy(&self, request: &Request) -> Result<(), Status> {
        let facts = facts(request);
        self.wait(self.service.destroy(signed(cosi::DestroyRequest {
            namespace: facts.namespace.to_owned(),
            r#type: facts.type_name.to_owned(),
            id: request.id.clone(),
            options: None,
        })))
    }

    fn wait<T>(
        &self,
        call: impl Future<Output = Result<tonic::Response<T>, Status>>,
    ) -> Result<(), Status> {
        self.runtime.block_on(call).map(|_| ())
    }
}

/// Compares with the recorded refusal, or with the recorded success where there is none.
fn compare(refusal: Option<&Request>, answer: &Result<(), Status>) -> Result<(), String> {
    match (refusal, answer) {
        (None, Ok(())) => Ok(()),
        (Some(refusal), Err(status)) => {
            let seen = told(status);
            if flat(&seen) == flat(&refusal.message) {
                return Ok(());
            }
            Err(format!(
                "{} {}\n      recorded: {:?}\n      ours:     {seen:?}",
                refusal.op, refusal.id, refusal.message
            ))
        }
        (refusal, answer) => Err(format!("expected {refusal:?}, got {answer:?}")),
    }
}

/// Lets the controllers work until a call is answered that waits for them.
fn patiently<T>(
    engine: &mut Engine,
    call: impl Future<Output = Result<T, Status>>,
) -> Result<(), Status> {
    let mut call = Box::pin(call);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(answer) = call.as_mut().poll(&mut cx) {
            return answer.map(|_| ());
        }
        assert!(engine.step(), "nobody lets go of what the call waits for");
    }
}

const PROVIDERS: &str = "InfraProviders.omni.sidero.dev";

/// A request that is not in the recording, but behind a command.
fn request(type_name: &str, id: &str, spec: &Value) -> Request {
    Request {
        t: 0.0,
        op: String::new(),
        type_name: type_name.to_owned(),
        id: id.to_owned(),
        detail: json!({ "spec": spec }),
        result: String::new(),
        message: String::new(),
        took: 0.0,
    }
}

/// A status as Go prints it.
fn told(status: &Status) -> String {
    format!(
        "rpc error: code = {:?} desc = {}",
        status.code(),
        status.message()
    )
}

/// The text without blanks at the line breaks and without line breaks at its end.
fn flat(text: &str) -> String {
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.trim_matches(' '))
        .collect();
    lines.join("\n").trim_end().to_owned()
}

fn facts(request: &Request) -> &'static kind::Facts {
    kind::find(&request.type_name).expect("a known kind")
}

fn spec(message: &str, json: &Value) -> cosi::Spec {
    cosi::Spec {
        proto_spec: reflect::from_json(message, json).expect("a recorded spec"),
        yaml_spec: String::new(),
    }
}

fn texts<T: FromIterator<(String, String)>>(map: &Value) -> T {
    let pairs = map.as_object().into_iter().flatten();
    pairs
        .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}

fn signed<T>(message: T) -> tonic::Request<T> {
    let caller = Caller {
        user_id: "u".into(),
        identity: "admin@lab.test".into(),
        fingerprint: "f".into(),
        role: Role::Admin,
        user_agent: String::new(),
    };
    let mut request = tonic::Request::new(message);
    request.extensions_mut().insert(Arc::new(caller));
    request
}

/// JSON merge: null removes.
fn merge(target: &mut Value, change: &Value) {
    let Some(change) = change.as_object() else {
        if !change.is_null() {
            *target = change.clone();
        }
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(target) = target.as_object_mut() else {
        return;
    };
    for (key, value) in change {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
