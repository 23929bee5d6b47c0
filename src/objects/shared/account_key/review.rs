//! What is wrong with a key before it is made, and what its owner must know: pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use omni_client::AccountName;
use tfplugin::{Attr, Diagnostic, Diagnostics, types};

use super::Wanted;

/// The longest lifetime of a key that Omni accepts.
pub const YEAR: Duration = Duration::from_hours(365 * 24);

/// How long before its end a key is talked about.
const NEAR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Checks what the configuration says about a key. Unknown values are never wrong.
pub fn configuration(wanted: Wanted<'_>, diagnostics: &mut Diagnostics) {
    diagnostics.extend(lifetime(wanted.ttl));
    if wanted.key_wo.is_known() && wanted.key_wo_version.is_null() {
        diagnostics.push(
            Diagnostic::error("No version of the key")
                .detail("A write-only value is not in the state, so that a change of it can only be seen by its version.")
                .remedy("Set `key_wo_version = 1`, and raise it when `key_wo` holds another key.")
                .at_attribute("key_wo_version"),
        );
    }
}

/// Checks how long a key shall live.
pub fn lifetime(ttl: &Attr<types::Duration>) -> Option<Diagnostic> {
    let ttl = ttl.as_known()?.get();
    (!(Duration::from_secs(1)..=YEAR).contains(&ttl)).then(|| {
        Diagnostic::error("Invalid lifetime of a key")
            .detail("A key lives between one second and one year.")
            .remedy(
                "Set `ttl` to at most 8760h, and renew the key before it ends (`renew_trigger`).",
            )
            .at_attribute("ttl")
    })
}

/// The warning where the private key would land in the state, with the two lines that avoid it.
pub fn key_in_state(account: &AccountName) -> Diagnostic {
    let label = match account {
        AccountName::ServiceAccount(name) | AccountName::InfraProvider(name) => name,
    };
    Diagnostic::warning("The private key is kept in the state")
        .detail(format!("The key of {account} is made here and readable by whoever can read the state."))
        .remedy(format!(
            "Make it with an ephemeral resource instead, and put it into a vault:\n\n  key_wo         = \
             ephemeral.omni_service_account_key.{label}.key\n  key_wo_version = 1"
        ))
        .at_attribute("key")
}

/// The warning about a key that ends soon, or has ended.
pub fn ending(account: &AccountName, end: &Attr<String>, now: Timestamp) -> Option<Diagnostic> {
    let text = end.as_str()?;
    let left = text.parse::<Timestamp>().ok()?.duration_since(now);
    if left > NEAR {
        return None;
    }
    let diagnostic = if left.is_positive() {
        let days = left.as_hours() / 24;
        Diagnostic::warning(format!("The key of {account} expires soon")).detail(format!(
            "It ends at {text}, in {}.",
            if days > 1 {
                format!("{days} days")
            } else {
                format!("{} hours", left.as_hours())
            }
        ))
    } else {
        Diagnostic::warning(format!("The key of {account} has expired")).detail(format!(
            "It ended at {text}: whoever uses it is refused since."
        ))
    };
    Some(
        diagnostic
            .remedy(
                "Change `renew_trigger`, or raise `key_wo_version` with a new key in `key_wo`: another key is added, and the old one stays \
                 valid until its end.",
            )
            .at_attribute("expiration"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str, now: &str) -> Option<String> {
        let account = AccountName::ServiceAccount("ci".to_owned());
        let now = now.parse().expect("a time");
        ending(&account, &Attr::from(text), now).map(|warning| warning.text())
    }

    #[test]
    fn a_key_is_talked_about_from_thirty_days_before_its_end() {
        let at = "2027-03-31T12:00:00Z";
        assert_eq!(end(at, "2027-03-01T11:59:59Z"), None);
        let near = end(at, "2027-03-01T12:00:00Z").expect("a warning");
        assert!(near.contains("in 30 days"), "{near}");
        let nearer = end(at, "2027-03-31T02:00:00Z").expect("a warning");
        assert!(nearer.contains("in 10 hours"), "{nearer}");
    }

    #[test]
    fn a_key_that_has_ended_says_so_and_how_to_renew_it() {
        let ended = end("2027-03-31T12:00:00Z", "2027-04-01T00:00:00Z").expect("a warning");
        assert!(
            ended.contains("It ended at") && ended.contains("renew_trigger"),
            "{ended}"
        );
    }

    #[test]
    fn an_end_that_is_not_known_is_no_reason_to_warn() {
        let account = AccountName::ServiceAccount("ci".to_owned());
        let now = Timestamp::UNIX_EPOCH;
        for unknown in [Attr::Null, Attr::Unknown] {
            assert_eq!(ending(&account, &unknown, now), None);
        }
    }

    #[test]
    fn a_lifetime_is_between_a_second_and_a_year() {
        let ttl = |text: &str| Attr::Known(text.parse::<types::Duration>().expect("a duration"));
        for good in ["1s", "8760h"] {
            assert_eq!(lifetime(&ttl(good)), None, "{good}");
        }
        for bad in ["0s", "8761h"] {
            assert!(lifetime(&ttl(bad)).is_some(), "{bad}");
        }
    }
}
