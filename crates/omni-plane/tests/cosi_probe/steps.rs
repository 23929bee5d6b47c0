//! The steps that are calls with one answer.

use futures::TryStreamExt as _;
use omni_api::cosi::label_term::Operation;
use omni_api::cosi::{
    CreateOptions, CreateRequest, DestroyRequest, GetRequest, IdQuery, LabelQuery, ListOptions,
    ListRequest, Resource, TeardownAndDestroyRequest, TeardownRequest, UpdateOptions,
    UpdateRequest,
};

use super::client::{Probe, Seen, TYPE, answered, change, code, resource, term};

/// Runs a step by its name; `None` when there is none of that name.
pub(crate) async fn run(probe: &mut Probe, step: &str) -> Option<Seen> {
    if let Some(query) = step.strip_prefix("list ") {
        return list(probe, query).await;
    }
    let seen = match step {
        "get missing" => get(probe, "x").await,
        "create with empty version string" => create(probe, resource("x", ""), None).await,
        "create with empty phase" => {
            let odd = change(resource("x", "undefined"), |metadata, _| {
                metadata.phase.clear()
            });
            create(probe, odd, None).await
        }
        "create ok (version undefined, timestamps omitted)" => {
            create(probe, resource("x", "undefined"), None).await
        }
        "create ok ignores client version 7" => create(probe, resource("x7", "7"), None).await,
        "create duplicate" => create(probe, resource("x", "undefined"), None).await,
        "create without spec message" => {
            let mut bare = resource("y", "undefined");
            bare.spec = None;
            create(probe, bare, None).await
        }
        "create without metadata" => {
            let mut bare = resource("y", "undefined");
            bare.metadata = None;
            create(probe, bare, None).await
        }
        "create with owner option" => {
            let empty = change(resource("owned", "undefined"), |_, spec| {
                spec.proto_spec.clear()
            });
            create(probe, empty, Some("CtrlA")).await
        }
        "create metadata owner != option owner" => {
            let foreign = change(resource("o2", "undefined"), |metadata, _| {
                metadata.owner = "CtrlB".into()
            });
            create(probe, foreign, Some("CtrlA")).await
        }
        "update, options message absent" => {
            let request = UpdateRequest {
                new_resource: Some(resource("x", "1")),
                options: None,
            };
            send_update(probe, request).await
        }
        "update with the current version 1" => update(probe, written("x", "1", 3), None).await,
        "update with stale version 1 (actual 2)" => update(probe, written("x", "1", 3), None).await,
        "update version undefined" => update(probe, written("x", "undefined", 3), None).await,
        "update owned without owner" => update(probe, resource("owned", "1"), None).await,
        "update with expected_phase tearingDown on running resource" => {
            update(probe, written("x", "2", 3), Some("tearingDown")).await
        }
        "update: set finalizers" => {
            let held = change(written("x", "2", 2), |metadata, _| {
                metadata.finalizers = vec!["fin1".into()]
            });
            update(probe, held, None).await
        }
        "teardown with finalizer" | "teardown again" => teardown(probe, "x").await,
        "destroy with finalizer" | "destroy ok" | "destroy missing" => destroy(probe, "x").await,
        "get tearing down" => get(probe, "x").await,
        "update tearing-down resource with expected_phase running" => {
            update(probe, written("x", "4", 2), Some("running")).await
        }
        "remove finalizer with expected phase unset" => {
            let free = change(written("x", "4", 2), |metadata, _| {
                metadata.phase = "tearingDown".into()
            });
            update(probe, free, None).await
        }
        "destroy owned without owner" => destroy(probe, "owned").await,
        "destroy running resource without teardown" => destroy(probe, "x7").await,
        "teardown missing" => teardown(probe, "nope").await,
        "teardown_and_destroy missing" => {
            let request = TeardownAndDestroyRequest {
                namespace: "default".into(),
                r#type: TYPE.into(),
                id: "nope".into(),
                options: None,
            };
            answered(
                probe
                    .client
                    .teardown_and_destroy(request)
                    .await
                    .map(|_| None),
            )
        }
        "create l1" => create(probe, labelled("l1", &[("c", "c1"), ("mem", "8GiB")]), None).await,
        "create l2" => {
            create(
                probe,
                labelled("l2", &[("c", "c2"), ("mem", "16GiB")]),
                None,
            )
            .await
        }
        "create l3" => create(probe, labelled("l3", &[("d", "")]), None).await,
        "create like a Go client (zero time in created/updated)" => {
            let never = prost_types::Timestamp {
                seconds: -62_135_596_800,
                nanos: 0,
            };
            let go = change(resource("z", "undefined"), |metadata, _| {
                metadata.created = Some(never);
                metadata.updated = Some(never);
            });
            create(probe, go, None).await
        }
        _ => return None,
    };
    Some(seen)
}

