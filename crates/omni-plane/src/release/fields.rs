//! Specs as a release tells them: without the fields that it does not know.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use omni_api::known;

use super::Release;

/// Whether the spec of a message differs in a release from what this program knows, found out once.
static DIFFERS: LazyLock<RwLock<HashMap<(Release, String), bool>>> = LazyLock::new(RwLock::default);

/// The bytes of a spec without the fields that the release does not know; `None` where it knows all of them.
pub(crate) fn without_unknown(release: Release, message: &str, spec: &[u8]) -> Option<Vec<u8>> {
    if release == Release::Next || !differs(release, message) {
        return None;
    }
    let knows = |message: &str, field: &str| release.has_field(message, field);
    known::only(message, spec, &knows).ok()
}

fn differs(release: Release, message: &str) -> bool {
    let key = (release, message.to_owned());
    let remembered = DIFFERS
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&key)
        .copied();
    remembered.unwrap_or_else(|| {
        let knows = |message: &str, field: &str| release.has_field(message, field);
        let differs = known::differs(message, &knows).unwrap_or(false);
        DIFFERS
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, differs);
        differs
    })
}
