//! Reading the log: what is asked for, in which order.

use std::cmp::Ordering;

use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value as Json;

use super::{AuditLog, STREAM};
use crate::store::{Row, StoreError};

/// How many rows are read at a time.
const PAGE: usize = 512;

/// Which rows are asked for; an empty text asks for nothing in particular.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Milliseconds since the Unix epoch, inclusive.
    pub(crate) start: i64,
    /// The same for the end.
    pub(crate) end: i64,
    pub(crate) search: String,
    pub(crate) event_type: String,
    pub(crate) resource_type: String,
    pub(crate) resource_id: String,
    pub(crate) cluster_id: String,
    pub(crate) actor: String,
}

/// What rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum OrderBy {
    #[default]
    Date,
    EventType,
    ResourceType,
    ResourceId,
    ClusterId,
    Actor,
}

/// The order of the answer; rows that are equal in it stand as they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Order {
    pub(crate) by: OrderBy,
    pub(crate) descending: bool,
}

/// A row with what it can be found by.
#[derive(Debug)]
struct Found {
    line: Vec<u8>,
    at: i64,
    event_type: String,
    resource_type: String,
    resource_id: String,
    cluster_id: String,
    actor: String,
}

// === impl AuditLog ===

impl AuditLog {
    /// The lines that are asked for.
    pub(crate) fn select(&self, filter: &Filter, order: Order) -> Result<Vec<Vec<u8>>, StoreError> {
        let pattern = (!filter.search.is_empty()).then(|| like(&filter.search));
        let mut found = Vec::new();
        let mut after = 0;
        loop {
            let rows = self.after(after, PAGE)?;
            let Some(last) = rows.last() else { break };
            after = last.number;
            let rows = rows.into_iter().filter_map(|row| Found::new(row.text));
            found.extend(rows.filter(|row| row.is_asked_for(filter, pattern.as_ref())));
        }
        found.sort_by(|a, b| a.compare(b, order));
        Ok(found.into_iter().map(|row| row.line).collect())
    }

    /// Rows after a place in the log, in the order in which they were written.
    pub(crate) fn after(&self, place: u64, most: usize) -> Result<Vec<Row>, StoreError> {
        self.0.annals().read(STREAM, place, most)
    }

    /// The place behind the last row.
    pub(crate) fn end(&self) -> Result<u64, StoreError> {
        self.0.annals().last(STREAM)
    }

    /// The place before the first row that is not older than a time in milliseconds; the end where there is none.
    pub(crate) fn place_of(&self, start: i64) -> Result<u64, StoreError> {
        let mut after = 0;
        loop {
            let rows = self.after(after, PAGE)?;
            let Some(last) = rows.last() else {
                return Ok(after);
            };
            let old = |row: &&Row| millis(row) < start;
            if let Some(first) = rows.iter().find(|row| !old(row)) {
                return Ok(first.number - 1);
            }
            after = last.number;
        }
    }

    /// Changes when there are new rows.
    pub(crate) fn grown(&self) -> tokio::sync::watch::Receiver<u64> {
        self.0.annals().grown()
    }
}

fn millis(row: &Row) -> i64 {
    i64::try_from(row.at.since_unix().as_millis()).unwrap_or(i64::MAX)
}

/// SQL's pattern anywhere in a text: `%` and `_` are wild, letters of ASCII have no case.
fn like(search: &str) -> Regex {
    let mut pattern = String::new();
    for letter in search.chars() {
        match letter {
            '%' => pattern.push_str(".*"),
            '_' => pattern.push('.'),
            other => pattern.push_str(&regex::escape(&other.to_string())),
        }
    }
    let built = RegexBuilder::new(&pattern)
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .build();
    // Every other letter is escaped; only a pattern of gigantic size cannot be built, and that finds nothing.
    built.unwrap_or_else(|_| never())
}

/// # Panics
/// Never: the pattern is a constant that compiles.
fn never() -> Regex {
    Regex::new("[^\\s\\S]").expect("a constant pattern")
}

// === impl Found ===

impl Found {
    fn new(line: Vec<u8>) -> Option<Self> {
        let document: Json = serde_json::from_slice(&line).ok()?;
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let data = &document["event_data"];
        Some(Self {
            at: document["event_ts"].as_i64().unwrap_or_default(),
            event_type: text(&document["event_type"]),
            resource_type: text(&document["resource_type"]),
            resource_id: text(&document["resource_id"]),
            cluster_id: cluster_of(data).to_owned(),
            actor: text(&data["session"]["email"]),
            line,
        })
    }

    fn is_asked_for(&self, filter: &Filter, search: Option<&Regex>) -> bool {
        let is = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
        (filter.start..=filter.end).contains(&self.at)
            && is(&filter.event_type, &self.event_type)
            && is(&filter.resource_type, &self.resource_type)
            && is(&filter.resource_id, &self.resource_id)
            && is(&filter.cluster_id, &self.cluster_id)
            && is(&filter.actor, &self.actor)
            && search.is_none_or(|pattern| self.contains(pattern))
    }

    /// Whether one of the columns of Omni's table contains the pattern.
    fn contains(&self, pattern: &Regex) -> bool {
        let columns = [
            &self.event_type,
            &self.resource_type,
            &self.actor,
            &self.resource_id,
            &self.cluster_id,
        ];
        columns
            .iter()
            .any(|column| pattern.is_match(column.as_bytes()))
            || pattern.is_match(self.data())
    }

    /// The document's data as it is written.
    fn data(&self) -> &[u8] {
        let find = |mark: &[u8]| self.line.windows(mark.len()).position(|part| part == mark);
        let start = find(b"\"event_data\":").unwrap_or_default();
        let end = self
            .line
            .windows(12)
            .rposition(|part| part == b",\"event_ts\":");
        self.line
            .get(start..end.unwrap_or(self.line.len()))
            .unwrap_or_default()
    }

    fn compare(&self, other: &Self, order: Order) -> Ordering {
        let column = |row: &Self| match order.by {
            OrderBy::Date => String::new(),
            OrderBy::EventType => row.event_type.clone(),
            OrderBy::ResourceType => row.resource_type.clone(),
            OrderBy::ResourceId => row.resource_id.clone(),
            OrderBy::ClusterId => row.cluster_id.clone(),
            OrderBy::Actor => row.actor.clone(),
        };
        let ordering = match order.by {
            OrderBy::Date => self.at.cmp(&other.at),
            _ => column(self).cmp(&column(other)),
        };
        if order.descending {
            ordering.reverse()
        } else {
            ordering
        }
    }
}

/// The cluster that an event is about, by the first part of its data that speaks of one.
fn cluster_of(data: &Json) -> &str {
    let parts = [
        ("cluster", "id"),
        ("talos_access", "cluster_name"),
        ("audit_log_access", "cluster_id"),
        ("machine_set", "cluster_id"),
        ("machine_set_node", "cluster_id"),
        ("config_patch", "cluster_id"),
        ("machine_config_diff", "cluster_id"),
    ];
    let part = parts.iter().find(|(part, _)| data[part].is_object());
    part.and_then(|(part, id)| data[part][id].as_str())
        .unwrap_or_default()
}
