//! Reading the audit log, once or as it grows.
//!
//! Who reads it is told in the log itself, before the answer. A followed log ends after an hour, cleanly: the client comes back with the
//! number of the last row that it has seen, and is checked anew.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt as _};
use jiff::tz::TimeZone;
use omni_api::Role;
use omni_api::management::{
    self as api, AuditLogEventType, AuditLogOrderByDir, AuditLogOrderByField,
};
use tokio::sync::watch;
use tonic::{Request, Status};

use super::{Management, context, refused};
use crate::api::caller::Caller;
use crate::audit::{Access, AuditLog, Filter, Order, OrderBy, parse_date};
use crate::release::{Release, Rule};
use crate::store::{Row, StoreError};

/// How long a log may be followed without asking again.
const LEASE: Duration = Duration::from_hours(1);
/// How many rows are read at a time.
const BATCH: usize = 512;
/// How far back a reader sees who names no start.
const USUAL_DAYS: i64 = 29;

type Rows = Pin<Box<dyn Stream<Item = Result<api::ReadAuditLogResponse, Status>> + Send>>;

/// A reader on its way through the log.
struct Follower {
    log: AuditLog,
    place: u64,
    waiting: std::vec::IntoIter<Row>,
    grown: watch::Receiver<u64>,
}

impl Management {
    pub(super) async fn audit_log(
        &self,
        request: Request<api::ReadAuditLogRequest>,
    ) -> Result<Rows, Status> {
        let caller = reader(Release::of(&self.store), &request)?;
        let request = request.into_inner();
        for (name, value) in [
            ("start_ts_ms", request.start_ts_ms),
            ("from_id", request.from_id),
        ] {
            if value < 0 {
                let text = format!("{name} cannot be negative");
                return Err(Status::invalid_argument(text));
            }
        }
        if request.follow {
            self.follow_audit_log(&caller, &request).await
        } else {
            self.read_log(&caller, &request).await
        }
    }

    async fn read_log(
        &self,
        caller: &Caller,
        request: &api::ReadAuditLogRequest,
    ) -> Result<Rows, Status> {
        let filter = self.filter(request)?;
        if request.from_id != 0 {
            return Err(Status::invalid_argument("from_id requires follow"));
        }
        let log = AuditLog::new(self.store.clone());
        let access = Access {
            start: stamp(filter.start),
            end: stamp(filter.end),
            search: filter.search.clone(),
            event_type: filter.event_type.clone(),
            resource_type: filter.resource_type.clone(),
            resource_id: filter.resource_id.clone(),
            cluster_id: filter.cluster_id.clone(),
            actor: filter.actor.clone(),
            ..Access::default()
        };
        log.accessed(&caller.author(), access)
            .map_err(|error| refused(&error))?;
        self.acknowledge().await?;
        let lines = log
            .select(&filter, order(request))
            .map_err(|error| refused(&error))?;
        let answers = lines
            .into_iter()
            .map(|audit_log| Ok(api::ReadAuditLogResponse { audit_log, id: 0 }));
        Ok(Box::pin(stream::iter(answers)))
    }

    async fn follow_audit_log(
        &self,
        caller: &Caller,
        request: &api::ReadAuditLogRequest,
    ) -> Result<Rows, Status> {
        alone(request)?;
        let log = AuditLog::new(self.store.clone());
        let access = Access {
            follow: true,
            from_id: request.from_id,
            start: if request.from_id == 0 && request.start_ts_ms > 0 {
                stamp(request.start_ts_ms)
            } else {
                String::new()
            },
            ..Access::default()
        };
        log.accessed(&caller.author(), access)
            .map_err(|error| refused(&error))?;
        self.acknowledge().await?;
        let grown = log.grown();
        let (place, end) = places(&log, request).map_err(|error| refused(&error))?;
        // Numbers are never given away twice: a place behind the end is one of another file.
        if place > end {
            let text = "the follow position no longer exists";
            return Ok(Box::pin(stream::iter([
                Ok(answer(place, Vec::new())),
                Err(Status::failed_precondition(text)),
            ])));
        }
        let follower = Follower {
            log,
            place,
            waiting: Vec::new().into_iter(),
            grown,
        };
        let first = stream::iter([Ok(answer(place, Vec::new()))]);
        let rows = stream::unfold(follower, |mut follower| async move {
            let row = follower.next().await?;
            Some((row, follower))
        });
        let lease = Box::pin(tokio::time::sleep(LEASE));
        Ok(Box::pin(first.chain(rows).take_until(lease)))
    }

    /// The time spans are emulated time, which everything else in the log has.
    fn filter(&self, request: &api::ReadAuditLogRequest) -> Result<Filter, Status> {
        let now = self.store.clock().moment().since_unix();
        let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let usual = now - USUAL_DAYS * 24 * 3_600_000;
        let start = day(&request.start_time, usual)
            .map_err(|reason| Status::invalid_argument(format!("invalid start time: {reason}")))?;
        let end = day(&request.end_time, now)
            .map_err(|reason| Status::invalid_argument(format!("invalid end time: {reason}")))?;
        Ok(Filter {
            start: if request.start_ts_ms > 0 {
                request.start_ts_ms
            } else {
                start
            },
            end,
            search: request.search.clone(),
            event_type: event_type(request.event_type()).to_owned(),
            resource_type: request.resource_type.clone(),
            resource_id: request.resource_id.clone(),
            cluster_id: request.cluster_id.clone(),
            actor: request.actor.clone(),
        })
    }
}

