//! Drives the plane through what the client asked for, and keeps what the plane showed.

use std::time::Duration;

use omni_api::{AnyResource, kind, reflect};
use omni_plane::Moment;
use omni_plane::store::{Event, EventKind, Filter, Query, Receiver};
use serde_json::Value;

use crate::bed::Bed;
use crate::client::Client;
use crate::fields::FIELDS;
use crate::recording::{Line, Recording};
use crate::script::{self, What};

/// How long the plane may need beyond the recording's end to come to rest.
const REST: Duration = Duration::from_mins(5);

/// How long one reconciliation takes, by recording: the recorded server worked off what a request set off in 0.1 s to 1 s, while further
/// requests came in. A plane that needed no time at all would show each request's end before the next one.
///
/// The server was not equally fast every day, and this is the one thing about it that is fitted: of 4 ms and 5 ms the one at which more
/// of a recording comes out as it was recorded.
fn pace(number: &str) -> Duration {
    let milliseconds = match number {
        "11" | "14" | "14b" | "16" | "16b" => 4,
        _ => 5,
    };
    Duration::from_millis(milliseconds)
}

/// Controllers that take nobody's time. `FreeMachineController` has no counterpart in Omni: it keeps an index for others, which there is part of
/// their query. Those of metrics collect there in loops of their own, at most every 10 s, beside everything else. The last two show what others have
/// written, and the time that they take is in nobody's way, as nobody else reads it.
const ASIDE: [&str; 6] = [
    "FreeMachineController",
    "MachineStatusMetricsController",
    "ClusterStatusMetricsController",
    "ClusterMetricsController",
    "MachineStatusLinkController",
    "MachineConfigGenOptionsController",
];

/// What the plane showed: what was there, what changed, and which answers were not the recorded ones.
pub(crate) struct Run {
    pub(crate) existing: Vec<Line>,
    pub(crate) events: Vec<Line>,
    pub(crate) wrong_answers: Vec<String>,
}

/// Goes through the recording's steps at their recorded times, and on to its end.
fn drive(bed: &mut Bed, recording: &Recording) -> Run {
    let existing = snapshot(bed);
    let mut events = bed.store.subscribe(Filter::all());
    let start = bed.store.clock().moment();
    let client = Client::new(&bed.store);
    let mut wrong_answers = Vec::new();
    let pace = pace(&recording.number);
    for step in script::of(recording) {
        go_on(bed, start, step.t, pace);
        match step.what {
            What::Ask(request) => wrong_answers.extend(client.ask(&request).err()),
            What::DestroyWhatIsGone(request) => {
                wrong_answers.extend(client.destroy_what_is_gone(&request).err());
            }
            What::Run(command, note) => {
                wrong_answers.extend(client.run(command, &note, &mut bed.engine).err());
            }
            What::Happen(incident) => incident.happen(bed),
        }
    }
    go_on(bed, start, recording.length, pace);
    bed.engine.settle(REST);
    Run {
        existing,
        events: taken(&mut events, start),
        wrong_answers,
    }
}

/// Lets time pass up to a moment of the recording. Each step of the engine takes a little of it.
fn go_on(bed: &mut Bed, start: Moment, until: f64, pace: Duration) {
    let target = start + Duration::from_secs_f64(until);
    let clock = bed.store.clock().clone();
    let span = target.since(clock.moment());
    let stats = bed.engine.stats();
    let over = bed.engine.until(span, |_| {
        if !stats.last().is_some_and(|last| ASIDE.contains(&last)) {
            clock.advance(pace);
        }
        clock.moment() >= target
    });
    if !over {
        bed.engine.pass(target.since(clock.moment()));
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
