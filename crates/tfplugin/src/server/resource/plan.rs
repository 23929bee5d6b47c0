//! `PlanResourceChange`.

use tokio_util::sync::CancellationToken;

use super::super::panics::guarded;
use super::super::shared::{Shared, Start};
use super::super::wire;
use super::ResourceEntry;
use crate::objects::cx::Notes;
use crate::objects::erased::RawChange;
use crate::objects::rules::{self, Reviewed};
use crate::objects::{Cx, Diagnostic, Diagnostics, Provider};
use crate::proto::tfplugin6 as pb;
use crate::values::{Path, Value};

type Request = pb::plan_resource_change::Request;
type Response = pb::plan_resource_change::Response;

impl<P: Provider> Shared<P> {
    pub(in super::super) async fn plan(&self, cancel: CancellationToken, q: Request) -> Response {
        let mut reply = Response::default();
        if let Err(problems) = self.try_plan(cancel, &q, &mut reply).await {
            reply.diagnostics.extend(wire::diagnostics(problems));
        }
        reply
    }

    async fn try_plan(
        &self,
        cancel: CancellationToken,
        q: &Request,
        reply: &mut Response,
    ) -> Result<(), Diagnostics> {
        let entry = self.resource(&q.type_name)?;
        let prior = wire::decode(q.prior_state.as_ref(), &entry.ty)?;
        let proposed = wire::decode(q.proposed_new_state.as_ref(), &entry.ty)?;
        let config = wire::decode(q.config.as_ref(), &entry.ty)?;
        let cx = self.cx(cancel, start(q))?;
        if proposed.is_null() {
            return self.plan_destroy(entry, cx, &prior, reply).await;
        }
        let prior = Some(prior).filter(|prior| !prior.is_null());
        let exists = prior.is_some();
        self.plan_change(entry, cx, config, prior, reply).await?;
        if exists && reply.planned_identity.is_none() {
            reply.planned_identity.clone_from(&q.prior_identity);
        }
        Ok(())
    }

    async fn plan_destroy(
        &self,
        entry: &ResourceEntry<P::Session>,
        cx: Cx<P::Session>,
        prior: &Value,
        reply: &mut Response,
    ) -> Result<(), Diagnostics> {
        let outcome = guarded(entry.object.review_destroy(&cx, prior)).await;
        note(cx.into_notes(), reply);
        Self::told(outcome)?;
        reply.planned_state = Some(wire::encode(&Value::Null, &entry.ty)?);
        reply.planned_identity = entry.known_identity(prior);
        Ok(())
    }

    async fn plan_change(
        &self,
        entry: &ResourceEntry<P::Session>,
        cx: Cx<P::Session>,
        config: Value,
        prior: Option<Value>,
        reply: &mut Response,
    ) -> Result<(), Diagnostics> {
        let before = rules::plan(entry.schema, &config, prior.as_ref());
        let change = RawChange {
            planned: before.clone(),
            replace: Vec::new(),
            config,
            prior,
        };
        let outcome = guarded(entry.object.review(&cx, change)).await;
        note(cx.into_notes(), reply);
        let change = Self::told(outcome)?;
        check_review(entry, &change, &before)?;
        log_changes(entry, &change);
        let replace = replacements(entry, &change)?;
        // Only the first of the two plans of a replacement names an object that nobody knows yet. What is to be created has an
        // identity when it is there: OpenTofu 1.12 cannot keep one of which a part is unknown.
        let replaces = change.prior.is_some() && !replace.is_empty();
        let identity = entry
            .identity_of(&change.planned)
            .filter(|identity| replaces || identity.is_wholly_known());
        if let (Some(identity), Some(ty)) = (identity, &entry.identity) {
            reply.planned_identity = Some(wire::identity(&identity, ty)?);
        }
        reply.requires_replace = replace.iter().map(wire::path).collect();
        reply.planned_state = Some(entry.state(&change.planned)?);
        Ok(())
    }
}

/// The private state of the first plan goes into the second, where core can carry it.
fn start(q: &Request) -> Start<'_> {
    Start {
        private: if q.planned_private.is_empty() {
            &q.prior_private
        } else {
            &q.planned_private
        },
        deferral_allowed: wire::deferral_allowed(q.client_capabilities),
        limit: None,
    }
}

fn note(notes: Notes, reply: &mut Response) {
    reply.diagnostics = wire::diagnostics(notes.diagnostics);
    reply.planned_private = notes.private.encode().into();
    reply.deferred = wire::deferred(notes.deferred);
}

fn check_review<S>(
    entry: &ResourceEntry<S>,
    change: &RawChange,
    before: &Value,
) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::new();
    let plan = Reviewed {
        config: &change.config,
        prior: change.prior.as_ref(),
        before,
        after: &change.planned,
    };
    rules::reviewed(entry.schema, plan, &mut problems);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// Core does not say which sensitive attribute changes; the log does, without its value.
fn log_changes<S>(entry: &ResourceEntry<S>, change: &RawChange) {
    let Some(prior) = change
        .prior
        .as_ref()
        .filter(|_| tracing::enabled!(tracing::Level::DEBUG))
    else {
        return;
    };
    for path in rules::changes(prior, &change.planned) {
        tracing::debug!(resource = entry.name, %path, "planned to change");
    }
}

/// The paths that replace the object: by their flag, or because the review asks for it.
fn replacements<S>(entry: &ResourceEntry<S>, change: &RawChange) -> Result<Vec<Path>, Diagnostics> {
    let Some(prior) = &change.prior else {
        return Ok(Vec::new());
    };
    let mut paths = rules::replacements(entry.schema, prior, &change.planned);
    for path in &change.replace {
        if prior.at(path).is_none() && change.planned.at(path).is_none() {
            return Err(no_such_path(path).into());
        }
        if !paths.contains(path) {
            paths.push(path.clone());
        }
    }
    for path in &paths {
        tracing::debug!(resource = entry.name, %path, "a change here replaces the object");
    }
    Ok(paths)
}

fn no_such_path(path: &Path) -> Diagnostic {
    Diagnostic::error("Replacement for an attribute that does not exist").detail(format!(
        "The provider's review asks to replace the object because of {path}, which it does not have. This is a bug in the provider."
    ))
}