// === impl Follower ===

impl Follower {
    /// The next row, as soon as there is one.
    async fn next(&mut self) -> Option<Result<api::ReadAuditLogResponse, Status>> {
        loop {
            if let Some(row) = self.waiting.next() {
                self.place = row.number;
                return Some(Ok(answer(row.number, row.text)));
            }
            self.grown.borrow_and_update();
            match self.log.after(self.place, BATCH) {
                Ok(rows) if rows.is_empty() => self.grown.changed().await.ok()?,
                Ok(rows) => self.waiting = rows.into_iter(),
                Err(error) => return Some(Err(refused(&error))),
            }
        }
    }
}

/// Where to begin, and where the log ends now.
fn places(log: &AuditLog, request: &api::ReadAuditLogRequest) -> Result<(u64, u64), StoreError> {
    let end = log.end()?;
    let place = match (u64::try_from(request.from_id), request.start_ts_ms) {
        (Ok(from @ 1..), _) => from - 1,
        (_, start @ 1..) => log.place_of(start)?,
        _ => end,
    };
    Ok((place, end))
}

fn answer(number: u64, audit_log: Vec<u8>) -> api::ReadAuditLogResponse {
    let id = i64::try_from(number).unwrap_or(i64::MAX);
    api::ReadAuditLogResponse { audit_log, id }
}

/// The caller, who must have one of the two roles that may read the log: an Operator may not, although it ranks higher. Before there were
/// Auditors it was for Admins.
fn reader(
    release: Release,
    request: &Request<api::ReadAuditLogRequest>,
) -> Result<Arc<Caller>, Status> {
    if !release.keeps(Rule::ExactRoles) {
        return context::with_role(request, Role::Admin);
    }
    let caller = context::signed(request)?;
    if [Role::Auditor, Role::Admin].contains(&caller.role) {
        return Ok(caller);
    }
    Err(Status::permission_denied(format!(
        "unauthorized: role {:?} is not one of the allowed roles [Auditor Admin]",
        caller.role.as_str()
    )))
}

/// A followed log is always whole, in the order in which it was written, and without an end.
fn alone(request: &api::ReadAuditLogRequest) -> Result<(), Status> {
    let set = [
        ("start_time", !request.start_time.is_empty()),
        ("end_time", !request.end_time.is_empty()),
        ("order_by_field", request.order_by_field != 0),
        ("order_by_dir", request.order_by_dir != 0),
        ("search", !request.search.is_empty()),
        ("event_type", request.event_type != 0),
        ("resource_type", !request.resource_type.is_empty()),
        ("resource_id", !request.resource_id.is_empty()),
        ("cluster_id", !request.cluster_id.is_empty()),
        ("actor", !request.actor.is_empty()),
    ];
    match set.into_iter().find(|(_, set)| *set) {
        Some((name, _)) => Err(Status::invalid_argument(format!(
            "{name} cannot be combined with follow"
        ))),
        None => Ok(()),
    }
}

/// The first moment of a day, in milliseconds since the Unix epoch.
fn day(text: &str, usual: i64) -> Result<i64, String> {
    if text.is_empty() {
        return Ok(usual);
    }
    let midnight = parse_date(text)?.to_zoned(TimeZone::UTC);
    midnight
        .map(|midnight| midnight.timestamp().as_millisecond())
        .map_err(|error| error.to_string())
}

fn stamp(millis: i64) -> String {
    let stamp = jiff::Timestamp::from_millisecond(millis);
    stamp.map(|stamp| stamp.to_string()).unwrap_or_default()
}

fn event_type(kind: AuditLogEventType) -> &'static str {
    match kind {
        AuditLogEventType::Unspecified => "",
        AuditLogEventType::Create => "create",
        AuditLogEventType::Update => "update",
        AuditLogEventType::UpdateWithConflicts => "update_with_conflicts",
        AuditLogEventType::Destroy => "destroy",
        AuditLogEventType::Teardown => "teardown",
        AuditLogEventType::TalosAccess => "talos_access",
        AuditLogEventType::K8sAccess => "k8s_access",
        AuditLogEventType::AuditLogAccess => "audit_log_access",
    }
}

fn order(request: &api::ReadAuditLogRequest) -> Order {
    let by = match request.order_by_field() {
        AuditLogOrderByField::Unspecified | AuditLogOrderByField::Date => OrderBy::Date,
        AuditLogOrderByField::EventType => OrderBy::EventType,
        AuditLogOrderByField::ResourceType => OrderBy::ResourceType,
        AuditLogOrderByField::ResourceId => OrderBy::ResourceId,
        AuditLogOrderByField::ClusterId => OrderBy::ClusterId,
        AuditLogOrderByField::Actor => OrderBy::Actor,
    };
    Order {
        by,
        descending: request.order_by_dir() == AuditLogOrderByDir::Desc,
    }
}
