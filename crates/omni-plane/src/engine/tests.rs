//! The engine as a whole, with small controllers over a store in memory.

use std::sync::Arc;
use std::time::Duration;

use omni_api::kind::{Cluster, ClusterStatus, MachineSet, MachineSetStatus};
use omni_api::{Kind, Resource, labels, specs};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::{
    Backoff, BuildError, Context, Controller, Engine, Error, Input, Next, Output, Settled,
};
use crate::store::{Query, StoreError};
use crate::{Clock, Store};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

type Body = Box<dyn Fn(&Context<'_>, &str) -> Result<Next, Error> + Send + Sync>;

/// A controller of clusters that does what its closure says, and notes when it was called for whom.
struct Probe {
    name: &'static str,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    calls: Arc<Mutex<Vec<(u64, String)>>>,
    body: Body,
}

struct Lab {
    store: Store,
    clock: Clock,
    calls: Arc<Mutex<Vec<(u64, String)>>>,
    begun: u64,
}

impl Controller for Probe {
    fn name(&self) -> &'static str {
        self.name
    }

    fn inputs(&self) -> Vec<Input> {
        self.inputs.clone()
    }

    fn outputs(&self) -> Vec<Output> {
        self.outputs.clone()
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        self.calls
            .lock()
            .push((cx.now().since_unix().as_secs(), id.to_owned()));
        (self.body)(cx, id)
    }
}

impl Lab {
    fn new() -> Self {
        let clock = Clock::manual();
        Self {
            store: Store::in_memory(clock.clone()),
            begun: clock.moment().since_unix().as_secs(),
            clock,
            calls: Arc::default(),
        }
    }

