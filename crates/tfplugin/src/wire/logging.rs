//! Terraform's log: events of `tracing` as hclog's JSON lines on standard error.
//!
//! A core reads our standard error line by line and takes each JSON object into its own log with
//! its level. One event is one line and one write, made at once, so that nothing is lost when the
//! process dies. A closed standard error is no error: then nobody listens. Levels come from
//! Terraform's variables; without them nothing is written, as in Terraform.

use std::fmt::Write as _;
use std::io;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Scope};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::handshake::{Environment, ProcessEnvironment};

/// The longest text of one field in bytes. A core reads lines of up to 64 KiB as JSON and passes
/// longer ones on as pieces of text.
const LONGEST_TEXT: usize = 12 << 10;

/// Libraries below us whose events tell of frames and bytes, contents included: only what goes
/// wrong there is of use to a provider's user.
const TRANSPORT: [&str; 6] = ["h2", "hyper", "hyper_util", "rustls", "tonic", "tower"];

/// A layer that writes hclog's JSON lines to `W`.
#[derive(Debug)]
pub struct HclogLayer<W> {
    out: Mutex<W>,
    level: LevelFilter,
}

/// The fields of an event or a span, in hclog's form.
#[derive(Debug, Default)]
struct Fields(Map<String, Value>);

/// Sends the events of this process to Terraform's log, at the level that `name`'s user asked for.
///
/// `name` is the provider's, as in `TF_LOG_PROVIDER_<NAME>`. Does nothing where another subscriber
/// is set already.
pub fn init(name: &str) {
    let level = level_from(&ProcessEnvironment, name);
    if level == LevelFilter::OFF {
        return;
    }
    let layer = HclogLayer::new(io::stderr(), level);
    let _ = tracing_subscriber::registry().with(layer).try_init();
}

/// The level that the user asked for: of this provider, of all providers, or of everything.
pub fn level_from(env: &impl Environment, name: &str) -> LevelFilter {
    let own = name.to_uppercase().replace('-', "_");
    let variables = [
        &format!("TF_LOG_PROVIDER_{own}"),
        "TF_LOG_PROVIDER",
        "TF_LOG",
    ];
    let wanted = variables.iter().find_map(|name| env.non_empty(name));
    wanted.map_or(LevelFilter::OFF, |wanted| level_named(&wanted))
}

/// Terraform's names; what it does not know it takes for the most it can tell, and `JSON` too.
fn level_named(name: &str) -> LevelFilter {
    match name.to_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

impl<W: io::Write> HclogLayer<W> {
    /// Writes events of `level` and above to `out`, each with a single call.
    pub fn new(out: W, level: LevelFilter) -> Self {
        Self {
            out: Mutex::new(out),
            level,
        }
    }

    fn write(&self, line: &Map<String, Value>) {
        // Keys are texts, so that encoding cannot fail.
        let Ok(mut line) = serde_json::to_vec(line) else {
            return;
        };
        line.push(b'\n');
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(&line).and_then(|()| out.flush());
    }
}

impl<S, W> Layer<S> for HclogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: io::Write + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let root = metadata.target().split("::").next().unwrap_or_default();
        let level = if TRANSPORT.contains(&root) {
            self.level.min(LevelFilter::WARN)
        } else {
            self.level
        };
        *metadata.level() <= level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        let scope = context.event_scope(event);
        for span in scope.into_iter().flat_map(Scope::from_root) {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.0.extend(outer.0.clone());
            }
        }
        event.record(&mut fields);
        self.write(&hclog_line(event.metadata(), fields.0));
    }
}

/// The line: the fields, with hclog's own keys above all others.
fn hclog_line(metadata: &Metadata<'_>, mut fields: Map<String, Value>) -> Map<String, Value> {
    let message = fields.remove("message").unwrap_or_default();
    let message = match message {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let own = [
        ("@level", level_name(*metadata.level()).to_owned()),
        ("@message", message),
        ("@module", metadata.target().replace("::", ".")),
        ("@timestamp", format!("{:.6}", Timestamp::now())),
    ];
    let own = own.map(|(key, text)| (key.to_owned(), Value::String(text)));
    own.into_iter()
        .chain(fields.into_iter().filter(|(key, _)| !key.starts_with('@')))
        .collect()
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, shortened(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, shortened(format!("{value:?}")));
    }

    fn record_error(&mut self, field: &Field, error: &(dyn std::error::Error + 'static)) {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        self.put(field, shortened(text));
    }
}

/// Cuts a text that would make the line too long, at a character's end, and says so.
fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        let end = text.floor_char_boundary(LONGEST_TEXT);
        let cut = text.len() - end;
        text.truncate(end);
        let _ = write!(text, "… ({cut} bytes more)");
    }
    text
}
