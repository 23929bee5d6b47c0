//! A client that writes down everything that it says and hears.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::rt::TokioIo;
use omni_api::{kind, reflect};
use omni_plane::api::{Endpoints, routes};
use omni_plane::engine::{Engine, Settled};
use omni_plane::infra::machine::{NewMachine, Timings, add};
use omni_plane::infra::provider::play_new_providers;
use omni_plane::seed::{AccountKey, Seed, issue_key, seed};
use omni_plane::serve::{Address, Connections, Listener, serve};
use omni_plane::{Clock, Store, audit, plane};
use serde_json::{Value as Json, json};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};

use super::codec::Bytes;
use super::signer::Signer;
use super::text;

const HOUR: Duration = Duration::from_hours(1);
/// How long a call may take before the plane is asked whether it waits for something.
const GLANCE: Duration = Duration::from_millis(500);
const LIFETIME: Duration = Duration::from_hours(24);

/// A plane and what is said to it.
pub(crate) struct Talk {
    name: &'static str,
    text: String,
    store: Store,
    engine: Engine,
    channel: Channel,
    signer: Signer,
    stop: CancellationToken,
    _home: tempfile::TempDir,
}

impl Talk {
    /// A fresh plane with six machines that have checked in.
    pub(crate) async fn begin(name: &'static str) -> Self {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        let account = Seed {
            account: "lab".into(),
            versions: None,
        };
        seed(&store, &account).expect("seeded");
        let key = issue_key(&store).expect("a key");
        audit::record(&store);
        play_new_providers(&store, BTreeMap::new());
        let args = ["siderolink.api=grpc://omni.lab.test?jointoken=t".to_owned()];
        for number in 1..=6 {
            add(&store, &NewMachine::plain(number, "1.13.8", &args)).expect("added");
        }
        let controllers = plane::controllers(&Timings::talos());
        let engine = Engine::new(store.clone(), clock, controllers).expect("they fit");
        let home = tempfile::tempdir().expect("a folder");
        let stop = CancellationToken::new();
        let channel = serve_at(&store, home.path().join("plane.sock"), stop.clone()).await;
        let mut talk = Self {
            name,
            text: format!("# omnictl {}\n", name.replace('-', " ")),
            signer: Signer::new(&key, store.clock().wall()),
            store,
            engine,
            channel,
            stop,
            _home: home,
        };
        talk.settle();
        talk
    }

    /// A line for the reader.
    pub(crate) fn note(&mut self, text: &str) {
        self.text.push_str(&format!("\n## {text}\n"));
    }

    /// Does what is not worth telling.
    pub(crate) async fn quietly(&mut self, run: impl AsyncFnOnce(&mut Self)) {
        let told = self.text.clone();
        run(self).await;
        self.text = told;
    }

    /// Lets emulated time pass until nothing happens any more.
    fn settle(&mut self) {
        assert_eq!(self.engine.settle(HOUR), Settled::Quiet);
    }

    /// Another key of the same moment.
    pub(crate) fn key(&self, name: &str) -> AccountKey {
        AccountKey::generate(name, self.store.clock().wall(), LIFETIME).expect("a key")
    }

    /// Speaks with another key from now on; the former one is handed back.
    pub(crate) fn speak_as(&mut self, key: &AccountKey) -> Signer {
        let new = Signer::new(key, self.store.clock().wall());
        std::mem::replace(&mut self.signer, new)
    }

    pub(crate) fn speak_again(&mut self, signer: Signer) {
        self.signer = signer;
    }

    /// One message there, one back; JSON as the messages have it. Null where the plane refused.
    pub(crate) async fn call(&mut self, method: &str, message: Json) -> Json {
        self.call_with(method, &[], message).await
    }

    /// The same with headers.
    pub(crate) async fn call_with(
        &mut self,
        method: &str,
        headers: &[(&'static str, &str)],
        message: Json,
    ) -> Json {
        let answers = self.exchange(method, headers, message, 1).await;
        answers.into_iter().next().unwrap_or_default()
    }

    /// One message there and the first so many back.
    pub(crate) async fn stream(
        &mut self,
        method: &str,
        headers: &[(&'static str, &str)],
        message: Json,
        most: usize,
    ) -> Vec<Json> {
        self.exchange(method, headers, message, most).await
    }

    async fn exchange(
        &mut self,
        method: &str,
        headers: &[(&'static str, &str)],
        message: Json,
        most: usize,
    ) -> Vec<Json> {
        let (service, name) = method.split_once('/').expect("service and method");
        let service = reflect::pool().get_service_by_name(service);
        let service = service.expect("a service");
        let call = service.methods().find(|call| call.name() == name);
        let call = call.expect("a method");
        let input = reflect::from_json(call.input().full_name(), &message);
        let bytes = input.expect("a message");
        self.text
            .push_str(&text::said(method, headers, &text::shown(&message)));
        let (heard, ended) = self.send(method, headers, bytes, most).await;
        let mut answers = Vec::new();
        for bytes in heard {
            let answer = reflect::to_json(call.output().full_name(), &bytes);
            let answer = answer.expect("a message");
            self.text.push_str(&text::heard(&text::shown(&answer)));
            answers.push(answer);
        }
        match ended {
            Some(status) => self.text.push_str(&text::refused(&status)),
            None if call.is_server_streaming() && answers.len() < most => {
                self.text.push_str("< (the end)\n");
            }
            None => {}
        }
        answers
    }

    /// Sends bytes and receives bytes; the plane goes on meanwhile.
    async fn send(
        &mut self,
        method: &str,
        headers: &[(&'static str, &str)],
        message: Vec<u8>,
        most: usize,
    ) -> (Vec<Vec<u8>>, Option<Status>) {
        let path = format!("/{method}");
        let signer = self.signer.at(self.store.clock().wall());
        let request = signer.sign_with(&path, headers, message);
        let mut client = tonic::client::Grpc::new(self.channel.clone());
        let mut asked = tokio::spawn(async move {
            let path: PathAndQuery = path.parse().expect("a path");
            client.ready().await.expect("connected");
            // On the wire a call with one answer is a stream of one.
            let mut answers = match client.server_streaming(request, path, Bytes).await {
                Ok(answers) => answers.into_inner(),
                Err(status) => return (Vec::new(), Some(status)),
            };
            let mut heard = Vec::new();
            while heard.len() < most {
                match answers.message().await {
                    Ok(Some(answer)) => heard.push(answer),
                    Ok(None) => break,
                    Err(status) => return (heard, Some(status)),
                }
            }
            (heard, None)
        });
        let done = loop {
            if let Ok(done) = tokio::time::timeout(GLANCE, &mut asked).await {
                break done.expect("it does not panic");
            }
            self.settle();
        };
        // Whatever follows from the call has happened before the next one.
        self.settle();
        done
    }

    /// Compares what was said with the file, or writes the file.
    pub(crate) fn end(self) {
        let said = text::stable(&self.text);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/transcripts");
        let path = std::path::Path::new(folder).join(format!("{}.txt", self.name));
        self.stop.cancel();
        if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            std::fs::write(&path, said).expect("written");
            return;
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        if golden != said {
            let diff = similar::TextDiff::from_lines(&golden, &said);
            let diff = diff
                .unified_diff()
                .header("the file", "the plane")
                .to_string();
            panic!(
                "{} differs; UPDATE_TRANSCRIPTS=1 writes it anew\n{diff}",
                path.display()
            );
        }
    }
}

/// Serves the store on a socket, and connects to it.
async fn serve_at(store: &Store, path: std::path::PathBuf, stop: CancellationToken) -> Channel {
    let listener = Listener::bind(Address::Unix(path.clone())).await;
    let listener = listener.expect("a free path");
    let endpoints = Endpoints {
        api: "https://omni.lab.test".into(),
        kubernetes: "https://omni.lab.test:8100".into(),
    };
    let routes = routes(
        store,
        &omni_plane::backups::Depot::memory(),
        endpoints,
        stop.clone(),
    );
    let serving = serve(listener, routes, Connections::default(), stop);
    tokio::spawn(async move { serving.await.expect("it serves") });
    let connect = tower::service_fn(move |_| {
        let path = path.clone();
        async move { Ok::<_, std::io::Error>(TokioIo::new(UnixStream::connect(path).await?)) }
    });
    let endpoint = Endpoint::from_static("http://plane").user_agent("transcripts");
    let endpoint = endpoint.expect("a name");
    endpoint
        .connect_with_connector(connect)
        .await
        .expect("it listens")
}

/// A resource as the state service takes it.
pub(crate) fn resource(type_name: &str, id: &str, labels: &Json, spec: &Json) -> Json {
    let facts = kind::find(type_name).expect("a kind");
    let bytes = reflect::from_json(facts.spec, spec).expect("a spec");
    json!({
        "metadata": {
            "namespace": facts.namespace,
            "type": type_name,
            "id": id,
            "version": "undefined",
            "phase": "running",
            "labels": labels,
        },
        "spec": { "proto_spec": STANDARD.encode(bytes) },
    })
}

/// A pointer to a resource, as most requests have it.
pub(crate) fn pointer(type_name: &str, id: &str) -> Json {
    let facts = kind::find(type_name).expect("a kind");
    json!({ "namespace": facts.namespace, "type": type_name, "id": id })
}
