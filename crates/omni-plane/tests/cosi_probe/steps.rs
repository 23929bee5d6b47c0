//! The steps that are calls with one answer.

use futures::TryStreamExt as _;
use omni_api::cosi::label_term::Operation;
use omni_api::cosi::{
    CreateOptions, CreateRequest, DestroyRequest, GetRequest, IdQuery, LabelQuery, ListOptions,
    ListRequest, Metadata, Resource, Spec, TeardownAndDestroyRequest, TeardownRequest,
    UpdateOptions, UpdateRequest,
};

use super::client::{Probe, Seen, TYPE, answered, change, code, resource, term};

/// Runs a step by its name; `None` when there is none of that name.
pub(crate) async fn run(probe: &mut Probe, step: &str) -> Option<Seen> {
    if let Some(query) = step.strip_prefix("list ") {
        return list(probe, query).await;
    }
    if let Some(seen) = creation(probe, step).await {
        return Some(seen);
    }
    if let Some(seen) = change_of(probe, step).await {
        return Some(seen);
    }
    Some(match step {
        "get missing" | "get tearing down" => get(probe, "x").await,
        "teardown with finalizer" | "teardown again" => teardown(probe, "x").await,
        "teardown missing" => teardown(probe, "nope").await,
        "destroy with finalizer" | "destroy ok" | "destroy missing" => destroy(probe, "x").await,
        "destroy owned without owner" => destroy(probe, "owned").await,
        "destroy running resource without teardown" => destroy(probe, "x7").await,
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
        _ => return None,
    })
}

async fn creation(probe: &mut Probe, step: &str) -> Option<Seen> {
    let mut new = resource("x", "undefined");
    let mut owner = None;
    match step {
        "create with empty version string" => new = resource("x", ""),
        "create with empty phase" => new = change(new, |metadata, _| metadata.phase.clear()),
        "create ok (version undefined, timestamps omitted)" | "create duplicate" => {}
        "create ok ignores client version 7" => new = resource("x7", "7"),
        "create without spec message" => new.spec = None,
        "create without metadata" => new.metadata = None,
        "create with owner option" => {
            new = change(resource("owned", "undefined"), |_, spec| {
                spec.proto_spec.clear();
            });
            owner = Some("CtrlA");
        }
        "create metadata owner != option owner" => {
            new = change(resource("o2", "undefined"), |metadata, _| {
                metadata.owner = "CtrlB".into();
            });
            owner = Some("CtrlA");
        }
        "create l1" => new = labelled("l1", &[("c", "c1"), ("mem", "8GiB")]),
        "create l2" => new = labelled("l2", &[("c", "c2"), ("mem", "16GiB")]),
        "create l3" => new = labelled("l3", &[("d", "")]),
        "create like a Go client (zero time in created/updated)" => {
            let never = prost_types::Timestamp {
                seconds: -62_135_596_800,
                nanos: 0,
            };
            new = change(resource("z", "undefined"), |metadata, _| {
                metadata.created = Some(never);
                metadata.updated = Some(never);
            });
        }
        _ => return None,
    }
    Some(create(probe, new, owner).await)
}

async fn change_of(probe: &mut Probe, step: &str) -> Option<Seen> {
    let (new, phase) = match step {
        "update, options message absent" => {
            let request = UpdateRequest {
                new_resource: Some(resource("x", "1")),
                options: None,
            };
            return Some(send_update(probe, request).await);
        }
        "update with the current version 1" | "update with stale version 1 (actual 2)" => {
            (written("x", "1", 3), None)
        }
        "update version undefined" => (written("x", "undefined", 3), None),
        "update owned without owner" => (resource("owned", "1"), None),
        "update with expected_phase tearingDown on running resource" => {
            (written("x", "2", 3), Some("tearingDown"))
        }
        "update: set finalizers" => {
            let held =
                |metadata: &mut Metadata, _: &mut Spec| metadata.finalizers = vec!["fin1".into()];
            (change(written("x", "2", 2), held), None)
        }
        "update tearing-down resource with expected_phase running" => {
            (written("x", "4", 2), Some("running"))
        }
        "remove finalizer with expected phase unset" => {
            let free =
                |metadata: &mut Metadata, _: &mut Spec| metadata.phase = "tearingDown".into();
            (change(written("x", "4", 2), free), None)
        }
        _ => return None,
    };
    Some(update(probe, new, phase).await)
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
        spec.proto_spec = vec![contents];
    })
}

fn labelled(id: &str, pairs: &[(&str, &str)]) -> Resource {
    let pairs = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    change(resource(id, "undefined"), |metadata, _| {
        metadata.labels = pairs.collect();
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
