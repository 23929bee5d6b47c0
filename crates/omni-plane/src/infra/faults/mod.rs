//! Mishaps on demand, for people who test their modules and clients.
//!
//! A script ([`Script`]) says what goes wrong; an annotation ([`ANNOTATION`]) says it of one resource. Either way the emulated machine,
//! provider or server behaves as a real one would in that mishap; nothing above it knows. All of it follows from emulated time and from
//! counting, so that the same script goes the same way in every run.

mod annotation;
mod apply;
mod kinds;
mod refusal;
mod script;
mod server;
mod subject;
#[cfg(test)]
mod tests;

use crate::Store;
use crate::store::StoreError;

pub use annotation::ANNOTATION;
pub use apply::FaultsOfMachines;
pub use script::{Fault, Script, ScriptError};

pub(crate) use annotation::check as check_annotation;
pub(crate) use kinds::{
    FaultScript, MachineFaults, MachineFaultsSpec, Outage, RequestNumber, Since,
};
pub(crate) use refusal::refusal;
pub(crate) use script::Call;
pub(crate) use server::ServerFaults;

/// The id of the one script.
const SCRIPT: &str = "script";

/// Makes this the script of the plane, or takes the one away that there was.
///
/// # Errors
/// Those of the store.
pub fn install(store: &Store, script: Option<&Script>) -> Result<(), StoreError> {
    match script {
        Some(script) => store.put::<FaultScript>("", SCRIPT, |resource| {
            script.text().clone_into(&mut resource.spec.text);
        })?,
        None => store.remove::<FaultScript>("", SCRIPT)?,
    };
    Ok(())
}

/// The script of the plane; none where there is none.
pub(crate) fn installed(store: &Store) -> Vec<Fault> {
    let script = store.peek::<FaultScript>(SCRIPT);
    // It was read when it was installed; what another version of the plane understood counts as nothing.
    let script = script.and_then(|script| Script::parse(&script.spec.text).ok());
    script.map(Script::into_faults).unwrap_or_default()
}
