//! Rules of accounts and of what they may do.

use omni_api::selector::{self, Term};
use omni_api::{Metadata, Resource, kind, labels};

use super::super::{Findings, Invalid, Outcome, refuse};
use crate::api::{mail, policy};
use crate::release::Release;
use crate::store::Query;
use crate::{Store, instance};

pub(super) fn access_policy(
    found: &mut Findings,
    release: Release,
    new: &Resource<kind::AccessPolicy>,
) {
    found.add(match policy::validate(release, new) {
        wrong if wrong.is_empty() => Ok(()),
        wrong => Err(Invalid(wrong)),
    });
}

pub(super) fn saml_label_rule(
    found: &mut Findings,
    release: Release,
    new: &Resource<kind::SamlLabelRule>,
) {
    #[allow(deprecated, reason = "old clients still set it, and are told")]
    let deprecated = &new.spec.assign_role_on_registration;
    if !deprecated.is_empty() {
        found.add(refuse(
            "assignroleonregistration is deprecated, please use assignrole instead",
        ));
        return;
    }
    let role = &new.spec.assign_role;
    match release.role(role) {
        None => found.add(refuse(format!("unknown role to parse: {role:?}"))),
        Some(role) if !policy::assignable(release, role) => found.add(refuse(format!(
            "role {:?} cannot be assigned by a SAML label rule",
            role.as_str()
        ))),
        Some(_) => found,
    };
    if let Err(error) = selector::parse_all(&new.spec.match_labels) {
        let text =
            format!("invalid match labels: rpc error: code = InvalidArgument desc = {error}");
        found.add(refuse(text));
    }
}

pub(super) fn identity(store: &Store, found: &mut Findings, new: &Metadata) {
    if new.id.contains(char::is_uppercase) {
        found.add(refuse("must be lowercase"));
    }
    let config = store.peek::<kind::AuthConfig>("auth-config");
    let saml =
        config.is_some_and(|config| config.spec.saml.as_ref().is_some_and(|saml| saml.enabled));
    let service_account = new.label(labels::IDENTITY_TYPE_SERVICE_ACCOUNT).is_some();
    if !saml && !service_account && mail::parse(&new.id).is_err() {
        found.add(refuse(format!("not a valid email address: {}", new.id)));
    }
    found.add(room(store, service_account));
}

/// Whether there may be one more account of this sort.
fn room(store: &Store, service_account: bool) -> Outcome {
    let instance = instance::of(store);
    let mark = Term::exists(labels::IDENTITY_TYPE_SERVICE_ACCOUNT);
    let (limit, term, noun) = if service_account {
        (instance.auth_max_service_accounts, mark, "service accounts")
    } else {
        (instance.auth_max_users, mark.inverted(), "users")
    };
    if limit == 0 {
        return Ok(());
    }
    let existing = store.peek_all::<kind::Identity>(&Query::all().and(term));
    if existing.len() < limit as usize {
        return Ok(());
    }
    refuse(format!("maximum number of {noun} ({limit}) reached"))
}

pub(super) fn eula(store: &Store, new: &Resource<kind::EulaAcceptance>) -> Outcome {
    if store.peek::<kind::EulaAcceptance>("eula").is_some() {
        return refuse("EULA has already been accepted");
    }
    if new.id() != "eula" {
        return refuse("resource ID must be eula");
    }
    if new.spec.accepted_by_name.is_empty() {
        return refuse("name is required when accepting the EULA");
    }
    if new.spec.accepted_by_email.is_empty() {
        return refuse("email is required when accepting the EULA");
    }
    Ok(())
}
