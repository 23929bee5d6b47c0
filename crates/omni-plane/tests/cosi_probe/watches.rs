//! The steps that are watches.

use std::time::Duration;

use omni_api::cosi::label_term::Operation;
use omni_api::cosi::{Event, EventType, WatchOptions, WatchRequest, WatchResponse};
use serde_json::{Value, json};
use tonic::{Status, Streaming};

use super::client::{Probe, Seen, TYPE, change, code, resource, term};
use super::steps::update;

/// Runs a watch by its name; `None` when there is none of that name.
pub(crate) async fn run(probe: &mut Probe, step: &str) -> Option<Seen> {
    let bootstrap = WatchOptions {
        bootstrap_contents: true,
        ..WatchOptions::default()
    };
    let messages = match step {
        "watch kind, bootstrap_contents, api_version 1, then update l1" => {
            let label_query = vec![term("c", Operation::Exists, &[], false)];
            let mut watch = Watch::start(
                probe,
                None,
                WatchOptions {
                    label_query,
                    ..bootstrap
                },
                1,
            )
            .await;
            watch.read(4).await;
            update(
                probe,
                labelled("l1", "1", &[("c", "c1"), ("mem", "8GiB")]),
                None,
            )
            .await;
            watch.read(1).await.messages.clone()
        }
        "watch kind aggregated + bootstrap" => {
            let options = WatchOptions {
                aggregated: true,
                ..bootstrap
            };
            Watch::start(probe, None, options, 1)
                .await
                .read(2)
                .await
                .messages
                .clone()
        }
        "watch kind bootstrap with api_version 0 (no BOOTSTRAPPED)" => {
            let mut watch = Watch::start(probe, None, bootstrap, 0).await;
            watch.read(6).await.nothing_more().await;
            watch.messages.clone()
        }
        "watch kind bootstrap_bookmark" => {
            let options = WatchOptions {
                bootstrap_bookmark: true,
                ..WatchOptions::default()
            };
            Watch::start(probe, None, options, 1)
                .await
                .read(2)
                .await
                .messages
                .clone()
        }
        _ => return singles(probe, step).await,
    };
    Some(Seen::Messages(Value::from(messages)))
}

/// Watches on one resource, and watches that end early.
async fn singles(probe: &mut Probe, step: &str) -> Option<Seen> {
    let bootstrap = WatchOptions {
        bootstrap_contents: true,
        ..WatchOptions::default()
    };
    let messages = match step {
        "watch single existing" => one(probe, "l1", WatchOptions::default())
            .await
            .read(2)
            .await
            .messages
            .clone(),
        "watch single missing" => one(probe, "zz", WatchOptions::default())
            .await
            .read(2)
            .await
            .messages
            .clone(),
        "watch single + bootstrap_contents" => one(probe, "l1", bootstrap)
            .await
            .read(1)
            .await
            .messages
            .clone(),
        "watch kind with invalid bookmark" => {
            let options = WatchOptions {
                start_from_bookmark: Some(vec![1, 2, 3]),
                ..WatchOptions::default()
            };
            Watch::start(probe, None, options, 1)
                .await
                .read(1)
                .await
                .messages
                .clone()
        }
        "watch kind label leaves the query (UPDATED becomes DESTROYED)" => {
            let label_query = vec![term("c", Operation::Equal, &["c2"], false)];
            let options = WatchOptions {
                label_query,
                ..WatchOptions::default()
            };
            let mut watch = Watch::start(probe, None, options, 1).await;
            watch.read(1).await;
            update(probe, labelled("l2", "1", &[("c", "other")]), None).await;
            watch.read(1).await.messages.clone()
        }
        _ => return None,
    };
    Some(Seen::Messages(Value::from(messages)))
}

fn labelled(id: &str, version: &str, pairs: &[(&str, &str)]) -> omni_api::cosi::Resource {
    let pairs = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    change(resource(id, version), |metadata, _| {
        metadata.labels = pairs.collect();
    })
}

async fn one(probe: &mut Probe, id: &str, options: WatchOptions) -> Watch {
    Watch::start(probe, Some(id.to_owned()), options, 1).await
}

struct Watch {
    stream: Result<Streaming<WatchResponse>, Status>,
    messages: Vec<Value>,
}

impl Watch {
    async fn start(
        probe: &mut Probe,
        id: Option<String>,
        options: WatchOptions,
        api_version: i32,
    ) -> Self {
        let request = WatchRequest {
            namespace: "default".into(),
            r#type: TYPE.into(),
            id,
            options: Some(options),
            api_version,
        };
        let stream = probe
            .client
            .watch(request)
            .await
            .map(tonic::Response::into_inner);
        Self {
            stream,
            messages: Vec::new(),
        }
    }

    /// Reads this many messages more, or an error in the place of one.
    async fn read(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            let message = match &mut self.stream {
                Ok(stream) => stream.message().await,
                Err(status) => Err(status.clone()),
            };
            self.messages.push(match message {
                Ok(message) => shown(&message.expect("the watch goes on")),
                Err(status) => {
                    json!({ "grpc_code": code(status.code()), "message": status.message() })
                }
            });
        }
        self
    }

    /// Stands for the deadline that ended the recorded watch: what has not come within a moment does not come.
    async fn nothing_more(&mut self) {
        let stream = self.stream.as_mut().expect("a watch");
        let late = tokio::time::timeout(Duration::from_millis(50), stream.message()).await;
        assert!(late.is_err(), "an old client cannot read {late:?}");
        self.messages.push(json!({
            "grpc_code": "DeadlineExceeded",
            "message": "context deadline exceeded",
        }));
    }
}

fn shown(message: &WatchResponse) -> Value {
    if message.event.is_empty() {
        return Value::Null;
    }
    message.event.iter().map(event).collect()
}

fn event(event: &Event) -> Value {
    let resource = event.resource.clone().unwrap_or_default();
    let metadata = resource.metadata.unwrap_or_default();
    let bookmark = event.bookmark.clone().unwrap_or_default();
    let position = bookmark.get(8..).unwrap_or_default();
    let mut shown = json!({
        "type": EventType::try_from(event.event_type).expect("a known type").as_str_name(),
        "id": metadata.id,
        "version": metadata.version,
        "bookmark_len": bookmark.len(),
        "bookmark_hex": hex::encode(position),
        "has_spec_bytes": resource.spec.is_some_and(|spec| !spec.proto_spec.is_empty()),
    });
    if let Some(old) = event.old.as_ref().and_then(|old| old.metadata.as_ref()) {
        shown["old_version"] = Value::from(old.version.clone());
    }
    shown
}
