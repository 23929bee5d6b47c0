//! Drives the plane through what the client asked for, and keeps what the plane showed.

use std::time::Duration;

use omni_api::{AnyResource, kind, reflect};
use omni_plane::Moment;
use omni_plane::store::{Event, EventKind, Filter, Key, Query, Receiver};
use serde_json::Value;

use crate::bed::Bed;
use crate::project::FIELDS;
use crate::recording::{Line, Recording, Request};

/// How long the plane may need beyond the recording's end to come to rest.
const REST: Duration = Duration::from_mins(5);

/// How long one reconciliation takes: the recorded server worked off what a request set off in 0.3 s to 1 s, while further
/// requests came in. A plane that needed no time at all would show each request's end before the next one.
const STEP: Duration = Duration::from_millis(5);

/// What the plane showed: what was there, and what changed.
pub(crate) struct Run {
    pub(crate) existing: Vec<Line>,
    pub(crate) events: Vec<Line>,
}

/// Goes through the recording's requests at their recorded times, and on to its end.
fn drive(bed: &mut Bed, recording: &Recording) -> Run {
    let existing = snapshot(bed);
    let mut events = bed.store.subscribe(Filter::all());
    let start = bed.store.clock().moment();
    for request in &recording.requests {
        go_on(bed, start, request.t);
        if request.result == "OK" {
            ask(bed, request);
        }
    }
    go_on(bed, start, recording.length);
    // Omni was at rest when the recording ended.
    bed.engine.settle(REST);
    Run {
        existing,
        events: taken(&mut events, start),
    }
}

/// Lets time pass up to a moment of the recording. Each step of the engine takes a little of it.
fn go_on(bed: &mut Bed, start: Moment, until: f64) {
    let target = start + Duration::from_secs_f64(until);
    let clock = bed.store.clock().clone();
    let span = target.since(clock.moment());
    let over = bed.engine.until(span, |_| {
        clock.advance(STEP);
        clock.moment() >= target
    });
    if !over {
        bed.engine.pass(target.since(clock.moment()));
    }
}

fn ask(bed: &mut Bed, request: &Request) {
    let facts = kind::find(&request.type_name).expect("a known kind");
    let key = Key::new(facts.namespace, facts.type_name, &request.id);
    match request.op.as_str() {
        "create" => bed.create(&Line {
            t: request.t,
            event: "created".to_owned(),
            type_name: request.type_name.clone(),
            id: request.id.clone(),
            phase: "running".to_owned(),
            owner: String::new(),
            labels: request.detail["labels"].clone(),
            annotations: request.detail["annotations"].clone(),
            spec: request.detail["spec"].clone(),
        }),
        "update" => update(bed, &key, facts.spec, &request.detail),
        // The recorded deletions never needed a Destroy call: the server destroys what is torn down.
        "teardown" | "delete" => {
            bed.store.teardown(&key, "").expect("torn down");
        }
        "destroy" => bed.store.destroy(&key, "").expect("destroyed"),
        other => panic!("the recording asks for {other}"),
    }
}

/// Reads, changes what the request changes, writes.
fn update(bed: &Bed, key: &Key, message: &str, detail: &Value) {
    let stored = bed
        .store
        .get(&key.namespace, &key.type_name, &key.id)
        .expect("it is there");
    let mut changed = AnyResource::clone(&stored);
    let mut spec = reflect::to_json(message, &stored.spec).expect("our own bytes");
    merge(&mut spec, &detail["spec"]);
    changed.spec = reflect::from_json(message, &spec).expect("it fits");
    for (map, part) in [
        (&mut changed.metadata.labels, &detail["labels"]),
        (&mut changed.metadata.annotations, &detail["annotations"]),
    ] {
        for (key, value) in part.as_object().into_iter().flatten() {
            match value.as_str() {
                Some(value) => map.insert(key.clone(), value.to_owned()),
                None => map.remove(key),
            };
        }
    }
    bed.store.update(changed, "", None).expect("updated");
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

/// Everything that matters, as it is now.
fn snapshot(bed: &Bed) -> Vec<Line> {
    let facts = kind::ALL.iter().filter(|facts| matters(facts.type_name));
    facts
        .flat_map(|facts| {
            bed.store
                .list(facts.namespace, facts.type_name, &Query::all())
        })
        .filter_map(|resource| line("existing", &resource, 0.0))
        .collect()
}

fn taken(events: &mut Receiver, start: Moment) -> Vec<Line> {
    let mut lines = Vec::new();
    while let Ok(Event { kind, resource, .. }) = events.try_recv() {
        let name = match kind {
            EventKind::Created => "created",
            EventKind::Updated => "updated",
            EventKind::Destroyed => "destroyed",
        };
        let stamp = resource.metadata.updated.or(resource.metadata.created);
        let t = stamp.map_or(0.0, |stamp| Moment::from(stamp).since(start).as_secs_f64());
        lines.extend(line(name, &resource, t));
    }
    lines
}

fn line(event: &str, resource: &AnyResource, t: f64) -> Option<Line> {
    let metadata = &resource.metadata;
    let facts = kind::find(&metadata.type_name).filter(|facts| matters(facts.type_name))?;
    Some(Line {
        t,
        event: event.to_owned(),
        type_name: metadata.type_name.to_string(),
        id: metadata.id.to_string(),
        phase: metadata.phase.to_string(),
        owner: metadata.owner.clone(),
        labels: serde_json::to_value(&metadata.labels).expect("texts"),
        annotations: Value::Null,
        spec: reflect::to_json(facts.spec, &resource.spec).expect("our own bytes"),
    })
}

fn matters(type_name: &str) -> bool {
    let kind = type_name.split('.').next().unwrap_or_default();
    FIELDS.iter().any(|(known, _)| *known == kind)
}

/// Prepares the test bed and drives it through the recording.
pub(crate) fn replay(recording: &Recording) -> Run {
    let mut bed = Bed::prepare(recording);
    drive(&mut bed, recording)
}
