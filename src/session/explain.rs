//! From an error of the client to a message: what failed, why, and what to do.
//!
//! Errors are matched by variant. The server's own words come along where it has any; a remedy is given where we know one.

use omni_client::connect::CertificateProblem;
use omni_client::{Error, TransportKind};
use tfplugin::Diagnostic;

use super::settings::Settings;

/// A call failed; `doing` completes "Could not …": "create the cluster \"prod\"".
pub fn failed(doing: &str, error: &Error) -> Diagnostic {
    with_remedy(
        Diagnostic::error(format!("Could not {doing}")).detail(sentence(&error.to_string())),
        error,
    )
}

/// The first call failed: the endpoint or the key is not what it should be.
pub fn connecting(error: &Error, settings: &Settings) -> Diagnostic {
    let diagnostic = Diagnostic::error("Could not connect to Omni");
    let (endpoint, key) = (settings.endpoint_from(), settings.key_from());
    match error {
        Error::Unauthenticated { .. } | Error::Key(_) => with_remedy(
            diagnostic.detail(format!("{error} (the key is from {key}).")),
            error,
        )
        .at_attribute("service_account_key"),
        _ => with_remedy(
            diagnostic.detail(format!("{error} (the endpoint is from {endpoint}).")),
            error,
        )
        .at_attribute("endpoint"),
    }
}

/// An object of that id exists already: it is never adopted in silence.
pub fn already_exists(resource: &str, id: &str) -> Diagnostic {
    Diagnostic::error("Exists already")
        .detail(format!("Omni has an object of this id already: {id:?}. It is not taken over in silence, because something else may manage it."))
        .remedy(format!(
            "Bring it under Terraform with an import block, naming your resource in `to`:\n\n  import {{\n    to = {resource}.example\n    id = \
             {id:?}\n  }}\n\nor choose another name, or delete it in Omni."
        ))
}

fn with_remedy(diagnostic: Diagnostic, error: &Error) -> Diagnostic {
    match remedy(error) {
        Some(remedy) => diagnostic.remedy(remedy),
        None => diagnostic,
    }
}

fn remedy(error: &Error) -> Option<String> {
    Some(match error {
        Error::Unauthenticated { skew: Some(skew), .. } => format!(
            "The clocks of this machine and of the server are {} seconds apart; signatures are valid for five minutes. Set the clock.",
            skew.as_secs().abs()
        ),
        Error::Unauthenticated { .. } => "The account does not know this key, or no longer: it was made for another account, was removed, \
             or has expired. Make a new one with `omnictl serviceaccount create`, and check that the endpoint is the account it was made for."
            .to_owned(),
        Error::Key(_) => "Renew the key with `omnictl serviceaccount renew`.".to_owned(),
        Error::PermissionDenied { .. } => "Use a key of a higher role: Reader reads, Operator manages clusters and machines, Admin manages \
             service accounts and infrastructure providers."
            .to_owned(),
        Error::EulaNotAccepted { .. } => "Somebody must accept the licence agreement of this Omni once, in a browser.".to_owned(),
        Error::Unimplemented { .. } => "This server does not have the call. Update Omni, where a newer release has it.".to_owned(),
        Error::ResourceExhausted { .. } => "Make the object smaller; Omni limits the size of a write.".to_owned(),
        Error::Throttled { .. } | Error::Unavailable { .. } => "Try again; nothing is lost.".to_owned(),
        Error::DeadlineExceeded { .. } => "Try again, or raise `request_timeout` of the provider.".to_owned(),
        Error::Conflict { .. } => "Somebody else keeps writing the same object. Try again when they are done.".to_owned(),
        Error::PhaseConflict { .. } => "The object is being destroyed. Wait until it is gone, then apply again.".to_owned(),
        Error::OwnerConflict { .. } => "Omni itself manages this object; it cannot be changed from outside.".to_owned(),
        Error::Transport(error) => return transport(&error.kind),
        _ => return None,
    })
}

fn transport(kind: &TransportKind) -> Option<String> {
    Some(match kind {
        TransportKind::Dns { .. } => "Check the spelling of the endpoint.".to_owned(),
        TransportKind::Refused | TransportKind::NoSocket | TransportKind::Unreachable(_) | TransportKind::ConnectTimeout(_) => {
            "Check that the endpoint is right, that Omni runs there, and that nothing in between (proxy, VPN, firewall) blocks it.".to_owned()
        }
        TransportKind::Untrusted(CertificateProblem::UnknownIssuer) => {
            "Set `ca_certificate` to the authority that signed the server's certificate.".to_owned()
        }
        TransportKind::Untrusted(CertificateProblem::Expired | CertificateProblem::NotYetValid) => {
            "Renew the server's certificate, or set the clock of this machine.".to_owned()
        }
        TransportKind::Untrusted(_) => "Use the name that the certificate is for as the endpoint.".to_owned(),
        TransportKind::NotGrpc(_) => "Check that the endpoint is Omni's own address, and that a proxy in between lets HTTP/2 pass.".to_owned(),
        TransportKind::Broken(_) => "Try again; nothing is lost.".to_owned(),
        TransportKind::Proxy { .. } => {
            "Check the proxy named in HTTPS_PROXY, or put the host of the endpoint into NO_PROXY.".to_owned()
        }
        TransportKind::PlainHttp | TransportKind::TlsExpected | TransportKind::Handshake(_) => return None,
    })
}

/// A text that ends like a sentence.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}
