//! Roles in a configuration: Omni's words, checked before anything is written.

use omni_api::Role;
use tfplugin::objects::Cx;
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::server;
use crate::session::Session;

/// All roles, in their order of power.
pub const ALL: [Role; 6] = [
    Role::None,
    Role::InfraProvider,
    Role::Reader,
    Role::Auditor,
    Role::Operator,
    Role::Admin,
];

/// The role that an attribute names; `None` while it is not known.
///
/// # Errors
/// It names none of the allowed roles.
pub fn read(role: &Attr<String>, allowed: &[Role]) -> Result<Option<Role>, Diagnostic> {
    let Some(text) = role.as_str() else {
        return Ok(None);
    };
    match text.parse::<Role>() {
        Ok(role) if allowed.contains(&role) => Ok(Some(role)),
        _ => Err(unknown(text, allowed)),
    }
}

/// Checks that the server has a role that is newly asked for; all servers have the others.
///
/// # Errors
/// It has not, or a read failed.
pub async fn check(
    cx: &Cx<Session>,
    prior: Option<&Attr<String>>,
    planned: &Attr<String>,
) -> Result<(), Diagnostics> {
    let auditor = Role::Auditor.as_str();
    let wanted = |role: &Attr<String>| role.as_str() == Some(auditor);
    if !wanted(planned) || prior.is_some_and(wanted) {
        return Ok(());
    }
    let Some(client) = cx.session().client_if_known().await? else {
        return Ok(());
    };
    match server::lacks_auditor(client).await? {
        Some(lack) => Err(lack
            .of(
                "role \"Auditor\"",
                "has no such role: there Admins alone read the audit log.",
                Path::of("role"),
            )
            .remedy("Use Reader, which reads everything but the audit log.")
            .into()),
        None => Ok(()),
    }
}

fn unknown(text: &str, allowed: &[Role]) -> Diagnostic {
    let names: Vec<_> = allowed.iter().map(|role| role.as_str()).collect();
    let meant = names.iter().find(|name| name.eq_ignore_ascii_case(text));
    let diagnostic = Diagnostic::error("Unknown role")
        .detail(format!(
            "{text:?} is no role here; the roles are {}.",
            names.join(", ")
        ))
        .at_attribute("role");
    match meant {
        Some(name) => diagnostic.remedy(format!("Write {name:?}: case matters.")),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_known_by_its_name() {
        for role in ALL {
            let text = Attr::Known(role.to_string());
            assert_eq!(read(&text, &ALL).expect("a role"), Some(role));
        }
    }

    #[test]
    fn what_is_not_known_yet_is_never_wrong() {
        for role in [Attr::Null, Attr::Unknown] {
            assert_eq!(read(&role, &ALL).expect("no verdict"), None);
        }
    }

    #[test]
    fn a_wrong_role_names_the_right_ones_and_the_one_that_was_meant() {
        let error = read(&Attr::from("reader"), &ALL[2..]).expect_err("lower case");
        assert!(error.text().contains("Reader, Auditor, Operator, Admin"));
        assert!(error.text().contains("Write \"Reader\""));
        let error = read(&Attr::from("InfraProvider"), &ALL[2..]).expect_err("not allowed here");
        assert!(!error.text().contains("case matters"));
    }
}