    fn probe(
        &self,
        name: &'static str,
        body: impl Fn(&Context<'_>, &str) -> Result<Next, Error> + Send + Sync + 'static,
    ) -> Probe {
        Probe {
            name,
            inputs: vec![Input::by_id::<Cluster>()],
            outputs: vec![Output::shared::<ClusterStatus>()],
            calls: self.calls.clone(),
            body: Box::new(body),
        }
    }

    fn engine(&self, probes: impl IntoIterator<Item = Probe>) -> Engine {
        let controllers = probes
            .into_iter()
            .map(|probe| Box::new(probe) as Box<dyn Controller>);
        Engine::new(
            self.store.clone(),
            self.clock.clone(),
            controllers.collect(),
        )
        .expect("names and outputs are distinct")
    }

    fn cluster(&self, id: &str) {
        self.put::<Cluster>(id, |cluster| cluster.spec.talos_version.push('1'));
    }

    fn put<K: Kind>(&self, id: &str, change: impl FnMut(&mut Resource<K>)) {
        self.store.put("", id, change).expect("nobody else writes");
    }

    /// Seconds since the beginning of the calls for an id.
    fn calls(&self, id: &str) -> Vec<u64> {
        let calls = self.calls.lock();
        let ours = calls.iter().filter(|(_, called)| called == id);
        ours.map(|(at, _)| at - self.begun).collect()
    }
}

#[test]
fn what_was_there_before_and_what_comes_later_is_reconciled_once_each() {
    let lab = Lab::new();
    lab.cluster("old");
    let mut engine = lab.engine([lab.probe("a", |_, _| Ok(Next::Done))]);
    lab.cluster("new");
    lab.cluster("new");
    assert_eq!(engine.settle(HOUR), Settled::Quiet);
    assert_eq!(lab.calls("old"), [0]);
    assert_eq!(lab.calls("new"), [0]);
    assert_eq!(engine.stats().steps().count(), 2);
    assert_eq!(engine.stats().pending(), 0);
}

#[test]
fn a_controller_that_fails_or_panics_waits_longer_each_time_and_stops_nobody() {
    let lab = Lab::new();
    lab.cluster("a");
    let fails = lab.probe("fails", |_, _| panic!("out of order"));
    let works = lab.probe("works", |cx, id| {
        cx.put::<ClusterStatus>(id, |status| status.spec.available = true)?;
        Ok(Next::Done)
    });
    let mut engine = lab
        .engine([fails, works])
        .with_backoff(Backoff::new(SECOND, 4 * SECOND));
    assert_eq!(engine.settle(12 * SECOND), Settled::Busy);
    assert_eq!(lab.calls("a"), [0, 0, 1, 3, 7, 11]);
    assert_eq!(engine.stats().failures(), 5);
    let status = lab.store.read::<ClusterStatus>("a").expect("written");
    assert_eq!(
        (status.metadata.owner.as_str(), status.spec.available),
        ("works", true)
    );
}

#[test]
fn an_id_that_stands_for_many_is_looked_at_once_for_all_that_happened_meanwhile() {
    let lab = Lab::new();
    for number in 0..2_000 {
        lab.put::<MachineSet>(&format!("{number:04}"), |_| {});
    }
    let mut counts = lab.probe("counts", |cx, id| {
        match id {
            "all" => drop(cx.list::<MachineSet>(&Query::all())?),
            "told" => cx.weigh(2_000),
            _ => {}
        }
        Ok(Next::Done)
    });
    counts.inputs.push(Input::quiet::<MachineSet>());
    let mut engine = lab.engine([counts]);
    for _ in 0..10 {
        lab.cluster("all");
        lab.cluster("told");
        lab.cluster("one");
        engine.pass(SECOND);
    }
    assert_eq!(engine.settle(HOUR), Settled::Quiet);
    assert_eq!(lab.calls("one").len(), 10);
    // Each look at two thousand is paid for with two seconds.
    assert_eq!(lab.calls("all"), [0, 2, 4, 6, 8, 10]);
    assert_eq!(lab.calls("told"), lab.calls("all"));
}

#[test]
fn a_success_forgets_the_failures_before_it() {
    let lab = Lab::new();
    lab.cluster("a");
    let store = lab.store.clone();
    let probe = lab.probe("a", move |cx, id| {
        let refused = StoreError::Refused("no".into());
        let clusters = store.count(Cluster::NAMESPACE, Cluster::TYPE);
        if clusters == 1 {
            Err(refused.into())
        } else {
            cx.get::<Cluster>(id).map(|_| Next::Done)
        }
    });
    let mut engine = lab.engine([probe]).with_backoff(Backoff::new(SECOND, HOUR));
    engine.pass(4 * SECOND);
    assert_eq!(lab.calls("a"), [0, 1, 3]);
    lab.cluster("b");
    assert_eq!(engine.settle(HOUR), Settled::Quiet);
    assert_eq!(lab.calls("a"), [0, 1, 3, 7]);
}

#[test]
fn a_kind_that_was_not_declared_is_neither_read_nor_written() {
    let lab = Lab::new();
    lab.cluster("a");
    let probe = lab.probe("a", |cx, id| {
        let read = cx.get::<MachineSet>(id).expect_err("not declared");
        let write = cx.put::<MachineSet>(id, |_| {}).expect_err("not declared");
        assert_eq!(
            (read.to_string(), write.to_string()),
            (
                "a must not read MachineSets.omni.sidero.dev: it did not declare it".into(),
                "a must not write MachineSets.omni.sidero.dev: it did not declare it".into()
            )
        );
        Ok(Next::Done)
    });
    let mut engine = lab.engine([probe]);
    assert_eq!(engine.settle(HOUR), Settled::Quiet);
    assert_eq!(engine.stats().failures(), 0);
    assert_eq!(engine.unused(), ["a: ClusterStatuses.omni.sidero.dev"]);
}

#[test]
fn work_on_its_way_is_waited_for_and_habits_are_not() {
    let lab = Lab::new();
    lab.cluster("work");
    lab.cluster("habit");
    let begun = lab.begun;
    let probe = lab.probe("a", move |cx, id| {
        let passed = cx.now().since_unix().as_secs() - begun;
        Ok(match id {
            "work" if passed < 25 => Next::After(10 * SECOND),
            "work" => Next::Done,
            _ => Next::Idle(7 * SECOND),
        })
    });
    let mut engine = lab.engine([probe]);
    assert_eq!(engine.settle(HOUR), Settled::Quiet);
    assert_eq!(lab.calls("work"), [0, 10, 20, 30]);
    assert_eq!(lab.calls("habit"), [0, 7, 14, 21, 28]);
    engine.pass(10 * SECOND);
    assert_eq!(lab.calls("habit"), [0, 7, 14, 21, 28, 35]);
    assert_eq!(lab.clock.moment().since_unix().as_secs() - begun, 40);
}

#[test]
fn an_event_before_the_timer_replaces_it() {
    let lab = Lab::new();
    lab.cluster("a");
    let begun = lab.begun;
    let probe = lab.probe("a", move |cx, _| {
        let early = cx.now().since_unix().as_secs() == begun;
        Ok(if early {
            Next::After(10 * SECOND)
        } else {
            Next::Done
        })
    });
    let mut engine = lab.engine([probe]);
    engine.pass(5 * SECOND);
    lab.cluster("a");
    assert_eq!(engine.settle(HOUR), Settled::Quiet);
    assert_eq!(lab.calls("a"), [0, 5]);
}

#[test]
fn a_resource_that_loses_its_label_wakes_those_who_knew_it_by_it() {
    let lab = Lab::new();
    let mut probe = lab.probe("a", |_, _| Ok(Next::Done));
    probe.inputs = vec![Input::by_label::<MachineSet>(labels::CLUSTER)];
    let mut engine = lab.engine([probe]);
    for cluster in ["one", "two"] {
        lab.put::<MachineSet>("workers", |set| {
            set.metadata
                .labels
                .insert(labels::CLUSTER.into(), cluster.into());
        });
    }
    assert_eq!(engine.settle(HOUR), Settled::Quiet);
    assert_eq!((lab.calls("one"), lab.calls("two")), (vec![0], vec![0]));
    engine.pass(SECOND);
    lab.put::<MachineSet>("workers", |set| set.metadata.labels.clear());
    assert_eq!(engine.settle(HOUR), Settled::Quiet);
    assert_eq!((lab.calls("one"), lab.calls("two")), (vec![0], vec![0, 1]));
}

#[test]
fn two_controllers_may_not_share_a_name_or_an_exclusive_output() {
    let lab = Lab::new();
    let build = |probes: [Probe; 2]| {
        let controllers = probes.map(|probe| Box::new(probe) as Box<dyn Controller>);
        Engine::new(lab.store.clone(), lab.clock.clone(), controllers.into()).map(|_| ())
    };
    let alone = |name, output| {
        let mut probe = lab.probe(name, |_, _| Ok(Next::Done));
        probe.outputs = vec![output];
        probe
    };
    let same = [
        ("x", Output::shared::<ClusterStatus>()),
        ("x", Output::shared::<ClusterStatus>()),
    ];
    assert_eq!(
        build(same.map(|(name, output)| alone(name, output))),
        Err(BuildError::SameName("x"))
    );
    let both = [
        ("x", Output::shared::<MachineSetStatus>()),
        ("y", Output::exclusive::<MachineSetStatus>()),
    ];
    let refused = BuildError::TwoWriters {
        kind: MachineSetStatus::TYPE,
        first: "x",
        second: "y",
    };
    assert_eq!(
        build(both.map(|(name, output)| alone(name, output))),
        Err(refused)
    );
}

#[test]
fn the_picture_shows_who_wakes_whom() {
    let lab = Lab::new();
    let mut probe = lab.probe("Ours", |_, _| Ok(Next::Done));
    probe.inputs.push(Input::quiet::<MachineSet>());
    let picture = super::dot(&[Box::new(probe)]);
    let lines: Vec<_> = picture.lines().skip(2).collect();
    let expected = [
        r#"  "Ours" [shape=ellipse];"#,
        r#"  "Clusters" -> "Ours";"#,
        r#"  "MachineSets" -> "Ours" [style=dotted];"#,
        r#"  "Ours" -> "ClusterStatuses";"#,
        "}",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn on_real_time_it_runs_until_it_is_stopped() {
    let lab = Lab::new();
    let probe = lab.probe("a", |cx, id| {
        let mut passed = false;
        cx.put::<ClusterStatus>(id, |status| {
            passed = status.spec.available;
            status.spec.ready = status.spec.available;
            status.spec.available = true;
        })?;
        Ok(if passed {
            Next::Done
        } else {
            Next::After(HOUR)
        })
    });
    let engine = lab.engine([probe]);
    let mut written = lab
        .store
        .subscribe(crate::store::Filter::kind::<ClusterStatus>());
    let stop = CancellationToken::new();
    let running = tokio::spawn(engine.run(stop.clone()));
    lab.cluster("a");
    written.recv().await.expect("the first pass");
    while lab.clock.next_deadline().is_none() {
        tokio::task::yield_now().await;
    }
    lab.clock.advance(HOUR);
    let last = written.recv().await.expect("the second pass");
    let status = last.resource.typed::<ClusterStatus>().expect("a status");
    assert_eq!(
        status.spec,
        specs::ClusterStatusSpec {
            available: true,
            ready: true,
            ..Default::default()
        }
    );
    stop.cancel();
    running.await.expect("it ends");
    assert_eq!(lab.store.read_all::<Cluster>(&Query::all()).len(), 1);
}
