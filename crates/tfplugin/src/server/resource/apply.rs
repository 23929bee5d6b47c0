//! `ApplyResourceChange`: create, update, delete.
//!
//! Whatever happens, the answer holds the object as far as it is known to exist: the state that the verb answered, else
//! the one that it put into safety, else the prior one.

use tokio_util::sync::CancellationToken;

use super::super::panics::{Panicked, guarded};
use super::super::shared::{Shared, Start};
use super::super::wire;
use super::ResourceEntry;
use crate::objects::erased::{RawFailure, RawPlan};
use crate::objects::rules::{self, Applied};
use crate::objects::{Diagnostic, Diagnostics, Provider};
use crate::proto::tfplugin6 as pb;
use crate::schema::types::Verb;
use crate::values::{Value, conform};

type Request = pb::apply_resource_change::Request;
type Response = pb::apply_resource_change::Response;

/// The change as values.
struct Change {
    config: Value,
    prior: Value,
    planned: Value,
}

impl<P: Provider> Shared<P> {
    pub(in super::super) async fn apply(&self, cancel: CancellationToken, q: Request) -> Response {
        let mut reply = Response {
            // What is answered where nothing can be done: nothing has changed.
            new_state: q.prior_state.clone(),
            private: q.planned_private.clone(),
            ..Response::default()
        };
        if let Err(problems) = self.try_apply(cancel, &q, &mut reply).await {
            reply.diagnostics.extend(wire::diagnostics(problems));
        }
        reply
    }

    async fn try_apply(
        &self,
        cancel: CancellationToken,
        q: &Request,
        reply: &mut Response,
    ) -> Result<(), Diagnostics> {
        let entry = self.resource(&q.type_name)?;
        let change = Change {
            config: wire::decode(q.config.as_ref(), &entry.ty)?,
            prior: wire::decode(q.prior_state.as_ref(), &entry.ty)?,
            planned: wire::decode(q.planned_state.as_ref(), &entry.ty)?,
        };
        let (state, told) = if change.is_for_us() {
            self.change(entry, cancel, &change, reply).await?
        } else {
            (change.planned.clone(), Diagnostics::new())
        };
        reply.new_identity = entry.known_identity(&state);
        reply.new_state = Some(entry.state(&state)?);
        reply.diagnostics = wire::diagnostics(told);
        Ok(())
    }

    async fn change(
        &self,
        entry: &ResourceEntry<P::Session>,
        cancel: CancellationToken,
        change: &Change,
        reply: &mut Response,
    ) -> Result<(Value, Diagnostics), Diagnostics> {
        let verb = change.verb();
        let timed = if verb == Verb::Delete {
            &change.prior
        } else {
            &change.planned
        };
        let start = Start {
            private: &reply.private,
            limit: rules::limit(entry.schema, timed, verb),
            deferral_allowed: false,
        };
        let cx = self.cx(cancel, start)?;
        let (prior, object) = (change.prior.clone(), &entry.object);
        let outcome = match verb {
            Verb::Create => guarded(object.create(&cx, change.plan())).await,
            Verb::Update => guarded(object.update(&cx, prior, change.plan())).await,
            _ => guarded(object.delete(&cx, prior))
                .await
                .map(|deleted| deleted.map(|()| Value::Null)),
        };
        let notes = cx.into_notes();
        reply.private = notes.private.encode().into();
        let mut told = notes.diagnostics;
        let state = match Self::answered(entry, outcome) {
            Ok(actual) => change.settled(entry, &actual, &mut told),
            Err(failure) => {
                told.extend(failure.diagnostics);
                change.partial(entry, failure.state.or(notes.kept))
            }
        };
        Ok((state, told))
    }

    /// The verb's answer; one that does not fit the schema, a panic and a silent failure are failures with a message.
    fn answered(
        entry: &ResourceEntry<P::Session>,
        outcome: Result<Result<Value, RawFailure>, Panicked>,
    ) -> Result<Value, RawFailure> {
        let mut failure = match Self::told(outcome) {
            Ok(answer) => match conform(&answer, &entry.ty) {
                Ok(()) => return Ok(answer),
                Err(error) => RawFailure::from(misfit(&error.to_string())),
            },
            Err(failure) => failure,
        };
        if !failure.diagnostics.has_errors() {
            failure.diagnostics.push(
                Diagnostic::error("Failed")
                    .detail("The provider gives no reason. This is a bug in the provider."),
            );
        }
        Err(failure)
    }
}

impl Change {
    fn verb(&self) -> Verb {
        match (self.prior.is_null(), self.planned.is_null()) {
            (_, true) => Verb::Delete,
            (true, false) => Verb::Create,
            (false, false) => Verb::Update,
        }
    }

    /// A change of nothing but `timeouts` is none of the remote object.
    fn is_for_us(&self) -> bool {
        self.verb() != Verb::Update || !rules::only_timeouts(&self.prior, &self.planned)
    }

    fn plan(&self) -> RawPlan {
        RawPlan {
            config: self.config.clone(),
            planned: self.planned.clone(),
        }
    }

    fn settled<S>(
        &self,
        entry: &ResourceEntry<S>,
        actual: &Value,
        told: &mut Diagnostics,
    ) -> Value {
        if self.planned.is_null() {
            return Value::Null;
        }
        let applied = Applied {
            config: &self.config,
            prior: Some(&self.prior).filter(|prior| !prior.is_null()),
            planned: &self.planned,
            actual,
        };
        rules::settle(entry.schema, applied, told)
    }

    /// The state after a failure.
    fn partial<S>(&self, entry: &ResourceEntry<S>, state: Option<Value>) -> Value {
        let spelled = if self.planned.is_null() {
            &self.prior
        } else {
            &self.planned
        };
        let fits = state.filter(|state| conform(state, &entry.ty).is_ok());
        let kept =
            fits.map(|state| rules::known(rules::keep_spelling(entry.schema, spelled, &state)));
        kept.unwrap_or_else(|| self.prior.clone())
    }
}

fn misfit(error: &str) -> Diagnostics {
    Diagnostic::error("Value of the provider has the wrong type")
        .detail(format!("{error}. This is a bug in the provider."))
        .into()
}
