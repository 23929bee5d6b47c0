//! Planning a key: when a new one is due, and what a reviewer must know about it.

use jiff::Timestamp;
use omni_client::AccountName;
use tfplugin::objects::Change;
use tfplugin::{Attr, Diagnostic};

use super::{KeyHolder, review};

/// Plans the key of a change; answers what a reviewer must know.
///
/// On create everything about the key is unknown already, by the framework's rules.
pub fn plan<M: KeyHolder>(
    change: &mut Change<M>,
    account: Option<&AccountName>,
    now: Timestamp,
) -> Option<Diagnostic> {
    let config = change.config.wanted();
    let made_here = config.key_wo_version.is_null() && config.key_wo.is_null();
    match &change.prior {
        None if made_here => return account.map(review::key_in_state),
        None => *change.planned.kept().key = Attr::Null,
        Some(prior) if renews(prior, &change.planned) => {
            let kept = change.planned.kept();
            *kept.public_key_id = Attr::Unknown;
            *kept.expiration = Attr::Unknown;
            *kept.key = if made_here { Attr::Unknown } else { Attr::Null };
        }
        Some(prior) => {
            return account.and_then(|account| review::ending(account, prior.expiration(), now));
        }
    }
    None
}

/// Whether a change needs a new key.
pub fn renews<M: KeyHolder>(prior: &M, planned: &M) -> bool {
    let (prior, planned) = (prior.wanted(), planned.wanted());
    let own_lifetime = planned.key_wo_version.is_null() && prior.ttl != planned.ttl;
    own_lifetime
        || prior.renew_trigger != planned.renew_trigger
        || prior.key_wo_version != planned.key_wo_version
}
