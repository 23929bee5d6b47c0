//! What all calls share: the provider, its objects, its session.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;

use super::calls::Calls;
use super::entries::{Entries, Entry};
use super::panics::{Panicked, guarded_now};
use super::wire;
use crate::objects::cx::{Call, Limit, Notes};
use crate::objects::private::Private;
use crate::objects::{Cx, Diagnostic, Diagnostics, Mailbox, Provider};
use crate::proto::tfplugin6 as pb;
use crate::schema::{Object as _, ObjectSchema, Role, SchemaProblem, walk};
use crate::values::{Path, Type, Value};

/// One provider while it serves.
pub(super) struct Shared<P: Provider> {
    pub(super) provider: P,
    pub(super) entries: Entries<P::Session>,
    /// Mistakes in the schemas, for their author.
    pub(super) problems: Vec<SchemaProblem>,
    pub(super) calls: Calls,
    /// The type of the provider block.
    pub(super) config_type: Type,
    /// Made once, at the first call.
    pub(super) schema: OnceLock<pb::get_provider_schema::Response>,
    configured: RwLock<Option<Configured<P::Session>>>,
    mailbox: Mailbox,
}

#[derive(Clone)]
struct Configured<S> {
    session: S,
    terraform_version: Arc<str>,
}

/// What a context starts with.
#[derive(Clone, Copy, Default)]
pub(super) struct Start<'a> {
    pub(super) private: &'a [u8],
    pub(super) limit: Option<Limit>,
    pub(super) deferral_allowed: bool,
}

impl<P: Provider> Shared<P> {
    pub(super) fn new(provider: P, stop: CancellationToken) -> Self {
        let catalog = provider.catalog();
        let own = P::Config::SCHEMA.problems(Role::Provider);
        let problems = own.into_iter().chain(catalog.problems()).collect();
        Self {
            problems,
            entries: Entries::new(P::Config::SCHEMA.name, catalog),
            calls: Calls::new(stop),
            config_type: P::Config::SCHEMA.implied_type(),
            schema: OnceLock::new(),
            configured: RwLock::new(None),
            mailbox: Mailbox::default(),
            provider,
        }
    }

    /// Keeps what `configure` has made.
    pub(super) fn configured(&self, session: P::Session, terraform_version: &str) {
        let configured = Configured {
            session,
            terraform_version: terraform_version.into(),
        };
        *self
            .configured
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(configured);
    }

    /// A context for a call that needs the session.
    ///
    /// # Errors
    /// Core has not configured the provider.
    pub(super) fn cx(
        &self,
        cancel: CancellationToken,
        start: Start<'_>,
    ) -> Result<Cx<P::Session>, Diagnostics> {
        let configured = self
            .configured
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Some(configured) = configured else {
            return Err(Diagnostic::error("Provider not configured")
                .detail("Terraform has called an object before it configured the provider. This is a bug in Terraform.")
                .into());
        };
        Ok(Cx::of(
            configured.session,
            self.call(cancel, configured.terraform_version, &start),
        ))
    }

    /// A context for `configure` itself.
    pub(super) fn cx_without_session(
        &self,
        cancel: CancellationToken,
        terraform_version: &str,
        start: Start<'_>,
    ) -> Cx<()> {
        Cx::of((), self.call(cancel, terraform_version.into(), &start))
    }

    fn call(
        &self,
        cancel: CancellationToken,
        terraform_version: Arc<str>,
        start: &Start<'_>,
    ) -> Call {
        let notes = Notes {
            private: Private::decode(start.private),
            ..Notes::default()
        };
        Call {
            cancel,
            terraform_version,
            limit: start.limit,
            deferral_allowed: start.deferral_allowed,
            mailbox: self.mailbox.clone(),
            notes: notes.into(),
        }
    }

    /// The answer of an object, a panic being told as an error.
    ///
    /// # Errors
    /// Those of the object.
    pub(super) fn told<T, E: From<Diagnostics>>(
        outcome: Result<Result<T, E>, Panicked>,
    ) -> Result<T, E> {
        outcome.unwrap_or_else(|panicked| {
            Err(Diagnostics::from(panicked.diagnostic(P::ISSUES)).into())
        })
    }

    /// Reads and checks a configuration: each value by its type, then the whole by the object.
    ///
    /// # Errors
    /// The configuration does not have the shape of the schema.
    pub(super) fn check(
        schema: &ObjectSchema,
        ty: &Type,
        config: Option<&pb::DynamicValue>,
        validate: impl FnOnce(&Value, &mut Diagnostics),
    ) -> Result<(Value, Diagnostics), Diagnostics> {
        let config = wire::decode(config, ty)?;
        let mut diagnostics = Diagnostics::new();
        let checked = guarded_now(|| {
            walk::check(schema, &config, &Path::root(), &mut diagnostics);
            if !diagnostics.has_errors() && !config.is_null() && !config.is_unknown() {
                validate(&config, &mut diagnostics);
            }
        });
        Self::told(checked.map(Ok::<_, Diagnostics>))?;
        Ok((config, diagnostics))
    }
}

/// The object of a call.
///
/// # Errors
/// The provider has none of that name.
pub(super) fn entry<'e, T: ?Sized>(
    entries: &'e BTreeMap<String, Entry<T>>,
    what: impl Display,
    name: &str,
) -> Result<&'e Entry<T>, Diagnostics> {
    entries.get(name).ok_or_else(|| {
        Diagnostic::error(format!("Unknown {what}"))
            .detail(format!(
                "This version of the provider has no {what} {name:?}."
            ))
            .remedy("Check the name, or use a version of the provider that has it.")
            .into()
    })
}
