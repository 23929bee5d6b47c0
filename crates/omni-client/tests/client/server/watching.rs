//! The server's side of a watch.

use std::pin::Pin;

use futures::{Stream, StreamExt as _, stream};
use omni_api::cosi;
use omni_api::cosi::EventType as E;
use tonic::Status;

use super::service::{event, filtered, selector};
use super::store::{Logged, Store};

type Events = Pin<Box<dyn Stream<Item = Result<cosi::WatchResponse, Status>> + Send>>;

/// Opens a watch: an empty message, the beginning, then the live events.
pub(crate) fn open(store: Store, request: cosi::WatchRequest) -> Result<Events, Status> {
    let options = request.options.clone().unwrap_or_default();
    if request.id.is_some() && (options.bootstrap_contents || !options.label_query.is_empty()) {
        let text = "bootstrap contents is not implemented for resource watch";
        return Err(Status::unimplemented(text));
    }
    let wanted = selector(&options.label_query)?;
    let (contents, mut position) = store.snapshot(&request.r#type);
    let mut first = vec![cosi::WatchResponse { event: Vec::new() }];
    if let Some(id) = &request.id {
        first.push(single(
            contents
                .into_iter()
                .find(|resource| &*resource.metadata.id == id),
            id,
        ));
    } else if let Some(bookmark) = &options.start_from_bookmark {
        position = store.position(bookmark)?;
    } else if options.bootstrap_contents {
        for resource in contents
            .into_iter()
            .filter(|resource| wanted.matches(&resource.metadata.labels))
        {
            first.push(message(event(E::Created, Some(resource), None, None)));
        }
        first.push(message(event(
            E::Bootstrapped,
            None,
            None,
            Some(store.bookmark(position)),
        )));
    }
    let live = stream::unfold(
        (store.clone(), store.length(), position),
        |(store, mut length, position)| async move {
            length.wait_for(|length| *length > position).await.ok()?;
            let batch = store.events_since(position);
            let next = position + batch.len();
            Some((
                stream::iter(batch.into_iter().zip(position + 1..)),
                (store, length, next),
            ))
        },
    );
    let live = live.flatten().filter_map(move |(logged, at)| {
        let answer = concerns(&logged, &request)
            .then(|| filtered(logged, &wanted))
            .flatten();
        let answer = answer.map(|(kind, new, old)| {
            Ok(message(event(
                kind,
                Some(new),
                old,
                Some(store.bookmark(at)),
            )))
        });
        futures::future::ready(answer)
    });
    Ok(stream::iter(first.into_iter().map(Ok)).chain(live).boxed())
}

/// The first event of a watch on one resource: its state, or a tombstone.
fn single(found: Option<omni_api::AnyResource>, id: &str) -> cosi::WatchResponse {
    if let Some(resource) = found {
        return message(event(E::Created, Some(resource), None, None));
    }
    let mut tombstone = event(E::Destroyed, None, None, None);
    let metadata = tombstone
        .resource
        .as_mut()
        .and_then(|resource| resource.metadata.as_mut());
    if let Some(metadata) = metadata {
        id.clone_into(&mut metadata.id);
    }
    message(tombstone)
}

/// Whether an event is of the type, and of the id if one is watched.
fn concerns(logged: &Logged, request: &cosi::WatchRequest) -> bool {
    let of = match logged {
        Logged::Created(of) | Logged::Destroyed(of) => of,
        Logged::Updated { new, .. } => new,
    };
    let same_id = request.id.as_ref().is_none_or(|id| *id == *of.metadata.id);
    same_id && *of.metadata.type_name == request.r#type
}

fn message(event: cosi::Event) -> cosi::WatchResponse {
    cosi::WatchResponse { event: vec![event] }
}
