//! What becomes of events: lines that a core takes into its log.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tfplugin::wire::logging::{HclogLayer, level_from};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

/// A standard error that keeps what is written, call by call.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        self.0.lock().unwrap().push(text);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A standard error that is closed.
struct Closed;

impl io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

/// The lines that `events` leave at `level`.
fn lines(level: LevelFilter, events: impl FnOnce()) -> Vec<BTreeMap<String, Value>> {
    let kept = Kept::default();
    let layer = HclogLayer::new(kept.clone(), level);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), events);
    let writes = kept.0.lock().unwrap();
    let parse = |line: &String| {
        assert_eq!(line.matches('\n').count(), 1, "one write is one line");
        serde_json::from_str(line).unwrap()
    };
    writes.iter().map(parse).collect()
}

#[test]
fn an_event_is_one_line_with_hclog_s_keys_and_its_own() {
    let lines = lines(LevelFilter::TRACE, || {
        tracing::warn!(target: "omni::api", attempt = 3, ready = false, id = "a\nb", "not yet");
    });
    let [line] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(line["@level"], "warn");
    assert_eq!(line["@message"], "not yet");
    assert_eq!(line["@module"], "omni.api");
    assert_eq!(line["attempt"], 3);
    assert_eq!(line["ready"], false);
    assert_eq!(line["id"], "a\nb");
    assert_eq!(line.len(), 7);
}

#[test]
fn the_time_has_microseconds_and_a_zone() {
    let lines = lines(LevelFilter::INFO, || tracing::info!("now"));
    let time = lines[0]["@timestamp"].as_str().unwrap();
    let (_, fraction) = time.split_once('.').unwrap();
    assert_eq!(fraction.len(), "123456Z".len(), "{time}");
    assert!(time.ends_with('Z'));
    time.parse::<jiff::Timestamp>().unwrap();
}

#[test]
fn spans_give_their_fields_and_the_inner_one_wins() {
    let lines = lines(LevelFilter::TRACE, || {
        let _outer = tracing::info_span!("call", rpc = "Plan", id = "outer").entered();
        let inner = tracing::info_span!("object", id = "inner", late = tracing::field::Empty);
        inner.record("late", 1);
        let _inner = inner.entered();
        tracing::info!("in it");
    });
    assert_eq!(lines[0]["rpc"], "Plan");
    assert_eq!(lines[0]["id"], "inner");
    assert_eq!(lines[0]["late"], 1);
}

#[test]
fn levels_below_the_wanted_one_are_not_written() {
    let lines = lines(LevelFilter::WARN, || {
        tracing::error!("1");
        tracing::warn!("2");
        tracing::info!("3");
    });
    assert_eq!(lines.len(), 2);
}

#[test]
fn the_chatter_of_the_transport_stays_out_and_its_failures_stay_in() {
    let lines = lines(LevelFilter::TRACE, || {
        tracing::debug!(target: "h2::codec", "frame");
        tracing::warn!(target: "h2::codec", "broken");
        tracing::trace!(target: "h2o", "another crate");
    });
    let messages: Vec<_> = lines.iter().map(|line| &line["@message"]).collect();
    assert_eq!(messages, ["broken", "another crate"]);
}

#[test]
fn an_error_tells_its_causes() {
    #[derive(Debug, thiserror::Error)]
    #[error("cannot read")]
    struct Outer(#[source] io::Error);
    let error = Outer(io::Error::other("disk gone"));
    let lines = lines(LevelFilter::TRACE, || {
        tracing::error!(error = &error as &dyn std::error::Error, "failed");
    });
    assert_eq!(lines[0]["error"], "cannot read: disk gone");
}

#[test]
fn a_long_text_is_cut_where_a_character_ends() {
    let long = "é".repeat(100_000);
    let lines = lines(LevelFilter::TRACE, || tracing::info!(long, "x"));
    let text = lines[0]["long"].as_str().unwrap();
    assert!(text.len() < 20_000);
    assert!(
        text.ends_with("bytes more)"),
        "{}",
        &text[text.len() - 40..]
    );
}

#[test]
fn a_closed_standard_error_is_no_trouble() {
    let layer = HclogLayer::new(Closed, LevelFilter::TRACE);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        tracing::error!("nobody listens");
        tracing::error!("still nobody");
    });
}

#[test]
fn the_level_is_the_most_particular_one_that_is_set() {
    let level = |variables: &[(&str, &str)]| {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let env: BTreeMap<String, String> = variables.iter().map(owned).collect();
        level_from(&env, "my-omni")
    };
    assert_eq!(level(&[]), LevelFilter::OFF);
    assert_eq!(level(&[("TF_LOG", "info")]), LevelFilter::INFO);
    assert_eq!(level(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
    assert_eq!(level(&[("TF_LOG", "loud")]), LevelFilter::TRACE);
    let all = [("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN")];
    assert_eq!(level(&all), LevelFilter::WARN);
    let own = [
        ("TF_LOG_PROVIDER", "WARN"),
        ("TF_LOG_PROVIDER_MY_OMNI", "OFF"),
    ];
    assert_eq!(level(&own), LevelFilter::OFF);
}
