//! Who may do what with which kind.
//!
//! Two questions, as in Omni: has the caller the role, and is the kind open to outsiders in this way at all. The facts are the
//! table of kinds; the texts are Omni's. Kinds of infrastructure providers have rules of their own ([`super::provider`]).

use omni_api::kind::{self, Facts, Read, Write};
use omni_api::{Kind as _, Role};
use tonic::Status;

use crate::api::caller::{self, Caller};
use crate::release::{Release, Rule};

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Read,
    Create,
    Update,
    Destroy,
}

/// Whether the caller may do this to resources of this type, which a release may not have.
pub(crate) fn allowed(
    release: Release,
    caller: Option<&Caller>,
    verb: Verb,
    type_name: &str,
) -> Result<(), Status> {
    let facts = kind::find(type_name)
        .filter(|_| release.has_kind(type_name))
        .ok_or_else(|| denied("no access is permitted"))?;
    by_role(caller, verb, facts)?;
    // Before they were to be written once, secrets of other clusters were like any resource of users.
    let once = matches!(facts.write, Write::CreateDestroy(_));
    if once && !release.keeps(Rule::SecretsOnce) {
        return Ok(());
    }
    by_type(verb, facts)
}

fn by_role(caller: Option<&Caller>, verb: Verb, facts: &Facts) -> Result<(), Status> {
    let by_verb = match verb {
        Verb::Read => Role::Reader,
        Verb::Create | Verb::Update | Verb::Destroy => Role::Operator,
    };
    let least = match (facts.read, facts.write) {
        (Read::Public, _) => return Ok(()),
        (Read::Signed, _) => return caller::signed(caller).map(|_| ()),
        (Read::Denied, Write::CreateDestroy(role))
        | (Read::Role(role @ (Role::Admin | Role::InfraProvider)), _) => role,
        (Read::Denied, _) => return Err(denied("no access is permitted")),
        (Read::Role(_) | Read::Unlisted, _) => by_verb,
    };
    caller::with_role(caller, least)?;
    let managed_elsewhere = [kind::Identity::TYPE, kind::User::TYPE].contains(&facts.type_name);
    if managed_elsewhere && verb != Verb::Read {
        return Err(Status::permission_denied(format!(
            "only read access is permitted on resource {}, mutations should be done via ManagementService API calls",
            facts.type_name
        )));
    }
    if verb == Verb::Create && matches!(facts.write, Write::UpdateDestroy(_)) {
        return Err(denied(
            "only read, update and destroy access is permitted, create should be done via the \
             management.CreateJoinToken API call",
        ));
    }
    Ok(())
}

fn by_type(verb: Verb, facts: &Facts) -> Result<(), Status> {
    if facts.user_managed {
        return Ok(());
    }
    if facts.read == Read::Unlisted {
        return Err(denied("access is not permitted"));
    }
    let (open, text): (&[Verb], _) = match facts.write {
        Write::CreateDestroy(_) => (
            &[Verb::Create, Verb::Destroy],
            "only create and destroy access is permitted for imported cluster secrets",
        ),
        Write::CreateOnce => (
            &[Verb::Read, Verb::Create],
            "only read and create access is permitted for EULA acceptance",
        ),
        Write::Destroy(_) => (
            &[Verb::Read, Verb::Destroy],
            "only read and delete access is permitted",
        ),
        Write::UpdateDestroy(_) => (
            &[Verb::Read, Verb::Update, Verb::Destroy],
            "only read, update and destroy access is permitted; create should be done via the \
             management.CreateJoinToken API call",
        ),
        Write::None | Write::All(_) | Write::Provider => {
            (&[Verb::Read], "only read access is permitted")
        }
    };
    if open.contains(&verb) {
        return Ok(());
    }
    Err(denied(text))
}

fn denied(text: &str) -> Status {
    Status::permission_denied(text)
}