async fn list(probe: &mut Probe, query: &str) -> Option<Seen> {
    let (labels, id): (Vec<LabelQuery>, &str) = match query {
        "EQUAL c=c1" => (vec![term("c", Operation::Equal, &["c1"], false)], ""),
        "EQUAL inverted c!=c1 (matches resources lacking the label too)" => {
            (vec![term("c", Operation::Equal, &["c1"], true)], "")
        }
        "EXISTS d" => (vec![term("d", Operation::Exists, &[], false)], ""),
        "EXISTS inverted d" => (vec![term("d", Operation::Exists, &[], true)], ""),
        #[allow(deprecated, reason = "old clients still send it")]
        "NOT_EXISTS d" => (vec![term("d", Operation::NotExists, &[], false)], ""),
        "IN c in c1,c2" => (vec![term("c", Operation::In, &["c1", "c2"], false)], ""),
        "IN inverted" => (vec![term("c", Operation::In, &["c1"], true)], ""),
        "LT_NUMERIC mem<16GiB" => (
            vec![term("mem", Operation::LtNumeric, &["16GiB"], false)],
            "",
        ),
        "LTE_NUMERIC inverted mem>8GiB (absent label never matches)" => (
            vec![term("mem", Operation::LteNumeric, &["8GiB"], true)],
            "",
        ),
        "two queries OR" => (
            vec![
                term("c", Operation::Equal, &["c1"], false),
                term("d", Operation::Exists, &[], false),
            ],
            "",
        ),
        "id regexp ^l[12]$" => (vec![], "^l[12]$"),
        "id bad regexp" => (vec![], "("),
        "without options" => (vec![], ""),
        _ => return None,
    };
    let options = ListOptions {
        label_query: labels,
        id_query: (!id.is_empty()).then(|| IdQuery { regexp: id.into() }),
    };
    let request = ListRequest {
        namespace: "default".into(),
        r#type: TYPE.into(),
        options: (query != "without options").then_some(options),
    };
    let answer = async {
        probe
            .client
            .list(request)
            .await?
            .into_inner()
            .try_collect::<Vec<_>>()
            .await
    };
    Some(match answer.await {
        Ok(found) => Seen::Ids(
            found
                .into_iter()
                .filter_map(|one| Some(one.resource?.metadata?.id))
                .collect(),
        ),
        Err(status) => Seen::Failed(code(status.code()), status.message().to_owned()),
    })
}

fn written(id: &str, version: &str, contents: u8) -> Resource {
    change(resource(id, version), |_, spec| {
        spec.proto_spec = vec![contents]
    })
}

fn labelled(id: &str, pairs: &[(&str, &str)]) -> Resource {
    let pairs = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    change(resource(id, "undefined"), |metadata, _| {
        metadata.labels = pairs.collect()
    })
}

async fn get(probe: &mut Probe, id: &str) -> Seen {
    let request = GetRequest {
        namespace: "default".into(),
        r#type: TYPE.into(),
        id: id.into(),
        options: None,
    };
    answered(
        probe
            .client
            .get(request)
            .await
            .map(|answer| answer.into_inner().resource),
    )
}

async fn create(probe: &mut Probe, resource: Resource, owner: Option<&str>) -> Seen {
    let request = CreateRequest {
        resource: Some(resource),
        options: owner.map(|owner| CreateOptions {
            owner: owner.into(),
        }),
    };
    answered(
        probe
            .client
            .create(request)
            .await
            .map(|answer| answer.into_inner().resource),
    )
}

pub(crate) async fn update(probe: &mut Probe, resource: Resource, phase: Option<&str>) -> Seen {
    let options = UpdateOptions {
        owner: String::new(),
        expected_phase: phase.map(str::to_owned),
    };
    let request = UpdateRequest {
        new_resource: Some(resource),
        options: Some(options),
    };
    send_update(probe, request).await
}

async fn send_update(probe: &mut Probe, request: UpdateRequest) -> Seen {
    answered(
        probe
            .client
            .update(request)
            .await
            .map(|answer| answer.into_inner().resource),
    )
}

async fn teardown(probe: &mut Probe, id: &str) -> Seen {
    let request = TeardownRequest {
        namespace: "default".into(),
        r#type: TYPE.into(),
        id: id.into(),
        options: None,
    };
    answered(probe.client.teardown(request).await.map(|_| None))
}

async fn destroy(probe: &mut Probe, id: &str) -> Seen {
    let request = DestroyRequest {
        namespace: "default".into(),
        r#type: TYPE.into(),
        id: id.into(),
        options: None,
    };
    answered(probe.client.destroy(request).await.map(|_| None))
}
